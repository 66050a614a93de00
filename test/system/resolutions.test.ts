import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { type LedgerRow } from "../../src/backtest/LedgerRow.ts"
import { LedgerTable } from "../../src/backtest/LedgerTable.ts"
import { printedLimits } from "../../src/backtest/options.ts"
import { runBacktest } from "../../src/backtest/runBacktest.ts"
import { type SourceId } from "../../src/domain/ids.ts"
import { type ResolutionState } from "../../src/domain/Market.ts"
import { MICROS_PER_MS, parseTime } from "../../src/domain/time.ts"
import { fromMicros } from "../../src/domain/units.ts"
import { settleUp } from "../../src/engine/commands/settleUp.ts"
import { nowUs } from "../../src/engine/now.ts"
import { pnlReport } from "../../src/engine/commands/pnlReport.ts"
import { normalizeMarket } from "../../src/ingest/normalize.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { optionsOf } from "../backtest/run.ts"
import { insert, inWorld, noon, place, signal } from "../execution/world.ts"
import { describeShared } from "../shared.ts"
import { type Loose } from "../simulator/support.ts"
import { run } from "../store/support.ts"

const HOUR = 3_600_000_000

const setTime = (us: number) => TestClock.setTime(us / MICROS_PER_MS)

/** Ingests one raw row of the venue now. */
const ingest = (source: SourceId, raw: Loose) =>
  Effect.gen(function* () {
    const atUs = yield* nowUs
    const row = normalizeMarket(source, raw, atUs)
    if (row._tag === "refused") return yield* Effect.dieMessage(row.reason)
    const repo = yield* IngestRepo
    yield* repo.commitRun({
      run: run({ source }),
      markets: [row.market],
      capturedAtUs: atUs,
      confirmed: [],
      checkpointUs: null
    })
    return row.market
  })

/** The row as it may have been while the market traded: YES 0.39 bid, 0.41 asked. */
const asOpen = (raw: Loose): Loose => ({
  ...raw,
  ...(raw.tokens === undefined
    ? {}
    : { tokens: raw.tokens.map((t: Loose, i: number) => ({ ...t, winner: false, price: i === 0 ? 0.4 : 0.6 })) }),
  active: true,
  closed: false,
  archived: false,
  acceptingOrders: true,
  accepting_orders: true,
  enableOrderBook: true,
  enable_order_book: true,
  is_50_50_outcome: false,
  automaticallyResolved: undefined,
  umaResolutionStatus: undefined,
  umaResolutionStatuses: "[]",
  closedTime: undefined,
  umaEndDate: undefined,
  outcomePrices: '["0.4","0.6"]',
  bestBid: 0.39,
  bestAsk: 0.41,
  orderMinSize: 5,
  orderPriceMinTickSize: 0.01,
  liquidity: "100000",
  feesEnabled: false
})

interface Told {
  readonly state: ResolutionState | null
  /** Of one YES and one NO share, USDC; null: not paid. */
  readonly paid: readonly [yes: number, no: number] | null
  readonly realized: number
  readonly ledger: ReadonlyArray<Pick<LedgerRow, "token_id" | "fill_price" | "executed_qty" | "realized_change">>
}

/** Ten YES at 0.41 and ten NO at 0.61 bought on paper and by signals for the replay; then the venue says `raw`. */
const journey = (source: SourceId, raw: Loose) =>
  inWorld(
    Effect.gen(function* () {
      const closedUs = parseTime(String(raw.closedTime ?? "")) ?? noon
      const finalUs = closedUs + HOUR
      // A minute before the orders: on an older quote nothing is opened.
      yield* setTime(closedUs - 23 * HOUR - HOUR / 60)
      const { eventId, marketId } = yield* ingest(source, asOpen(raw))
      const legs = [
        { token: "YES", price: 0.41 },
        { token: "NO", price: 0.61 }
      ] as const
      yield* setTime(closedUs - 23 * HOUR)
      for (const { price, token } of legs) {
        yield* place({ marketId, token, price, qty: 10 })
        const payload = { primary_leg: { token, price, qty: 10 } }
        yield* insert(signal({ marketId, eventId, targetPrice: price, payload }))
      }
      yield* setTime(finalUs)
      yield* ingest(source, raw)
      const { settlements } = yield* settleUp
      expect((yield* settleUp).settlements).toEqual([])
      const report = yield* pnlReport
      expect(report.cash + report.openCost).toBe(report.total.realized)
      expect(report.equity).toBe(report.total.pnl)
      expect(yield* checkInvariants).toEqual([])
      const known = (yield* (yield* MarketRepo).findAll([marketId])).get(marketId)
      const options = optionsOf({ fromUs: closedUs - 48 * HOUR, toUs: finalUs })
      const ledger = new LedgerTable(printedLimits(options))
      yield* runBacktest(options, { ledger, onProgress: null })
      const settled = [...ledger.rows()].filter(({ leg }) => leg === "settlement")
      const payoutOf = (token: string) =>
        fromMicros(settlements.find((s) => s.position.token === token)?.payout ?? -1e6)
      const told: Told = {
        state: known?.resolution?.state ?? null,
        paid: settlements.length === 0 ? null : [payoutOf("YES"), payoutOf("NO")],
        realized: fromMicros(report.total.realized),
        ledger: settled.map(({ executed_qty, fill_price, realized_change, token_id }) => {
          return { token_id, fill_price, executed_qty, realized_change }
        })
      }
      return told
    })
  )

