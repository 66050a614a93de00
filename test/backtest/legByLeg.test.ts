import { ledgerSha256Of } from "./artifactSamples.ts"
import { describe, expect, it } from "vitest"
import { type LedgerRow } from "../../src/backtest/LedgerRow.ts"
import { type OrderIntent } from "../../src/domain/OrderIntent.ts"
import { MICRO, price, shares } from "../../src/domain/units.ts"
import { type SignalRow, type SnapshotRow } from "../../src/ports/HistoryReader.ts"
import { at, signal, snapshot } from "./memoryHistory.ts"
import { replay } from "./run.ts"

const eleven = "2026-02-20T11:00:00Z"
const noon = "2026-02-20T12:00:00Z"
/** So many milliseconds after noon. */
const after = (ms: number): string => new Date(Date.parse(noon) + ms).toISOString()

const buy = (marketId: string, limit: number, qty = 100): OrderIntent => ({
  role: "leg",
  marketId,
  token: "YES",
  side: "buy",
  limitPrice: price(limit * MICRO),
  qty: shares(qty * MICRO)
})
/** One signal at noon that asks for these legs together. */
const wants = (...legs: ReadonlyArray<OrderIntent>): SignalRow => ({ ...signal({ at: noon, strategy: "s2" }), legs })
const shows = (time: string, marketId: string, bid: number, ask: number, more: Partial<SnapshotRow> = {}) =>
  snapshot({ at: time, marketId, yes: (bid + ask) / 2, bid, ask, ...more })

/** Two markets at eleven; the order of m1 is the larger one, so it is sent first. */
const quiet = [shows(eleven, "m1", 0.37, 0.39), shows(eleven, "m2", 0.28, 0.29)]
const pair = wants(buy("m1", 0.4), buy("m2", 0.3))

const line = (row: LedgerRow): string =>
  `${row.ts.slice(17)} ${row.leg} ${row.side} ${row.executed_qty} of ${row.qty} ${row.market_id} at ${row.fill_price}: ${row.risk_reason}`
const played = async (...args: Parameters<typeof replay>) => {
  const { report, rows } = await replay(...args)
  const { leg_packages, leg_risk_cost, leg_stranded, leg_unwound, pnl } = report.results[0]!
  return {
    rows: rows.map(line),
    pnl,
    legs: [leg_packages, leg_unwound, leg_stranded, leg_risk_cost],
    counts: [report.total_signals, report.executed_signals, report.reject_reasons],
    digest: [
      report.ledger_sha256,
      ledgerSha256Of({ schema_version: report.schema_version, compat: "market", replay: rows })
    ]
  }
}

