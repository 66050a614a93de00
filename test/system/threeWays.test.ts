import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { regenerate } from "../../src/app/regenerate.ts"
import { runSession } from "../../src/app/session.ts"
import { onVirtualTime } from "../../src/app/virtualClock.ts"
import { LedgerTable } from "../../src/backtest/LedgerTable.ts"
import { type LedgerRow } from "../../src/backtest/LedgerRow.ts"
import { type BacktestOptions, printedLimits } from "../../src/backtest/options.ts"
import { runBacktest } from "../../src/backtest/runBacktest.ts"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { type MarketView } from "../../src/domain/MarketView.ts"
import { orderMessage } from "../../src/domain/Order.ts"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { MICROS_PER_MS, MICROS_PER_SECOND, parseTime } from "../../src/domain/time.ts"
import { fromMicros } from "../../src/domain/units.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { IngestSources, type SourceShape } from "../../src/ports/IngestSource.ts"
import { type Strategy, StrategyRegistry } from "../../src/ports/StrategyRegistry.ts"
import { allFills, allOrders, inWorld, noon, signal, type WorldOptions } from "../execution/world.ts"
import { market, run } from "../store/support.ts"

const MINUTE = 60 * MICROS_PER_SECOND
const CYCLES = 40

/** A cheap hash, so that a market's price at a minute is the same whenever it is asked for. */
const noise = (text: string): number => {
  let hash = 2_166_136_261
  for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619) >>> 0
  return hash / 4_294_967_296
}

/** The markets of the day. What becomes of each is decided by its name. */
const names = ["calm", "quick", "paused", "closing", "vanishing", "paid", "paid before", "argued"] as const

/** One market as the exchange lists it in a minute; null: it does not list it. */
const listed = (seed: number, name: string, minute: number): object | null => {
  if (name === "vanishing" && minute >= 12) return null
  // The calm one moves every tenth minute and is shown unchanged in between.
  const turn = name === "calm" ? Math.floor(minute / 10) : minute
  const bid = 0.2 + Math.floor(noise(`${seed} ${name} ${turn}`) * 40) / 100
  const paid = name === "paid before" || (name === "paid" && minute >= 25)
  const closed = paid || (name === "closing" && minute >= 18)
  const yes = bid + 0.01
  return {
    id: name,
    question: `Question ${name}?`,
    event_id: name < "d" ? "e1" : "e2",
    outcomes: ["Yes", "No"],
    outcomePrices: paid ? ["1", "0"] : [yes.toFixed(3), (1 - yes).toFixed(3)],
    bestBid: bid,
    bestAsk: Math.round((bid + 0.02) * 100) / 100,
    liquidity: 300 + Math.floor(noise(`${seed} depth ${name} ${turn}`) * 900),
    closed,
    active: true,
    acceptingOrders: !closed && !(name === "paused" && minute % 8 >= 4),
    endDate: name === "quick" ? "2026-03-03T00:00:00Z" : "2026-03-02T00:00:00Z",
    ...(name === "argued" && minute >= 10 && { umaResolutionStatus: "disputed" }),
    ...(paid && { umaResolutionStatus: "resolved", closedTime: "2026-03-01 12:20:00+00" })
  }
}

const sourceOf = (seed: number): SourceShape => ({
  id: "gamma",
  canAsk: () => false,
  byId: () => Stream.empty,
  pages: () =>
    Stream.fromEffect(
      Effect.map(Clock.currentTimeMillis, (ms) => {
        const minute = Math.floor((ms * MICROS_PER_MS - noon) / MINUTE)
        return { rows: names.flatMap((name) => listed(seed, name, minute) ?? []) }
      })
    )
})

/** How a strategy trades, and for how many minutes it wants the same. */
interface Manner {
  readonly style: NewSignal["style"]
  readonly lasts: number
}

/**
 * Wants what the minute says, whether the market is open or not: purchases and sales, alone and in pairs. It looks at
 * nothing but the time, so what it wants does not show which way it is asked. Its resting orders live for seven minutes.
 */