/** What both worlds must tell of a vector that pays `yes` and `no`. A pair of shares cost 1.02 and is worth 1. */
const paying = (yes: number, no: number): Told => ({
  state: "final",
  paid: [yes, no],
  realized: -0.2,
  ledger: [
    { token_id: "NO", fill_price: no, executed_qty: 10, realized_change: Math.round((no - 0.61) * 1e7) / 1e6 },
    { token_id: "YES", fill_price: yes, executed_qty: 10, realized_change: Math.round((yes - 0.41) * 1e7) / 1e6 }
  ]
})

const unpaid = (state: ResolutionState | null): Told => ({ state, paid: null, realized: 0, ledger: [] })

const gammaRow = (fields: Loose): Loose => ({
  id: "77",
  question: "Will it?",
  conditionId: `0x${"ab".repeat(32)}`,
  outcomes: '["Yes","No"]',
  clobTokenIds: `["${"1".repeat(77)}","${"2".repeat(77)}"]`,
  active: true,
  closed: true,
  closedTime: "2026-02-05 10:00:00+00",
  umaResolutionStatus: "resolved",
  events: [{ id: "e7" }],
  ...fields
})

describe("a resolution from the venue's row to the books, on paper and in the replay", () => {
  for (const [name, row, told] of [
    ["YES", gammaRow({ outcomePrices: '["1","0"]' }), paying(1, 0)],
    ["NO", gammaRow({ outcomePrices: '["0","1"]' }), paying(0, 1)],
    ["void, half each", gammaRow({ outcomePrices: '["0.5","0.5"]' }), paying(0.5, 0.5)],
    ["void, reported as [1, 1]", gammaRow({ outcomePrices: '["1","1"]' }), paying(0.5, 0.5)],
    ["nobody named", gammaRow({ outcomePrices: '["0","0"]' }), unpaid("final")],
    ["proposed", gammaRow({ outcomePrices: '["1","0"]', umaResolutionStatus: "proposed" }), unpaid("proposed")],
    ["disputed", gammaRow({ outcomePrices: '["0","1"]', umaResolutionStatus: "disputed" }), unpaid("disputed")],
    ["closed without a word", gammaRow({ outcomePrices: '["0","1"]', umaResolutionStatus: "" }), unpaid(null)]
  ] as const) {
    it.effect(name, () => Effect.map(journey("gamma", row), (result) => expect(result).toEqual(told)))
  }
})

/** A row of the CLOB as it is after the market closed; prices and winners by token. */
const clobRow = (tokens: ReadonlyArray<readonly [price: number, winner: boolean]>, fields: Loose = {}): Loose => ({
  condition_id: `0x${"cd".repeat(32)}`,
  question: "Will it?",
  market_slug: "will-it",
  tokens: tokens.map(([price, winner], index) => {
    return { token_id: `${index + 1}`.repeat(77), outcome: index === 0 ? "Yes" : "No", price, winner }
  }),
  ...{ active: true, closed: true, archived: false, accepting_orders: false, enable_order_book: true },
  ...{ minimum_tick_size: 0.01, minimum_order_size: 5, neg_risk: false, is_50_50_outcome: false },
  ...fields
})

const half = { is_50_50_outcome: true }
describe("a resolution from the CLOB's row to the books", () => {
  for (const [name, row, told] of [
    [
      "the first token won",
      clobRow([
        [1, true],
        [0, false]
      ]),
      paying(1, 0)
    ],
    [
      "the second token won",
      clobRow([
        [0, false],
        [1, true]
      ]),
      paying(0, 1)
    ],
    [
      "marked 50/50",
      clobRow(
        [
          [0.5, false],
          [0.5, false]
        ],
        half
      ),
      paying(0.5, 0.5)
    ],
    [
      "no winner, no prices",
      clobRow([
        [0, false],
        [0, false]
      ]),
      unpaid(null)
    ],
    [
      "no winner, prices 0 and 1",
      clobRow([
        [0, false],
        [1, false]
      ]),
      unpaid(null)
    ]
  ] as const) {
    it.effect(name, () => Effect.map(journey("clob", row), (result) => expect(result).toEqual(told)))
  }
})

