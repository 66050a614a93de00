import { describe, expect, it } from "vitest"
import { rejectionAdvice, rejectionCode, rejectionCodes } from "../../src/polymarket/rejections.ts"
import { readDocument } from "./blocks.ts"

const page = readDocument("docs/going-live.md")

/** Rows of the table whose first heading is `heading`. */
const rowsOf = (heading: string): ReadonlyArray<ReadonlyArray<string>> => {
  const lines = page.split("\n")
  const head = lines.findIndex((line) => line.startsWith(`| ${heading} `))
  const end = lines.findIndex((line, index) => index > head && !line.startsWith("|"))
  return lines.slice(head + 2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim())
  )
}

describe("the exchange's refusals in docs/going-live.md", () => {
  const rows = rowsOf("the exchange says")

  it("are all that the program knows", () => {
    const told = rows.map(([text = ""]) => rejectionCode(text))
    expect([...told].sort()).toEqual(rejectionCodes.filter((code) => code !== "other").sort())
  })

  it.each(rows)("%s", (text = "", advice = "") => {
    expect(advice).toBe(rejectionAdvice(rejectionCode(text)))
  })
})