const wants = (seed: number, { lasts, style }: Manner): Strategy => ({
  id: "own",
  title: "Own",
  generate: ({ atUs }: MarketView): ReadonlyArray<NewSignal> => {
    const minute = Math.floor((atUs - noon) / MINUTE / lasts)
    return [0, 1].map((nth) => {
      const draw = (what: string) => noise(`${seed} ${minute} ${nth} ${what}`)
      const marketId = names[Math.floor(draw("market") * names.length)]!
      const other = names[Math.floor(draw("other") * names.length)]!
      const targetPrice = 0.2 + Math.floor(draw("price") * 50) / 100
      const sizeHint = 5 + Math.floor(draw("size") * 60)
      const hedge = { tail_hedge: { token: "NO", market_id: other, price: 0.7, qty: sizeHint } }
      return {
        ...signal({
          ...{ strategy: "own", marketId, targetPrice, sizeHint, score: 2 - nth },
          ...{ side: draw("side") < 0.3 ? ("sell" as const) : ("buy" as const) },
          payload: other !== marketId && draw("pair") < 0.4 ? hedge : {}
        }),
        style,
        timeToLiveSec: 7 * 60
      }
    })
  }
})

/** Markets that had resolved before the session began. */
const before = Effect.flatMap(IngestRepo, (repo) =>
  repo.commitRun({
    run: run({ startedAtUs: noon - MINUTE, finishedAtUs: noon - MINUTE }),
    markets: [
      market({ marketId: "paid before", status: "closed", payout: { yes: 0, no: 1 }, updatedAtUs: noon - MINUTE })
    ],
    confirmed: [],
    capturedAtUs: noon - MINUTE,
    checkpointUs: null
  })
)

/** Why an order that filled is not filled whole; a ledger row shows the quantities instead. */
const fillsInPart: ReadonlySet<string> = new Set(["immediate or cancel", "sized to the bundle"])

/** One order as every way of trading must show it. */
interface Traded {
  readonly minute: number
  readonly order: string
  readonly filled: string
  readonly reason: string
}

const byOrder = (rows: ReadonlyArray<Traded>): ReadonlyArray<Traded> =>
  rows.toSorted((a, b) => a.minute - b.minute || (a.order < b.order ? -1 : a.order > b.order ? 1 : 0))

const minuteOf = (atUs: number): number => Math.floor((atUs - noon) / MINUTE)
const filledAs = (price: number, qty: number, fee: number): string => `${qty} at ${price}, fee ${fee}`

const ofPaper = Effect.gen(function* () {
  const fills = yield* allFills
  const orders = yield* allOrders
  return orders
    .filter(({ kind }) => kind === "order")
    .map((order): Traded => {
      const own = fills.filter(({ orderId }) => orderId === order.id)
      const { createdAtUs, limitPrice, marketId, qty, reason, side, token } = order
      return {
        minute: minuteOf(createdAtUs),
        order: `${marketId} ${token} ${side} ${fromMicros(qty)} at ${fromMicros(limitPrice)}`,
        filled: own
          .map((fill) => filledAs(fromMicros(fill.price), fromMicros(fill.qty), fromMicros(fill.fee)))
          .join("; "),
        reason: reason !== null && fillsInPart.has(reason.code) ? "" : orderMessage(order)
      }
    })
})

const ofLedger = (rows: ReadonlyArray<LedgerRow>): ReadonlyArray<Traded> =>
  rows
    .filter(({ leg }) => leg !== "settlement")
    .map((row) => ({
      minute: minuteOf(parseTime(row.ts) ?? Number.NaN),
      order: `${row.market_id} ${row.token_id} ${row.side} ${row.qty} at ${row.target_price}`,
      filled: row.risk_allowed && row.executed_qty > 0 ? filledAs(row.fill_price, row.executed_qty, row.fee) : "",
      reason: row.risk_allowed ? "" : row.risk_reason
    }))

