import type Sqlite from "better-sqlite3"
import { sharePayout } from "../core/payout.ts"
import { type MarketId } from "../domain/ids.ts"
import { type FeeSchedule, type Market } from "../domain/Market.ts"
import { type EpochMicros } from "../domain/time.ts"
import { HISTORY_PAGE_ROWS } from "../policy/store.ts"
import { type MarketMoment, type ResolutionRow } from "../ports/HistoryReader.ts"
import { pages } from "./historyPages.ts"
import { feeOf } from "./marketRows.ts"

export interface MarketWindow {
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
}

type Maybe = number | null
type MaybeText = string | null

/** What a market's row says of it that no snapshot repeats. */
interface StaticMarket {
  /** Its place in the order of (market id, source). */
  rank: number
  readonly source: string
  readonly marketId: MarketId
  readonly canonicalId: string
  readonly eventId: string
  readonly question: string
  readonly negRisk: boolean
  readonly conditionId: MaybeText
  readonly yesTokenId: MaybeText
  readonly noTokenId: MaybeText
  readonly yesLabel: MaybeText
  readonly noLabel: MaybeText
  readonly tickSize: Maybe
  readonly minOrderSize: Maybe
  readonly fee: FeeSchedule | null
  readonly slug: MaybeText
  readonly endDateUs: Maybe
}

type StaticTuple = [
  key: string,
  source: string,
  marketId: string,
  canonicalId: string,
  eventId: string,
  question: string,
  negRisk: number,
  conditionId: MaybeText,
  yesTokenId: MaybeText,
  noTokenId: MaybeText,
  yesLabel: MaybeText,
  noLabel: MaybeText,
  tickSize: Maybe,
  minOrderSize: Maybe,
  feeRate: Maybe,
  feeExponent: Maybe,
  feeTakerOnly: Maybe,
  feeRebateRate: Maybe,
  slug: MaybeText,
  endDateUs: Maybe
]

/** Source and market id as one text: the driver makes one string for a row, and one look-up finds its market. */
const keyOf = (table: string) => `${table}.source || '\u001f' || ${table}.market_id`

const staticColumns =
  `${keyOf("markets")}, source, market_id, canonical_id, event_id, question, neg_risk, condition_id, yes_token_id, ` +
  `no_token_id, yes_label, no_label, tick_size, min_order_size, fee_rate, fee_exponent, fee_taker_only, ` +
  `fee_rebate_rate, slug, end_date_us`

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const staticOf = (row: StaticTuple): StaticMarket => ({
  rank: 0,
  source: row[1],
  marketId: row[2],
  canonicalId: row[3],
  eventId: row[4],
  question: row[5],
  negRisk: row[6] !== 0,
  conditionId: row[7],
  yesTokenId: row[8],
  noTokenId: row[9],
  yesLabel: row[10],
  noLabel: row[11],
  tickSize: row[12],
  minOrderSize: row[13],
  fee: feeOf({ fee_rate: row[14], fee_exponent: row[15], fee_taker_only: row[16], fee_rebate_rate: row[17] }),
  slug: row[18],
  endDateUs: row[19]
})

const readStatics = (db: Sqlite.Database): ReadonlyMap<string, StaticMarket> => {
  const rows = db.prepare<[], StaticTuple>(`SELECT ${staticColumns} FROM markets`).raw().all()
  const statics = new Map(rows.map((row) => [row[0], staticOf(row)]))
  // Ordered here and not by SQLite, whose order of texts is that of their UTF-8 bytes.
  const ordered = [...statics.values()].sort(
    (a, b) => compareText(a.marketId, b.marketId) || compareText(a.source, b.source)
  )
  ordered.forEach((known, index) => (known.rank = index))
  return statics
}

type SnapshotTuple = [
  capturedUs: number,
  id: number,
  key: string,
  open: Maybe,
  acceptingOrders: Maybe,
  tickSize: Maybe,
  yes: Maybe,
  no: Maybe,
  bid: Maybe,
  ask: Maybe,
  mid: Maybe,
  liquidity: number,
  volume: number
]

const snapshotColumns =
  `seen.captured_us, seen.id, ${keyOf("seen")}, seen.status = 'open', seen.accepting_orders, seen.tick_size, ` +
  `seen.yes_price, seen.no_price, seen.best_bid, seen.best_ask, seen.mid_price, seen.liquidity, seen.volume`

/** All snapshots of a market's newest moment before the window: usually one. */
export const newestBefore = `
  SELECT ${snapshotColumns} FROM markets CROSS JOIN market_snapshots AS seen
  ON seen.market_id = markets.market_id AND seen.source = markets.source AND seen.captured_us = (
    SELECT older.captured_us FROM market_snapshots AS older
    WHERE older.market_id = markets.market_id AND older.source = markets.source AND older.captured_us < ?
    ORDER BY older.captured_us DESC LIMIT 1
  ) ORDER BY seen.captured_us`

