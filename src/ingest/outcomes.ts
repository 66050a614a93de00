import { type TokenId } from "../domain/ids.ts"
import { isJsonObject, type Json, type JsonObject } from "../domain/json.ts"
import { decodedCollection, numberOf, textOf, unreadable } from "./fields.ts"

/** One outcome of a market as the source shows it. `price` is null when absent, NaN when it is no number. */
export interface Outcome {
  readonly label: string | null
  readonly price: number | null
  /** Decimal text of 77 or 78 digits; null until the market is deployed. */
  readonly tokenId: TokenId | null
  readonly winner: boolean
}

export interface OutcomePair {
  readonly yes: Outcome
  readonly no: Outcome
  /** The source lists NO first: what it says about "the first outcome" is about NO. */
  readonly swapped: boolean
}

const nothing: Outcome = { label: null, price: null, tokenId: null, winner: false }

/** Never from a JSON number: a double cannot hold a token id. */
const tokenIdOf = (value: Json | undefined): string | null =>
  typeof value === "string" && /^\d+$/.test(value) ? value : null

const named = (map: JsonObject, name: string): Json | undefined => {
  for (const key of Object.keys(map)) if (key.trim().toLowerCase() === name.toLowerCase()) return map[key]
  return undefined
}

/** The shape of CLOB markets: everything about an outcome in one object. */
const fromTokens = (tokens: ReadonlyArray<Json>): ReadonlyArray<Outcome> =>
  tokens.map((token) =>
    isJsonObject(token)
      ? {
          label: textOf(token["outcome"]) ?? null,
          price: numberOf(token["price"]),
          tokenId: tokenIdOf(token["token_id"] ?? token["tokenId"]),
          winner: token["winner"] === true
        }
      : nothing
  )

/** The shape of Gamma markets: parallel lists, or maps by outcome name. */
const fromLists = (row: JsonObject): ReadonlyArray<Outcome> | string => {
  const outcomes = decodedCollection(row["outcomes"])
  const prices = decodedCollection(row["outcomePrices"] ?? row["outcome_prices"])
  const tokens = decodedCollection(row["clobTokenIds"] ?? row["clob_token_ids"])
  if (outcomes === unreadable) return "outcomes is not readable"
  if (prices === unreadable) return "outcomePrices is not readable"
  const source = outcomes ?? prices
  if (source === undefined) return []
  const names = isList(source) ? (isList(outcomes) ? outcomes : []) : Object.keys(source)
  const count = isList(source) ? source.length : names.length
  // A map of outcomes without a list of prices has the prices in it.
  const priced = prices ?? (isList(outcomes) ? undefined : outcomes)
  if (isList(priced) && priced.length !== count) return "outcomePrices does not pair with outcomes"
  const ids = isList(tokens) && tokens.length === count ? tokens : []
  const found: Array<Outcome> = []
  for (let i = 0; i < count; i++) {
    const label = textOf(names[i]) ?? null
    const price =
      priced === undefined ? undefined : isList(priced) ? priced[i] : named(priced, label ?? (i === 0 ? "yes" : "no"))
    found.push({ label, price: numberOf(price), tokenId: tokenIdOf(ids[i]), winner: false })
  }
  return found
}

const isList = (value: unknown): value is ReadonlyArray<Json> => Array.isArray(value)

const isNamed = (outcome: Outcome, name: string) => outcome.label?.toLowerCase() === name

/** YES and NO of a market, by name where they are named so, else by order; a few words when it has no such pair. */
export const readOutcomes = (row: JsonObject): OutcomePair | string => {
  const tokens = row["tokens"]
  const outcomes = isList(tokens) && tokens.length > 0 ? fromTokens(tokens) : fromLists(row)
  if (typeof outcomes === "string") return outcomes
  if (outcomes.length === 0) return { yes: nothing, no: nothing, swapped: false }
  const [first, second] = outcomes
  if (first === undefined || second === undefined || outcomes.length > 2)
    return `not binary (${outcomes.length} outcomes)`
  const swapped = !isNamed(first, "yes") && (isNamed(second, "yes") || isNamed(first, "no"))
  return swapped ? { yes: second, no: first, swapped } : { yes: first, no: second, swapped }
}
