import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { replaySession } from "../../../src/app/replaySession.ts"
import { sessionSettings } from "../../../src/app/session.ts"
import { simulatedExecutors } from "../../../src/app/trading.ts"
import { onVirtualTime } from "../../../src/app/virtualClock.ts"
import { LedgerTable } from "../../../src/backtest/LedgerTable.ts"
import { memoryRecorder, startEmpty } from "../../../src/backtest/memoryRecorder.ts"
import { type BacktestOptions, printedLimits } from "../../../src/backtest/options.ts"
import { replaySettings } from "../../../src/backtest/replaySettings.ts"
import { runStrategyBacktest } from "../../../src/backtest/runStrategyBacktest.ts"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../../src/config/AppConfig.ts"
import { blankMarket } from "../../../src/domain/blankMarket.ts"
import { type ReportedFill } from "../../../src/domain/Execution.ts"
import { type EngineEvent } from "../../../src/domain/EngineEvent.ts"
import { type Fact } from "../../../src/domain/Fact.ts"
import { instrumentOf } from "../../../src/domain/instrument.ts"
import { type JournalEntry, type JournalRecord } from "../../../src/domain/Journal.ts"
import { type Market } from "../../../src/domain/Market.ts"
import { type MarketEvent } from "../../../src/domain/MarketEvent.ts"
import { parseTime } from "../../../src/domain/time.ts"
import { fromMicros } from "../../../src/domain/units.ts"
import { anyAge } from "../../../src/domain/Freshness.ts"
import { quoteOf } from "../../../src/domain/quote.ts"
import { type LiveOrderChange } from "../../../src/ports/LiveOrderRepo.ts"
import { EngineState } from "../../../src/engine/EngineState.ts"
import { tradingProgram } from "../../../src/engine/session/tradingProgram.ts"
import { SyncRunner } from "../../../src/engine/SyncRunner.ts"
import * as RiskGuard from "../../../src/execution/RiskGuard.ts"
import { type Exchange, Executors, OrderMode } from "../../../src/ports/Executor.ts"
import { Feed, type FeedBatch } from "../../../src/ports/Feed.ts"
import { HistoryReader } from "../../../src/ports/HistoryReader.ts"
import { JournalReader } from "../../../src/ports/Journal.ts"
import { noLooks } from "../../../src/domain/looks.ts"
import { type Strategy, StrategyRegistry } from "../../../src/ports/StrategyRegistry.ts"
import { TradeRecorder } from "../../../src/ports/TradeRecorder.ts"
import { TradingSwitches } from "../../../src/ports/TradingSwitches.ts"
import { VenueSync } from "../../../src/ports/VenueSync.ts"
import { noProtections } from "../../../src/risk/gates.ts"
import { makeMemoryJournal } from "../../../src/store/memoryJournal.ts"

export const start = Date.UTC(2026, 2, 1, 12) * 1_000
export const second = 1_000_000
const INTERVAL_MS = 60_000

const instruments = new Map<string, ReturnType<typeof instrumentOf>>()

/** A market whose YES is bid and asked at these prices, seen so many seconds after the start. */
export const seen = (
  afterSec: number,
  marketId: string,
  bestBid: number,
  bestAsk: number,
  fields: Partial<Market> = {}
): Extract<MarketEvent, { kind: "market" }> => {
  const atUs = start + afterSec * second
  const mid = (bestBid + bestAsk) / 2
  const market = blankMarket({
    ...{ marketId, eventId: `event-${marketId}`, bestBid, bestAsk, midPrice: mid, yesPrice: mid, noPrice: 1 - mid },
    ...{ liquidity: 1e6, updatedAtUs: atUs, ...fields }
  })
  const instrument = instruments.get(marketId) ?? instrumentOf(market)
  instruments.set(marketId, instrument)
  return { kind: "market", atUs, instrument, quote: quoteOf(market) }
}

export const resolved = (afterSec: number, marketId: string, yes: number): MarketEvent => ({
  ...{ kind: "resolution", atUs: start + afterSec * second, marketId },
  payout: { yes, no: 1 - yes }
})

const config: AppConfigShape = {
  ...defaultConfig,
  execution: { ...defaultConfig.execution, slippage_bps: 0 },
  risk: { ...defaultConfig.risk, max_strategy_notional: 1e6, max_event_notional: 1e6 }
}

