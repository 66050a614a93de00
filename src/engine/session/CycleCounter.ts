import { type Fact } from "../../domain/Fact.ts"
import { rejectionText } from "../../domain/rejection.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type CycleReport, emptyCycle } from "../program.ts"

/** Counts what happens from one scan to the next. */
export class CycleCounter {
  private report: CycleReport = emptyCycle(0, 0, [], false)
  private problems: Array<string> = []

  /** Market data came, or could not be collected. */
  see(events: number, problems: ReadonlyArray<string>): void {
    this.report.events += events
    this.problems.push(...problems)
  }

  readonly take = (fact: Fact): void => {
    const { report } = this
    switch (fact.kind) {
      case "scan":
        report.skipped += fact.left
        report.stale = fact.stale
        if (!fact.asked && fact.held === null) report.unanswered += 1
        report.stoppedBy = fact.held ?? report.stoppedBy
        return
      case "decision":
        report.signals += fact.package.signalIds.length
        if (fact.refusal === null) return
        report.rejected += fact.package.signalIds.length
        if (fact.refusal.by === "gate") report.stoppedBy = rejectionText(fact.refusal.reason)
        return
      case "package":
        if (fact.alarm !== null) report.alarms += 1
        if (fact.refusal === null) report.executed += fact.package.signalIds.length
        else report.rejected += fact.package.signalIds.length
        return
      case "order":
        if (!fact.first) report.updates += 1
        return
      case "settlement":
        report.settlements += 1
        return
      case "dropped":
        return
    }
  }

  /** What was counted since the last end. */
  counts(): CycleReport {
    return this.report
  }

  /** What was counted until `atUs`; counting starts anew. */
  end(atUs: EpochMicros, ended: boolean): CycleReport {
    const { problems, report } = this
    this.report = emptyCycle(0, 0, [], false)
    this.problems = []
    return { ...report, atUs, problems, ended }
  }
}
