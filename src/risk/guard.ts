import { type Estimate } from "../domain/Execution.ts"
import { type RiskLimits } from "../domain/Risk.ts"
import { type Exposure, type PackageVerdict } from "../domain/RiskVerdict.ts"
import { decidePackageOrders } from "./decidePackageOrders.ts"

/** Limits with the decision that they make: what an engine is given of risk. */
export interface Guard {
  readonly limits: RiskLimits
  readonly decide: (estimates: ReadonlyArray<Estimate>, exposure: Exposure) => PackageVerdict
}

/** The one decision of risk under these limits, for a session, a single command, a backtest and a replay alike. */
export const guardOf = (limits: RiskLimits): Guard => ({
  limits,
  decide: (estimates, exposure) => decidePackageOrders(estimates, exposure, limits)
})
