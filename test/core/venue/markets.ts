import { fillModelOf } from "../../../src/core/venue/fillModel.ts"
import { MarketBoard } from "../../../src/core/MarketBoard.ts"
import { type VenueModel } from "../../../src/core/venue/simulateFill.ts"
import { defaultConfig } from "../../../src/config/AppConfig.ts"
import { blankMarket } from "../../../src/domain/blankMarket.ts"
import { type FeeSchedule, instrumentOf } from "../../../src/domain/instrument.ts"
import { type Market } from "../../../src/domain/Market.ts"
import { type OrderRequest } from "../../../src/domain/Order.ts"
import { quoteOf } from "../../../src/domain/quote.ts"
import { price, toMicros } from "../../../src/domain/units.ts"

export const fee: FeeSchedule = { rate: 0.04, exponent: 1, takerOnly: true, rebateRate: 0 }
export const partial: VenueModel = {
  fills: fillModelOf({ ...defaultConfig.execution, slippage_bps: 0, enable_partial_fill: true }),
  displayedShare: 0.5,
  restingFills: "pessimistic",
  fees: { kind: "venue", bps: 0 }
}
export const atUs = 1_000_000

/** A market at 0.49 to 0.50 with so much USDC of liquidity: of 1000 it fills whole, of less its share. */
export const market = (marketId: string, liquidity: number, changes: Partial<Market> = {}): Market => {
  const shown = { yesPrice: 0.495, noPrice: 0.505, bestBid: 0.49, bestAsk: 0.5, liquidity, fee, updatedAtUs: atUs }
  return blankMarket({ marketId, ...shown, ...changes })
}

/** A board that saw these markets, and learnt what their resolutions pay. */
export const boardOf = (...markets: ReadonlyArray<Market>): MarketBoard => {
  const board = new MarketBoard(false)
  for (const seen of markets) {
    board.observe(instrumentOf(seen), quoteOf(seen))
    if (seen.payout !== null) board.resolve(seen.marketId, seen.payout)
  }
  return board
}

export const order = (marketId: string, wanted: number, changes: Partial<OrderRequest> = {}): OrderRequest => ({
  strategy: "s2",
  marketId,
  eventId: "e1",
  token: "YES",
  side: "buy",
  action: "open",
  limitPrice: price(600_000),
  qty: toMicros(wanted),
  tif: "ioc",
  ...changes
})