describe("the legs of a package", () => {
  it("fill one after the other, each by the quote of its own moment", async () => {
    const { counts, legs, pnl, rows } = await played({ signals: [pair], snapshots: quiet })
    expect(rows).toEqual(["00Z leg buy 100 of 100 m1 at 0.39: ok", "00.250000Z leg buy 100 of 100 m2 at 0.29: ok"])
    // Marked in the middle: (0.38 - 0.39 + 0.285 - 0.29) * 100.
    expect(pnl).toBeCloseTo(-1.5, 9)
    expect(legs).toEqual([1, 0, 0, 0])
    expect(counts).toEqual([1, 1, {}])
  })

  it("arrive in the same moment without a delay, before the market moves", async () => {
    const snapshots = [...quiet, shows(after(100), "m2", 0.34, 0.35)]
    const { legs, rows } = await played({ signals: [pair], snapshots }, { execution: { leg_delay_ms: 0 } })
    expect(rows).toEqual(["00Z leg buy 100 of 100 m1 at 0.39: ok", "00Z leg buy 100 of 100 m2 at 0.29: ok"])
    expect(legs).toEqual([1, 0, 0, 0])
  })

  it("that come late and dearer find nothing, and what filled is given back at a loss", async () => {
    const snapshots = [...quiet, shows(after(100), "m2", 0.34, 0.35)]
    const { counts, digest, legs, pnl, rows } = await played(
      { signals: [pair], snapshots },
      { execution: { fees: "bps", fee_bps: 100 } }
    )
    expect(rows).toEqual([
      "00Z leg buy 100 of 100 m1 at 0.39: ok",
      "00.250000Z leg buy 0 of 100 m2 at 0.35: not marketable: ask 0.3500 > limit 0.3000",
      "00.500000Z unwind sell 100 of 100 m1 at 0.37: ok"
    ])
    // 100 * (0.39 - 0.37) and the fee of the sale, 1 % of 37; the PnL also has the fee of the purchase, 1 % of 39.
    expect(legs).toEqual([1, 1, 0, 2.37])
    expect(pnl).toBeCloseTo(-2.76, 9)
    expect(counts).toEqual([1, 1, {}])
    expect(digest[1]).toBe(digest[0])
  })

  it("that get half take half of the others back", async () => {
    const snapshots = [...quiet, shows(after(100), "m2", 0.28, 0.29, { liquidity: 500 })]
    const { legs, pnl, rows } = await played(
      { signals: [pair], snapshots },
      { execution: { enable_partial_fill: true } }
    )
    expect(rows).toEqual([
      "00Z leg buy 100 of 100 m1 at 0.39: ok",
      "00.250000Z leg buy 50 of 100 m2 at 0.29: ok",
      "00.500000Z unwind sell 50 of 50 m1 at 0.37: ok"
    ])
    // Both legs are held, 50 of each: the package is complete, and giving back 50 cost 50 * 0.02.
    expect(legs).toEqual([1, 0, 0, 1])
    expect(pnl).toBeCloseTo(-1 + 50 * (0.38 - 0.39) + 50 * (0.285 - 0.29), 9)
  })

  it("that get less when it is their turn are followed by smaller ones", async () => {
    const thin = shows(eleven, "m1", 0.37, 0.39, { liquidity: 400 })
    const { legs, rows } = await played(
      { signals: [pair], snapshots: [thin, quiet[1]!] },
      { execution: { enable_partial_fill: true } }
    )
    expect(rows).toEqual(["00Z leg buy 40 of 100 m1 at 0.39: ok", "00.250000Z leg buy 40 of 100 m2 at 0.29: ok"])
    expect(legs).toEqual([1, 0, 0, 0])
  })

  it("whose market closes between them are missing, and the others are given back", async () => {
    const snapshots = [...quiet, shows(after(100), "m2", 0.28, 0.29, { status: "closed" })]
    const { counts, legs, rows } = await played({ signals: [pair], snapshots })
    expect(rows).toEqual([
      "00Z leg buy 100 of 100 m1 at 0.39: ok",
      "00.250000Z leg buy 0 of 100 m2 at 0: market closed",
      "00.500000Z unwind sell 100 of 100 m1 at 0.37: ok"
    ])
    expect(legs).toEqual([1, 1, 0, 2])
    expect(counts).toEqual([1, 1, {}])
  })

  it("cost nothing when the first of them finds nothing", async () => {
    const moved = [shows(noon, "m1", 0.4, 0.41), quiet[1]!]
    const { counts, legs, pnl, rows } = await played({ signals: [pair], snapshots: moved })
    expect(rows.map((row) => row.split(": ").slice(1).join(": "))).toEqual([
      "not marketable: ask 0.4100 > limit 0.4000",
      "bundle incomplete: m1 YES: not marketable: ask 0.4100 > limit 0.4000"
    ])
    expect(pnl).toBe(0)
    expect(legs).toEqual([undefined, undefined, undefined, undefined])
    expect(counts).toEqual([1, 0, { "not marketable": 1 }])
  })
})

describe("legs that cannot be given back", () => {
  const gone = shows(after(100), "m2", 0.34, 0.35)

  it("are kept with `hold`, and cost what they are worth less than was paid", async () => {
    const { counts, legs, pnl, rows } = await played(
      { signals: [pair], snapshots: [...quiet, gone] },
      { execution: { bundle_unwind: "hold" } }
    )
    expect(rows).toEqual([
      "00Z leg buy 100 of 100 m1 at 0.39: ok",
      "00.250000Z leg buy 0 of 100 m2 at 0.35: not marketable: ask 0.3500 > limit 0.3000"
    ])
    // They could be sold for 0.37.
    expect(legs).toEqual([1, 0, 1, 2])
    expect(pnl).toBeCloseTo(-1, 9)
    expect(counts).toEqual([1, 1, {}])
  })

  it("are tried three times, two seconds apart, then kept", async () => {
    const shut = shows(after(300), "m1", 0.36, 0.39, { status: "closed" })
    const { legs, rows } = await played({ signals: [pair], snapshots: [...quiet, gone, shut] })
    expect(rows).toEqual([
      "00Z leg buy 100 of 100 m1 at 0.39: ok",
      "00.250000Z leg buy 0 of 100 m2 at 0.35: not marketable: ask 0.3500 > limit 0.3000",
      "00.500000Z unwind sell 0 of 100 m1 at 0: market closed",
      "02.750000Z unwind sell 0 of 100 m1 at 0: market closed",
      "05Z unwind sell 0 of 100 m1 at 0: market closed"
    ])
    expect(legs).toEqual([1, 0, 1, 3])
  })

  it("are given back at a second try when the market comes back", async () => {
    const away = shows(after(300), "m1", 0.33, 0.34)
    const back = shows(after(1_000), "m1", 0.38, 0.4)
    const { legs, rows } = await played({ signals: [pair], snapshots: [...quiet, gone, away, back] })
    // 0.34 is as low as 5 USDC of loss on 100 shares go.
    expect(rows.slice(2)).toEqual([
      "00.500000Z unwind sell 0 of 100 m1 at 0.33: not marketable: bid 0.3300 < limit 0.3400",
      "02.750000Z unwind sell 100 of 100 m1 at 0.38: ok"
    ])
    expect(legs).toEqual([1, 1, 0, 1])
  })

  it("cost no more than a package may lose", async () => {
    const { legs, rows } = await played(
      { signals: [pair], snapshots: [...quiet, gone] },
      { execution: { bundle_max_unwind_loss: 1.99 } }
    )
    expect(rows.slice(2).map((row) => row.split(": ").slice(1).join(": "))).toEqual(
      Array.from({ length: 3 }, () => "not marketable: bid 0.3700 < limit 0.3701")
    )
    expect(legs).toEqual([1, 0, 1, 2])
  })
})

