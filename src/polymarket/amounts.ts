import { type Side } from "../domain/ids.ts"
import { fromMicros, MICRO, type MicroUnits } from "../domain/units.ts"
import {
  defaultMinSize,
  immediateDecimals,
  minImmediateBuyNotional,
  type OrderType,
  type Rounding,
  roundings
} from "./rulebook.ts"

/** Why no order is signed. The exchange's own client signs most of these as something else, or as nothing. */
export const refusalReasons = [
  "unknown_tick",
  "price_out_of_range",
  "price_off_tick",
  "zero_amount",
  "size_decimals",
  "amount_decimals",
  "below_min_size",
  "below_min_notional",
  "amount_too_large"
] as const
export type RefusalReason = (typeof refusalReasons)[number]

export interface AmountsRefused {
  readonly reason: RefusalReason
  /** One line for a person, with the numbers. */
  readonly detail: string
}

/** What the order gives and what it takes, in whole base units of 1e-6: USDC and shares for a buy, the reverse for a sale. */
export interface OrderAmounts {
  readonly makerAmount: MicroUnits
  readonly takerAmount: MicroUnits
}

export type AmountsOutcome = { readonly amounts: OrderAmounts } | { readonly refused: AmountsRefused }

export interface PriceRules {
  readonly side: Side
  readonly orderType: OrderType
  readonly price: MicroUnits
  /** The market's tick size now: it changes while a market is open. */
  readonly tick: MicroUnits
}

export interface LimitOrderSize extends PriceRules {
  /** Shares. */
  readonly qty: MicroUnits
  /** The market's own minimum of a resting order; the usual one where it is not known. */
  readonly minSize?: MicroUnits
}

export interface MarketBuySize extends Pick<PriceRules, "price" | "tick"> {
  /** USDC to spend. */
  readonly spend: MicroUnits
}

const refuse = (reason: RefusalReason, detail: string): { readonly refused: AmountsRefused } => ({
  refused: { reason, detail }
})

/** One unit in the last of `decimals` decimals. */
const stepOf = (decimals: number): MicroUnits => 10 ** (6 - decimals)

const isImmediate = (orderType: OrderType): boolean => orderType === "FOK" || orderType === "FAK"

const isWhole = (value: MicroUnits): boolean => Number.isSafeInteger(value)

/** The rounding of a tick, unless the price cannot stand on its grid. */
const roundingOf = (rules: Pick<PriceRules, "price" | "tick">): Rounding | { readonly refused: AmountsRefused } => {
  const { price, tick } = rules
  const rounding = roundings.find((one) => one.tick === tick)
  if (rounding === undefined) {
    const known = roundings.map((one) => fromMicros(one.tick)).join(", ")
    return refuse("unknown_tick", `tick size ${fromMicros(tick)} is not one of ${known}`)
  }
  if (!(price >= tick && price <= MICRO - tick)) {
    return refuse(
      "price_out_of_range",
      `price ${fromMicros(price)} is outside ${fromMicros(tick)}..${fromMicros(MICRO - tick)}`
    )
  }
  if (price % tick !== 0) {
    const below = price - (price % tick)
    return refuse(
      "price_off_tick",
      `price ${fromMicros(price)} is not a multiple of the tick ${fromMicros(tick)}; ` +
        `nearest are ${fromMicros(below)} and ${fromMicros(below + tick)}`
    )
  }
  return rounding
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))
const lcm = (a: bigint, b: bigint): bigint => (a / gcd(a, b)) * b

/** What holds at every tick, and what the client's own table allows where that is less (0.1). */
const immediateTakerDecimals = (rounding: Rounding): number =>
  Math.min(immediateDecimals.taker, rounding.amountDecimals)

/** Steps of what an order gives or takes in shares and in USDC. */
const steps = (rules: PriceRules, rounding: Rounding) => {
  if (!isImmediate(rules.orderType)) {
    return { shares: stepOf(rounding.sizeDecimals), usdc: stepOf(rounding.amountDecimals) }
  }
  const maker = immediateDecimals.maker
  const taker = immediateTakerDecimals(rounding)
  return rules.side === "buy"
    ? { shares: stepOf(taker), usdc: stepOf(maker) }
    : { shares: stepOf(maker), usdc: stepOf(taker) }
}

/**
 * The smallest quantity that the exchange takes at this price without rounding; every quantity it takes is a multiple. For
 * GTC and GTD a hundredth of a share; for FOK and FAK it depends on the price, up to a hundred shares at the finest tick.
 */
export const lotSize = (rules: PriceRules): { readonly lot: MicroUnits } | { readonly refused: AmountsRefused } => {
  const rounding = roundingOf(rules)
  if ("refused" in rounding) return rounding
  const step = steps(rules, rounding)
  const price = BigInt(rules.price)
  const usdcStep = BigInt(step.usdc) * BigInt(MICRO)
  // qty * price / 1e6 must be a multiple of the USDC step.
  return { lot: Number(lcm(BigInt(step.shares), usdcStep / gcd(usdcStep, price))) }
}

