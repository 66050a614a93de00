import { type BookTaker, onYes } from "../core/priceTimeBook.ts"
import { ceilMulDiv, floorMulDiv } from "../core/mulDiv.ts"
import { type Token } from "../domain/ids.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { fromMicros, MICRO, type MicroUnits, toMicros } from "../domain/units.ts"
import { type ClobMarketRow } from "./Backend.ts"
import { type PlaceOutcome, type TradingMode, type VenueOrder } from "./TradingEngine.ts"

export type Refusal = Extract<PlaceOutcome, { readonly _tag: "refused" }>

export const refuse = (error: string, status = 400): Refusal => ({ _tag: "refused", status, error })

/** A GTD order leaves the book this long before the time it names. */
export const GTD_MARGIN_US = 60 * MICROS_PER_SECOND
/** A buy that takes must be worth a pUSD. */
const MIN_MARKETABLE: MicroUnits = MICRO
/** Amounts of immediate orders: two decimals of what they give, four of what they take. */
const GIVE_STEP = 10_000
const TAKE_STEP = 100

export const noBalance = "not enough balance / allowance"
export const noBook = "No orderbook exists for the requested token id"
export const notReady = "the market is not yet ready to process new orders"
export const crossesBook = "invalid post-only order: order crosses book"
export const notFilled = "order couldn't be fully filled. FOK orders are fully filled or killed."
export const noMatch =
  "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
export const duplicated = (id: string): string => `order ${id} is invalid. Duplicated.`

export const isImmediate = ({ orderType }: VenueOrder): boolean => orderType === "FOK" || orderType === "FAK"

/** Shares of an order as signed. */
export const sharesOf = ({ side, makerAmount, takerAmount }: VenueOrder): MicroUnits =>
  side === "buy" ? takerAmount : makerAmount

/**
 * The signed price of its own token: what it gives over what it takes for a buyer, the other way round for a seller.
 * Where the amounts give no whole micro-unit: the next one that is not worse for whoever signed.
 */
export const priceOf = ({ side, makerAmount, takerAmount }: VenueOrder): MicroUnits =>
  side === "buy" ? floorMulDiv(makerAmount, MICRO, takerAmount) : ceilMulDiv(takerAmount, MICRO, makerAmount)

/** What an order asks of the book of YES at once. An immediate buy spends money, all others trade shares. */
export const takerOf = (order: VenueOrder, token: Token, price: MicroUnits): BookTaker => {
  const at = onYes(token, order.side, price)
  const limit = { side: at.side, limitPrice: at.price }
  return order.side === "buy" && isImmediate(order)
    ? { ...limit, spend: order.makerAmount }
    : { ...limit, qty: sharesOf(order) }
}

/** Why a mode takes no such order now; null when it does. */
export const modeRefusal = (mode: TradingMode, postOnly: boolean, retryAfterSec: number): Refusal | null => {
  switch (mode) {
    case "normal":
      return null
    case "restarting":
      return { ...refuse("Too Early: the matching engine is restarting", 425), retryAfterSec }
    case "post_only":
      if (postOnly) return null
      return {
        ...refuse("post-only mode: only post-only orders and cancels are allowed", 503),
        code: "post_only_mode",
        retryAfterSec
      }
    case "cancel_only":
      return refuse("Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.", 503)
    case "disabled":
      return refuse("Trading is currently disabled. Check polymarket.com for updates", 503)
  }
}

/** Whether `makerAmount` and `takerAmount` are what rounding to the steps of an immediate order makes of a grid price. */
const isRoundedGrid = ({ side, makerAmount, takerAmount }: VenueOrder, grid: MicroUnits): boolean =>
  Math.abs(
    takerAmount - (side === "buy" ? floorMulDiv(makerAmount, MICRO, grid) : floorMulDiv(makerAmount, grid, MICRO))
  ) < TAKE_STEP

const onGrid = (order: VenueOrder, tick: MicroUnits): boolean => {
  const { side, makerAmount, takerAmount } = order
  const [money, shares] = side === "buy" ? [makerAmount, takerAmount] : [takerAmount, makerAmount]
  const price = priceOf(order)
  const inside = (grid: MicroUnits) => grid >= tick && grid <= MICRO - tick
  const exact = BigInt(price) * BigInt(shares) === BigInt(money) * BigInt(MICRO)
  if (exact && price % tick === 0) return inside(price)
  const grid = Math.round(price / tick) * tick
  return isImmediate(order) && inside(grid) && isRoundedGrid(order, grid)
}

/** Up to six decimals, without an exponent. */
const shown = (micros: number): string =>
  fromMicros(micros)
    .toFixed(6)
    .replace(/\.?0+$/, "")

const amountsRefusal = (order: VenueOrder): Refusal | null => {
  const { makerAmount, takerAmount, side } = order
  if (!(makerAmount > 0 && takerAmount > 0)) {
    return refuse("invalid amounts, maker and taker amount must be higher than 0")
  }
  if (!isImmediate(order) || (makerAmount % GIVE_STEP === 0 && takerAmount % TAKE_STEP === 0)) return null
  const what = side === "buy" ? "market buy" : "sell"
  return refuse(
    `invalid amounts, the ${what} orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals`
  )
}

const expirationRefusal = ({ orderType, expirationSec }: VenueOrder, nowUs: EpochMicros): Refusal | null => {
  const valid = orderType === "GTD" ? expirationSec * MICROS_PER_SECOND - GTD_MARGIN_US > nowUs : expirationSec === 0
  return valid ? null : refuse("invalid expiration")
}

/** Why the exchange refuses an order before it looks at the book or at money; null when it does not. */
export const orderRefusal = (order: VenueOrder, row: ClobMarketRow, nowUs: EpochMicros): Refusal | null => {
  if (order.negRisk !== row.negRisk) return refuse("invalid signature")
  if (order.postOnly && isImmediate(order)) {
    return refuse("invalid post-only order: only GTC and GTD order types are allowed")
  }
  const refusal = amountsRefusal(order) ?? expirationRefusal(order, nowUs)
  if (refusal !== null) return refusal
  const tick = toMicros(row.tick)
  if (!onGrid(order, tick)) {
    return refuse(
      `order ${order.id} is invalid. Price (${shown(priceOf(order))}) breaks minimum tick size rule: ${shown(tick)}`
    )
  }
  const least = toMicros(row.minOrderSize)
  if (!isImmediate(order) && sharesOf(order) < least) {
    return refuse(
      `order ${order.id} is invalid. Size (${shown(sharesOf(order))}) lower than the minimum: ${shown(least)}`
    )
  }
  return null
}

/** Why an order may not take what it crosses; null when it may. */
export const marketableRefusal = (order: VenueOrder): Refusal | null => {
  if (order.postOnly) return refuse(crossesBook)
  if (order.side === "sell" || order.makerAmount >= MIN_MARKETABLE) return null
  return refuse(`invalid amount for a marketable BUY order ($${shown(order.makerAmount)}), min size: $1`)
}