export const windowSnapshots =
  `SELECT ${snapshotColumns} FROM market_snapshots AS seen WHERE (seen.captured_us, seen.id) > (?, ?) ` +
  `AND seen.captured_us <= ? ORDER BY seen.captured_us, seen.id LIMIT ${HISTORY_PAGE_ROWS}`

/** In time order, in pages; before and inside the window do not share a moment. */
function* readPages(db: Sqlite.Database, { fromUs, toUs }: MarketWindow): Generator<ReadonlyArray<SnapshotTuple>> {
  const before = db.prepare<[number], SnapshotTuple>(newestBefore).raw()
  yield before.all(Math.min(fromUs, toUs))
  const inside = db.prepare<[number, number, number], SnapshotTuple>(windowSnapshots).raw()
  yield* pages([fromUs, 0], ([us, id]) => inside.all(us, id, toUs))
}

interface KnownRow {
  readonly known: StaticMarket
  readonly row: SnapshotTuple
}

const FIRST_CONTENT = 3

/** By market; snapshots of one market at one moment by what they say, as nothing else is the same in every database. */
const compareRows = (a: KnownRow, b: KnownRow): number => {
  if (a.known.rank !== b.known.rank) return a.known.rank - b.known.rank
  for (let column = FIRST_CONTENT; column < a.row.length; column += 1) {
    const left = a.row[column] ?? Number.NEGATIVE_INFINITY
    const right = b.row[column] ?? Number.NEGATIVE_INFINITY
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}

/** One flat literal: this runs for every snapshot of a replay. */
const marketAt = (known: StaticMarket, row: SnapshotTuple, learnt: ReadonlyMap<MarketId, EpochMicros>): Market => {
  const atUs = row[0]
  const open = row[3] === null ? !((learnt.get(known.marketId) ?? Number.POSITIVE_INFINITY) <= atUs) : row[3] !== 0
  return {
    source: known.source,
    marketId: known.marketId,
    canonicalId: known.canonicalId,
    eventId: known.eventId,
    question: known.question,
    status: open ? "open" : "closed",
    negRisk: known.negRisk,
    yesPrice: row[6],
    noPrice: row[7],
    bestBid: row[8],
    bestAsk: row[9],
    midPrice: row[10],
    liquidity: row[11],
    volume: row[12],
    updatedAtUs: atUs,
    conditionId: known.conditionId,
    yesTokenId: known.yesTokenId,
    noTokenId: known.noTokenId,
    yesLabel: known.yesLabel,
    noLabel: known.noLabel,
    tickSize: row[5] ?? known.tickSize,
    minOrderSize: known.minOrderSize,
    fee: known.fee,
    acceptingOrders: row[4] === null ? null : row[4] !== 0,
    slug: known.slug,
    endDateUs: known.endDateUs,
    resolution: null,
    payout: null,
    resolvedAtUs: null,
    sourceUpdatedUs: null
  }
}

/** The newest moment of each market before the window, then every moment inside it. */
export function* readMoments(
  db: Sqlite.Database,
  window: MarketWindow,
  resolutions: ReadonlyArray<ResolutionRow>
): Generator<MarketMoment> {
  const statics = readStatics(db)
  const learnt = new Map(resolutions.map(({ atUs, marketId }) => [marketId, atUs]))
  const momentOf = (atUs: EpochMicros, rows: Array<KnownRow>, unknown: number): MarketMoment => {
    for (let index = 1; index < rows.length; index += 1) {
      const [left, right] = [rows[index - 1], rows[index]]
      if (left === undefined || right === undefined || left.known.rank < right.known.rank) continue
      rows.sort(compareRows)
      break
    }
    return { atUs, markets: rows.map(({ known, row }) => marketAt(known, row, learnt)), unknown }
  }

  let atUs = Number.NaN
  let rows: Array<KnownRow> = []
  let unknown = 0
  for (const page of readPages(db, window)) {
    for (const row of page) {
      if (row[0] !== atUs) {
        if (rows.length + unknown > 0) yield momentOf(atUs, rows, unknown)
        atUs = row[0]
        rows = []
        unknown = 0
      }
      const known = statics.get(row[2])
      if (known === undefined) unknown += 1
      else rows.push({ known, row })
    }
  }
  if (rows.length + unknown > 0) yield momentOf(atUs, rows, unknown)
}

/** Learnt at or before the window's end, by (time, market id). A row of another program bears no time of learning. */
export const readLearntResolutions = (db: Sqlite.Database, { toUs }: MarketWindow): ReadonlyArray<ResolutionRow> =>
  db
    .prepare<[number], [string, number, number, number]>(
      `SELECT market_id, COALESCE(seen_us, resolved_us) AS learnt_us, payout_yes, payout_no FROM market_resolutions
       WHERE learnt_us <= ?`
    )
    .raw()
    .all(toUs)
    .map(([marketId, atUs, yes, no]) => ({ marketId, atUs, payout: sharePayout({ yes, no }) }))
    .sort((a, b) => a.atUs - b.atUs || compareText(a.marketId, b.marketId))
