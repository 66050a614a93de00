import { takerFee } from "../../src/core/venue/fees.ts"
import { LOT, matchSnapshot, venueRefusal } from "../../src/core/venue/matching.ts"
import { notionalOf } from "../../src/core/account/portfolio.ts"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { type Market } from "../../src/domain/Market.ts"
import { quoteOf } from "../../src/domain/quote.ts"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { MICRO } from "../../src/domain/units.ts"
import { type TradingCosts, tradingCosts } from "../../src/strategies/purchase.ts"
import { rejectionText } from "../../src/domain/rejection.ts"

/** The costs of the default configuration: 5 bps of slippage and the market's own fees. */
export const costs: TradingCosts = tradingCosts(defaultConfig.execution)

export const fee = (rate: number) => ({ rate, exponent: 1, takerOnly: true, rebateRate: 0 })

/** What one share of each outcome of a market pays, USDC. */
export type PayoutOf = (marketId: string) => { readonly yes: number; readonly no: number }

/** Fills every leg at the market's ask with slippage and fee, settles it, and gives the profit in micro-USDC. */
export const profitOf = (signal: NewSignal, markets: ReadonlyArray<Market>, payoutOf: PayoutOf): number =>
  signal.legs.reduce((profit, { limitPrice, marketId, qty, side, token }) => {
    const market = markets.find((row) => row.marketId === marketId)!
    const match = matchSnapshot({ token, side, limitPrice, qty }, quoteOf(market), costs.fills)
    if (match.qty !== qty || side !== "buy") throw new Error(`${marketId} ${token}: ${match.reason}`)
    const paid = notionalOf(match.price, qty) + takerFee(costs.fees, market.fee, match.price, qty)
    const payout = payoutOf(marketId)
    return profit - paid + (token === "YES" ? payout.yes : payout.no) * qty
  }, 0)

/** Why the exchange would refuse a leg of the signal, or null: lots, and 1 USDC at least. */
export const refusalOf = (signal: NewSignal): string | null => {
  for (const { limitPrice, qty } of signal.legs) {
    if (qty % LOT !== 0 || limitPrice <= 0 || limitPrice >= MICRO) return "off the grid"
    const refusal = venueRefusal({ limitPrice, qty, resting: false }, { tickSize: null, minOrderSize: null })
    if (refusal !== null) return rejectionText(refusal)
  }
  return null
}

/** Where in a value there is a number that is not finite: JSON would keep it as null. */
export const strangeNumbers = (value: unknown, at = ""): ReadonlyArray<string> => {
  if (typeof value === "number") return Number.isFinite(value) ? [] : [`${at}: ${value}`]
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => strangeNumbers(item, `${at}.${key}`))
}
