import * as Context from "effect/Context"
import { type Estimate } from "../domain/Execution.ts"
import { type RiskLimits } from "../domain/Risk.ts"
import { type PackageVerdict, type Exposure } from "../domain/RiskVerdict.ts"

/**
 * Decides for paper, live and backtest alike. Pure: the same estimates, exposure and limits give the same verdict in each
 * mode.
 */
export class RiskGuard extends Context.Tag("monomarket/ports/RiskGuard")<
  RiskGuard,
  {
    readonly limits: RiskLimits
    /** Orders that trade together or not at all; risk looks at their sum. */
    readonly decide: (estimates: ReadonlyArray<Estimate>, exposure: Exposure) => PackageVerdict
  }
>() {}
