import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { InputError, StoreError } from "../domain/errors.ts"
import { type MarketId } from "../domain/ids.ts"
import { isStrategyError } from "../domain/StrategyError.ts"
import { noLooks } from "../domain/looks.ts"
import { type EpochMicros, MICROS_PER_MS } from "../domain/time.ts"
import {
  type History,
  HistoryReader,
  type ResolutionRow,
  type SignalRow,
  type SnapshotRow
} from "../ports/HistoryReader.ts"
import { assembleReport, assertBalanced } from "./assembleReport.ts"
import { type Recorded } from "./BacktestReport.ts"
import { Coverage } from "./Coverage.ts"
import { OriginalReplay } from "./compat/OriginalReplay.ts"
import { endsOf } from "./marketEnds.ts"
import { DataDigest, LedgerDigest } from "./digest.ts"
import { type LedgerSink } from "./LedgerRow.ts"
import { type BacktestOptions } from "./options.ts"
import { type OnRejected } from "./RejectReasons.ts"
import { EngineReplay } from "./EngineReplay.ts"
import { RecordedLookEvents } from "./RecordedLookEvents.ts"
import { replayFreshness } from "./replayFreshness.ts"
import { replaySettings } from "./replaySettings.ts"
import { type SignalFold } from "./SignalFold.ts"

/** Signals between two looks at interruption and progress. */
const CHUNK = 4_096

export interface ReplayHooks {
  /** Gets the ledger as it is made, in order. */
  readonly ledger: LedgerSink | null
  readonly onProgress: ((done: number, total: number) => void) | null
  readonly onRejected?: OnRejected
}

export const noHooks: ReplayHooks = { ledger: null, onProgress: null }

/** Walks a history in time order, a chunk of signals at a time: `next` is true while there is more. */
class Walk {
  private readonly signals: Iterator<SignalRow>
  private readonly snapshots: Iterator<SnapshotRow>
  private signal: SignalRow | null
  private snapshot: SnapshotRow | null
  private resolved = 0
  done = 0
  /** Of the snapshots so far, those before the window among them. */
  private newestUs: EpochMicros | null = null
  private gapFromUs = 0
  private gapToUs = 0
  private readonly history: History
  private readonly fold: SignalFold
  private readonly digest: DataDigest
  /** Those that the fold takes. */
  private readonly resolutions: ReadonlyArray<ResolutionRow>
  private readonly coverage: Coverage
  private readonly looks: RecordedLookEvents

