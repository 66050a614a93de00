import { type JsonObject } from "../domain/json.ts"
import { type Payout } from "../domain/Market.ts"
import { type EpochMicros } from "../domain/time.ts"
import { firstFlag, firstTime, textOf } from "./fields.ts"
import { type OutcomePair } from "./outcomes.ts"

const finalStatuses = ["resolved", "settled"]
const isPaid = (price: number | null): price is number => price === 0 || price === 0.5 || price === 1

/**
 * What the venue said a market pays, or null while it has not said so. Gamma: closed, a final UMA status (or resolved
 * by the exchange's own oracle, which has none), and prices that are payouts; 0.99 is a price, not a resolution.
 * CLOB: closed with a winner, or marked as a 50/50 outcome. The vector is kept as reported, [1, 1] included.
 */
export const readPayout = (row: JsonObject, pair: OutcomePair): Payout | null => {
  if (firstFlag(row, ["closed"]) !== true) return null
  if (pair.yes.winner || pair.no.winner) return { yes: pair.yes.winner ? 1 : 0, no: pair.no.winner ? 1 : 0 }
  if (row["is_50_50_outcome"] === true) return { yes: 0.5, no: 0.5 }
  const status = textOf(row["umaResolutionStatus"])
  const final = status === undefined ? row["automaticallyResolved"] === true : finalStatuses.includes(status)
  const yes = pair.yes.price
  const no = pair.no.price
  if (!final || !isPaid(yes) || !isPaid(no)) return null
  return yes === no || yes + no === 1 ? { yes, no } : null
}

/** When it was resolved as far as the source tells, and never after it was seen to be. */
export const readResolvedAt = (row: JsonObject, seenAtUs: EpochMicros): EpochMicros =>
  Math.min(firstTime(row, ["closedTime", "umaEndDate"]) ?? seenAtUs, seenAtUs)
