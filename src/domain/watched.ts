import { type MarketId, type SourceId } from "./ids.ts"
import { type EpochMicros, formatTime } from "./time.ts"

/** Why a market is asked for by its id: something is held in it, an order rests there, or a new signal names it. */
export type WatchReason = "held" | "resting" | "signalled"

/** A market that must be read whatever the limit of a listing leaves out. */
export interface WatchedMarket {
  /** The source that lists it under this id; null: it was never stored, so that no source is known to. */
  readonly source: SourceId | null
  readonly marketId: MarketId
  /** The market id where the question is not known. */
  readonly question: string
  /** The weightiest of them: held, then resting, then signalled. */
  readonly reason: WatchReason
  /** When a source showed it last; null: never. */
  readonly lastSeenUs: EpochMicros | null
}

/** Whether money is in it: such a market is named when it cannot be read. */
export const isAtStake = ({ reason }: WatchedMarket): boolean => reason !== "signalled"

const stakes = { held: "something is held", resting: "an order rests", signalled: "a signal names it" } as const

/** One that its source did not show, in one line. */
export const unreadText = ({ lastSeenUs, marketId, question, reason }: WatchedMarket): string => {
  const seen = lastSeenUs === null ? "never seen" : `last seen ${formatTime(lastSeenUs)}`
  return `not read: market ${marketId}${question === marketId ? "" : ` "${question}"`} (${stakes[reason]}), ${seen}`
}

/** So many are named where people read; the rest is counted. JSON has all. */
const MOST_NAMED = 20

/** A line for each that its source did not show, and one for those that are too many to name. */
export const unreadLines = (unread: ReadonlyArray<WatchedMarket>): ReadonlyArray<string> => {
  const lines = unread.slice(0, MOST_NAMED).map(unreadText)
  return unread.length > MOST_NAMED ? [...lines, `not read: ${unread.length - MOST_NAMED} more markets`] : lines
}

/** For `--json`. */
export const unreadJson = ({ lastSeenUs, marketId, question, reason, source }: WatchedMarket) => ({
  source,
  market_id: marketId,
  question,
  reason,
  last_seen: lastSeenUs === null ? null : formatTime(lastSeenUs)
})
