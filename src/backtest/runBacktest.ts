import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { InputError, StoreError } from "../domain/errors.ts"
import { type EpochMicros, formatTime, MICROS_PER_MS } from "../domain/time.ts"
import { type History, HistoryReader, type SignalRow } from "../ports/HistoryReader.ts"
import {
  type BacktestReport,
  coverageOf,
  eventRows,
  executionConfigOf,
  riskConfigOf,
  SCHEMA_VERSION,
  strategyRows
} from "./BacktestReport.ts"
import { configDigest, DataDigest, LedgerDigest } from "./digest.ts"
import { type LedgerSink } from "./LedgerRow.ts"
import { type BacktestOptions } from "./options.ts"
import { Replay } from "./Replay.ts"
import { type ReplayState } from "./ReplayState.ts"
import { VERSION } from "../domain/version.ts"

/** Signals between two looks at interruption and progress. */
const CHUNK = 4_096

export interface ReplayHooks {
  /** Gets the ledger as it is made, in order. */
  readonly ledger: LedgerSink | null
  readonly onProgress: ((done: number, total: number) => void) | null
  /** Hears of every rejection: the whole reason, and how many signals it rejects. */
  readonly onRejected?: (reason: string, signals: number) => void
}

export const noHooks: ReplayHooks = { ledger: null, onProgress: null }

/** The accounts do not balance: a bug, and nothing may be printed. */
export class UnbalancedLedger extends Error {
  override readonly name = "UnbalancedLedger"
}

/** Walks a history in time order, a chunk of signals at a time: `next` is true while there is more. */
class Walk {
  private readonly signals: Iterator<SignalRow>
  private readonly snapshots: Iterator<Parameters<Replay["snapshot"]>[0]>
  private signal: SignalRow | null
  private snapshot: Parameters<Replay["snapshot"]>[0] | null
  private resolved = 0
  done = 0
  /** Of the snapshots so far, those before the window among them. */
  newestUs: EpochMicros | null = null
  private readonly history: History
  private readonly replay: Replay
  private readonly digest: DataDigest
  private readonly settlement: boolean

  constructor(history: History, replay: Replay, digest: DataDigest, settlement: boolean) {
    this.history = history
    this.replay = replay
    this.digest = digest
    this.settlement = settlement
    this.signals = history.signals[Symbol.iterator]()
    this.snapshots = history.snapshots[Symbol.iterator]()
    this.signal = this.signals.next().value ?? null
    this.snapshot = this.snapshots.next().value ?? null
  }

  chunk(): boolean {
    const until = this.done + CHUNK
    while (this.signal !== null && this.done < until) this.moment(this.signal.createdAtUs)
    return this.signal !== null
  }

  /** Everything up to and at `atUs`, signals of that moment last and together. */
  private moment(atUs: number): void {
    this.market(atUs)
    const rows: Array<SignalRow> = []
    while (this.signal !== null && this.signal.createdAtUs === atUs) {
      rows.push(this.signal)
      this.digest.signal(this.signal)
      this.signal = this.signals.next().value ?? null
    }
    this.done += rows.length
    this.replay.signals(rows)
  }

  /** Feeds snapshots and resolutions up to and at `untilUs`; at the same time the snapshot comes first. */
  market(untilUs: number): void {
    const { resolutions } = this.history
    for (;;) {
      const resolution = this.settlement ? resolutions[this.resolved] : undefined
      const resolutionUs = resolution === undefined || resolution.atUs > untilUs ? null : resolution.atUs
      if (this.snapshot !== null && this.snapshot.atUs <= (resolutionUs ?? untilUs)) {
        this.digest.snapshot(this.snapshot)
        this.newestUs = Math.max(this.newestUs ?? this.snapshot.atUs, this.snapshot.atUs)
        this.replay.snapshot(this.snapshot)
        this.snapshot = this.snapshots.next().value ?? null
      } else if (resolution !== undefined && resolutionUs !== null) {
        this.replay.resolution(resolution)
        this.resolved += 1
      } else return
    }
  }
}

