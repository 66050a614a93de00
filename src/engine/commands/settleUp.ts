import * as Effect from "effect/Effect"
import { type InputError, type StoreError } from "../../domain/errors.ts"
import { isSimulated, type Order } from "../../domain/Order.ts"
import { type Position } from "../../domain/Position.ts"
import { type Price, type Shares, shares, type Usdc, usdc } from "../../domain/units.ts"
import { type SettlementFact } from "../../domain/Fact.ts"
import { notionalOf } from "../../core/account/portfolio.ts"
import { filledIn } from "../../domain/Execution.ts"
import { MarketRepo } from "../../ports/MarketRepo.ts"
import { TradeRecorder } from "../../ports/TradeRecorder.ts"
import { followedMarkets, openCommand, type Routing } from "../session/runPackages.ts"

/** A position that its market's resolution paid out. */
export interface Settlement {
  readonly position: Position
  /** Of one share, micro-USDC. */
  readonly payout: Price
  /** Of the whole position, micro-USDC; negative for a short. */
  readonly received: Usdc
}

/** A resting order that later data changed. */
export interface WorkedOrder {
  readonly order: Order
  /** What this pass filled, micro-shares. */
  readonly filled: Shares
}

export interface WorkReport {
  readonly orders: ReadonlyArray<WorkedOrder>
  readonly settlements: ReadonlyArray<Settlement>
}

const settlementOf = ({ cost, eventId, fill, marketId, qty, strategy, token }: SettlementFact): Settlement => ({
  position: { strategy, marketId, eventId, token, qty, cost, realized: usdc(0) },
  payout: fill.price,
  received: usdc((qty < 0 ? -1 : 1) * notionalOf(fill.price, shares(Math.abs(qty))))
})

/** Markets in which an order rests on paper, or something is held. */
const concerned = Effect.gen(function* () {
  const recorder = yield* TradeRecorder
  const resting = (yield* recorder.working).filter(isSimulated).map(({ marketId }) => marketId)
  const held = (yield* recorder.positions).filter(({ qty }) => qty !== 0).map(({ marketId }) => marketId)
  return { resting: new Set(resting), held: new Set(held) }
})

/**
 * Brings paper trading up to the newest data: resting orders that it crosses fill, those whose market closed expire,
 * positions in finally resolved markets are paid out. Called after every ingest and before reports; calling it again
 * without newer data changes nothing. The kill switch stops new orders only, so it does not stop this.
 */
export const settleUp: Effect.Effect<WorkReport, StoreError | InputError, MarketRepo | Routing> = Effect.gen(
  function* () {
    const repo = yield* MarketRepo
    const { exclusively } = yield* TradeRecorder
    return yield* exclusively(
      Effect.gen(function* () {
        const { held, resting } = yield* concerned
        if (held.size + resting.size === 0) return { orders: [], settlements: [] }
        const followers = new Set(yield* followedMarkets)
        const known = yield* repo.findAll([...new Set([...resting, ...held, ...followers])])
        // A market in which something is held and no order rests matters only once it pays out.
        const markets = [...known.values()].filter(
          ({ marketId, payout }) => payout !== null || resting.has(marketId) || followers.has(marketId)
        )
        if (markets.length === 0) return { orders: [], settlements: [] }
        const { results, settle } = yield* openCommand("paper", markets, true)
        yield* settle
        return {
          orders: results
            .ordersOf(0)
            .filter(({ fills, order }) => fills.length > 0 || order.status === "expired")
            .map(({ fills, order }) => ({ order, filled: filledIn(fills) })),
          settlements: results.facts.flatMap((fact) => (fact.kind === "settlement" ? [settlementOf(fact)] : []))
        }
      })
    )
  }
).pipe(Effect.scoped)
