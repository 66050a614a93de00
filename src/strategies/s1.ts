import { type VisibleMarket } from "../domain/MarketView.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { plainIntent, saleBelowMid } from "../domain/OrderIntent.ts"
import { groupBy, openMarkets } from "./select.ts"

export interface S1Parameters {
  /** Smallest difference of two mid prices that is worth a signal, USDC per share. */
  readonly min_spread: number
  /** Greatest cost of one order, USDC; 0 or less: no cap. */
  readonly max_order_notional: number
}

type QuotedMarket = VisibleMarket & { readonly midPrice: number }

const hasMid = (market: VisibleMarket): market is QuotedMarket => market.midPrice !== null

/**
 * Rows of one canonical id that may be the same contract. Condition ids that are known and differ are different
 * contracts whatever their names say; a row without one may belong to each of them.
 */
const contractsOf = (group: ReadonlyArray<QuotedMarket>): ReadonlyArray<ReadonlyArray<QuotedMarket>> => {
  const known = [...new Set(group.flatMap((market) => (market.conditionId === null ? [] : [market.conditionId])))]
  if (known.length <= 1) return [group]
  return known.sort().map((id) => group.filter((market) => market.conditionId === null || market.conditionId === id))
}

const leg = (market: QuotedMarket) => ({
  source: market.source,
  market_id: market.marketId,
  mid: market.midPrice
})

const signalFor = (rows: ReadonlyArray<QuotedMarket>, parameters: S1Parameters): NewSignal | undefined => {
  const byMid = rows.toSorted((a, b) => a.midPrice - b.midPrice)
  const low = byMid[0]
  const high = byMid.at(-1)
  if (low === undefined || high === undefined || low === high) return undefined
  const spread = high.midPrice - low.midPrice
  if (spread < parameters.min_spread) return undefined
  const liquidity = Math.min(low.liquidity, high.liquidity)
  const target = Math.min(0.99, low.midPrice + 0.005)
  const wanted = Math.max(5, 0.02 * liquidity)
  const cap = parameters.max_order_notional
  const sizeHint = cap > 0 ? Math.min(wanted, cap / target) : wanted
  const purchase = plainIntent({ marketId: low.marketId, side: "buy", targetPrice: target, sizeHint })
  return {
    strategy: "s1",
    marketId: low.marketId,
    eventId: low.eventId,
    side: "buy",
    score: spread * (1 + liquidity / 2000),
    confidence: Math.min(0.95, 0.5 + spread),
    targetPrice: target,
    sizeHint,
    rationale:
      `Mid prices of one contract differ by ${spread.toFixed(4)}: ` +
      `buy on ${low.source}/${low.marketId} at ${low.midPrice.toFixed(4)}, ` +
      `hedge on ${high.source}/${high.marketId} at ${high.midPrice.toFixed(4)}.`,
    legs: [purchase, saleBelowMid(high.marketId, high.midPrice, purchase.qty)],
    style: "aggressive",
    basket: false,
    payload: {
      scanner: "cross_venue",
      canonical_id: low.canonicalId,
      spread,
      buy_leg: leg(low),
      sell_leg: leg(high),
      execution_mode: "semi_auto"
    }
  }
}

/** Cross-venue spread: one contract quoted at two mids; buy the cheaper one. */
export const s1 = (markets: ReadonlyArray<VisibleMarket>, parameters: S1Parameters): ReadonlyArray<NewSignal> => {
  const signals: Array<NewSignal> = []
  for (const group of groupBy(openMarkets(markets).filter(hasMid), (market) => market.canonicalId).values()) {
    // Most contracts are listed once, and one price makes no spread.
    if (group.length < 2) continue
    for (const contract of contractsOf(group)) {
      const signal = signalFor(contract, parameters)
      if (signal !== undefined) signals.push(signal)
    }
  }
  return signals
}
