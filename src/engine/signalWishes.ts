import { type OrderWish } from "../domain/Execution.ts"
import { type EventId, type MarketId } from "../domain/ids.ts"
import { type ExecutionStyle } from "../domain/OrderIntent.ts"
import { type TimeInForce } from "../domain/Order.ts"
import { type Signal } from "../domain/Signal.ts"

const timeInForce: Readonly<Record<ExecutionStyle, TimeInForce>> = { aggressive: "ioc" }

/** Every leg of every signal as an order of the signal's style; a leg in another market belongs to that market's event. */
export const signalWishes = (
  signals: ReadonlyArray<Signal>,
  eventOf: (marketId: MarketId) => EventId | undefined
): ReadonlyArray<OrderWish> =>
  signals.flatMap((signal) =>
    signal.legs.map((leg): OrderWish => ({
      strategy: signal.strategy.toLowerCase(),
      marketId: leg.marketId,
      eventId: leg.marketId === signal.marketId ? signal.eventId : (eventOf(leg.marketId) ?? signal.eventId),
      token: leg.token,
      side: leg.side,
      limitPrice: leg.limitPrice,
      qty: leg.qty,
      tif: timeInForce[signal.style],
      signalId: signal.id
    }))
  )
