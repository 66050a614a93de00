import { type ConsideredSignals, type DroppedSignal } from "../domain/DroppedSignal.ts"
import { type VisibleMarket } from "../domain/MarketView.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { fromMicros, MICRO } from "../domain/units.ts"
import {
  grossOf,
  insideRange,
  intentOf,
  legOf,
  type Purchase,
  purchaseOf,
  type SetLimits,
  type TradingCosts,
  weighSet,
  type WeighedSet
} from "./purchase.ts"
import { freshestContracts, openMarkets } from "./select.ts"

export interface S9Parameters extends SetLimits {
  /** Also run when no strategy is named. */
  readonly enabled: boolean
  /** Least profit of a pair after all costs, USDC. */
  readonly min_profit: number
  /** Without a book, take the shown YES and NO prices for asks. */
  readonly shown_prices: boolean
}

const signalFor = (yes: Purchase, no: Purchase, { grossEdge, netEdge, qty }: WeighedSet): NewSignal => {
  const { market } = yes
  const [yesAsk, noAsk] = [fromMicros(yes.ask), fromMicros(no.ask)]
  return {
    strategy: "s9",
    marketId: market.marketId,
    eventId: market.eventId,
    side: "buy",
    score: netEdge * (1 + market.liquidity / 2000),
    confidence: Math.min(0.95, 0.5 + netEdge),
    targetPrice: yesAsk,
    sizeHint: fromMicros(qty),
    rationale:
      `YES asks ${yesAsk.toFixed(4)} and NO ${noAsk.toFixed(4)}, ${(yesAsk + noAsk).toFixed(4)} for a pair that pays 1: ` +
      `${netEdge.toFixed(4)} are left after fees and slippage.`,
    legs: [intentOf(yes, qty), intentOf(no, qty)],
    style: "aggressive",
    basket: false,
    payload: { edge: grossEdge, net_edge: netEdge, payout: 1, legs: [legOf(yes, qty), legOf(no, qty)] }
  }
}

const pairOf = (
  market: VisibleMarket,
  parameters: S9Parameters,
  costs: TradingCosts
): readonly [Purchase, Purchase] | null => {
  if (market.acceptingOrders === false) return null
  const yes = purchaseOf(market, "YES", costs, parameters.shown_prices)
  const no = purchaseOf(market, "NO", costs, parameters.shown_prices)
  return yes === null || no === null || grossOf([yes, no], MICRO) <= 0 ? null : [yes, no]
}

/** YES/NO parity, with the pairs that cost less than 1 and were left all the same. */
export const considerS9 = (
  markets: ReadonlyArray<VisibleMarket>,
  parameters: S9Parameters,
  costs: TradingCosts
): ConsideredSignals => {
  const signals: Array<NewSignal> = []
  const dropped: Array<DroppedSignal> = []
  for (const market of freshestContracts(openMarkets(markets))) {
    const pair = pairOf(market, parameters, costs)
    if (pair === null) continue
    const set = weighSet(pair, MICRO, parameters.min_profit, parameters, costs)
    const problem = pair.every((leg) => insideRange(leg, parameters)) ? set.problem : "price outside the range"
    if (problem === null) signals.push(signalFor(...pair, set))
    else {
      const { eventId, marketId } = market
      const { grossEdge, netEdge } = set
      dropped.push({ strategy: "s9", marketId, eventId, reason: problem, grossEdge, netEdge })
    }
  }
  return { signals, dropped }
}

/** YES/NO parity: a pair of both tokens pays 1 whatever happens, so it is bought where it costs less with everything. */
export const s9 = (
  markets: ReadonlyArray<VisibleMarket>,
  parameters: S9Parameters,
  costs: TradingCosts
): ReadonlyArray<NewSignal> => considerS9(markets, parameters, costs).signals
