import { legsOf } from "../core/legs.ts"
import { type OrderWish } from "../domain/Execution.ts"
import { type EventId, type MarketId } from "../domain/ids.ts"
import { type Signal } from "../domain/Signal.ts"

/** Every leg of every signal as an immediate order; a leg in another market belongs to that market's event. */
export const signalWishes = (
  signals: ReadonlyArray<Signal>,
  eventOf: (marketId: MarketId) => EventId | undefined
): ReadonlyArray<OrderWish> =>
  signals.flatMap((signal) =>
    legsOf(signal).map((leg): OrderWish => ({
      strategy: signal.strategy.toLowerCase(),
      marketId: leg.marketId,
      eventId: leg.marketId === signal.marketId ? signal.eventId : (eventOf(leg.marketId) ?? signal.eventId),
      token: leg.token,
      side: leg.side,
      limitPrice: leg.limitPrice,
      qty: leg.qty,
      tif: "ioc",
      signalId: signal.id
    }))
  )
