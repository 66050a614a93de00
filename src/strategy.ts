/**
 * What a file of strategies needs, and nothing else: it loads in a millisecond, and brings no library with it. Everything
 * here is also exported by "monomarket".
 *
 * @module
 */
export { type EventId, type MarketId, type Side, type StrategyId, type Token } from "./domain/ids.ts"
export { type Json, type JsonObject } from "./domain/json.ts"
export { blankMarket } from "./domain/blankMarket.ts"
export { type FeeSchedule, type Market, type MarketStatus } from "./domain/Market.ts"
export { type MarketView, type VisibleMarket } from "./domain/MarketView.ts"
export { type ExecutionStyle, type LegRole, type OrderIntent, type PackageId } from "./domain/OrderIntent.ts"
export { type NewSignal } from "./domain/Signal.ts"
export {
  type EventHandlers,
  type MarketResolved,
  type MarketSeen,
  type OwnFill,
  type OwnOrder,
  type OwnPosition,
  type StrategyContext,
  type StrategyEvent,
  type StrategyEventKind,
  type StrategyReaction,
  type TimerReached,
  type WantedPackage
} from "./domain/StrategyEvent.ts"
export { isStrategyError, StrategyError, type StrategyFault } from "./domain/StrategyError.ts"
export { type EpochMicros, formatTime, MICROS_PER_SECOND, parseTime } from "./domain/time.ts"
export { marketView } from "./core/marketView.ts"
export { type StrategyLeg } from "./strategies/checkOrders.ts"
export { type Reaction, type StrategyPackage } from "./strategies/checkReaction.ts"
export { type StrategySignal } from "./strategies/checkSignals.ts"
export { type DefinedStrategy, defineStrategy, type StrategyDefinition } from "./strategies/defineStrategy.ts"
export { type EventDefinition, type StateFrom, type Subscription } from "./strategies/eventHandlers.ts"
export {
  byYesThenLiquidity,
  compareText,
  groupBy,
  hasYesPrice,
  openMarkets,
  type PricedMarket
} from "./strategies/select.ts"
