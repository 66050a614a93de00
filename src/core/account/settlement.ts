import { type Payout } from "../../domain/Market.ts"
import { type Price, shares, toMicros, usdc } from "../../domain/units.ts"
import { type AccountFill, type Holding } from "./holding.ts"
import { sharePayout } from "./payout.ts"

/** What one share is paid, micro-USDC. */
export const payoutOf = (token: Holding["token"], payout: Payout): Price => {
  const share = sharePayout(payout)
  return toMicros(token === "YES" ? share.yes : share.no)
}

/** The fill that closes a position at its market's payout, without a fee; null when nothing is held. */
export const settlementFill = (holding: Holding, payout: Payout): AccountFill | null => {
  const { qty } = holding.position
  if (qty === 0) return null
  return {
    strategy: holding.strategy,
    marketId: holding.marketId,
    eventId: holding.eventId,
    token: holding.token,
    side: qty > 0 ? "sell" : "buy",
    price: payoutOf(holding.token, payout),
    qty: shares(Math.abs(qty)),
    fee: usdc(0),
    settlement: true
  }
}
