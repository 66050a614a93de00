import { describe, expect, it } from "vitest"
import { executionSide, type ExecutedLeg } from "../../src/backtest/executionSide.ts"
import { QuoteBoard } from "../../src/backtest/quotes.ts"
import { price, shares, usdc } from "../../src/domain/units.ts"
import { afterCloseText } from "../../src/reports/terminalFormat.ts"
import { at, signal, snapshot } from "./memoryHistory.ts"
import { replay } from "./run.ts"

const learnt = at("2026-02-20T12:00:00Z")
const ended = at("2026-02-20T08:00:00Z")
const payout = { yes: 1, no: 0 }

describe("fills after the market's end", () => {
  const run = (times: ReadonlyArray<string>, endedUs: number | undefined = ended) =>
    replay(
      {
        signals: times.map((time) => signal({ at: `2026-02-20T${time}Z`, targetPrice: 0.6, sizeHint: 10 })),
        snapshots: [snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.6 })],
        resolutions: [{ marketId: "m1", atUs: learnt, payout, ...(endedUs === undefined ? {} : { endedUs }) }]
      },
      { execution: { fees: "none" } }
    )

  it("are flagged from the exchange's end on, not from when it was learnt, and totalled at the payout", async () => {
    const { report, rows } = await run(["07:59:59.999999", "08:00:00", "11:00:00", "12:00:00"])
    expect(rows.map((row) => [row.risk_reason, row.after_close])).toEqual([
      ["ok", false],
      ["ok", true],
      ["ok", true],
      // Learnt at this moment: it does not trade, and its payout is no trade either.
      ["settlement", false],
      ["market resolved", false]
    ])
    expect(report.after_close).toEqual({ fills: 2, pnl: 8 })
    expect(report.results[0]!.pnl).toBe(12)
  })

  it("are none where the exchange does not tell when it ended", async () => {
    const { report, rows } = await replay(
      {
        signals: [signal({ at: "2026-02-20T11:00:00Z", targetPrice: 0.6 })],
        snapshots: [snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.6 })],
        resolutions: [{ marketId: "m1", atUs: learnt, payout }]
      },
      { execution: { fees: "none" } }
    )
    expect(rows[0]!.after_close).toBe(false)
    expect(report.after_close).toEqual({ fills: 0, pnl: 0 })
  })

  it("read as one line", () => {
    expect([afterCloseText(1, 4.9), afterCloseText(2, -0.5), afterCloseText(0, 0)]).toEqual([
      "1 fill after the close, +4.90",
      "2 fills after the close, -0.50",
      "0 fills after the close, 0.00"
    ])
  })
})

describe("the sides of an alignment", () => {
  const leg = (fields: Partial<ExecutedLeg>): ExecutedLeg => ({
    atUs: at("2026-02-20T10:00:00Z"),
    signalId: 1,
    strategy: "s8",
    eventId: "e1",
    marketId: "m1",
    token: "NO",
    side: "buy",
    qty: shares(10e6),
    limitPrice: price(700_000),
    executedQty: shares(10e6),
    fillPrice: price(700_000),
    fee: usdc(100_000),
    reason: null,
    ...fields
  })
  const side = (legs: ReadonlyArray<ExecutedLeg>, pays = { yes: 0, no: 1 }, endedUs = learnt) =>
    executionSide(legs, [{ marketId: "m1", atUs: learnt, endedUs, payout: pays }], new QuoteBoard())

  it("pay NO by its own part of the payout, whatever form that has", () => {
    expect(side([leg({})]).total).toMatchObject({ pnl: 2.9, realized: 2.9, trades: 1 })
    expect(side([leg({})], { yes: 1, no: 0 }).total.pnl).toBeCloseTo(-7.1, 9)
    expect(side([leg({})], { yes: 1, no: 1 }).total.pnl).toBeCloseTo(-2.1, 9)
  })

  it("pay out a leg at the resolution's own microsecond, and one after it, once", () => {
    for (const atUs of [learnt - 1, learnt, learnt + 1]) {
      expect(side([leg({ atUs })]).total).toMatchObject({ pnl: 2.9, realized: 2.9, trades: 1 })
    }
    const twice = side([leg({}), leg({ atUs: learnt, signalId: 2 }), leg({ atUs: learnt + 1, signalId: 3 })])
    expect(twice.total.realized).toBeCloseTo(8.7, 9)
  })

  it("total what traded after the close", () => {
    const early = leg({ atUs: ended - 1, signalId: 2 })
    expect(side([leg({}), early], { yes: 0, no: 1 }, ended).afterClose).toEqual({ fills: 1, pnl: 2.9 })
    expect(side([leg({ side: "sell", atUs: ended })], { yes: 1, no: 0 }, ended).afterClose).toEqual({
      fills: 1,
      pnl: 6.9
    })
  })
})
