import { describe, expect, it } from "vitest"
import { Account } from "../../src/core/account/account.ts"
import { DailyEquity } from "../../src/backtest/DailyEquity.ts"
import { riskAdjusted } from "../../src/core/metrics.ts"
import { price, shares, usdc } from "../../src/domain/units.ts"
import { at, signal, snapshot } from "./memoryHistory.ts"
import { replay } from "./run.ts"

const changesOf = (window: { fromUs: number; toUs: number }, steps: ReadonlyArray<readonly [string, number]>) => {
  const daily = new DailyEquity(window)
  const byStrategy = new Map<string, { realized: number; unrealized: number }>()
  for (const [time, equity] of steps) {
    daily.reach(at(time), byStrategy)
    byStrategy.set("a", { realized: equity, unrealized: 0 })
  }
  daily.finish(byStrategy)
  return { days: daily.days, changes: daily.changes.get("a") }
}

describe("daily changes", () => {
  const fromUs = at("2026-04-10T15:00:00Z")

  it("count a first and a last day that the window cuts", () => {
    const steps = [
      ["2026-04-10T16:00:00Z", 5],
      ["2026-04-12T03:00:00Z", 2]
    ] as const
    expect(changesOf({ fromUs, toUs: at("2026-04-12T04:00:00Z") }, steps)).toEqual({ days: 3, changes: [5, 0, -3] })
  })

  it("begin with the window and not with the strategy, and end with the window and not with its last event", () => {
    const steps = [["2026-04-12T03:00:00Z", 2]] as const
    expect(changesOf({ fromUs, toUs: at("2026-04-14T00:00:00.000001Z") }, steps)).toEqual({
      days: 5,
      changes: [0, 0, 2, 0, 0]
    })
  })

  it("have no day for a window that ends at midnight, whose last moment belongs to the day before", () => {
    const toUs = at("2026-04-12T00:00:00Z")
    expect(changesOf({ fromUs, toUs }, [["2026-04-11T23:59:59Z", 4]])).toEqual({ days: 2, changes: [0, 4] })
    const atTheEnd = [
      ["2026-04-11T23:59:59Z", 4],
      ["2026-04-12T00:00:00Z", 6]
    ] as const
    expect(changesOf({ fromUs, toUs }, atTheEnd)).toEqual({ days: 2, changes: [0, 6] })
  })
})

describe("a strategy's figures by day", () => {
  /** Three days of gains of 1, 1 and 3 USDC, and a payout of nothing on the fourth. */
  const history = {
    signals: [signal({ at: "2026-04-10T02:00:00Z", targetPrice: 0.6, sizeHint: 20 })],
    snapshots: [
      ...[
        ["2026-04-10T01:00:00Z", 0.4],
        ["2026-04-10T20:00:00Z", 0.45],
        ["2026-04-11T20:00:00Z", 0.5],
        ["2026-04-12T20:00:00Z", 0.65]
      ].map(([time, yes]) => snapshot({ at: String(time), yes: Number(yes) }))
    ],
    resolutions: [
      {
        atUs: at("2026-04-13T17:00:00Z"),
        marketId: "m1",
        payout: { yes: 0, no: 1 }
      }
    ]
  }
  const run = async (toUs: number) =>
    (await replay(history, { fromUs: at("2026-04-10T01:00:00Z"), toUs, execution: { fees: "none" } })).report

  it("hold the loss of a last day that the window cuts", async () => {
    const { sharpe, sortino } = riskAdjusted([1, 1, 3, -13])
    expect(sharpe).toBeLessThan(0)
    for (const end of ["2026-04-13T17:00:00Z", "2026-04-13T18:30:00Z", "2026-04-14T00:00:00Z"]) {
      const [row] = (await run(at(end))).results
      expect(row).toMatchObject({ pnl: -8, daily_samples: 4, daily_changed: 4 })
      expect(row?.sharpe).toBeCloseTo(sharpe!, 9)
      expect(row?.sortino).toBeCloseTo(sortino!, 9)
    }
  })

  it("are null below their least sample, with its size beside them", async () => {
    const [row] = (await run(at("2026-04-13T18:30:00Z"))).results
    expect(row).toMatchObject({ brier: null, settled_positions: 1, mtm_winrate: null, mtm_positions: 1 })
    expect(row).toMatchObject({ closed_winrate: null, profit_factor: null, wins: 0, losses: 1, winrate: 0 })
    const [early] = (await run(at("2026-04-11T21:00:00Z"))).results
    expect(early).toMatchObject({ sharpe: null, sortino: null, daily_samples: 2, daily_changed: 2 })
  })
})

describe("figures of many trades", () => {
  /** `count` positions bought at 0.4; those of even number pay out. */
  const settled = async (count: number) => {
    const markets = Array.from({ length: count }, (_, index) => `m${index}`)
    const { report } = await replay(
      {
        signals: markets.map((marketId) => signal({ at: "2026-02-20T01:00:00Z", targetPrice: 0.5, marketId })),
        snapshots: markets.map((marketId) => snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.4, marketId })),
        resolutions: markets.map((marketId, index) => ({
          marketId,
          atUs: at("2026-02-20T02:00:00Z"),
          payout: index % 2 === 0 ? { yes: 1, no: 0 } : { yes: 0, no: 1 }
        }))
      },
      { execution: { fees: "none" } }
    )
    return report.results[0]!
  }

  it("are stated from their least sample on", async () => {
    const four = await settled(4)
    expect(four).toMatchObject({ wins: 2, losses: 2, closed_winrate: null, profit_factor: null, mtm_winrate: null })
    const five = await settled(5)
    expect(five).toMatchObject({ wins: 3, losses: 2, closed_winrate: 0.6, mtm_winrate: 0.6, mtm_positions: 5 })
    expect(five.profit_factor).toBeCloseTo(18 / 8, 12)
    expect(await settled(9)).toMatchObject({ brier: null, settled_positions: 9 })
    const ten = await settled(10)
    expect(ten.settled_positions).toBe(10)
    expect(ten.brier).toBeCloseTo((0.36 + 0.16) / 2, 12)
  })
})

