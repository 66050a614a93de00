import { venueFee } from "../core/venue/fees.ts"
import { type BookFill, costOf, matchKind } from "../core/priceTimeBook.ts"
import { otherSide, type Side, type Token } from "../domain/ids.ts"
import { type FeeSchedule } from "../domain/Market.ts"
import { MICRO, type MicroUnits, price, shares } from "../domain/units.ts"
import { applyTransfers, CASH, COLLATERAL, EXCHANGE, OUTSIDE, type Transfer } from "./tradingLedger.ts"
import { type VenueMakerFill, type VenueTradeRecord } from "./TradingEngine.ts"
import {
  type AccountOrder,
  dropOrder,
  type EngineTrade,
  type MarketBook,
  outcomeOf,
  outsider,
  tokenIdOf,
  tradeId,
  type TradingState,
  transactionHash
} from "./tradingState.ts"

/** Who trades: one of our accounts' orders, or a trader outside them. */
export interface Party {
  readonly orderId: string
  readonly owner: string
  readonly maker: string
  /** Whose balances it moves. */
  readonly account: string
  readonly token: Token
  readonly side: Side
}

export const accountParty = ({ order, token }: AccountOrder): Party => ({
  orderId: order.id,
  owner: order.owner,
  maker: order.maker,
  account: order.maker,
  token,
  side: order.side
})

/** A trader outside our accounts on `side` of the book of YES. Some trade the other token, as on the real exchange. */
export const outsideParty = (state: TradingState, side: Side, given?: Pick<Party, "token" | "side">): Party => {
  const { maker, orderId, other, owner } = outsider(state)
  const own: Pick<Party, "token" | "side"> = other ? { token: "NO", side: otherSide(side) } : { token: "YES", side }
  return { orderId, owner, maker, account: OUTSIDE, ...(given ?? own) }
}

const priceFor = (token: Token, yesPrice: MicroUnits): MicroUnits => (token === "YES" ? yesPrice : MICRO - yesPrice)

/** What two parties hand over. Fractions of a micro-USDC are rounded down for whoever pays or is paid. */
const handOver = (
  market: MarketBook,
  taker: Party,
  maker: Party,
  yesPrice: MicroUnits,
  qty: MicroUnits
): Array<Transfer> => {
  const cash = (from: string, to: string, amount: MicroUnits) => ({ from, to, asset: CASH, amount })
  const shares = (from: string, to: string, token: Token) => ({
    from,
    to,
    asset: tokenIdOf(market, token),
    amount: qty
  })
  const takerCost = costOf(priceFor(taker.token, yesPrice), qty)
  const makerCost = costOf(priceFor(maker.token, yesPrice), qty)
  const rest = qty - takerCost - makerCost
  switch (matchKind(taker.side, maker.side)) {
    case "COMPLEMENTARY": {
      const [buyer, seller] = taker.side === "buy" ? [taker, maker] : [maker, taker]
      return [cash(buyer.account, seller.account, takerCost), shares(seller.account, buyer.account, taker.token)]
    }
    case "MINT":
      return [
        cash(taker.account, COLLATERAL, takerCost),
        cash(maker.account, COLLATERAL, makerCost),
        cash(EXCHANGE, COLLATERAL, rest),
        shares(COLLATERAL, taker.account, taker.token),
        shares(COLLATERAL, maker.account, maker.token)
      ]
    case "MERGE":
      return [
        shares(taker.account, COLLATERAL, taker.token),
        shares(maker.account, COLLATERAL, maker.token),
        cash(COLLATERAL, taker.account, takerCost),
        cash(COLLATERAL, maker.account, makerCost),
        cash(COLLATERAL, EXCHANGE, rest)
      ]
  }
}

/** The taker's fee over several fills, micro-USDC: each maker's price has its own. */
export const feeOf = (
  schedule: FeeSchedule | null,
  fills: ReadonlyArray<Pick<BookFill, "price" | "qty">>
): MicroUnits =>
  schedule === null ? 0 : fills.reduce((sum, one) => sum + venueFee(schedule, price(one.price), shares(one.qty)), 0)

