import { describe, expect, it } from "vitest"
import { MIN_SAMPLES, notAvailable, samplesNote, sampleText } from "../../src/core/samples.ts"
import { brierText, profitFactorText, sharpeText, sortinoText, winRateText } from "../../src/reports/figureTexts.ts"
import { renderHtml } from "../../src/reports/html.ts"
import { riskAdjustedTable, strategyTable } from "../../src/reports/reportTables.ts"
import { modelOf, result } from "./support.ts"

describe("a figure of a small sample", () => {
  it("is n/a with the size of the sample, up to the least one", () => {
    const text = (value: number | null, n: number | undefined) =>
      sampleText(value, { n, least: 4, lacking: "no loss" }, (figure) => figure.toFixed(1))
    expect(text(0.5, 3)).toBe("n/a (n=3)")
    expect(text(0.5, 4)).toBe("0.5")
    expect(text(null, 4)).toBe("n/a (no loss)")
    expect(text(0.5, undefined)).toBe("0.5")
    expect(text(null, undefined)).toBe("n/a")
    expect(notAvailable(0)).toBe("n/a (n=0)")
  })

  it("has its least size from one place, which the note under tables names", () => {
    const { changedDays, closedFills, settledPositions } = MIN_SAMPLES
    expect(winRateText({ wins: closedFills - 2, losses: 1 })).toBe(`n/a (n=${closedFills - 1})`)
    expect(winRateText({ wins: closedFills - 1, losses: 1 })).toBe("80.00%")
    expect(winRateText({ wins: 0, losses: 0 })).toBe("n/a (n=0)")
    expect(profitFactorText(3, { wins: closedFills - 1, losses: 0 })).toBe(`n/a (n=${closedFills - 1})`)
    expect(profitFactorText(null, { wins: closedFills, losses: 0 })).toBe("n/a (no loss)")
    expect(sharpeText(1, changedDays - 1)).toBe(`n/a (n=${changedDays - 1})`)
    expect(sharpeText(null, changedDays)).toBe("n/a (no spread)")
    expect(sortinoText(null, changedDays)).toBe("n/a (no losing day)")
    expect(brierText(0, settledPositions - 1)).toBe(`n/a (n=${settledPositions - 1})`)
    expect(brierText(0, settledPositions)).toBe("0.0000")
    for (const least of [changedDays, closedFills, settledPositions]) expect(samplesNote).toContain(String(least))
  })

  it("reads so on a page, where an older artifact states it too", () => {
    const model = modelOf({
      total_signals: 2,
      executed_signals: 2,
      results: [
        result("s1", 4, {
          wins: 2,
          losses: 0,
          profit_factor: 9,
          sharpe: 40,
          daily_changed: 2,
          brier: 0,
          settled_positions: 2
        }),
        result("s2", 1, {
          wins: 6,
          losses: 2,
          profit_factor: 2,
          sharpe: 1.5,
          daily_changed: 3,
          brier: 0.04,
          settled_positions: 11
        })
      ]
    })
    const cells = (table: ReturnType<typeof riskAdjustedTable>) =>
      table.rows.map((row) => row.slice(1, 5).map(({ text }) => text))
    expect(cells(riskAdjustedTable(model.strategies))).toEqual([
      ["n/a (n=2)", "n/a (n=2)", "n/a (n=2)", "n/a (n=2)"],
      ["1.50", "n/a (no losing day)", "2.00", "0.0400"]
    ])
    expect(strategyTable(model.strategies, 0).rows.map((row) => row[4]!.text)).toEqual(["n/a (n=2)", "75.00%"])
    expect(renderHtml(model)).toContain("n/a (n=2)")
  })

  it("is said beside the days that the window cuts, and beside fills after the close", () => {
    const { remarks } = modelOf({
      from_ts: "2026-02-20T06:00:00Z",
      to_ts: "2026-02-24T00:00:00Z",
      total_signals: 40,
      executed_signals: 40,
      after_close: { fills: 2, pnl: -1.5 },
      results: [result("s1", 4, { sharpe: 2, daily_changed: 4, daily_samples: 4 })]
    })
    expect(remarks).toContain("Sharpe and Sortino are of 4 UTC days, the first cut by the window.")
    expect(remarks.join(" ")).toContain("2 fills after the close, -1.50 USDC")
  })
})
