import { type Json } from "../domain/json.ts"
import { type Market } from "../domain/Market.ts"
import { type Signal } from "../domain/Signal.ts"
import { type EpochMicros, formatTime } from "../domain/time.ts"
import { fromMicros } from "../domain/units.ts"
import { resolutionJson } from "./resolutionView.ts"

const instant = (us: EpochMicros | null): string | null => (us === null ? null : formatTime(us))

/** A market as --json prints it. Prices in USDC per share, liquidity and volume in USDC. */
export const marketJson = (market: Market): Json => ({
  source: market.source,
  market_id: market.marketId,
  canonical_id: market.canonicalId,
  event_id: market.eventId,
  question: market.question,
  status: market.status,
  neg_risk: market.negRisk,
  yes_price: market.yesPrice,
  no_price: market.noPrice,
  best_bid: market.bestBid,
  best_ask: market.bestAsk,
  mid_price: market.midPrice,
  liquidity: market.liquidity,
  volume: market.volume,
  condition_id: market.conditionId,
  tick_size: market.tickSize,
  min_order_size: market.minOrderSize,
  accepting_orders: market.acceptingOrders,
  end_date: instant(market.endDateUs),
  resolution: resolutionJson(market),
  payout: market.payout === null ? null : { yes: market.payout.yes, no: market.payout.no },
  resolved_at: instant(market.resolvedAtUs),
  updated_at: formatTime(market.updatedAtUs)
})

/** A signal as --json prints it. Prices in USDC per share, sizes in shares. */
export const signalJson = (signal: Signal): Json => ({
  id: signal.id,
  strategy: signal.strategy,
  market_id: signal.marketId,
  event_id: signal.eventId,
  side: signal.side,
  score: signal.score,
  confidence: signal.confidence,
  target_price: signal.targetPrice,
  size_hint: signal.sizeHint,
  rationale: signal.rationale,
  legs: signal.legs.map((leg) => ({
    role: leg.role,
    market_id: leg.marketId,
    token: leg.token,
    side: leg.side,
    price: fromMicros(leg.limitPrice),
    qty: fromMicros(leg.qty)
  })),
  package_id: signal.packageId,
  payload: signal.payload,
  status: signal.status,
  status_reason: signal.reason ?? "",
  created_at: formatTime(signal.createdAtUs)
})