/** Average price of fills, to the nearest micro-unit. */
const averagePrice = (fills: ReadonlyArray<{ readonly price: MicroUnits; readonly qty: MicroUnits }>): MicroUnits => {
  const first = fills[0]?.price ?? 0
  if (fills.every(({ price }) => price === first)) return first
  const qty = fills.reduce((sum, one) => sum + one.qty, 0)
  return Math.round(fills.reduce((sum, one) => sum + (one.price * one.qty) / qty, 0))
}

const fillMaker = (state: TradingState, one: AccountOrder, id: string, qty: MicroUnits): void => {
  one.filledQty += qty
  one.tradeIds.push(id)
  if (one.filledQty >= one.qty) dropOrder(state, one, "matched")
}

/** What a taker's fills come to. */
interface Deal {
  readonly makers: Array<VenueMakerFill>
  readonly transfers: Array<Transfer>
  /** At the price of the taker's own token. */
  readonly taken: Array<{ readonly price: MicroUnits; readonly qty: MicroUnits }>
}

const makerRow = (
  market: MarketBook,
  { maker, orderId, owner, side, token }: Party,
  yesPrice: MicroUnits,
  qty: MicroUnits
) => ({
  orderId,
  owner,
  maker,
  tokenId: tokenIdOf(market, token),
  outcome: outcomeOf(market, token),
  side,
  price: priceFor(token, yesPrice),
  qty
})

/** Shrinks the makers' orders. Fills in which none of our accounts takes part leave no trace. */
const dealOf = (
  state: TradingState,
  market: MarketBook,
  taker: Party,
  id: string,
  fills: ReadonlyArray<BookFill>
): Deal => {
  const deal: Deal = { makers: [], transfers: [], taken: [] }
  for (const { maker: resting, price, qty } of fills) {
    const one = state.orders.get(resting.id)
    if (one === undefined && taker.account === OUTSIDE) continue
    const maker = one === undefined ? outsideParty(state, resting.side) : accountParty(one)
    deal.transfers.push(...handOver(market, taker, maker, price, qty))
    deal.makers.push(makerRow(market, maker, price, qty))
    deal.taken.push({ price: priceFor(taker.token, price), qty })
    if (one !== undefined) fillMaker(state, one, id, qty)
  }
  return deal
}

/**
 * One trade for all that one order took at once: money and shares change hands. null: none of our accounts took part.
 */
export const settle = (
  state: TradingState,
  market: MarketBook,
  schedule: FeeSchedule | null,
  taker: Party,
  fills: ReadonlyArray<BookFill>
): EngineTrade | null => {
  const id = tradeId(state)
  const { makers, taken, transfers } = dealOf(state, market, taker, id, fills)
  if (makers.length === 0) return null
  const fee = feeOf(schedule, taken)
  if (fee > 0) transfers.push({ from: taker.account, to: EXCHANGE, asset: CASH, amount: fee })
  applyTransfers(state.ledger, transfers)
  const record: VenueTradeRecord = {
    id,
    conditionId: market.conditionId,
    takerOrderId: taker.orderId,
    takerOwner: taker.owner,
    takerMaker: taker.maker,
    tokenId: tokenIdOf(market, taker.token),
    outcome: outcomeOf(market, taker.token),
    side: taker.side,
    price: averagePrice(taken),
    qty: taken.reduce((sum, { qty }) => sum + qty, 0),
    fee,
    status: "MATCHED",
    matchedAtUs: state.nowUs,
    updatedAtUs: state.nowUs,
    bucketIndex: 0,
    transactionHash: transactionHash(state),
    makers
  }
  const trade: EngineTrade = {
    record,
    course: state.course,
    transfers,
    retriedHash: transactionHash(state),
    failedAtUs: null
  }
  state.trades.push(trade)
  state.open.push(trade)
  return trade
}
