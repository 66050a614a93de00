/**
 * monomarket as a library: the operations behind the commands, the ports they need, and the Layers that fill them.
 * Everything that a command does can be done from here; a Layer of your own can take the place of any other.
 *
 * @module
 */

// The words.
export type * from "./domain/Command.ts"
export { type EngineEvent } from "./domain/EngineEvent.ts"
export type * from "./domain/Execution.ts"
export type * from "./domain/Fact.ts"
export type * from "./domain/Fill.ts"
export type * from "./domain/ids.ts"
export { type Instrument } from "./domain/instrument.ts"
export type * from "./domain/Journal.ts"
export type * from "./domain/json.ts"
export type * from "./domain/Market.ts"
export { compareEvents, type MarketEvent } from "./domain/MarketEvent.ts"
export type * from "./domain/Order.ts"
export type * from "./domain/OrderPackage.ts"
export type * from "./domain/Position.ts"
export { type Quote } from "./domain/quote.ts"
export { type Rejection } from "./domain/rejection.ts"
export { type PackageVerdict } from "./domain/RiskVerdict.ts"
export type * from "./domain/Risk.ts"
export type * from "./domain/Signal.ts"
export * from "./domain/errors.ts"
export { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MS } from "./domain/time.ts"
export {
  fromMicros,
  MICRO,
  type Micros,
  type MicroUnits,
  type Price,
  price,
  type Shares,
  shares,
  toMicros,
  type Usdc,
  usdc
} from "./domain/units.ts"
export { VERSION } from "./domain/version.ts"

// A strategy of one's own: also "monomarket/strategy", which loads faster.
export * from "./strategy.ts"
export { type ConsideredSignals, type DroppedSignal } from "./domain/DroppedSignal.ts"
export { loadStrategyModules, type StrategyModule } from "./app/strategyModules.ts"
export { failOnStrategyError, strategiesLayer, strategyModulesLayer, withStrategyModules } from "./app/strategies.ts"

// Configuration.
export { AppConfig, type AppConfigShape, defaultConfig } from "./config/AppConfig.ts"
export { ConfigSources } from "./config/ConfigSources.ts"
export { parseConfig, parseConfigText } from "./config/parse.ts"

// What the program needs from the world.
export { Journal, type JournalCheck, JournalReader } from "./ports/Journal.ts"
export { Feed, type FeedBatch, type Look } from "./ports/Feed.ts"
export {
  type Exchange as TradingExchange,
  type ExecutionContext,
  type ExecutorShape,
  Executors,
  OrderMode,
  type VenueCapabilities
} from "./ports/Executor.ts"
export * from "./ports/HistoryReader.ts"
export { IngestHealth } from "./ports/IngestHealth.ts"
export { IngestRepo } from "./ports/IngestRepo.ts"
export { Ingestor, type IngestReport, type IngestRequest } from "./ports/Ingestor.ts"
export { IngestSources, type SourceShape } from "./ports/IngestSource.ts"
export { type LiveOrder, type LiveOrderChange, LiveOrderRepo } from "./ports/LiveOrderRepo.ts"
export { LiveVenue, type LiveVenueShape } from "./ports/LiveVenue.ts"
export { MarketRepo } from "./ports/MarketRepo.ts"
export { RiskGuard } from "./ports/RiskGuard.ts"
export { SignalRepo } from "./ports/SignalRepo.ts"
export { type Strategy, StrategyRegistry } from "./ports/StrategyRegistry.ts"
export { SwitchRepo } from "./ports/SwitchRepo.ts"
export { TradeRecorder } from "./ports/TradeRecorder.ts"
export { TradeRepo } from "./ports/TradeRepo.ts"
export { TradingSwitches } from "./ports/TradingSwitches.ts"
export { type SyncReport, VenueSync } from "./ports/VenueSync.ts"

// What the program does.
export { cancelOrder } from "./engine/commands/cancelOrder.ts"
export { executeSignal } from "./engine/commands/executeSignal.ts"
export { generateSignals } from "./engine/commands/generateSignals.ts"
export { settleUp, type WorkReport } from "./engine/commands/settleUp.ts"
export { ingestHealth, type IngestHealthReport, type IngestHealthRequest } from "./engine/commands/ingestHealth.ts"
export { metricsReport } from "./engine/commands/metricsReport.ts"
export { type CancelTarget, liveCancel, type LiveCancelReport } from "./engine/commands/liveCancel.ts"
export { liveStatus, type LiveStatus } from "./engine/commands/liveStatus.ts"
export { placeOrder } from "./engine/commands/placeOrder.ts"
export { pnlReport } from "./engine/commands/pnlReport.ts"
export { riskStatus } from "./engine/commands/riskStatus.ts"

