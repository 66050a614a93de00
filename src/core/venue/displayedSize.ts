import { type Side, type Token } from "../../domain/ids.ts"
import { MICRO, type MicroUnits, type Price, type Shares, shares } from "../../domain/units.ts"
import { LOT } from "./matching.ts"

/** What orders took from the two sides of a market's book since its newest snapshot, micro-shares. */
export interface TakenShares {
  /** By purchases of YES and sales of NO. */
  takenAsk: Shares
  /** By sales of YES and purchases of NO. */
  takenBid: Shares
}

/** YES and NO are mirrors of one book, so an order takes from one side of it, whichever token it names. */
const takesAsk = (token: Token, side: Side): boolean => (token === "YES") === (side === "buy")

export const takenBy = (taken: TakenShares, token: Token, side: Side): Shares =>
  takesAsk(token, side) ? taken.takenAsk : taken.takenBid

/** What an order took is gone until the next snapshot of its market. */
export const takeShares = (taken: TakenShares, token: Token, side: Side, qty: Shares): void => {
  if (takesAsk(token, side)) taken.takenAsk = shares(taken.takenAsk + qty)
  else taken.takenBid = shares(taken.takenBid + qty)
}

/**
 * Micro-shares that a snapshot shows on one side at `price`. A snapshot says only what all orders of a market are worth
 * (`liquidity`, micro-USDC), so a share of that is taken to stand on the side. A source that does not say it, or says 0,
 * shows nothing: an unknown size is no unlimited one, and the exchange may have none.
 */
export const displayedSize = (share: number, liquidity: MicroUnits, price: Price): Shares =>
  liquidity > 0 && price > 0 ? shares(Math.floor((share * liquidity * MICRO) / (price * LOT)) * LOT) : shares(0)