const fillAs = (minute: number, market: string, token: string, side: string, filled: string): string =>
  `${minute}: ${market} ${token} ${side} ${filled}`

/** All fills but payouts. Of orders that rest a ledger has a row for each fill. */
const fillsOfPaper = Effect.gen(function* () {
  const kinds = new Map((yield* allOrders).map(({ id, kind }) => [id, kind]))
  return (yield* allFills)
    .filter(({ orderId }) => kinds.get(orderId) === "order")
    .map(({ atUs, fee, marketId, price, qty, side, token }) =>
      fillAs(minuteOf(atUs), marketId, token, side, filledAs(fromMicros(price), fromMicros(qty), fromMicros(fee)))
    )
    .toSorted()
})

const fillsOf = (rows: ReadonlyArray<LedgerRow>): ReadonlyArray<string> =>
  rows
    .filter((row) => row.leg !== "settlement" && row.risk_allowed && row.executed_qty > 0)
    .map((row) =>
      fillAs(
        minuteOf(parseTime(row.ts) ?? Number.NaN),
        row.market_id,
        row.token_id,
        row.side,
        filledAs(row.fill_price, row.executed_qty, row.fee)
      )
    )
    .toSorted()

/** A paper session of forty minutes, then its stored signals replayed, then its strategy asked again. */
const threeWays = (seed: number, manner: Manner, world: WorldOptions) =>
  inWorld(
    onVirtualTime(noon, () =>
      Effect.gen(function* () {
        yield* before
        const stop = yield* Deferred.make<void>()
        let cycles = 0
        const strategies = [wants(seed, manner)]
        yield* runSession(
          {
            ...{ mode: "paper", confirmed: false, strategies: null, sources: ["gamma"], ingestLimit: 100 },
            ...{ intervalSec: 60, maxSignals: 20, cooldownSec: 0 },
            onCycle: () =>
              Effect.suspend(() => ((cycles += 1) === CYCLES ? Deferred.succeed(stop, undefined) : Effect.void))
          },
          stop
        ).pipe(
          Effect.provideService(IngestSources, [sourceOf(seed)]),
          Effect.provideService(StrategyRegistry, strategies)
        )
        const { execution, risk } = yield* AppConfig
        const options: BacktestOptions = {
          fromUs: noon,
          toUs: noon + CYCLES * MINUTE,
          strategies: [],
          compat: "market",
          settlement: true,
          ...{ execution, risk }
        }
        const signals = new LedgerTable(printedLimits(options))
        yield* runBacktest(options, { ledger: signals, onProgress: null })
        const asked = new LedgerTable(printedLimits(options))
        yield* regenerate({ intervalMs: 60_000, maxSignals: 20, cooldownUs: 0 })(options, {
          ledger: asked,
          onProgress: null
        }).pipe(Effect.provideService(StrategyRegistry, strategies))
        const rows = { signals: [...signals.rows()], asked: [...asked.rows()] }
        return {
          orders: { paper: yield* ofPaper, signals: ofLedger(rows.signals), asked: ofLedger(rows.asked) },
          fills: { paper: yield* fillsOfPaper, signals: fillsOf(rows.signals), asked: fillsOf(rows.asked) }
        }
      })
    ),
    world
  )

const execution = { slippage_bps: 20, enable_partial_fill: true, leg_delay_ms: 400 }
const aggressive: Manner = { style: "aggressive", lasts: 1 }
const plain = { max_strategy_notional: 500, max_event_notional: 300 }