describe("a leg whose market resolves before it can be given back", () => {
  it.each([
    [1, -61],
    [0, 39]
  ])("is worth what it was paid, %s a share", async (yes, cost) => {
    const resolutions = [{ marketId: "m1", atUs: at(after(100)), payout: { yes, no: 1 - yes } }]
    const snapshots = [...quiet, shows(after(50), "m2", 0.34, 0.35)]
    const { legs, pnl, rows } = await played({ signals: [pair], snapshots, resolutions })
    expect(rows.slice(0, 2)).toEqual([
      "00Z leg buy 100 of 100 m1 at 0.39: ok",
      `00.100000Z settlement sell 100 of 100 m1 at ${yes}: settlement`
    ])
    expect(legs).toEqual([1, 0, 1, cost])
    expect(pnl).toBeCloseTo(-cost, 9)
  })
})

describe("the deadline", () => {
  it("counts from the first leg: what would be sent later is not, and the others are given back", async () => {
    const three = wants(buy("m1", 0.4), buy("m2", 0.3), buy("m3", 0.2))
    const snapshots = [...quiet, shows(eleven, "m3", 0.18, 0.19)]
    const { legs, rows } = await played({ signals: [three], snapshots }, { execution: { bundle_deadline_sec: 0.2 } })
    expect(rows).toEqual([
      "00Z leg buy 100 of 100 m1 at 0.39: ok",
      "00.250000Z leg buy 100 of 100 m2 at 0.29: ok",
      "00.500000Z unwind sell 100 of 100 m1 at 0.37: ok",
      "00.750000Z unwind sell 100 of 100 m2 at 0.28: ok",
      "00.750000Z leg buy 0 of 100 m3 at 0: bundle incomplete: deadline of 0.2 s passed"
    ])
    expect(legs).toEqual([1, 1, 0, 3])
  })
})