/** The largest quantity not above `qty` that the exchange takes exactly; 0 when not even one lot fits. */
export const roundToLot = (qty: MicroUnits, lot: MicroUnits): MicroUnits => Math.floor(qty / lot) * lot

const minimumRefusal = (order: LimitOrderSize, usdc: MicroUnits) => {
  const minSize = order.minSize ?? defaultMinSize
  if (!isImmediate(order.orderType)) {
    return order.qty < minSize
      ? refuse("below_min_size", `${fromMicros(order.qty)} shares are below the minimum of ${fromMicros(minSize)}`)
      : undefined
  }
  return order.side === "buy" ? notionalRefusal(usdc) : undefined
}

const notionalRefusal = (usdc: MicroUnits) =>
  usdc < minImmediateBuyNotional
    ? refuse(
        "below_min_notional",
        `${fromMicros(usdc)} USDC are below the minimum of ${fromMicros(minImmediateBuyNotional)} for an immediate buy`
      )
    : undefined

const decimalsRefusal = (order: LimitOrderSize, rounding: Rounding) => {
  const step = steps(order, rounding)
  if (order.qty % step.shares !== 0) {
    const decimals = Math.round(6 - Math.log10(step.shares))
    return refuse(
      "size_decimals",
      `${fromMicros(order.qty)} shares have more than the ${decimals} decimals that a ${order.orderType} ${order.side} may have`
    )
  }
  if ((BigInt(order.qty) * BigInt(order.price)) % (BigInt(step.usdc) * BigInt(MICRO)) === 0n) return undefined
  const decimals = Math.round(6 - Math.log10(step.usdc))
  const sized = lotSize(order)
  const lot = "lot" in sized ? `; the quantity must be a multiple of ${fromMicros(sized.lot)}` : ""
  return refuse(
    "amount_decimals",
    `${fromMicros(order.qty)} shares at ${fromMicros(order.price)} come to more than the ${decimals} decimals of USDC ` +
      `that a ${order.orderType} ${order.side} may have${lot}`
  )
}

/**
 * The amounts of an order for a number of shares at a limit price: exact, so that the signed price is the limit itself, or
 * refused with the reason. Nothing is rounded here; `lotSize` and `roundToLot` say what would be taken.
 *
 * An immediate buy is an order to spend: where it trades below its limit the exchange may give more shares than `qty`,
 * never for more USDC.
 */
export const limitAmounts = (order: LimitOrderSize): AmountsOutcome => {
  const rounding = roundingOf(order)
  if ("refused" in rounding) return rounding
  if (!(order.qty > 0)) return refuse("zero_amount", `quantity ${fromMicros(order.qty)} is not above zero`)
  if (!isWhole(order.qty)) return refuse("size_decimals", `quantity ${fromMicros(order.qty)} is no whole micro-share`)
  const decimals = decimalsRefusal(order, rounding)
  if (decimals !== undefined) return decimals
  const usdc = Number((BigInt(order.qty) * BigInt(order.price)) / BigInt(MICRO))
  const minimum = minimumRefusal(order, usdc)
  if (minimum !== undefined) return minimum
  return {
    amounts:
      order.side === "buy"
        ? { makerAmount: usdc, takerAmount: order.qty }
        : { makerAmount: order.qty, takerAmount: usdc }
  }
}

/**
 * The amounts of an immediate order to spend USDC, at most at a price. Shares are cut to the decimals allowed,
 * which lifts the signed price by less than a tick for any amount from the minimum up: no price of the grid above the
 * limit is allowed by it.
 */
export const marketBuyAmounts = (order: MarketBuySize): AmountsOutcome => {
  const { spend, price } = order
  const rounding = roundingOf(order)
  if ("refused" in rounding) return rounding
  if (!(spend > 0)) return refuse("zero_amount", `amount ${fromMicros(spend)} USDC is not above zero`)
  if (!isWhole(spend) || spend % stepOf(immediateDecimals.maker) !== 0) {
    return refuse(
      "amount_decimals",
      `${fromMicros(spend)} USDC have more than the ${immediateDecimals.maker} decimals that may be spent at once`
    )
  }
  const minimum = notionalRefusal(spend)
  if (minimum !== undefined) return minimum
  const step = BigInt(stepOf(immediateTakerDecimals(rounding)))
  const shares = ((BigInt(spend) * BigInt(MICRO)) / BigInt(price) / step) * step
  if (shares > BigInt(Number.MAX_SAFE_INTEGER)) {
    return refuse(
      "amount_too_large",
      `${fromMicros(spend)} USDC at ${fromMicros(price)} are more shares than can be told`
    )
  }
  return { amounts: { makerAmount: spend, takerAmount: Number(shares) } }
}