const worlds: ReadonlyArray<{
  readonly title: string
  readonly manner: Manner
  readonly risk: NonNullable<WorldOptions["risk"]>
  /** Reasons that must occur, or the day would prove nothing of them. */
  readonly expected: ReadonlyArray<string>
}> = [
  {
    title: "closed markets, stale quotes, resolutions",
    manner: aggressive,
    risk: plain,
    expected: [
      "market closed",
      "market resolved",
      "market not accepting orders",
      "not marketable",
      "stale quote",
      "market resolution disputed"
    ]
  },
  {
    title: "tight notional limits",
    manner: aggressive,
    risk: { max_strategy_notional: 60, max_event_notional: 40 },
    expected: ["strategy notional limit exceeded", "event notional limit exceeded"]
  },
  {
    title: "caps on an order, and on what ends on one day",
    manner: aggressive,
    risk: { ...plain, max_order_notional: 15, max_resolution_date_notional: 30 },
    expected: ["order notional limit exceeded", "resolution date notional limit exceeded"]
  },
  {
    title: "a daily loss",
    manner: aggressive,
    risk: { ...plain, max_daily_loss: 0.05 },
    expected: ["global stop-loss"]
  },
  {
    title: "a breaker and a collar",
    manner: aggressive,
    risk: { ...plain, price_collar: 0.011, circuit_breaker_rejections: 2, circuit_breaker_cooldown_sec: 300 },
    expected: ["price collar exceeded", "circuit breaker open"]
  },
  {
    title: "limits of the worst outcome",
    manner: aggressive,
    risk: { ...plain, max_scenario_loss: 30, max_event_scenario_loss: 20 },
    expected: ["scenario loss limit exceeded"]
  },
  {
    title: "caps on sums",
    manner: aggressive,
    risk: { ...plain, max_market_notional: 25, max_total_notional: 50 },
    expected: ["market notional limit exceeded", "total notional limit exceeded"]
  },
  {
    title: "a bankroll",
    manner: aggressive,
    risk: { ...plain, buying_power: 60 },
    expected: ["buying power exceeded"]
  },
  { title: "a drawdown stop", manner: aggressive, risk: { ...plain, max_drawdown: 6 }, expected: ["drawdown stop"] }
]

/** Orders that rest. What they come to is compared fill by fill: an order that never fills leaves nothing in a ledger. */
const restingWorlds: ReadonlyArray<{ readonly title: string; readonly manner: Manner; readonly world: WorldOptions }> =
  [
    { title: "passive orders", manner: { style: "passive", lasts: 5 }, world: { execution, risk: plain } },
    {
      title: "passive orders, filled by a touch, under tight limits",
      manner: { style: "passive", lasts: 5 },
      world: {
        execution: { ...execution, resting_fills: "optimistic" },
        risk: { max_strategy_notional: 90, max_event_notional: 60, buying_power: 80, max_open_orders: 3 }
      }
    },
    {
      title: "orders that rest first and take then",
      manner: { style: "passive_then_aggressive", lasts: 12 },
      world: { execution, risk: plain }
    }
  ]

describe("paper, the replay of its signals and the strategy asked again", () => {
  it.effect.each(worlds)("trade alike, order by order, with $title", ({ expected, manner, risk }) =>
    Effect.gen(function* () {
      const reasons: Array<string> = []
      let filled = 0
      for (const seed of [1, 2]) {
        const { asked, paper, signals } = (yield* threeWays(seed, manner, { execution, risk })).orders
        expect(byOrder(signals)).toEqual(byOrder(paper))
        expect(byOrder(asked)).toEqual(byOrder(paper))
        for (const order of paper) {
          reasons.push(order.reason)
          if (order.filled !== "") filled += 1
        }
      }
      // The days hold what they are about, or they would prove nothing.
      expect(filled).toBeGreaterThan(10)
      for (const reason of expected) expect(reasons.join("\n")).toContain(reason)
    })
  )

  it.effect.each(restingWorlds)("fill alike with $title", ({ manner, world }) =>
    Effect.gen(function* () {
      let filled = 0
      for (const seed of [1, 2]) {
        const { asked, paper, signals } = (yield* threeWays(seed, manner, world)).fills
        expect(signals).toEqual(paper)
        expect(asked).toEqual(paper)
        filled += paper.length
      }
      expect(filled).toBeGreaterThan(15)
    })
  )
})