  constructor(history: History, fold: SignalFold, digest: DataDigest, options: BacktestOptions) {
    this.history = history
    this.fold = fold
    this.digest = digest
    this.coverage = new Coverage(options, history.spacing())
    this.resolutions = options.settlement && fold.resolution !== null ? history.resolutions : []
    this.looks = new RecordedLookEvents(fold.look === null ? noLooks : history.looks())
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

  /** Keeps the longest time between two snapshots of the window. */
  private see(atUs: number): void {
    const firstUs = this.history.coverage?.firstUs ?? atUs
    const fromUs = Math.max(this.newestUs ?? atUs, firstUs)
    if (atUs - fromUs > this.gapToUs - this.gapFromUs) {
      this.gapFromUs = fromUs
      this.gapToUs = atUs
    }
    this.newestUs = Math.max(this.newestUs ?? atUs, atUs)
  }

  /** Once the walk is over. */
  recorded(marketIds: Iterable<MarketId>): Pick<Recorded, "newestUs" | "gap" | "covered"> {
    const gap = this.gapToUs > this.gapFromUs ? { fromUs: this.gapFromUs, toUs: this.gapToUs } : null
    return { newestUs: this.newestUs, gap, covered: this.coverage.figures(marketIds, this.history.looks()) }
  }

  /** Everything up to and at `atUs`, signals of that moment last and together. */
  private moment(atUs: number): void {
    this.market(atUs)
    const first = this.take(atUs)
    if (first === null) return
    // Hardly any moment has a second one: an array that grows would be most of the garbage.
    const rows = [first]
    for (let next = this.take(atUs); next !== null; next = this.take(atUs)) rows.push(next)
    this.done += rows.length
    this.fold.signals(rows)
  }

  /** The next signal if it is one of that moment. */
  private take(atUs: number): SignalRow | null {
    const { signal } = this
    if (signal === null || signal.createdAtUs !== atUs) return null
    this.digest.signal(signal)
    this.signal = this.signals.next().value ?? null
    return signal
  }

  /** Feeds looks, snapshots and resolutions up to and at `untilUs`; at the same time in this order. */
  market(untilUs: number): void {
    for (;;) {
      const resolution = this.resolutions[this.resolved]
      const resolutionUs = resolution === undefined || resolution.atUs > untilUs ? null : resolution.atUs
      const dataUs = Math.min(this.snapshot?.atUs ?? Number.POSITIVE_INFINITY, resolutionUs ?? untilUs)
      if (this.looks.nextUs <= dataUs) {
        const look = this.looks.take()
        if (look !== null) this.fold.look?.(look)
      } else if (this.snapshot !== null && this.snapshot.atUs <= (resolutionUs ?? untilUs)) {
        this.digest.snapshot(this.snapshot)
        this.see(this.snapshot.atUs)
        this.coverage.see(this.snapshot.marketId, this.snapshot.atUs)
        this.fold.snapshot(this.snapshot)
        this.snapshot = this.snapshots.next().value ?? null
      } else if (resolution !== undefined && resolutionUs !== null) {
        this.fold.resolution?.(resolution)
        this.resolved += 1
      } else return
    }
  }
}

/** Reads on; what a strategy throws while it is asked stays a defect that names it (app/strategies.ts). */
export const reading = <A>(body: () => A): Effect.Effect<A, StoreError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(body())
    } catch (cause) {
      if (isStrategyError(cause)) return Effect.die(cause)
      if (cause instanceof StoreError) return Effect.fail(cause)
      const detail = cause instanceof Error ? cause.message : String(cause)
      return Effect.fail(new StoreError({ operation: "read history", detail, cause }))
    }
  })

/**
 * Replays the stored signals of a window: one pass over the database in time order, memory bounded by markets and open
 * positions. The ledger goes to the hooks as it is made; the report holds everything else.
 */
export const runBacktest = Effect.fn("backtest.run")(function* (asked: BacktestOptions, hooks: ReplayHooks = noHooks) {
  const freshness = yield* replayFreshness(asked, null)
  const options = { ...asked, freshness }
  if (!(options.fromUs < options.toUs)) {
    return yield* new InputError({ field: "--from", problem: "must be before --to" })
  }
  const reader = yield* HistoryReader
  const history = yield* reader.open({
    fromUs: options.fromUs,
    // Times are whole microseconds.
    toUs: options.excludesEnd === true ? options.toUs - 1 : options.toUs,
    strategies: options.strategies.length === 0 ? null : options.strategies
  })
  const digests = { ledger: new LedgerDigest(), data: new DataDigest() }
  const inLedger = new Set<MarketId>()
  const sink: LedgerSink = {
    write: (entry) => {
      inLedger.add(entry.marketId)
      digests.ledger.write(entry)
      hooks.ledger?.write(entry)
    }
  }
  const output = { ledger: sink, onRejected: hooks.onRejected ?? null }
  const fold =
    options.compat === "original"
      ? new OriginalReplay(options, output)
      : new EngineReplay(
          replaySettings(options, freshness),
          options,
          history.instruments,
          output,
          endsOf(history.resolutions)
        )
  const walk = yield* reading(() => new Walk(history, fold, digests.data, options))
  while (yield* reading(() => walk.chunk())) {
    hooks.onProgress?.(walk.done, history.signalCount)
    yield* Effect.sleep(0)
  }
  yield* reading(() => walk.market(options.toUs))
  fold.finish(options.toUs)
  yield* assertBalanced(fold.balanceProblem())
  hooks.onProgress?.(walk.done, history.signalCount)
  const generatedAtUs = (yield* Clock.currentTimeMillis) * MICROS_PER_MS
  const recorded = yield* reading(() => walk.recorded(inLedger))
  return assembleReport(options, history, fold.outcome(), digests, { ...recorded, generatedAtUs })
}, Effect.scoped)