const optionsOf = (toSec: number): BacktestOptions => ({
  ...{ fromUs: start, toUs: start + toSec * second, strategies: [], compat: "market", settlement: true },
  ...{ execution: config.execution, risk: config.risk }
})

const bound = (strategies: ReadonlyArray<Strategy>) => ({ strategies, maxSignals: 20, cooldownUs: 0 })

/** The engine by itself on the synchronous runner. */
export const engineOf = (...strategies: ReadonlyArray<Strategy>) => {
  const settings = replaySettings(optionsOf(1), anyAge, bound(strategies))
  const state = new EngineState(settings, start)
  state.switches = noProtections
  const facts: Array<Fact> = []
  const runner = new SyncRunner({
    state,
    keepsEvidence: false,
    onFact: (fact) => facts.push(fact),
    onSubmit: null
  })
  const push = (...events: ReadonlyArray<EngineEvent>): void => {
    for (const event of events) runner.push(event)
  }
  return { state, facts, runner, push }
}

/** A fill, as a ledger row or a stored fill says it: seconds after the start, natural units. */
export type Filled = readonly [
  sec: number,
  strategy: string,
  market: string,
  token: string,
  side: string,
  price: number,
  qty: number,
  fee: number
]

const filled = ({ atUs, fee, marketId, price, qty, side, strategy, token }: ReportedFill): Filled => [
  (atUs - start) / second,
  ...([strategy, marketId, token, side, fromMicros(price), fromMicros(qty), fromMicros(fee)] as const)
]

/** What strategy replay makes of recorded events: the fills of its ledger. */
export const backtestOf = async (
  events: ReadonlyArray<MarketEvent>,
  strategies: ReadonlyArray<Strategy>,
  toSec: number
): Promise<ReadonlyArray<Filled>> => {
  const options = optionsOf(toSec)
  const ledger = new LedgerTable(printedLimits(options))
  const times = [...new Set(events.map(({ atUs }) => atUs))]
  const moments = times.map((atUs) => ({
    ...{ atUs, markets: [], unknown: 0 },
    quotes: events.flatMap((event) => (event.kind === "market" && event.atUs === atUs ? [event] : []))
  }))
  const resolutions = events.flatMap((event) => (event.kind === "resolution" ? [event] : []))
  const reader = Layer.succeed(HistoryReader, {
    open: () => Effect.die("a strategy replay reads no signals"),
    openMarkets: () => Effect.succeed({ moments, resolutions, looks: () => noLooks, spacing: () => null }),
    spacings: () => Effect.succeed(new Map()),
    span: Effect.succeed(null)
  })
  await Effect.runPromise(
    runStrategyBacktest({ intervalMs: INTERVAL_MS, maxSignals: 20, cooldownUs: 0, generatedAtUs: 0 })(options, {
      ledger,
      onProgress: null
    }).pipe(Effect.provide(Layer.merge(reader, Layer.succeed(StrategyRegistry, strategies))))
  )
  return [...ledger.rows()]
    .filter(({ executed_qty }) => executed_qty > 0)
    .map((row) => [
      ((parseTime(row.ts) ?? 0) - start) / second,
      ...([row.strategy, row.market_id, row.token_id, row.side, row.fill_price, row.executed_qty, row.fee] as const)
    ])
}

export interface Session {
  readonly events: ReadonlyArray<MarketEvent>
  readonly strategies: ReadonlyArray<Strategy>
  readonly toSec: number
  /** Takes the orders of a live session; absent: it is one on paper. */
  readonly exchange?: Exchange
  /** How long each reconciliation takes. */
  readonly lookMs?: number
  /** What the exchange shows at each reconciliation, in turn. */
  readonly changes?: ReadonlyArray<ReadonlyArray<LiveOrderChange>>
  /** Readings of the switches at which the kill switch is on, from 1. */
  readonly killedAt?: (reading: number) => boolean
}

