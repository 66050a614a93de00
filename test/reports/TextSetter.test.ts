import PDFDocument from "pdfkit"
import { describe, expect, it } from "vitest"
import { visualRuns } from "../../src/reports/bidiRuns.ts"
import { TextSetter } from "../../src/reports/TextSetter.ts"
import { nasty } from "./support.ts"

const style = { size: 9, bold: false }
const setter = new TextSetter(new PDFDocument({ font: "" }))

describe("lines", () => {
  it.each(Object.entries(nasty))("of a question that is %s fit and lose nothing", (_, question) => {
    const lines = setter.wrap(question, style, 150)
    for (const line of lines) expect(setter.width(line, style)).toBeLessThanOrEqual(150)
    const letters = (text: string) => text.replace(/[\s\u200e\u200f]/g, "")
    expect(letters(lines.join(""))).toBe(letters(question))
  })

  it("break between words and between ideographs, but not before closing punctuation", () => {
    expect(setter.wrap("one two three", style, setter.width("one two ", style))).toStrictEqual(["one two", "three"])
    const lines = setter.wrap("会在六月降息吗？好的", style, setter.width("会在六月降息吗", style) + 1)
    expect(lines).toStrictEqual(["会在六月降息", "吗？好的"])
  })

  it("end in an ellipsis where the room ends", () => {
    const lines = setter.wrap(nasty.long, style, 200, 3)
    expect(lines.length).toBe(3)
    expect(lines[2]).toMatch(/…$/)
    expect(setter.width(lines[2]!, style)).toBeLessThanOrEqual(200)
    expect(setter.wrap("short", style, 200, 3)).toStrictEqual(["short"])
  })

  it("of a right-to-left text all keep its direction", () => {
    for (const line of setter.wrap(nasty.hebrew, style, 120)) expect(line).toMatch(/^\u200f/)
    for (const line of setter.wrap(`Will ${nasty.hebrew}`, style, 120)) expect(line).toMatch(/^\u200e/)
  })
})

it("runs stand in visual order: a number inside right-to-left text keeps its own direction", () => {
  // Latin, Hebrew, a number in it, Hebrew.
  const levels = Uint8Array.from([0, 1, 1, 2, 2, 1])
  expect(visualRuns(levels, 0, 6)).toStrictEqual([
    { start: 0, end: 1, rtl: false },
    { start: 5, end: 6, rtl: true },
    { start: 3, end: 5, rtl: false },
    { start: 1, end: 3, rtl: true }
  ])
})
