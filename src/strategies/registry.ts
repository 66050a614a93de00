import { type StrategyId } from "../domain/ids.ts"
import { type MarketView } from "../domain/MarketView.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { s1, type S1Parameters } from "./s1.ts"
import { s2, type S2Parameters } from "./s2.ts"
import { s4, type S4Parameters } from "./s4.ts"
import { s8, type S8Parameters } from "./s8.ts"
import { compareText } from "./select.ts"

/** Parameters of the strategies that come with the program, as configured. */
export interface StrategyParameters {
  readonly s1: S1Parameters
  readonly s2: S2Parameters
  readonly s4: S4Parameters
  readonly s8: S8Parameters
}

/** A strategy with its parameters bound; the shape of ports/StrategyRegistry. */
export interface BoundStrategy {
  readonly id: StrategyId
  readonly title: string
  readonly generate: (view: MarketView) => ReadonlyArray<NewSignal>
}

/** The strategies that come with the program. A new one is one file and one line here. */
export const builtinStrategies = (parameters: StrategyParameters): ReadonlyArray<BoundStrategy> => [
  { id: "s1", title: "Cross-venue spread", generate: ({ markets }) => s1(markets, parameters.s1) },
  { id: "s2", title: "Neg-risk rebalance", generate: ({ markets }) => s2(markets, parameters.s2) },
  { id: "s4", title: "Low-probability YES basket", generate: ({ markets }) => s4(markets, parameters.s4) },
  { id: "s8", title: "NO carry with tail hedge", generate: ({ markets }) => s8(markets, parameters.s8) }
]

/** Best score first; ties by market id, then strategy. Stable for what is left. */
export const bySignalRank = (a: NewSignal, b: NewSignal): number =>
  b.score - a.score ||
  compareText(a.marketId, b.marketId) ||
  compareText(a.strategy, b.strategy) ||
  compareText(a.side, b.side)

/** What the given strategies want to do, best score first. */
export const generateAll = (strategies: ReadonlyArray<BoundStrategy>, view: MarketView): ReadonlyArray<NewSignal> =>
  strategies.flatMap((strategy) => strategy.generate(view)).sort(bySignalRank)