/** A round each minute, with what happened since the one before. */
const roundsOf = ({ events, toSec }: Session): Stream.Stream<FeedBatch> =>
  Stream.unfoldEffect(0, (round) =>
    Effect.gen(function* () {
      if (round * 60 > toSec) return Option.none()
      if (round > 0) yield* Effect.sleep(INTERVAL_MS)
      const toUs = (yield* Clock.currentTimeMillis) * 1_000
      const since = round === 0 ? Number.NEGATIVE_INFINITY : toUs - 60 * second
      const own = events.filter(({ atUs }) => atUs > since && atUs <= toUs)
      return Option.some([{ events: own, looks: [], problems: [], roundEnded: true }, round + 1] as const)
    })
  )

/** What a session of the trading program makes of the same: what it stored of orders, and its journal. */
export const sessionOf = (session: Session) =>
  Effect.runPromise(
    onVirtualTime(start, () =>
      Effect.gen(function* () {
        const journal = makeMemoryJournal()
        const fills: Array<ReportedFill> = []
        const statuses: Array<string> = []
        const memory = memoryRecorder(startEmpty)
        const recorder = Layer.succeed(TradeRecorder, {
          ...memory,
          record: (input) =>
            Effect.suspend(() => {
              for (const result of input.results) fills.push(...result.fills)
              for (const result of input.results) statuses.push(result.status)
              return memory.record(input)
            }),
          apply: (input) =>
            Effect.suspend(() => {
              fills.push(...input.fills)
              statuses.push(input.status)
              return memory.apply(input)
            })
        })
        let readings = 0
        let looks = 0
        const live = session.exchange !== undefined
        const venue = { foresees: false, parallel: false }
        const layers = Layer.mergeAll(
          Layer.succeed(Feed, { batches: roundsOf(session), recorded: Effect.void }),
          recorder,
          Layer.succeed(TradingSwitches, {
            read: Effect.sync(() => {
              readings += 1
              const killed = session.killedAt?.(readings) === true
              return noProtections.map((one) =>
                one.name === "KILL_SWITCH" ? { ...one, value: killed } : { ...one, value: live }
              )
            })
          }),
          journal.layer,
          RiskGuard.layer,
          Layer.succeed(OrderMode, live ? "live" : "paper"),
          Layer.effect(
            Executors,
            Effect.map(Executors, ({ live: none, paper }) =>
              Executors.of({ paper, live: { capabilities: venue, exchange: session.exchange ?? none.exchange } })
            )
          ).pipe(Layer.provide(simulatedExecutors)),
          Layer.succeed(VenueSync, {
            sync: Effect.sync(() => {
              const changes = session.changes?.[looks] ?? []
              looks += 1
              return { atUs: 0, changes, unresolved: [], foreignOrders: 0, foreignTrades: 0 }
            }).pipe(Effect.delay(session.lookMs ?? 0)),
            look: () => Effect.succeed([])
          }),
          Layer.succeed(StrategyRegistry, session.strategies)
        ).pipe(Layer.provideMerge(Layer.succeed(AppConfig, config)))
        let state: EngineState | null = null
        yield* tradingProgram({
          ...{ confirmed: true, strategies: null, intervalMs: INTERVAL_MS },
          ...{ maxSignals: 20, cooldownUs: 0, stop: null, settings: sessionSettings(config) },
          onCycle: (_cycle, own) =>
            Effect.sync(() => {
              state = own
            })
        }).pipe(Effect.provide(layers))
        return { fills: fills.map(filled), statuses, journal: journal.entries, state: state as unknown as EngineState }
      })
    )
  )

/** The session again from its journal. */
export const replayOf = (entries: ReadonlyArray<JournalEntry>, strategies: ReadonlyArray<Strategy>) => {
  const records = entries.map((entry, index): JournalRecord => ({
    ...(JSON.parse(JSON.stringify(entry)) as JournalEntry),
    ...{ seq: index + 1, sessionId: 1, hash: "" }
  }))
  const reader = Layer.succeed(JournalReader, {
    page: ({ afterSeq, limit }) => Effect.succeed(records.filter(({ seq }) => seq > afterSeq).slice(0, limit)),
    sessions: Effect.succeed([]),
    verify: Effect.succeed({ records: records.length, broken: null, lastHash: "" })
  })
  return Effect.runPromise(
    replaySession(1, Layer.succeed(StrategyRegistry, strategies)).pipe(
      Effect.provide(Layer.merge(reader, simulatedExecutors)),
      Effect.provideService(AppConfig, defaultConfig)
    )
  )
}
