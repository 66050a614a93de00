import * as Effect from "effect/Effect"
import { type BacktestOptions } from "../backtest/options.ts"
import { type ReplayHooks } from "../backtest/runBacktest.ts"
import { runStrategyBacktest } from "../backtest/runStrategyBacktest.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { type EpochMicros } from "../domain/time.ts"
import { nowUs } from "../engine/now.ts"
import { backtestLayers, modes } from "./modes.ts"

export interface RegenerateOptions {
  readonly intervalMs: number
  readonly maxSignals: number
  readonly cooldownUs: EpochMicros
}

/** Strategy replay: the trading program over a recorded window, on virtual time. */
export const regenerate = (program: RegenerateOptions) => (options: BacktestOptions, hooks: ReplayHooks) =>
  Effect.gen(function* () {
    const config = yield* AppConfig
    const generatedAtUs = yield* nowUs
    const { fromUs, toUs } = options
    const run = runStrategyBacktest({ ...program, generatedAtUs })(options, hooks)
    return yield* modes.backtest
      .clock(fromUs)(Effect.provide(run, backtestLayers({ fromUs, toUs })))
      .pipe(
        // What the command line changed of risk and execution holds for the program as well.
        Effect.provideService(AppConfig, {
          ...config,
          execution: { ...config.execution, ...options.execution },
          risk: { ...config.risk, ...options.risk }
        })
      )
  })
