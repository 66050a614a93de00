import * as Effect from "effect/Effect"
import { InputError } from "../domain/errors.ts"
import { type Fact } from "../domain/Fact.ts"
import { type MarketId } from "../domain/ids.ts"
import { type MarketEvent } from "../domain/MarketEvent.ts"
import { type EpochMicros, MICROS_PER_MS, MICROS_PER_SECOND } from "../domain/time.ts"
import { EngineState } from "../engine/EngineState.ts"
import { selectStrategies } from "../engine/selectStrategies.ts"
import { SyncRunner } from "../engine/SyncRunner.ts"
import { HistoryReader, type MarketHistory } from "../ports/HistoryReader.ts"
import { StrategyRegistry } from "../ports/StrategyRegistry.ts"
import { noProtections } from "../risk/gates.ts"
import { assembleReport, assertBalanced } from "./assembleReport.ts"
import { endsOf } from "./marketEnds.ts"
import { Coverage } from "./Coverage.ts"
import { DataDigest, LedgerDigest } from "./digest.ts"
import { type LedgerSink } from "./LedgerRow.ts"
import { type BacktestOptions } from "./options.ts"
import { RecordedRounds } from "./RecordedRounds.ts"
import { ReplayLedger } from "./ReplayLedger.ts"
import { replayFreshness } from "./replayFreshness.ts"
import { replaySettings } from "./replaySettings.ts"
import { reading, type ReplayHooks } from "./runBacktest.ts"

/** How the strategies are asked over recorded data. */
export interface StrategyReplayOptions {
  readonly intervalMs: number
  readonly maxSignals: number
  readonly cooldownUs: EpochMicros
  /** Real time, for the report's `generated_at`: the replay itself knows event time only. */
  readonly generatedAtUs: EpochMicros
}

/** Scans between two looks at interruption and progress. */
const CHUNK = 64

/** Gives the engine what was recorded, round by round, and keeps what the report says of the data. */
class RecordedScans {
  readonly digest = new DataDigest()
  scans = 0
  firstUs: EpochMicros | null = null
  lastUs: EpochMicros | null = null
  newestUs: EpochMicros | null = null
  private readonly rounds: RecordedRounds
  private readonly fromUs: EpochMicros
  readonly coverage: Coverage

  constructor(history: MarketHistory, options: BacktestOptions, intervalUs: EpochMicros) {
    const { fromUs, settlement } = options
    this.coverage = new Coverage(options, history.spacing())
    this.rounds = new RecordedRounds(history, { fromUs, intervalUs, settlement })
    this.fromUs = fromUs
  }

  /** Feeds what was known by the next scan, and asks the strategies; false: nothing more was recorded. */
  scan(runner: SyncRunner): boolean {
    const { atUs, events, more } = this.rounds.round()
    for (const event of events) {
      if (event.kind === "market") this.see(event)
      else if (event.kind === "resolution") this.digest.resolution(event)
      runner.push(event)
    }
    runner.push({ kind: "timer", atUs, id: { kind: "scan" } })
    this.scans += 1
    return more
  }

  private see({ atUs, instrument, quote }: Extract<MarketEvent, { readonly kind: "market" }>): void {
    this.newestUs = atUs
    this.coverage.see(instrument.marketId, atUs)
    if (atUs >= this.fromUs) {
      this.firstUs ??= atUs
      this.lastUs = atUs
    }
    this.digest.market(instrument, quote)
  }
}

/**
 * Strategy replay: recorded markets drive the strategies again, asked anew at every interval of event time, and what they
 * want goes the way of every order. The ledger and the report are those of a signal replay.
 */
export const runStrategyBacktest = (replayOptions: StrategyReplayOptions) =>
  Effect.fn("backtest.regenerate")(function* (asked: BacktestOptions, hooks: ReplayHooks) {
    const { cooldownUs, generatedAtUs, intervalMs, maxSignals } = replayOptions
    const freshness = yield* replayFreshness(asked, intervalMs / 1_000)
    const options = { ...asked, freshness }
    if (!(options.fromUs < options.toUs)) {
      return yield* new InputError({ field: "--from", problem: "must be before --to" })
    }
    const named = options.strategies.length === 0 ? null : options.strategies
    const strategies = yield* selectStrategies(yield* StrategyRegistry, named, "--strategies")
    const reader = yield* HistoryReader
    const history = yield* reader.openMarkets({ fromUs: options.fromUs, toUs: options.toUs })
    const digest = new LedgerDigest()
    const inLedger = new Set<MarketId>()
    const sink: LedgerSink = {
      write: (entry) => {
        inLedger.add(entry.marketId)
        digest.write(entry)
        hooks.ledger?.write(entry)
      }
    }
    const settings = replaySettings(options, freshness, { strategies, maxSignals, cooldownUs })
    const state = new EngineState(settings, options.fromUs)
    state.switches = noProtections
    const window = { toUs: options.toUs, ends: endsOf(history.resolutions) }
    const ledger = new ReplayLedger(state, window, { ledger: sink, onRejected: hooks.onRejected ?? null })
    let skipped = 0
    const runner = new SyncRunner({
      state,
      keepsEvidence: false,
      onFact: (fact: Fact) => {
        if (fact.kind === "scan") skipped += fact.left
        ledger.take(fact)
      },
      onSubmit: null
    })
    const recorded = yield* reading(() => new RecordedScans(history, options, intervalMs * MICROS_PER_MS))
    const scanSome = (): boolean => {
      for (let left = CHUNK; left > 0; left -= 1) if (!recorded.scan(runner)) return false
      return true
    }
    while (yield* reading(scanSome)) {
      hooks.onProgress?.(state.nowUs - options.fromUs, options.toUs - options.fromUs)
      yield* Effect.sleep(0)
    }
    runner.end(options.toUs)
    ledger.finish()
    yield* assertBalanced(ledger.balanceProblem())
    const { firstUs, lastUs, newestUs } = recorded
    const covered = yield* reading(() => recorded.coverage.figures(inLedger, history.looks()))
    const coverage = firstUs === null || lastUs === null ? null : { firstUs, lastUs }
    return assembleReport(
      options,
      { coverage },
      ledger.outcome(),
      { ledger: digest, data: recorded.digest },
      { generatedAtUs, newestUs, covered },
      {
        interval_sec: intervalMs / 1_000,
        max_signals_per_cycle: maxSignals,
        cooldown_sec: cooldownUs / MICROS_PER_SECOND,
        cycles: recorded.scans,
        skipped_signals: skipped
      }
    )
  }, Effect.scoped)
