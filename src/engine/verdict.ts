import { type BundleAlarm } from "../core/bundleAlarm.ts"
import { type Estimate, type ExecutionResult } from "../domain/Execution.ts"
import { type Rejection } from "../domain/rejection.ts"
import { type RiskDecision } from "../domain/Risk.ts"
import { type RefusedBy } from "../domain/RiskVerdict.ts"

/** Who refused a bundle. A switch judges the moment, not the signal. */
export type GateOrRefuser = "switch" | RefusedBy

/** What is to happen with a planned bundle. */
export interface Verdict {
  readonly estimates: ReadonlyArray<Estimate>
  readonly decisions: ReadonlyArray<RiskDecision>
  readonly refusal: { readonly by: GateOrRefuser; readonly reason: Rejection } | null
  readonly results: ReadonlyArray<ExecutionResult>
  /** Legs are, or may be, held without their counter legs. */
  readonly alarm: BundleAlarm | null
}
