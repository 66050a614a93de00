import { venueModelOf } from "../core/venue/simulateFill.ts"
import { type Freshness } from "../domain/Freshness.ts"
import { type EngineSettings } from "../engine/EngineSettings.ts"
import { packagePolicyOf } from "../engine/packages/packagePolicy.ts"
import { guardOf } from "../risk/guard.ts"
import { limitsOf } from "../risk/limits.ts"
import { type BacktestOptions } from "./options.ts"

/** What a replay asks of its strategies; a signal replay asks none. */
export type ReplayStrategies = Pick<EngineSettings, "strategies" | "maxSignals" | "cooldownUs">

const noStrategies: ReplayStrategies = { strategies: [], maxSignals: 0, cooldownUs: 0 }

/** The engine's settings in a backtest: everything is simulated, and what decides is in the options. */
export const replaySettings = (
  options: BacktestOptions,
  freshness: Freshness,
  strategies: ReplayStrategies = noStrategies
): EngineSettings => ({
  mode: "paper",
  venue: { foresees: true, parallel: true },
  model: venueModelOf(options.execution),
  ...guardOf(limitsOf(options.risk)),
  ...packagePolicyOf(options.execution),
  freshness,
  confirmed: false,
  ...strategies
})
