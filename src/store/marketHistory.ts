import type Sqlite from "better-sqlite3"
import { type MarketId } from "../domain/ids.ts"
import { type Instrument } from "../domain/instrument.ts"
import { type Quote } from "../domain/quote.ts"
import { type EpochMicros } from "../domain/time.ts"
import { MICRO, type Price, toMicros } from "../domain/units.ts"
import { HISTORY_PAGE_ROWS } from "../policy/store.ts"
import { type MarketMoment, type ResolutionRow } from "../ports/HistoryReader.ts"
import { pages } from "./historyPages.ts"
import { instrumentColumns, instrumentFrom } from "./instrumentColumns.ts"
import { type Learnt, learntOf, type MarketWindow, statusAt } from "./learntResolutions.ts"
import { flagOf, type SqlValue } from "./statements.ts"

type Maybe = number | null

/** What a market's row says of it, which no snapshot repeats but for the price step. */
interface KnownMarket {
  /** Its place in the order of (market id, source). */
  rank: number
  readonly stored: Instrument
  /** As of the snapshot read last: another object only while that kept another price step. */
  current: Instrument
}

type StaticTuple = [key: string, ...columns: ReadonlyArray<SqlValue>]

/** Source and market id as one text: the driver makes one string for a row, and one look-up finds its market. */
const keyOf = (table: string) => `${table}.source || '\u001f' || ${table}.market_id`

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const readStatics = (db: Sqlite.Database): ReadonlyMap<string, KnownMarket> => {
  const rows = db
    .prepare<[], StaticTuple>(`SELECT ${[keyOf("markets"), ...instrumentColumns].join(", ")} FROM markets`)
    .raw()
    .all()
  const statics = new Map(
    rows.map(([key, ...columns]): [string, KnownMarket] => {
      const stored = instrumentFrom(columns)
      return [key, { rank: 0, stored, current: stored }]
    })
  )
  // Ordered here and not by SQLite, whose order of texts is that of their UTF-8 bytes.
  const ordered = [...statics.values()].sort(
    ({ stored: a }, { stored: b }) => compareText(a.marketId, b.marketId) || compareText(a.source, b.source)
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
  volume: number,
  disputed: Maybe
]

const snapshotColumns =
  `seen.captured_us, seen.id, ${keyOf("seen")}, seen.status = 'open', seen.accepting_orders, seen.tick_size, ` +
  `seen.yes_price, seen.no_price, seen.best_bid, seen.best_ask, seen.mid_price, seen.liquidity, seen.volume, seen.disputed`

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
  /** Of its market. */
  readonly rank: number
  readonly instrument: Instrument
  readonly row: SnapshotTuple
}

const FIRST_CONTENT = 3

/** By market; snapshots of one market at one moment by what they say, as nothing else is the same in every database. */
const compareRows = (a: KnownRow, b: KnownRow): number => {
  if (a.rank !== b.rank) return a.rank - b.rank
  for (let column = FIRST_CONTENT; column < a.row.length; column += 1) {
    const left = a.row[column] ?? Number.NEGATIVE_INFINITY
    const right = b.row[column] ?? Number.NEGATIVE_INFINITY
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}

const instrumentAt = (known: KnownMarket, row: SnapshotTuple): Instrument => {
  const tickSize = row[5] ?? known.stored.tickSize
  if (tickSize !== known.current.tickSize) {
    known.current = tickSize === known.stored.tickSize ? known.stored : { ...known.stored, tickSize }
  }
  return known.current
}

const micros = (natural: Maybe): Price | null => (natural === null ? null : toMicros(natural))

/**
 * One literal straight from the row: this runs for every snapshot of a replay, and an object in between would hold every
 * price once more.
 */
const quoteAt = (row: SnapshotTuple, marketId: MarketId, learnt: Learnt): Quote => ({
  atUs: row[0],
  status: statusAt(row[3], marketId, row[0], learnt),
  acceptingOrders: flagOf(row[4]),
  yes: micros(row[6]),
  no: micros(row[7]),
  bid: micros(row[8]),
  ask: micros(row[9]),
  mid: micros(row[10]),
  liquidity: row[11] * MICRO,
  liquidityUsdc: row[11],
  volumeUsdc: row[12],
  disputed: flagOf(row[13])
})

/** The newest moment of each market before the window, then every moment inside it. */
export function* readMoments(
  db: Sqlite.Database,
  window: MarketWindow,
  resolutions: ReadonlyArray<ResolutionRow>
): Generator<MarketMoment> {
  const statics = readStatics(db)
  const learnt = learntOf(resolutions)
  const momentOf = (atUs: EpochMicros, rows: Array<KnownRow>, unknown: number): MarketMoment => {
    for (let index = 1; index < rows.length; index += 1) {
      const [left, right] = [rows[index - 1], rows[index]]
      if (left === undefined || right === undefined || left.rank < right.rank) continue
      rows.sort(compareRows)
      break
    }
    const quotes = rows.map(({ instrument, row }) => ({ instrument, quote: quoteAt(row, instrument.marketId, learnt) }))
    return { atUs, quotes, unknown }
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
      else rows.push({ rank: known.rank, instrument: instrumentAt(known, row), row })
    }
  }
  if (rows.length + unknown > 0) yield momentOf(atUs, rows, unknown)
}
