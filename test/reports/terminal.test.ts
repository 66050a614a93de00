import fc from "fast-check"
import stringWidth from "string-width"
import { describe, expect, it } from "vitest"
import { type Column, renderPairs, renderTable, screenOf } from "../../src/reports/terminal.ts"
import { formatNumber, formatPercent, formatPnl, formatPrice, formatUsdc } from "../../src/reports/terminalFormat.ts"
import { escapeControl, escapeJson, truncate } from "../../src/reports/terminalText.ts"

interface Row {
  readonly question: string
  readonly pnl: number
}
const columns: ReadonlyArray<Column<Row>> = [
  { header: "question", value: ({ question }) => question, flexible: true },
  { header: "pnl", value: ({ pnl }) => formatPnl(pnl), align: "right", tone: "signed" }
]
const pipe = { columns: null, colour: false }
const tty = (width: number) => ({ columns: width, colour: true })

describe("renderTable", () => {
  it("lines numbers up on the right and prints plain text into a pipe", () => {
    expect(
      renderTable(
        columns,
        [
          { question: "A?", pnl: 1234.5 },
          { question: "Longer?", pnl: -1 }
        ],
        pipe
      )
    ).toBe(["question        pnl", "────────  ─────────", "A?        +1,234.50", "Longer?       -1.00"].join("\n"))
  })

  it("counts CJK and emoji as two columns", () => {
    const text = renderTable(
      columns,
      [
        { question: "特朗普会赢吗？", pnl: 1 },
        { question: "🏈 👩‍👩‍👧 🇺🇸 ok", pnl: 2 }
      ],
      pipe
    )
    const widths = text.split("\n").map((line) => stringWidth(line))
    expect(new Set(widths).size).toBe(1)
  })

  it("fits any terminal, whatever the data", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ question: fc.string({ unit: "grapheme", maxLength: 200 }), pnl: fc.float() }), {
          minLength: 1,
          maxLength: 5
        }),
        fc.integer({ min: 40, max: 200 }),
        (rows, width) => {
          for (const line of renderTable(columns, rows, { columns: width, colour: false }).split("\n")) {
            expect(stringWidth(line)).toBeLessThanOrEqual(width)
          }
        }
      )
    )
  })

  it("shortens the question, never the number", () => {
    const text = renderTable(columns, [{ question: "x".repeat(100), pnl: 1234.5 }], tty(40))
    expect(text).toContain("…")
    expect(text).toContain("+1,234.50")
  })

  it("leaves out a column that has no room, and only then", () => {
    const wide: ReadonlyArray<Column<Row>> = [
      ...columns,
      { header: "why", value: () => "because ".repeat(10), flexible: true, atLeast: 20 }
    ]
    const rows = [{ question: "x".repeat(30), pnl: 1234.5 }]
    expect(renderTable(wide, rows, tty(40))).not.toContain("why")
    expect(renderTable(wide, rows, tty(60))).toContain("why")
    expect(renderTable(wide, rows, pipe)).toContain("because because")
  })

  it("colours gains and losses on a terminal only", () => {
    const rows = [
      { question: "a", pnl: 1 },
      { question: "b", pnl: -1 },
      { question: "c", pnl: 0 }
    ]
    const text = renderTable(columns, rows, tty(80))
    expect(text).toMatch(/\u001b\[32m *\+1\.00/)
    expect(text).toMatch(/\u001b\[31m *-1\.00/)
    expect(text.split("\n").at(-1)).not.toContain("\u001b")
    expect(renderTable(columns, rows, pipe)).not.toContain("\u001b")
  })

  it("spells out control characters and terminal escapes in data", () => {
    const text = renderTable(columns, [{ question: "\u001b[2Jgone\r\n\u009b31m\u202e", pnl: 0 }], pipe)
    expect(text).toContain("\\x1b[2Jgone\\r\\n\\x9b31m\\u202e")
    expect(text.split("\n")).toHaveLength(3)
  })

  it("says so when there is nothing", () => {
    expect(renderTable(columns, [], pipe, "No markets.")).toBe("No markets.")
  })
})

describe("screenOf", () => {
  it("colours on a terminal unless NO_COLOR says otherwise", () => {
    expect(screenOf({ isTTY: true, columns: 100 }, undefined)).toStrictEqual({ columns: 100, colour: true })
    expect(screenOf({ isTTY: true, columns: 100 }, "1").colour).toBe(false)
    expect(screenOf({}, undefined)).toStrictEqual({ columns: null, colour: false })
  })
})

describe("text", () => {
  it("is never cut in the middle of a character", () => {
    expect(truncate("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 4)).toBe("👩‍👩‍👧…")
    expect(truncate("特朗普", 5)).toBe("特朗…")
    expect(truncate("abc", 3)).toBe("abc")
    expect(truncate("abc", 0)).toBe("")
  })

  it("has no control character left after escaping", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeControl(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
      })
    )
  })

  it("stays the same JSON value when escaped", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value, null, 2)
        expect(JSON.parse(escapeJson(text))).toStrictEqual(JSON.parse(text))
      })
    )
    expect(escapeJson(JSON.stringify("\u009b2J"))).toBe('"\\u009b2J"')
  })
})

describe("numbers", () => {
  it("read the same everywhere", () => {
    expect(formatUsdc(1234567.891)).toBe("1,234,567.89")
    expect(formatUsdc(-0.001)).toBe("0.00")
    expect(formatUsdc(null)).toBe("-")
    expect(formatPnl(0.001)).toBe("0.00")
    expect(formatPnl(2)).toBe("+2.00")
    expect(formatPrice(0.5)).toBe("0.5000")
    expect(formatPercent(0.12345)).toBe("12.35%")
    expect(formatNumber(1e18, 2)).toBe("1.000e+18")
    expect(formatNumber(1000, 0)).toBe("1,000")
  })
})

it("renderPairs puts values in one column", () => {
  expect(
    renderPairs(
      [
        ["a", "1"],
        ["long", "\u0007"]
      ],
      pipe
    )
  ).toBe("a     1\nlong  \\x07")
})
