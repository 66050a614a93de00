import { type MarketId, type StrategyId } from "../../domain/ids.ts"
import { type Json } from "../../domain/json.ts"
import { type EventHandlers, type StrategyEventKind } from "../../domain/StrategyEvent.ts"
import { type BoundStrategy } from "../../strategies/registry.ts"

/** A strategy with event handlers, and its own state, which changes only to what its handler returns. */
export interface Subscriber {
  readonly id: StrategyId
  readonly handlers: EventHandlers
  state: Json
}

/** Whether it gets the events of a market. */
export const hears = ({ handlers }: Subscriber, marketId: MarketId): boolean =>
  handlers.markets === null || handlers.markets.has(marketId)

/** The strategies of an engine that have event handlers, in the order in which they are given. */
export class Subscribers {
  readonly all: ReadonlyArray<Subscriber>
  /** Whether their timers run; they are started at the first event of the engine. */
  started = false
  /** How many fills were passed to strategies since the last engine event that was not a report. */
  fillsInRow = 0
  private readonly byKind: Readonly<Record<StrategyEventKind, ReadonlyArray<Subscriber>>>

  private constructor(all: ReadonlyArray<Subscriber>) {
    const of = (kind: StrategyEventKind) => all.filter(({ handlers }) => handlers.kinds.includes(kind))
    this.all = all
    this.byKind = { market: of("market"), timer: of("timer"), fill: of("fill"), resolution: of("resolution") }
  }

  /** null: none of the strategies has event handlers, so nothing has to be done for them. */
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
