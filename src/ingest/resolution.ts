import { type JsonObject } from "../domain/json.ts"
import { type Payout, type Resolution, type ResolutionState } from "../domain/Market.ts"
import { type EpochMicros } from "../domain/time.ts"
import { decodedCollection, firstFlag, firstTime, textOf } from "./fields.ts"
import { type OutcomePair } from "./outcomes.ts"

/** The oracle's words; what is not here (`requested`, `initialized`, ...) says nothing about an outcome. */
const states: ReadonlyMap<string, ResolutionState> = new Map([
  ["proposed", "proposed"],
  ["reproposed", "proposed"],
  ["challenged", "disputed"],
  ["disputed", "disputed"],
  ["arbitration", "disputed"],
  ["resolved", "final"],
  ["settled", "final"]
])

/** The oracle's present word: the status, else the last one of its history. */
const oracleWord = (row: JsonObject): string | undefined => {
  const status = textOf(row["umaResolutionStatus"])
  if (status !== undefined) return status.toLowerCase()
  const history = decodedCollection(row["umaResolutionStatuses"])
  return Array.isArray(history) ? textOf(history.at(-1))?.toLowerCase() : undefined
}

const isClosed = (row: JsonObject): boolean => firstFlag(row, ["closed"]) === true
const isPaid = (price: number | null): price is number => price === 0 || price === 0.5 || price === 1

/**
 * The payout vector that the venue reported, or null while it has not. Gamma: closed, a final oracle status (or resolved
 * by the exchange's own oracle, which has none), and prices that are a vector: 0.99 is a price, and (0,0) names no
 * winner. CLOB: closed with a winner, or marked as a 50/50 outcome. Kept as reported, [1, 1] included.
 *
 * Prices of 0 and 1 under another status are no resolution, however old: of the markets of early 2024 that Gamma shows
 * closed at 0 and 1, 447 are still `proposed` and two are `disputed`, and nothing in a row says which of them stood.
 */
export const readPayout = (row: JsonObject, pair: OutcomePair): Payout | null => {
  if (!isClosed(row)) return null
  if (pair.yes.winner || pair.no.winner) return { yes: pair.yes.winner ? 1 : 0, no: pair.no.winner ? 1 : 0 }
  if (row["is_50_50_outcome"] === true) return { yes: 0.5, no: 0.5 }
  const word = oracleWord(row)
  const final = word === undefined ? row["automaticallyResolved"] === true : states.get(word) === "final"
  const yes = pair.yes.price
  const no = pair.no.price
  if (!final || !isPaid(yes) || !isPaid(no)) return null
  return yes + no === 1 || (yes === 1 && no === 1) ? { yes, no } : null
}

/**
 * How far the resolution is. A status that is final on a market that still trades is a proposal: the exchange has not
 * taken it over. A final one whose prices are no payout is final, and pays nothing until the venue says what.
 */
export const readResolution = (row: JsonObject, payout: Payout | null, seenAtUs: EpochMicros): Resolution | null => {
  const word = oracleWord(row)
  const said = word === undefined ? undefined : states.get(word)
  const state = payout !== null ? "final" : said === "final" && !isClosed(row) ? "proposed" : said
  if (state === undefined) return null
  return {
    state,
    proposedAtUs: state === "proposed" ? seenAtUs : null,
    disputedAtUs: state === "disputed" ? seenAtUs : null,
    finalAtUs: state === "final" ? seenAtUs : null,
    contradiction: null
  }
}

/** When it was resolved as far as the source says, and never after it was seen to be. */
export const readResolvedAt = (row: JsonObject, seenAtUs: EpochMicros): EpochMicros =>
  Math.min(firstTime(row, ["closedTime", "umaEndDate"]) ?? seenAtUs, seenAtUs)
