import { type LookEvent } from "../domain/EngineEvent.ts"
import { type ResolutionRow, type SignalRow, type SnapshotRow } from "../ports/HistoryReader.ts"
import { type LedgerSink } from "./LedgerRow.ts"
import { type OnRejected } from "./RejectReasons.ts"
import { type ReplayOutcome } from "./ReplayOutcome.ts"

/** Where a replay's rows and rejections go. */
export interface FoldOutput {
  readonly ledger: LedgerSink
  readonly onRejected: OnRejected | null
}

/**
 * Signal replay as a fold: looks, snapshots, resolutions and signals go in, in time order, and the ledger comes out. Pure and
 * synchronous; within one moment looks come first, then snapshots, resolutions, then signals.
 */
export interface SignalFold {
  readonly snapshot: (row: SnapshotRow) => void
  /** null: a resolution changes nothing, and is not given to the fold. */
  readonly resolution: ((row: ResolutionRow) => void) | null
  /** null: that a source was asked changes nothing, and is not given to the fold. */
  readonly look: ((look: LookEvent) => void) | null
  /** All signals of one moment, by id. */
  readonly signals: (rows: ReadonlyArray<SignalRow>) => void
  /** Ends the window: the last rows go out, time stands at its end, and every curve gets its last point. */
  readonly finish: (toUs: number) => void
  /** Once it is finished: which amounts do not add up, as a sentence; null when all do. */
  readonly balanceProblem: () => string | null
  /** Once it is finished. */
  readonly outcome: () => ReplayOutcome
}