describe("several packages", () => {
  it("are on their way beside each other, and leg risk is by strategy", async () => {
    const other: SignalRow = {
      ...signal({ at: after(100), strategy: "s9" }),
      legs: [buy("m1", 0.4, 10), buy("m3", 0.2, 10)]
    }
    const plain = signal({ at: after(200), strategy: "s4", marketId: "m1", targetPrice: 0.4, sizeHint: 5 })
    const snapshots = [...quiet, shows(eleven, "m3", 0.18, 0.19), shows(after(100), "m2", 0.34, 0.35)]
    const { report, rows } = await replay({ signals: [pair, other, plain], snapshots })
    expect(rows.map((row) => `${row.ts.slice(17)} ${row.strategy} ${row.leg} ${row.executed_qty}`)).toEqual([
      "00Z s2 leg 100",
      "00.100000Z s9 leg 10",
      "00.200000Z s4 primary 5",
      "00.250000Z s2 leg 0",
      "00.350000Z s9 leg 10",
      "00.500000Z s2 unwind 100"
    ])
    const legRisk = report.results.map((row) => [row.strategy, row.leg_packages, row.leg_unwound, row.leg_risk_cost])
    expect(legRisk).toEqual([
      ["s2", 1, 1, 2],
      ["s4", undefined, undefined, undefined],
      ["s9", 1, 0, 0]
    ])
    expect(report.execution_config).toMatchObject({
      leg_delay_ms: 250,
      bundle_deadline_sec: 10,
      bundle_unwind: "sell_back",
      bundle_max_unwind_loss: 5
    })
  })

  it("do not sell what another one may have to give back", async () => {
    const sale = { ...buy("m1", 0.36), side: "sell" as const, role: "primary" as const }
    const later: SignalRow = { ...signal({ at: after(100), strategy: "s2" }), legs: [sale] }
    const again: SignalRow = { ...signal({ at: after(600), strategy: "s2" }), legs: [sale] }
    const snapshots = [...quiet, shows(after(50), "m2", 0.34, 0.35)]
    const { legs, pnl, rows } = await played({ signals: [pair, later, again], snapshots })
    // Selling the 100 of the open package would leave it to sell 100 that are not held.
    expect(rows).toEqual([
      "00Z leg buy 100 of 100 m1 at 0.39: ok",
      "00.100000Z primary buy 100 of 100 m1 at 0.63: ok",
      "00.250000Z leg buy 0 of 100 m2 at 0.35: not marketable: ask 0.3500 > limit 0.3000",
      "00.500000Z unwind sell 100 of 100 m1 at 0.37: ok",
      "00.600000Z primary buy 100 of 100 m1 at 0.63: ok"
    ])
    expect(legs).toEqual([1, 1, 0, 2])
    expect(pnl).toBeCloseTo(-2 - 200 * (0.63 - 0.62), 9)
  })

  it("leave what is held beside them free to sell", async () => {
    const before = signal({ at: eleven, strategy: "s2", marketId: "m1", targetPrice: 0.4, sizeHint: 30 })
    const sale = { ...buy("m1", 0.36, 30), side: "sell" as const, role: "primary" as const }
    const later: SignalRow = { ...signal({ at: after(100), strategy: "s2" }), legs: [sale] }
    const { rows } = await played({ signals: [before, pair, later], snapshots: quiet })
    expect(rows.slice(1)).toEqual([
      "00Z leg buy 100 of 100 m1 at 0.39: ok",
      "00.100000Z primary sell 30 of 30 m1 at 0.37: ok",
      "00.250000Z leg buy 100 of 100 m2 at 0.29: ok"
    ])
  })

  it("end although the window is over", async () => {
    const last: SignalRow = { ...pair, createdAtUs: pair.createdAtUs + 12 * 3600e6 - 1 }
    const { report, rows } = await replay({ signals: [last], snapshots: quiet })
    expect(rows.map(({ executed_qty, ts }) => [ts, executed_qty])).toEqual([
      ["2026-02-20T23:59:59.999999Z", 100],
      ["2026-02-21T00:00:00.249999Z", 100]
    ])
    expect(report.results[0]?.leg_packages).toBe(1)
  })
})

describe("a package that lists two sales", () => {
  const held = signal({ at: "2026-02-20T11:30:00Z", strategy: "s1", targetPrice: 0.4, sizeHint: 10 })
  const sale = { ...buy("m1", 0.3, 10), side: "sell" as const, role: "sell_leg" as const }
  const seen = [snapshot({ at: eleven, yes: 0.4 })]

  it("sells what is held once, and buys the other outcome for the rest", async () => {
    const twice: SignalRow = { ...signal({ at: noon, strategy: "s1" }), legs: [sale, sale] }
    const { report, rows } = await replay({ signals: [held, twice], snapshots: seen })
    expect(rows.map(line)).toEqual([
      "00Z primary buy 10 of 10 m1 at 0.4: ok",
      // Equal in all but size: the larger order is the harder one.
      "00Z sell_leg buy 10 of 10 m1 at 0.6: ok",
      "00.250000Z sell_leg sell 10 of 10 m1 at 0.4: ok"
    ])
    expect(rows[1]?.token_id).toBe("NO")
    expect(report).toMatchObject({ executed_signals: 2, results: [{ pnl: 0, leg_packages: 1, leg_risk_cost: 0 }] })
  })

  it("does so too when they are two signals of one basket", async () => {
    const basket = JSON.stringify({ event_id: "e1", basket_markets: ["m1", "m1b"], leg_weight: 0.5 })
    const leg = () => ({ ...signal({ at: noon, strategy: "s1", side: "sell", payloadJson: basket }), legs: [sale] })
    const { rows } = await replay({ signals: [held, leg(), leg()], snapshots: seen })
    expect(rows.slice(1).map(({ executed_qty, side, token_id }) => [side, token_id, executed_qty])).toEqual([
      ["buy", "NO", 10],
      ["sell", "YES", 10]
    ])
  })
})
