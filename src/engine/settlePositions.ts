import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type AccountFill } from "../core/account.ts"
import { notionalOf, positionKey } from "../core/portfolio.ts"
import { payoutOf } from "../core/settlement.ts"
import { type StoreError } from "../domain/errors.ts"
import { type Fill } from "../domain/Fill.ts"
import { type Payout } from "../domain/Market.ts"
import { type Position } from "../domain/Position.ts"
import { type Micros } from "../domain/units.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { TradeRepo } from "../ports/TradeRepo.ts"
import { nowUs } from "./now.ts"
import { settlementResult } from "./settlementResult.ts"

/** A position that its market's resolution paid out. */
export interface Settlement {
  readonly position: Position
  /** Of one share, micro-USDC. */
  readonly payout: Micros
  /** Of the whole position, micro-USDC; negative for a short. */
  readonly received: Micros
}

const settlementOf = (position: Position, payout: Payout): Settlement => {
  const price = payoutOf(position.token, payout)
  return { position, payout: price, received: notionalOf(price, position.qty) }
}

/** How often each position was paid out before: a fill that came in late is paid too, under an id of its own. */
const timesPaid = (fills: ReadonlyArray<Fill>): ReadonlyMap<string, number> => {
  const times = new Map<string, number>()
  for (const fill of fills) {
    if (fill.settlement) times.set(positionKey(fill), (times.get(positionKey(fill)) ?? 0) + 1)
  }
  return times
}

const fillOf = ({ payout, position }: Settlement): AccountFill => ({
  strategy: position.strategy,
  marketId: position.marketId,
  eventId: position.eventId,
  token: position.token,
  side: position.qty > 0 ? "sell" : "buy",
  price: payout,
  qty: Math.abs(position.qty),
  fee: 0,
  settlement: true
})

const dueSettlements = Effect.gen(function* () {
  const markets = yield* MarketRepo
  const held = (yield* (yield* TradeRepo).positions).filter(({ qty }) => qty !== 0)
  if (held.length === 0) return []
  const known = yield* markets.findAll([...new Set(held.map(({ marketId }) => marketId))])
  return held.flatMap((position) => {
    const payout = known.get(position.marketId)?.payout ?? null
    return payout === null ? [] : [settlementOf(position, payout)]
  })
})

/**
 * Pays out every position whose market's resolution is final, as the backtest does: at the payout, without a fee. What is
 * proposed or disputed is not paid, whatever its prices show. The first final word stands: nothing is paid again.
 */
export const settlePositions: Effect.Effect<ReadonlyArray<Settlement>, StoreError, TradeRepo | MarketRepo> = Effect.gen(
  function* () {
    if ((yield* dueSettlements).length === 0) return []
    const repo = yield* TradeRepo
    // First what was paid, then what is still held: whoever pays in between leaves nothing to be held.
    const paid = timesPaid(yield* repo.fillHistory)
    const settlements = yield* dueSettlements
    if (settlements.length === 0) return []
    const atUs = yield* nowUs
    const results = settlements.map((due) =>
      settlementResult(fillOf(due), atUs, paid.get(positionKey(due.position)) ?? 0)
    )
    const stored = yield* repo.record({ results, signals: [], atUs })
    return Option.isNone(stored) ? [] : settlements.filter((_, index) => (stored.value[index]?.filledQty ?? 0) > 0)
  }
)
