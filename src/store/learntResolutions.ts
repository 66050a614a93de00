import type Sqlite from "better-sqlite3"
import { sharePayout } from "../core/account/payout.ts"
import { type MarketId } from "../domain/ids.ts"
import { type MarketStatus } from "../domain/quote.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type ResolutionRow } from "../ports/HistoryReader.ts"

export interface MarketWindow {
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Learnt at or before the window's end, by (time, market id). A row of another program bears no time of learning. */
export const readLearntResolutions = (db: Sqlite.Database, { toUs }: MarketWindow): ReadonlyArray<ResolutionRow> =>
  db
    .prepare<[number], [string, number, number, number, number]>(
      `SELECT market_id, COALESCE(seen_us, resolved_us) AS learnt_us, payout_yes, payout_no, resolved_us FROM market_resolutions
       WHERE learnt_us <= ?`
    )
    .raw()
    .all(toUs)
    .map(([marketId, atUs, yes, no, endedUs]) => ({ marketId, atUs, endedUs, payout: sharePayout({ yes, no }) }))
    .sort((a, b) => a.atUs - b.atUs || compareText(a.marketId, b.marketId))

/** When each resolution was learnt. */
export type Learnt = ReadonlyMap<MarketId, EpochMicros>

export const learntOf = (resolutions: ReadonlyArray<ResolutionRow>): Learnt =>
  new Map(resolutions.map(({ atUs, marketId }) => [marketId, atUs]))

/**
 * A market's status at one of its snapshots, of which `open` is 1 or 0 as the snapshot kept it. One that kept none, as
 * of older programs, was open unless a resolution was known.
 */
export const statusAt = (open: number | null, marketId: MarketId, atUs: EpochMicros, learnt: Learnt): MarketStatus => {
  if (open !== null) return open === 0 ? "closed" : "open"
  const learntUs = learnt.get(marketId)
  return learntUs !== undefined && learntUs <= atUs ? "closed" : "open"
}
