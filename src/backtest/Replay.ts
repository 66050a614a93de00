import { packagesOf } from "../core/packages/packagesOf.ts"
import { type MarketId } from "../domain/ids.ts"
import { type MarketRules, type ResolutionRow, type SignalRow, type SnapshotRow } from "../ports/HistoryReader.ts"
import { type Desk, deskOf, replayBundle, settleMarket } from "./marketRules.ts"
import { type BacktestOptions } from "./options.ts"
import { type ReplayOutcome } from "./ReplayOutcome.ts"
import { ReplayState } from "./ReplayState.ts"
import { type FoldOutput, type SignalFold } from "./SignalFold.ts"

/** Signal replay against what the market would really have done. */
export class Replay implements SignalFold {
  private readonly state: ReplayState
  private readonly desk: Desk

  constructor(options: BacktestOptions, rules: ReadonlyMap<MarketId, MarketRules>, output: FoldOutput) {
    this.state = new ReplayState(options, rules, output)
    this.desk = deskOf(this.state)
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

  signals(rows: ReadonlyArray<SignalRow>): void {
    const first = rows[0]
    if (first === undefined) return
    this.state.advance(Math.max(first.createdAtUs, this.state.nowUs))
    this.state.total += rows.length
    for (const bundle of packagesOf(rows)) replayBundle(this.desk, bundle)
  }

  finish(toUs: number): void {
    this.state.finish(toUs)
  }

  balanceProblem(): string | null {
    return this.state.balanceProblem()
  }

  outcome(): ReplayOutcome {
    return this.state.outcome()
  }
}
