import { type PackagePolicy } from "../core/packages/PackageMachine.ts"
import { type VenueModel } from "../core/venue/simulateFill.ts"
import { type Estimate } from "../domain/Execution.ts"
import { type Freshness } from "../domain/Freshness.ts"
import { type Order } from "../domain/Order.ts"
import { type RiskLimits } from "../domain/Risk.ts"
import { type Exposure, type PackageVerdict } from "../domain/RiskVerdict.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type VenueCapabilities } from "../ports/Executor.ts"
import { type BoundStrategy } from "../strategies/registry.ts"

/** The settings of an engine, which never change while it runs. */
export interface EngineSettings {
  /** The venue that new orders go to, as orders name it. */
  readonly mode: Order["mode"]
  readonly venue: VenueCapabilities
  /**
   * How a quote fills an order: decides fills on the simulated venue, and the price that risk expects on every venue.
   */
  readonly model: VenueModel
  readonly limits: RiskLimits
  /** How old quotes may be that strategies see and orders are sent on. */
  readonly freshness: Freshness
  /** The risk decision over the orders of one package. */
  readonly decide: (estimates: ReadonlyArray<Estimate>, exposure: Exposure) => PackageVerdict
  readonly packages: PackagePolicy
  /** Event time between the report of one leg and the arrival of the next at a simulated venue. */
  readonly legDelayUs: EpochMicros
  /** Pause before another try to give a leg back. */
  readonly unwindPauseUs: EpochMicros
  /** Asked at every scan; empty: there are no scans. */
  readonly strategies: ReadonlyArray<BoundStrategy>
  /** `--confirm-live` was given for everything that the strategies trade. */
  readonly confirmed: boolean
  /** Signals traded per scan, best score first; the others are left. */
  readonly maxSignals: number
  /** A strategy's signal for one side of one market is not tried again for this long. */
  readonly cooldownUs: EpochMicros
}
