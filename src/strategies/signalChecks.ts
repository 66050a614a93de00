import { type MarketId, type Side, type StrategyId, type Token } from "../domain/ids.ts"
import { type VisibleMarket } from "../domain/MarketView.ts"
import { StrategyError } from "../domain/StrategyError.ts"
import { MICRO, toMicros } from "../domain/units.ts"

/** What a strategy of the user's own gave where an object belongs; nothing in it is known to be right. */
export type Given = Readonly<Partial<Record<string, unknown>>>

/** A value in a message: short, and on one line. */
export const shown = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object"
  return typeof value === "function" || typeof value === "symbol" ? `a ${typeof value}` : String(value)
}

/** What the checks of one order need to know. */
export interface OrderPlace {
  readonly strategy: StrategyId
  /** Such as `signals[0]`. */
  readonly at: string
  readonly markets: { readonly has: (id: MarketId) => boolean }
  /** Which markets these are, in a message. */
  readonly among: string
}

/** What the checks of one signal need to know. */
export interface Place extends OrderPlace {
  /** Two sources may use one id. */
  readonly markets: ReadonlyMap<MarketId, ReadonlyArray<VisibleMarket>>
}

export const refuse = (place: OrderPlace, field: string, problem: string): never => {
  throw new StrategyError({ module: null, strategy: place.strategy, field: `${place.at}${field}`, problem })
}

export const priceIn = (place: OrderPlace, field: string, value: unknown): number => {
  if (typeof value === "number" && toMicros(value) > 0 && toMicros(value) < MICRO) return value
  return refuse(place, field, `must be a price above 0 and below 1, not ${shown(value)}`)
}

export const sizeIn = (place: OrderPlace, field: string, value: unknown): number => {
  if (typeof value === "number" && toMicros(value) > 0 && value <= 1e9) return value
  return refuse(place, field, `must be a number of shares above 0 and at most 1e9, not ${shown(value)}`)
}

export const marketIn = (place: OrderPlace, field: string, value: unknown): MarketId =>
  typeof value === "string" && place.markets.has(value)
    ? value
    : refuse(place, field, `must be the id of a market ${place.among}, not ${shown(value)}`)

export const tokenIn = (place: OrderPlace, field: string, value: unknown): Token =>
  value === "YES" || value === "NO" ? value : refuse(place, field, `must be "YES" or "NO", not ${shown(value)}`)

export const sideIn = (place: OrderPlace, field: string, value: unknown): Side =>
  value === "buy" || value === "sell" ? value : refuse(place, field, `must be "buy" or "sell", not ${shown(value)}`)
