import { venueFee } from "../core/fees.ts"
import { type BookFill, costOf, matchKind } from "../core/priceTimeBook.ts"
import { type Side, type Token } from "../domain/ids.ts"
import { type FeeSchedule } from "../domain/Market.ts"
import { type Micros, MICRO } from "../domain/units.ts"
import { applyTransfers, CASH, COLLATERAL, EXCHANGE, OUTSIDE, type Transfer } from "./tradingLedger.ts"
import { type VenueMakerFill } from "./TradingEngine.ts"
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

/** Who trades: one of our accounts' orders, or somebody outside. */
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

/** Somebody outside on `side` of the book of YES: some of them trade the other token, as on the real exchange. */
export const outsideParty = (state: TradingState, yesSide: Side, given?: { token: Token; side: Side }): Party => {
  const { orderId, owner, maker, other } = outsider(state)
  const opposite = yesSide === "buy" ? "sell" : "buy"
  const own =
    given ?? (other ? { token: "NO" as const, side: opposite as Side } : { token: "YES" as const, side: yesSide })
  return { orderId, owner, maker, account: OUTSIDE, ...own }
}

const priceFor = (token: Token, yesPrice: Micros): Micros => (token === "YES" ? yesPrice : MICRO - yesPrice)

/** What two parties hand over. Fractions of a micro-USDC are rounded down for whoever pays or is paid. */
const handOver = (market: MarketBook, taker: Party, maker: Party, yesPrice: Micros, qty: Micros): Array<Transfer> => {
  const cash = (from: string, to: string, amount: Micros) => ({ from, to, asset: CASH, amount })
  const shares = (from: string, to: string, token: Token) => ({
    from,
    to,
    asset: tokenIdOf(market, token),
    amount: qty
  })
  const costs = [taker, maker].map(({ token }) => costOf(priceFor(token, yesPrice), qty))
  const [takerCost = 0, makerCost = 0] = costs
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
export const feeOf = (schedule: FeeSchedule | null, fills: ReadonlyArray<Pick<BookFill, "price" | "qty">>): Micros =>
  schedule === null ? 0 : fills.reduce((sum, { price, qty }) => sum + venueFee(schedule, price, qty), 0)

/** Average price of fills, to the nearest micro-unit. */
const averagePrice = (fills: ReadonlyArray<{ readonly price: Micros; readonly qty: Micros }>): Micros => {
  const first = fills[0]?.price ?? 0
  if (fills.every(({ price }) => price === first)) return first
  const qty = fills.reduce((sum, one) => sum + one.qty, 0)
  return Math.round(fills.reduce((sum, one) => sum + (one.price * one.qty) / qty, 0))
}

const fillMaker = (state: TradingState, one: AccountOrder, id: string, qty: Micros): void => {
  one.filledQty += qty
  one.tradeIds.push(id)
  if (one.filledQty >= one.qty) dropOrder(state, one, "matched")
}

/**
 * One trade for all that one order took at once: money and shares change hands, the makers' orders shrink. Fills in
 * which nobody of ours takes part leave no trace; null when there is no other.
 */
export const settle = (
  state: TradingState,
  market: MarketBook,
  fee: FeeSchedule | null,
  taker: Party,
  fills: ReadonlyArray<BookFill>
): EngineTrade | null => {
  const id = tradeId(state)
  const makers: Array<VenueMakerFill> = []
  const transfers: Array<Transfer> = []
  const counted: Array<{ readonly price: Micros; readonly qty: Micros }> = []
  for (const { maker: resting, price, qty } of fills) {
    const one = state.orders.get(resting.id)
    if (one === undefined && taker.account === OUTSIDE) continue
    const maker = one === undefined ? outsideParty(state, resting.side) : accountParty(one)
    transfers.push(...handOver(market, taker, maker, price, qty))
    makers.push({
      orderId: maker.orderId,
      owner: maker.owner,
      maker: maker.maker,
      tokenId: tokenIdOf(market, maker.token),
      outcome: outcomeOf(market, maker.token),
      side: maker.side,
      price: priceFor(maker.token, price),
      qty
    })
    counted.push({ price: priceFor(taker.token, price), qty })
    if (one !== undefined) fillMaker(state, one, id, qty)
  }
  if (makers.length === 0) return null
  const paid = feeOf(fee, counted)
  if (paid > 0) transfers.push({ from: taker.account, to: EXCHANGE, asset: CASH, amount: paid })
  applyTransfers(state.ledger, transfers)
  const trade: EngineTrade = {
    record: {
      id,
      conditionId: market.conditionId,
      takerOrderId: taker.orderId,
      takerOwner: taker.owner,
      takerMaker: taker.maker,
      tokenId: tokenIdOf(market, taker.token),
      outcome: outcomeOf(market, taker.token),
      side: taker.side,
      price: averagePrice(counted),
      qty: counted.reduce((sum, { qty }) => sum + qty, 0),
      fee: paid,
      status: "MATCHED",
      matchedAtUs: state.nowUs,
      updatedAtUs: state.nowUs,
      bucketIndex: 0,
      transactionHash: transactionHash(state),
      makers
    },
    fate: state.fate,
    transfers,
    retriedHash: transactionHash(state),
    failedAtUs: null
  }
  state.trades.push(trade)
  state.open.push(trade)
  return trade
}
