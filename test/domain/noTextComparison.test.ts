import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { root } from "../shared.ts"

/** What is made for people: an order's message, and what makes such texts. */
const TEXT = String.raw`(?:\b(?:\w+\.)?message\b|\b(?:rejectionText|reasonText|orderMessage)\([^()]*\))`
/** "" says that there is no text. */
const SOME_TEXT = String.raw`(?!=|\s*"")`

const readers: ReadonlyArray<readonly [what: string, pattern: RegExp]> = [
  [
    "reads a part of a text",
    new RegExp(String.raw`${TEXT}\??\.(?:startsWith|endsWith|includes|indexOf|split|match|search|slice)\(`)
  ],
  ["compares a text", new RegExp(String.raw`${TEXT}\s*[!=]==?${SOME_TEXT}`)],
  ["compares with a text", new RegExp(String.raw`[!=]==?\s*${TEXT}(?![\w.(])`)],
  ["matches a text", new RegExp(String.raw`\.(?:test|exec)\((?:order|life|result|row|update)\.message\b`)],
  ["asks the database for a text", /\bmessage\s*(?:=|<>|!=|LIKE|GLOB|IN)\s*\(?'/i],
  ["asks the database for a part of a text", /\b(?:substr|instr)\(message\b/i]
]

const offences = (path: string, text: string): ReadonlyArray<string> =>
  readers.flatMap(([what, pattern]) => (pattern.test(text) ? [`${path} ${what}`] : []))

/** Migrations read, once, what versions without codes have left behind. */
const migrations = /^store\/migrations\//

describe("what people read", () => {
  it("is made by the program and never read back by it", () => {
    const src = join(root, "src")
    const files = readdirSync(src, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !migrations.test(path))
      .sort()
    expect(files.length).toBeGreaterThan(300)
    expect(files.flatMap((path) => offences(path, readFileSync(join(src, path), "utf8")))).toEqual([])
  })

  it.each([
    `order.message.startsWith("bundle incomplete: ")`,
    `message?.includes("settlement")`,
    `if (order.message !== SETTLEMENT) return`,
    `before.message !== after.message`,
    `"settlement" === order.message`,
    `rejectionText(order.reason).split(":", 1)`,
    `reasonText(reason) === "market closed"`,
    "sql`SELECT id FROM orders WHERE message <> 'settlement'`",
    "sql`SELECT id FROM orders WHERE substr(message, 1, 4) = 'kill'`"
  ])("would be missed by nothing: %s", (line) => {
    expect(offences("x", line)).not.toEqual([])
  })

  it.each([`message === ""`, `reason.code === "market closed"`, `reason: rejectionText(refusal.reason)`])(
    "may be written: %s",
    (line) => {
      expect(offences("x", line)).toEqual([])
    }
  )
})
