import { bundlesOf } from "../core/signalBundles.ts"
import { type MarketId } from "../domain/ids.ts"
import { type MarketRules, type ResolutionRow, type SignalRow, type SnapshotRow } from "../ports/HistoryReader.ts"
import { replaySignal } from "./bundles.ts"
import { type LedgerSink } from "./LedgerRow.ts"
import { type Desk, deskOf, replayBundle, settleMarket } from "./marketRules.ts"
import { type BacktestOptions } from "./options.ts"
import { replayOriginal } from "./originalRules.ts"
import { ReplayState } from "./ReplayState.ts"

/**
 * Signal replay as a fold: snapshots, resolutions and signals go in, in time order, and the ledger comes out. Pure and
 * synchronous; within one moment snapshots come first, then resolutions, then signals.
 */
export class Replay {
  readonly state: ReplayState
  private readonly desk: Desk
  private readonly original: boolean

  constructor(options: BacktestOptions, rules: ReadonlyMap<MarketId, MarketRules>, sink: LedgerSink) {
    this.state = new ReplayState(options, rules, sink)
    this.desk = deskOf(this.state)
    this.original = options.compat === "original"
  }

  snapshot(row: SnapshotRow): void {
    // Snapshots before the window only tell the state of the market at its start.
    if (row.atUs > this.state.nowUs) this.state.advance(row.atUs)
    this.state.account.mark(row.marketId, this.state.board.update(row))
  }

  resolution(row: ResolutionRow): void {
    this.state.advance(Math.max(row.atUs, this.state.nowUs))
    settleMarket(this.desk, row.marketId, row.payout)
  }

  /** All signals of one moment, by id. */
  signals(rows: ReadonlyArray<SignalRow>): void {
    const first = rows[0]
    if (first === undefined) return
    this.state.advance(Math.max(first.createdAtUs, this.state.nowUs))
    this.state.total += rows.length
    const signals = rows.map(replaySignal)
    if (this.original) for (const signal of signals) replayOriginal(this.state, signal)
    else for (const bundle of bundlesOf(signals)) replayBundle(this.desk, bundle)
  }

  /** Ends the window: the last rows go out and time stands at its end. */
  finish(toUs: number): void {
    this.state.advance(Math.max(toUs, this.state.nowUs))
    this.state.flush()
  }
}
