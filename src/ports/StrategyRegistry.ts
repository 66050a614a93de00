import * as Context from "effect/Context"
import { type ConsideredSignals } from "../domain/DroppedSignal.ts"
import { type StrategyId } from "../domain/ids.ts"
import { type MarketView } from "../domain/MarketView.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { type EventHandlers } from "../domain/StrategyEvent.ts"

/** A strategy with its parameters already bound: a pure function from what can be seen now to signals. */
export interface Strategy {
  readonly id: StrategyId
  readonly title: string
  readonly generate: (view: MarketView) => ReadonlyArray<NewSignal>
  /** `generate`, with what was seen and left. A strategy that weighs costs has it, so that its reasons can be counted. */
  readonly consider?: (view: MarketView) => ConsideredSignals
  /** What it hears of, and what it makes of that; absent: it is only asked for signals. */
  readonly handlers?: EventHandlers
  /** false: it runs only when it is named. */
  readonly byDefault?: boolean
}

/** The strategies of this run, by id. A user's own is added by providing a longer list. */
export class StrategyRegistry extends Context.Tag("monomarket/ports/StrategyRegistry")<
  StrategyRegistry,
  ReadonlyArray<Strategy>
>() {}
