import { type ConsideredSignals } from "../domain/DroppedSignal.ts"
import { type StrategyId } from "../domain/ids.ts"
import { type MarketView } from "../domain/MarketView.ts"
import { type ExecutionStyle } from "../domain/OrderIntent.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { type EventHandlers } from "../domain/StrategyEvent.ts"
import { edgeGate, type EdgeGateParameters } from "./edgeGate.ts"
import { type CostSettings, type TradingCosts, tradingCosts } from "./purchase.ts"
import { s1, type S1Parameters } from "./s1.ts"
import { considerS10, type S10Parameters } from "./s10.ts"
import { s2, type S2Parameters } from "./s2.ts"
import { s4, type S4Parameters } from "./s4.ts"
import { s8, type S8Parameters } from "./s8.ts"
import { considerS9, type S9Parameters } from "./s9.ts"
import { compareText } from "./select.ts"

/** Parameters of the strategies that come with the program, as configured. */
export interface StrategyParameters {
  readonly s1: S1Parameters & StyleSettings
  readonly s2: S2Parameters & StyleSettings
  readonly s4: S4Parameters & StyleSettings
  readonly s8: S8Parameters & StyleSettings
  readonly s9: S9Parameters & StyleSettings
  readonly s10: S10Parameters & StyleSettings
  readonly edge_gate: EdgeGateParameters
}

/** A strategy with its parameters bound; the shape of ports/StrategyRegistry. */
export interface BoundStrategy {
  readonly id: StrategyId
  readonly title: string
  readonly generate: (view: MarketView) => ReadonlyArray<NewSignal>
  readonly consider?: (view: MarketView) => ConsideredSignals
  readonly byDefault?: boolean
  readonly handlers?: EventHandlers
}

/** How the orders of a strategy's signals find their price, as configured. Absent: as the strategy says. */
export interface StyleSettings {
  readonly style?: ExecutionStyle
  /** For how long orders that rest do so, seconds. */
  readonly time_to_live_sec?: number
}

/** What a strategy wants, and what it saw and left where it says so. */
export const considerOne = (strategy: BoundStrategy, view: MarketView): ConsideredSignals =>
  strategy.consider?.(view) ?? { signals: strategy.generate(view), dropped: [] }

const considering = (
  id: StrategyId,
  title: string,
  byDefault: boolean,
  consider: (view: MarketView) => ConsideredSignals
): BoundStrategy => ({ id, title, byDefault, consider, generate: (view) => consider(view).signals })

/**
 * The strategy behind the edge gate; as it was when the gate is off. The gate weighs signals; what a strategy places when
 * it hears of an event is its own affair, and risk's.
 */
export const withEdgeGate = (strategy: BoundStrategy, gate: EdgeGateParameters, costs: TradingCosts): BoundStrategy => {
  if (!gate.enabled) return strategy
  const consider = (view: MarketView): ConsideredSignals => {
    const { dropped, signals } = considerOne(strategy, view)
    const gated = edgeGate(signals, view.markets, gate, costs)
    return { signals: gated.signals, dropped: [...dropped, ...gated.dropped] }
  }
  const gated = considering(strategy.id, strategy.title, strategy.byDefault !== false, consider)
  return strategy.handlers === undefined ? gated : { ...gated, handlers: strategy.handlers }
}

/** The strategy with the style that the configuration gives its signals. */
const withStyle = (strategy: BoundStrategy, { style, time_to_live_sec }: StyleSettings): BoundStrategy => {
  if (style === undefined || style === "aggressive") return strategy
  const styled = (signal: NewSignal): NewSignal => ({
    ...signal,
    style,
    ...(time_to_live_sec === undefined ? {} : { timeToLiveSec: time_to_live_sec })
  })
  const consider = (view: MarketView): ConsideredSignals => {
    const { dropped, signals } = considerOne(strategy, view)
    return { signals: signals.map(styled), dropped }
  }
  return { ...strategy, consider, generate: (view) => consider(view).signals }
}

/**
 * The strategies that come with the program. A new one is one file and one line here. `execution` is what trading costs:
 * the section of that name of the configuration.
 */
export const builtinStrategies = (
  parameters: StrategyParameters,
  execution: CostSettings
): ReadonlyArray<BoundStrategy> => {
  const { edge_gate, s9, s10 } = parameters
  const costs = tradingCosts(execution)
  const all: ReadonlyArray<BoundStrategy> = [
    { id: "s1", title: "Cross-venue spread", generate: ({ markets }) => s1(markets, parameters.s1) },
    { id: "s2", title: "Neg-risk rebalance", generate: ({ markets }) => s2(markets, parameters.s2) },
    { id: "s4", title: "Low-probability YES basket", generate: ({ markets }) => s4(markets, parameters.s4) },
    { id: "s8", title: "NO carry with tail hedge", generate: ({ markets }) => s8(markets, parameters.s8) },
    considering("s9", "YES/NO parity arbitrage", s9.enabled, ({ markets }) => considerS9(markets, s9, costs)),
    considering("s10", "Neg-risk conversion arbitrage", s10.enabled, ({ markets }) => considerS10(markets, s10, costs))
  ]
  const { s1: one, s2: two, s4: four, s8: eight } = parameters
  const styles = [one, two, four, eight, s9, s10]
  return all.map((strategy, index) => withEdgeGate(withStyle(strategy, styles[index] ?? {}), edge_gate, costs))
}

/** Best score first; ties by market id, then strategy. Stable for what is left. */
export const bySignalRank = (a: NewSignal, b: NewSignal): number =>
  b.score - a.score ||
  compareText(a.marketId, b.marketId) ||
  compareText(a.strategy, b.strategy) ||
  compareText(a.side, b.side)

/** What the given strategies want to do, best score first, and what they saw and left. */
export const considerAll = (strategies: ReadonlyArray<BoundStrategy>, view: MarketView): ConsideredSignals => {
  const considered = strategies.map((strategy) => considerOne(strategy, view))
  return {
    signals: considered.flatMap(({ signals }) => signals).sort(bySignalRank),
    dropped: considered.flatMap(({ dropped }) => dropped)
  }
}

/** What the given strategies want to do, best score first. */
export const generateAll = (strategies: ReadonlyArray<BoundStrategy>, view: MarketView): ReadonlyArray<NewSignal> =>
  considerAll(strategies, view).signals
