import * as Effect from "effect/Effect"
import { type BacktestOptions } from "../backtest/options.ts"
import { type ReplayHooks } from "../backtest/runBacktest.ts"
import { runStrategyBacktest } from "../backtest/runStrategyBacktest.ts"
import { type EpochMicros } from "../domain/time.ts"
import { nowUs } from "../engine/now.ts"

export interface RegenerateOptions {
  readonly intervalMs: number
  readonly maxSignals: number
  readonly cooldownUs: EpochMicros
}

/** Strategy replay: the strategies are asked again over a recorded window, at every interval of its time. */
export const regenerate = (program: RegenerateOptions) => (options: BacktestOptions, hooks: ReplayHooks) =>
  Effect.flatMap(nowUs, (generatedAtUs) => runStrategyBacktest({ ...program, generatedAtUs })(options, hooks))