/** In whole micro-units the sums are exact; the original's fractions may differ in the last digits of a double. */
const assertBalanced = (state: ReplayState): void => {
  let attributed = 0
  for (const tally of state.account.byStrategy.values()) attributed += tally.realized + tally.unrealized
  const equity = state.account.equity()
  const tolerance =
    state.arithmetic === "whole" ? 0 : 1e-9 * Math.max(1e6, state.account.byStrategy.size, Math.abs(equity)) + 1
  if (Math.abs(attributed - equity) > tolerance) {
    throw new UnbalancedLedger(`attribution ${attributed} does not sum to cash and inventory ${equity} (micro-USDC)`)
  }
}

const reportOf = (
  options: BacktestOptions,
  history: History,
  state: ReplayState,
  digests: { readonly ledger: LedgerDigest; readonly data: DataDigest },
  times: { readonly generatedAtUs: EpochMicros; readonly newestUs: EpochMicros | null }
): BacktestReport => {
  const execution_config = executionConfigOf(options)
  const risk_config = riskConfigOf(options)
  const results = strategyRows(state, options.strategies)
  const event_results = eventRows(state)
  const reasons = [...state.reasons].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return {
    schema_version: SCHEMA_VERSION,
    generated_at: formatTime(times.generatedAtUs),
    from_ts: formatTime(options.fromUs),
    to_ts: formatTime(options.toUs),
    total_signals: state.total,
    executed_signals: state.executed,
    rejected_signals: state.total - state.executed,
    compat: options.compat,
    execution_config,
    risk_config,
    results,
    event_results,
    reject_reasons: Object.fromEntries(reasons),
    sample_coverage: coverageOf(options, history.coverage, times.newestUs),
    program: {
      version: VERSION,
      config_digest: configDigest({
        execution_config,
        risk_config,
        compat: options.compat,
        strategies: options.strategies,
        from_ts: formatTime(options.fromUs),
        to_ts: formatTime(options.toUs)
      }),
      data_digest: digests.data.hex()
    },
    ledger_rows: digests.ledger.rows,
    ledger_sha256: digests.ledger.hex()
  }
}

const reading = <A>(body: () => A): Effect.Effect<A, StoreError> =>
  Effect.try({
    try: body,
    catch: (cause) => {
      if (cause instanceof UnbalancedLedger) throw cause
      return cause instanceof StoreError
        ? cause
        : new StoreError({
            operation: "read history",
            detail: cause instanceof Error ? cause.message : String(cause),
            cause
          })
    }
  })

/**
 * Replays the stored signals of a window: one pass over the database in time order, memory bounded by markets and open
 * positions. The ledger goes to the hooks as it is made; the report holds everything else.
 */
export const runBacktest = Effect.fn("backtest.run")(function* (
  options: BacktestOptions,
  hooks: ReplayHooks = noHooks
) {
  if (!(options.fromUs < options.toUs)) {
    return yield* new InputError({ field: "--from", problem: "must be before --to" })
  }
  const reader = yield* HistoryReader
  const history = yield* reader.open({
    fromUs: options.fromUs,
    toUs: options.toUs,
    strategies: options.strategies.length === 0 ? null : options.strategies
  })
  const digests = { ledger: new LedgerDigest(), data: new DataDigest() }
  const sink: LedgerSink = {
    write: (entry) => {
      digests.ledger.write(entry)
      hooks.ledger?.write(entry)
    }
  }
  const replay = new Replay(options, history.rules, sink)
  replay.state.onRejected = hooks.onRejected ?? null
  const settlement = options.settlement && options.compat === "market"
  const walk = yield* reading(() => new Walk(history, replay, digests.data, settlement))
  while (yield* reading(() => walk.chunk())) {
    hooks.onProgress?.(walk.done, history.signalCount)
    yield* Effect.sleep(0)
  }
  yield* reading(() => walk.market(options.toUs))
  replay.finish(options.toUs)
  assertBalanced(replay.state)
  hooks.onProgress?.(walk.done, history.signalCount)
  const generatedAtUs = (yield* Clock.currentTimeMillis) * MICROS_PER_MS
  return reportOf(options, history, replay.state, digests, { generatedAtUs, newestUs: walk.newestUs })
}, Effect.scoped)
