/**
 * monomarket for programs that do not use Effect: the main operations as functions that give Promises. A Promise rejects
 * with a MonomarketError: one line, a code, and the field that is to blame.
 *
 * @module
 */
export * from "./strategy.ts"
export { type BacktestReport } from "./backtest/BacktestReport.ts"
export { type LedgerRow } from "./backtest/LedgerRow.ts"
export { type Verified } from "./backtest/verify.ts"
export { type ConfigFile } from "./config/schema.ts"
export { VERSION } from "./domain/version.ts"
export { type GenerateSignalsReport } from "./engine/commands/generateSignals.ts"
export { type IngestReport } from "./ports/Ingestor.ts"
export { type Strategy } from "./ports/StrategyRegistry.ts"
export { MonomarketError } from "./app/MonomarketError.ts"
export * from "./app/promiseApi.ts"
export { type SimulatedExchange, type SimulatedExchangeOptions, startExchange } from "./app/promiseExchange.ts"
export { type ExchangeAddress, type Settings } from "./app/promiseRun.ts"