// Backtests.
export { type BacktestReport } from "./backtest/BacktestReport.ts"
export { type BacktestTargets, exportBacktest } from "./backtest/exportBacktest.ts"
export { type LedgerRow, type LedgerSink } from "./backtest/LedgerRow.ts"
export { LedgerTable } from "./backtest/LedgerTable.ts"
export { type BacktestOptions, type ExecutionSettings, printedLimits } from "./backtest/options.ts"
export { noHooks, type ReplayHooks, runBacktest } from "./backtest/runBacktest.ts"
export { runRolling, type RollingHooks, writeRolling } from "./backtest/rolling.ts"
export { parseRollingSummaryV1, RollingSummaryV1 } from "./backtest/rollingSchema.ts"
export { type RollingSummary } from "./backtest/RollingSummary.ts"
export { type RollingOptions, rollingWindows } from "./backtest/rollingWindows.ts"
export { runWindow, type WindowRun } from "./backtest/windowRun.ts"
export { BacktestArtifactV1, parseArtifactV1 } from "./backtest/schema.ts"
export { BacktestArtifactV2, parseArtifactV2 } from "./backtest/schemaV2.ts"
export { migrateArtifact, unmigrateArtifact, withChecksum } from "./backtest/migrate.ts"
export { migrateFile, unmigrateFile } from "./backtest/migrateFile.ts"
export { fieldMappings, MigrationMap, migrationMap, parseMigrationMap } from "./backtest/migrationMap.ts"
export { publishedSchemas } from "./backtest/jsonSchemas.ts"
export { verifyFile, verifyText } from "./backtest/verify.ts"

export { regenerate, type RegenerateOptions } from "./app/regenerate.ts"

// Reports.
export { type ReportRequest, writeReport, type WrittenReport } from "./app/report.ts"
export { renderHtml } from "./reports/html.ts"
export { buildReportModel, ReportBuilder, type ReportOptions } from "./reports/model.ts"
export { type ReportModel } from "./reports/ReportModel.ts"
export { renderPdf } from "./reports/pdf.ts"
export { type ReportArtifact } from "./reports/ReportArtifact.ts"

// Unattended work, and time that passes only when there is nothing else to do.
export { alignPaper } from "./app/align.ts"
export { type CycleOptions, type CycleReport, runCycle } from "./app/cycle.ts"
export { type NightlyOptions, type NightlyReport, runNightly, verifyNightly } from "./app/nightly.ts"
export { paperOnly } from "./app/paperOnly.ts"
export { runSoak, type SoakOptions, type SoakReport } from "./app/soak.ts"
export { type SoakStatus, soakStatus } from "./app/soakStatus.ts"
export { untilStopped } from "./app/untilStopped.ts"
export { onVirtualTime, VirtualClock } from "./app/virtualClock.ts"
export { AlignmentV1, parseAlignmentV1 } from "./backtest/alignmentSchema.ts"
export { NightlySummary, parseNightlySummary } from "./backtest/nightlySchema.ts"

// The trading program, its modes, and the proof that a session replays.
export { type CycleReport as ProgramCycle, type ProgramObserver, type ProgramOptions } from "./engine/program.ts"
export { type RunReport, tradingProgram } from "./engine/session/tradingProgram.ts"
export { BacktestLayer, LiveLayer, modes, PaperLayer } from "./app/modes.ts"
export { sessionParities } from "./app/parity.ts"
export { replaySession, type SessionReplay } from "./app/replaySession.ts"
export { ingestingStore, runSession, type SessionOptions } from "./app/session.ts"
export { memoryRecorder, type PortfolioSource, startEmpty } from "./backtest/memoryRecorder.ts"
export { runStrategyBacktest, type StrategyReplayOptions } from "./backtest/runStrategyBacktest.ts"

// Layers and the mode table's parts.
export { ingestLayer } from "./app/ingest.ts"
export { layer as liveFeed, type LiveFeedOptions } from "./ingest/feeds/liveFeed.ts"
export { layer as recordedFeed, type RecordedWindow } from "./app/recordedFeed.ts"
export { configLayer } from "./app/layers.ts"
export { wholeJob } from "./app/unattended.ts"
export { rollingBacktest, type RollingRun } from "./app/rolling.ts"
export { exchange, executors, orderRoute, simulatedExecutors } from "./app/trading.ts"
export { edgeGate, type EdgeGateParameters } from "./strategies/edgeGate.ts"
export { type CostSettings, type TradingCosts, tradingCosts } from "./strategies/purchase.ts"
export { type BoundStrategy, builtinStrategies, considerAll, withEdgeGate } from "./strategies/registry.ts"
export { layer as journalLayer } from "./store/Journal.ts"
export { storeLayer } from "./store/layer.ts"
export { makeMemoryJournal, type MemoryJournal, noJournal } from "./store/memoryJournal.ts"

// The simulated venue, which fills orders from what markets showed, and the simulated exchange, which speaks HTTP.
export { SimulatedVenue } from "./core/venue/SimulatedVenue.ts"
export { fillModelOf } from "./core/venue/fillModel.ts"
export { type Exchange, type ExchangeOptions, startExchange } from "./simulator/server.ts"
export { openRecorded } from "./simulator/recorded.ts"
export { type InProcessExchange, makeInProcessExchange } from "./simulator/inProcessClient.ts"
export { makeUniverse } from "./simulator/universe.ts"
export { parseFaults } from "./simulator/faults.ts"
export { type EngineState } from "./engine/EngineState.ts"
export { type PackageResult } from "./engine/session/runPackages.ts"
