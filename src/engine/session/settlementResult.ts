import { type AccountFill } from "../../core/account/holding.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type OrderResult } from "../../ports/TradeRepo.ts"

/**
 * Begins the ids of payouts. A payout always gets the same id, so a second process finds it stored and pays nothing.
 */
const SETTLEMENT = "settlement"

/**
 * A payout as it is stored: an order, never sent, that filled at the payout without a fee. `paidBefore` is how often
 * this position was paid out already: a fill that came in late is paid too, under an id of its own.
 */
export const settlementResult = (fill: AccountFill, atUs: EpochMicros, paidBefore = 0): OrderResult => {
  const { eventId, fee, marketId, price, qty, side, strategy, token } = fill
  const shared = { strategy, marketId, eventId, token, side, qty }
  return {
    request: { ...shared, action: "close", limitPrice: price, tif: "ioc" },
    mode: "paper",
    status: "filled",
    kind: "settlement",
    reason: null,
    countsAsRejection: false,
    signalId: null,
    atUs,
    fills: [
      {
        ...shared,
        price,
        fee,
        atUs,
        // Two processes that settle at the same moment pay out once.
        externalFillId: `${SETTLEMENT}:${strategy}:${marketId}:${token}${paidBefore === 0 ? "" : `:${paidBefore + 1}`}`,
        report: JSON.stringify({ model: SETTLEMENT })
      }
    ]
  }
}