describe("drawdown at every moment", () => {
  it("sees a fall between two signals that the drawdown at signals does not", async () => {
    const { report } = await replay(
      {
        signals: [signal({ at: "2026-02-20T01:00:00Z", targetPrice: 0.6, sizeHint: 50 })],
        snapshots: [
          snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.6 }),
          snapshot({ at: "2026-02-20T09:00:00Z", yes: 0.1 }),
          snapshot({ at: "2026-02-20T12:00:00Z", yes: 0.9 })
        ]
      },
      { execution: { fees: "none" } }
    )
    expect(report.results[0]).toMatchObject({ pnl: 15, max_drawdown: 0, max_drawdown_marked: 25 })
    expect(report.event_results[0]).toMatchObject({ max_drawdown: 0, max_drawdown_marked: 25 })
    expect(report.max_drawdown_marked).toBe(25)
  })

  it("takes the state after all events of a moment, so that a fall inside one is none", async () => {
    // Both markets move at one microsecond, against each other; m1 falls a microsecond later.
    const { report } = await replay(
      {
        signals: [
          signal({ at: "2026-02-20T01:00:00Z", targetPrice: 0.5 }),
          signal({ at: "2026-02-20T01:00:00Z", targetPrice: 0.5, marketId: "m2", strategy: "s8" })
        ],
        snapshots: [
          snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.5 }),
          snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.5, marketId: "m2" }),
          snapshot({ at: "2026-02-20T09:00:00Z", yes: 0.2 }),
          snapshot({ at: "2026-02-20T09:00:00Z", yes: 0.9, marketId: "m2" }),
          snapshot({ at: "2026-02-20T09:00:00.000001Z", yes: 0.15 })
        ]
      },
      { execution: { fees: "none" } }
    )
    expect(report.results.map((row) => row.max_drawdown_marked)).toEqual([3.5, 0])
    expect(report.max_drawdown_marked).toBe(0.5)
  })

  it("is not followed by the original's arithmetic", async () => {
    const { report } = await replay({ signals: [], snapshots: [] }, { compat: "original", strategies: ["s4"] })
    expect(report).not.toHaveProperty("max_drawdown_marked")
    expect(report.results[0]).not.toHaveProperty("max_drawdown_marked")
  })
})

describe("peak exposure", () => {
  it("is what was at stake after the opening, also once a part is closed", () => {
    const account = new Account()
    const fill = { strategy: "a", marketId: "m1", eventId: "e1", token: "YES", fee: usdc(0) } as const
    account.fill({ ...fill, side: "buy", price: price(400_000), qty: shares(10_000_000) }, null)
    expect(account.strategyTally("a")).toMatchObject({ notional: 4_000_000, peakNotional: 4_000_000 })
    account.fill({ ...fill, side: "sell", price: price(900_000), qty: shares(4_000_000) }, null)
    expect(account.strategyTally("a")).toMatchObject({ notional: 2_400_000, peakNotional: 4_000_000 })
    account.fill({ ...fill, side: "buy", price: price(500_000), qty: shares(4_000_000) }, null)
    expect(account.eventTally("a", "e1")).toMatchObject({ notional: 4_400_000, peakNotional: 4_400_000 })
  })
})

describe("closing positions", () => {
  it("are what is held at the end, with cost and newest mark, and give the result with the ledger", async () => {
    const { report, rows } = await replay(
      {
        signals: [
          signal({ at: "2026-02-20T01:00:00Z", targetPrice: 0.5, sizeHint: 10 }),
          signal({ at: "2026-02-20T02:00:00Z", targetPrice: 0.5, sizeHint: 4, marketId: "m2", eventId: "e2" }),
          signal({ at: "2026-02-20T03:00:00Z", side: "sell", targetPrice: 0.3, sizeHint: 4 }),
          signal({ at: "2026-02-20T04:00:00Z", side: "sell", targetPrice: 0.3, sizeHint: 4, marketId: "m2" })
        ],
        snapshots: [
          snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.5 }),
          snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.5, marketId: "m2" }),
          snapshot({ at: "2026-02-20T05:00:00Z", yes: 0.5 }),
          snapshot({ at: "2026-02-20T06:00:00Z", yes: null })
        ]
      },
      { execution: { fees: "bps", fee_bps: 100 } }
    )
    expect(report.closing_positions).toStrictEqual([
      {
        strategy: "s4",
        event_id: "e1",
        market_id: "m1",
        token_id: "YES",
        qty: 6,
        cost: 3,
        mark: 0.5,
        mark_ts: "2026-02-20T05:00:00Z"
      }
    ])
    const realized = rows.reduce((sum, row) => sum + row.realized_change, 0)
    const open = report.closing_positions.reduce((sum, { cost, mark, qty }) => sum + qty * mark! - cost, 0)
    expect(realized + open).toBeCloseTo(report.results[0]!.pnl, 9)
  })
})
