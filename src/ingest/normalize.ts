import { type SourceId } from "../domain/ids.ts"
import { isJsonObject, type JsonObject } from "../domain/json.ts"
import { type Market } from "../domain/Market.ts"
import { type EpochMicros } from "../domain/time.ts"
import { decoded, firstFlag, firstNumber, firstText, firstTime } from "./fields.ts"
import { readFee } from "./fees.ts"
import { type OutcomePair, readOutcomes } from "./outcomes.ts"
import { readPayout, readResolution, readResolvedAt } from "./resolution.ts"

export interface NormalizedRow {
  readonly _tag: "market"
  readonly market: Market
  /** Why fields are missing in it that the source sent, one entry for each; no values. */
  readonly dropped: ReadonlyArray<string>
}

/** A row that is not stored. `reason` holds no values, so that reasons can be counted. */
export interface Refusal {
  readonly _tag: "refused"
  readonly reason: string
  readonly marketId: string | null
}

const CANONICAL_QUESTION_LENGTH = 60
const eventIdNames = ["id", "event_id", "eventId", "slug", "ticker"]
const changeNames = ["updatedAt", "updated_at", "lastUpdated", "last_updated"]
const plannedEndNames = ["endDate", "end_date"]
const createdNames = ["createdAt", "created_at"]

const refused = (reason: string, marketId: string | null): Refusal => ({ _tag: "refused", reason, marketId })

const readEventId = (row: JsonObject): string => {
  const direct = firstText(row, ["event_id", "eventId"])
  if (direct !== undefined) return direct
  const event = decoded(row["event"])
  const inEvent = isJsonObject(event) ? firstText(event, eventIdNames) : undefined
  if (inEvent !== undefined) return inEvent
  const events = decoded(row["events"])
  const first: unknown = Array.isArray(events) ? events[0] : undefined
  return (isJsonObject(first) ? firstText(first, eventIdNames) : undefined) ?? "unknown"
}

const readCanonicalId = (row: JsonObject, eventId: string, question: string): string =>
  firstText(row, ["canonical_id", "groupItemTitle", "slug", "market_slug"]) ??
  `${eventId}:${Array.from(question).slice(0, CANONICAL_QUESTION_LENGTH).join("")}`

/**
 * When the source last changed the row. A row that is dated by its planned end only has no such time: it can neither
 * move a checkpoint nor be known to be old.
 */
const readSourceUpdated = (row: JsonObject): EpochMicros | null =>
  firstTime(row, changeNames) ?? (firstTime(row, plannedEndNames) === null ? firstTime(row, createdNames) : null)

const readConditionId = (row: JsonObject): string | null => {
  const id = firstText(row, ["conditionId", "condition_id"])?.toLowerCase()
  return id !== undefined && /^0x[0-9a-f]{64}$/.test(id) ? id : null
}

/** Trading is possible only when everything that can forbid it does not; closed markets often still say "accepting". */
const readAcceptingOrders = (row: JsonObject, open: boolean): boolean | null =>
  !open || row["archived"] === true || firstFlag(row, ["enableOrderBook", "enable_order_book"]) === false
    ? false
    : (firstFlag(row, ["acceptingOrders", "accepting_orders"]) ?? null)

const readPositive = (row: JsonObject, names: ReadonlyArray<string>): number | null => {
  const value = firstNumber(row, names)
  return value !== null && Number.isFinite(value) && value > 0 ? value : null
}

const readMinOrderSize = (row: JsonObject): number | null => {
  const value = firstNumber(row, ["orderMinSize", "minimum_order_size"])
  return value !== null && Number.isFinite(value) && value >= 0 ? value : null
}

interface Prices {
  readonly yesPrice: number | null
  readonly noPrice: number | null
  readonly bestBid: number | null
  readonly bestAsk: number | null
}

/** 1 - x without the dust of binary fractions. */
const mirrored = (price: number | null): number | null => (price === null ? null : Math.round((1 - price) * 1e9) / 1e9)

const readPrices = (row: JsonObject, pair: OutcomePair): Prices => {
  const bid = firstNumber(row, ["bestBid", "best_bid"])
  const ask = firstNumber(row, ["bestAsk", "best_ask"])
  return {
    yesPrice: firstNumber(row, ["yes_price"]) ?? pair.yes.price,
    noPrice: firstNumber(row, ["no_price"]) ?? pair.no.price,
    // The quote is of the first outcome; bids for NO are offers of YES.
    bestBid: pair.swapped ? mirrored(ask) : bid,
    bestAsk: pair.swapped ? mirrored(bid) : ask
  }
}

