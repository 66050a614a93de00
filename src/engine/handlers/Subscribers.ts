import { type MarketId, type StrategyId } from "../../domain/ids.ts"
import { type Json } from "../../domain/json.ts"
import { type EventHandlers, type StrategyEventKind } from "../../domain/StrategyEvent.ts"
import { type BoundStrategy } from "../../strategies/registry.ts"

/** A strategy that hears of events, and its own state, which only what it returns changes. */
export interface Subscriber {
  readonly id: StrategyId
  readonly handlers: EventHandlers
  state: Json
}

/** Whether it hears what happens in a market. */
export const hears = ({ handlers }: Subscriber, marketId: MarketId): boolean =>
  handlers.markets === null || handlers.markets.has(marketId)

/** The strategies of an engine that hear of events, in their order. */
export class Subscribers {
  readonly all: ReadonlyArray<Subscriber>
  /** Their timers run: from the first event of the engine on. */
  started = false
  /** Fills that strategies heard of since the last event of another kind. */
  fillsInRow = 0
  private readonly byKind: Readonly<Record<StrategyEventKind, ReadonlyArray<Subscriber>>>

  private constructor(all: ReadonlyArray<Subscriber>) {
    const of = (kind: StrategyEventKind) => all.filter(({ handlers }) => handlers.kinds.includes(kind))
    this.all = all
    this.byKind = { market: of("market"), timer: of("timer"), fill: of("fill"), resolution: of("resolution") }
  }

  /** null: none of the strategies hears of events, and nothing of this costs anything. */
  static among(strategies: ReadonlyArray<BoundStrategy>): Subscribers | null {
    const all = strategies.flatMap(({ handlers, id }): ReadonlyArray<Subscriber> =>
      handlers === undefined ? [] : [{ id, handlers, state: handlers.initial }]
    )
    return all.length === 0 ? null : new Subscribers(all)
  }

  of(kind: StrategyEventKind): ReadonlyArray<Subscriber> {
    return this.byKind[kind]
  }

  find(strategy: StrategyId): Subscriber | undefined {
    return this.all.find(({ id }) => id === strategy)
  }
}