const events2024 = "data/dev/statground-2024/split/events.dev.2024-01..08.jsonl.gz"
const clobMarkets = "data/dev/borat-gamma-clob-2026-02/gh-pages/clob-markets.json"

const eventsOf = (path: string): ReadonlyArray<Loose> =>
  gunzipSync(readFileSync(path))
    .toString("utf8")
    .trim()
    .split("\n")
    .map((line): Loose => JSON.parse(line))

describeShared(events2024, "real resolutions of 2024", (path) => {
  const events = eventsOf(path)
  const marketRows = new Map<string, Loose>(
    events.flatMap(({ id, markets, slug }) =>
      (markets ?? []).map((row: Loose) => [row.id, { ...row, events: [{ id, slug }] }] as const)
    )
  )
  for (const [id, what, told] of [
    ["253576", "an ordinary one", paying(1, 0)],
    ["254319", "a tie: 0.5 and 0.5", paying(0.5, 0.5)],
    ["502238", "a match abandoned in the rain: [1, 1]", paying(0.5, 0.5)],
    ["502724", "a bout that was replaced: [1, 1]", paying(0.5, 0.5)],
    ["253618", "closed at 0 and 1, and proposed for good", unpaid("proposed")],
    ["254678", "closed at 1 and 0, and disputed", unpaid("disputed")],
    ["253882", "closed at 0 and 1 without a word", unpaid(null)],
    ["504488", "resolved, but never closed", unpaid("proposed")]
  ] as const) {
    it.effect(`${id}: ${what}`, () =>
      Effect.map(journey("gamma", marketRows.get(id)), (result) => expect(result).toEqual(told))
    )
  }

  it("counts states and payouts to the market, and pays nothing for looking final", () => {
    const counts: Record<string, number> = {}
    const unsound: Array<unknown> = []
    for (const raw of marketRows.values()) {
      const row = normalizeMarket("gamma", raw, noon)
      if (row._tag === "refused") continue
      const { payout, resolution } = row.market
      const key = `${resolution?.state ?? "nothing said"} ${payout === null ? "unpaid" : `${payout.yes}/${payout.no}`}`
      counts[key] = (counts[key] ?? 0) + 1
      if (row.dropped.length > 0) unsound.push([key, row.dropped])
    }
    // A price that is none costs the price, and not the word that the market is resolved.
    expect(unsound).toEqual([["final 1/0", ["best ask outside [0, 1]"]]])
    expect(counts).toEqual({
      "final 0/1": 4602,
      "final 1/0": 1468,
      "final 0.5/0.5": 10,
      "final 1/1": 10,
      "proposed unpaid": 449,
      "disputed unpaid": 2,
      "nothing said unpaid": 17
    })
  })

  it("pays nobody in the one neg-risk event that shows no winner: every leg stands at NO, and is only proposed", () => {
    const noWinner = events.filter(({ markets, negRisk }) => {
      const prices = (markets ?? []).map((raw: Loose) => raw.outcomePrices)
      return negRisk === true && prices.length > 1 && prices.every((text: string) => text === '["0", "1"]')
    })
    expect(noWinner.map(({ id }) => id)).toEqual(["903394"])
    for (const raw of noWinner[0].markets) {
      expect(normalizeMarket("gamma", raw, noon)).toMatchObject({
        market: { payout: null, resolution: { state: "proposed" } }
      })
    }
  })
})

describeShared(clobMarkets, "real resolutions at the CLOB", (path) => {
  const text = readFileSync(path, "utf8").replace(/^\uFEFF/, "")
  const parsed: Loose = JSON.parse(text)
  const listed: ReadonlyArray<Loose> = Array.isArray(parsed) ? parsed : parsed.data
  const rows = new Map(listed.map((row) => [row.condition_id, row] as const))
  for (const [id, what, told] of [
    ["0x5eed579ff6763914d78a966c83473ba2485ac8910d0a0914eef6d9fcb33085de", "the first token won", paying(1, 0)],
    ["0x8945183c6253e70ec33a9f7c79058de36d3ebd809c245bc4204e9a3d098e0ea8", "the second token won", paying(0, 1)],
    ["0x7c97080dfbbe71bfa52ba51c82cb0cdfe47cd7b87842047c58647c8ff1d1fef4", "marked 50/50", paying(0.5, 0.5)],
    ["0x3dd748f11097f1f4fe8c1adb5344360fd3ec2f0492d5eff1f1f2f0a2c15b2bba", "no winner, no prices", unpaid(null)],
    ["0x562a1c278fd84b9cd2147253fc9497ca07a616a59f7bc0c99966f321fa4493f4", "no winner, prices 0 and 1", unpaid(null)]
  ] as const) {
    it.effect(what, () => {
      const row = rows.get(id)
      if (row === undefined) throw new Error(`${id} is not in the recording`)
      return Effect.map(journey("clob", row), (result) => expect(result).toEqual(told))
    })
  }
})