const priceNames = { yesPrice: "yes price", noPrice: "no price", bestBid: "best bid", bestAsk: "best ask" } as const

const priceProblem = (key: keyof Prices, price: number | null): string | undefined =>
  price === null
    ? undefined
    : !Number.isFinite(price)
      ? `${priceNames[key]} is not a number`
      : price < 0 || price > 1
        ? `${priceNames[key]} outside [0, 1]`
        : undefined

/** Prices without those that are none, each of which is named in `dropped`. */
const soundPrices = (prices: Prices, dropped: Array<string>): Prices => {
  const sound = (key: keyof Prices): number | null => {
    const problem = priceProblem(key, prices[key])
    if (problem === undefined) return prices[key]
    dropped.push(problem)
    return null
  }
  return {
    yesPrice: sound("yesPrice"),
    noPrice: sound("noPrice"),
    bestBid: sound("bestBid"),
    bestAsk: sound("bestAsk")
  }
}

/** An amount; 0 where there is none, or none that can be. */
const readAmount = (row: JsonObject, name: "liquidity" | "volume", dropped: Array<string>): number => {
  const amount = firstNumber(row, [name, `${name}Num`]) ?? 0
  if (Number.isFinite(amount) && amount >= 0) return amount
  dropped.push(Number.isFinite(amount) ? `${name} below 0` : `${name} is not a number`)
  return 0
}

const endDateNames = ["endDate", "end_date", "end_date_iso", "endDateIso"]

const readEndDate = (row: JsonObject, dropped: Array<string>): EpochMicros | null => {
  const time = firstTime(row, endDateNames)
  if (time === null && firstText(row, endDateNames) !== undefined) dropped.push("end date is not a date")
  return time
}

const midOf = ({ bestBid, bestAsk, yesPrice }: Prices): number | null =>
  bestBid !== null && bestAsk !== null && bestBid > 0 && bestAsk > 0 ? (bestBid + bestAsk) / 2 : yesPrice

/**
 * One market object of any endpoint as this project keeps it, or why it is not kept. Never throws. A price, an amount or a
 * date that cannot be costs that field only: a quote of 1.001 must not hide that the market is resolved.
 */
export const normalizeMarket = (source: SourceId, raw: unknown, seenAtUs: EpochMicros): NormalizedRow | Refusal => {
  if (!isJsonObject(raw)) return refused("not an object", null)
  const marketId = firstText(raw, ["market_id", "id", "conditionId", "condition_id"])
  if (marketId === undefined) return refused("no market id", null)
  const pair = readOutcomes(raw)
  if (typeof pair === "string") return refused(pair, marketId)
  const dropped: Array<string> = []
  const prices = soundPrices(readPrices(raw, pair), dropped)

  const question = firstText(raw, ["question", "title", "name"]) ?? marketId
  const eventId = readEventId(raw)
  const open = firstFlag(raw, ["closed"]) !== true && firstFlag(raw, ["active"]) !== false
  const payout = readPayout(raw, pair)
  const market: Market = {
    source,
    marketId,
    canonicalId: readCanonicalId(raw, eventId, question),
    eventId,
    question,
    status: open ? "open" : "closed",
    negRisk: firstFlag(raw, ["negRisk", "neg_risk"]) ?? false,
    yesPrice: prices.yesPrice,
    noPrice: prices.noPrice,
    bestBid: prices.bestBid,
    bestAsk: prices.bestAsk,
    midPrice: midOf(prices),
    liquidity: readAmount(raw, "liquidity", dropped),
    volume: readAmount(raw, "volume", dropped),
    updatedAtUs: seenAtUs,
    conditionId: readConditionId(raw),
    yesTokenId: pair.yes.tokenId,
    noTokenId: pair.no.tokenId,
    yesLabel: pair.yes.label,
    noLabel: pair.no.label,
    tickSize: readPositive(raw, ["orderPriceMinTickSize", "minimum_tick_size"]),
    minOrderSize: readMinOrderSize(raw),
    fee: readFee(raw),
    acceptingOrders: readAcceptingOrders(raw, open),
    slug: firstText(raw, ["slug", "market_slug"]) ?? null,
    endDateUs: readEndDate(raw, dropped),
    resolution: readResolution(raw, payout, seenAtUs),
    payout,
    resolvedAtUs: payout === null ? null : readResolvedAt(raw, seenAtUs),
    sourceUpdatedUs: readSourceUpdated(raw)
  }
  return { _tag: "market", market, dropped }
}
