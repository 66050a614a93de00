import type Sqlite from "better-sqlite3"
import { type MarketId, type StrategyId } from "../domain/ids.ts"
import { type EpochMicros } from "../domain/time.ts"
import { StoreError } from "../domain/errors.ts"
import { HISTORY_PAGE_ROWS } from "../policy/store.ts"
import { type Instrument } from "../domain/instrument.ts"
import { type SignalRow, type SnapshotRow } from "../ports/HistoryReader.ts"
import { toStoreError } from "./errors.ts"
import { instrumentColumns, instrumentFrom } from "./instrumentColumns.ts"
import { type Learnt, learntOf, readLearntResolutions, statusAt } from "./learntResolutions.ts"
import { MomentOrder, type SnapshotTuple } from "./momentOrder.ts"
import { decodePayload } from "./signals/decode.ts"
import { legsOf } from "./signals/legsColumn.ts"
import { flagOf, type SqlValue } from "./statements.ts"
import { styleOf } from "./texts.ts"

export interface Window {
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
  readonly strategies: ReadonlyArray<StrategyId> | null
}

type SignalTuple = [
  createdUs: number,
  id: number,
  names: string,
  targetPrice: number,
  sizeHint: number,
  payloadJson: string,
  legsJson: string | null,
  packageId: string | null,
  withdrawnUs: number | null
]

/** (time, id): where a page ended. */
type Place = readonly [us: number, id: number]

/**
 * Keyset pages: each starts right after the last row of the one before, so that memory holds one page and an index
 * finds its start. The rows of a page come as tuples, which the driver makes faster than objects.
 */
export function* pages<T extends [number, number, ...Array<unknown>]>(
  start: Place,
  read: (after: Place) => ReadonlyArray<T>
): Generator<ReadonlyArray<T>> {
  let after = start
  for (;;) {
    let page: ReadonlyArray<T>
    try {
      page = read(after)
    } catch (cause) {
      throw toStoreError("read history")(cause)
    }
    const last = page[page.length - 1]
    if (last === undefined) return
    yield page
    if (page.length < HISTORY_PAGE_ROWS) return
    after = [last[0], last[1]]
  }
}

/**
 * Filters by strategy while walking the time index. Without the `+` the planner prefers the index on strategy and
 * sorts the whole window for every page.
 */
export const chosenStrategies = "AND +strategy IN (SELECT value FROM json_each(?))"

/** Rows of pages, one by one: what a generator would give, without its cost, which is more than that of a row. */
class Rows<Tuple, Row> implements IterableIterator<Row> {
  private readonly pages: Iterator<ReadonlyArray<Tuple>>
  private readonly rowOf: (tuple: Tuple) => Row
  private page: ReadonlyArray<Tuple> = []
  private at = 0

  constructor(pages: Iterator<ReadonlyArray<Tuple>>, rowOf: (tuple: Tuple) => Row) {
    this.pages = pages
    this.rowOf = rowOf
  }

  next(): IteratorResult<Row> {
    for (;;) {
      const tuple = this.page[this.at]
      if (tuple !== undefined) {
        this.at += 1
        return { done: false, value: this.rowOf(tuple) }
      }
      const next = this.pages.next()
      if (next.done === true) return { done: true, value: undefined }
      this.page = next.value
      this.at = 0
    }
  }

  [Symbol.iterator](): this {
    return this
  }
}

/** `style` null: the original wrote the row after the upgrade, and its payload is not decoded yet. */
type SignalNames = Pick<SignalRow, "strategy" | "marketId" | "eventId" | "side"> & {
  readonly style: string | null
  readonly timeToLiveSec: number | null
}

const UNIT_SEPARATOR = "\u001f"

/** Five names, and for how long its orders rest, as one text: the driver makes one string for a row, and one look-up finds the names as all rows share them. */
const namesColumn = [
  "strategy",
  "market_id",
  "event_id",
  "side",
  "COALESCE(style, '')",
  "COALESCE(time_to_live_sec, '')"
].join(` || '${UNIT_SEPARATOR}' || `)

/** Finds the names by their one text; in the signal's own row where a name holds the separator itself. */
const makeNames = (db: Sqlite.Database): ((key: string, id: number) => SignalNames) => {
  const known = new Map<string, SignalNames>()
  const row = db.prepare<[number], SignalNames>(
    "SELECT LOWER(strategy) AS strategy, market_id AS marketId, event_id AS eventId, side, style, " +
      "time_to_live_sec AS timeToLiveSec FROM signals WHERE id = ?"
  )
  return (key, id) => {
    let names = known.get(key)
    if (names !== undefined) return names
    const [strategy = "", marketId = "", eventId = "", side = "", style = "", ttl = "", ...rest] =
      key.split(UNIT_SEPARATOR)
    const plain = rest.length === 0 && (side === "buy" || side === "sell")
    names = plain
      ? {
          strategy: strategy.toLowerCase(),
          marketId,
          eventId,
          side,
          style: style === "" ? null : style,
          timeToLiveSec: ttl === "" ? null : Number(ttl)
        }
      : row.get(id)
    if (names === undefined) throw new StoreError({ operation: "read history", detail: `signal ${id} is gone` })
    if (plain) known.set(key, names)
    return names
  }
}

const signalColumns = `created_us, id, ${namesColumn}, target_price, size_hint, payload_json, legs_json, package_id, withdrawn_us`

const makeSignalRow = (db: Sqlite.Database): ((tuple: SignalTuple) => SignalRow) => {
  const namesOf = makeNames(db)
  return ([createdAtUs, id, key, targetPrice, sizeHint, payloadJson, legsJson, packageId, withdrawnAtUs]) => {
    const { eventId, marketId, side, strategy, style, timeToLiveSec } = namesOf(key, id)
    const columns = { id, strategy, marketId, eventId, side, targetPrice, sizeHint, createdAtUs }
    const decoded = style === null ? decodePayload(columns, payloadJson) : null
    return {
      id,
      strategy,
      marketId,
      eventId,
      side,
      targetPrice,
      sizeHint,
      legs: decoded === null ? legsOf(legsJson, columns) : decoded.legs,
      packageId: decoded === null ? packageId : decoded.packageId,
      style: styleOf(style),
      timeToLiveSec,
      withdrawnAtUs,
      payloadJson,
      createdAtUs
    }
  }
}

/** from <= created_at <= to, by (created_at, id). */
export const readSignals = (db: Sqlite.Database, window: Window): Iterable<SignalRow> => {
  const chosen = window.strategies === null ? null : JSON.stringify(window.strategies)
  const query = db
    .prepare<[number, number, number, ...Array<string>], SignalTuple>(
      `SELECT ${signalColumns} FROM signals WHERE (created_us, id) > (?, ?) AND created_us <= ? ` +
        `${chosen === null ? "" : chosenStrategies} ` +
        `ORDER BY created_us, id LIMIT ${HISTORY_PAGE_ROWS}`
    )
    .raw()
  const rest = chosen === null ? [] : [chosen]
  const read = ([us, id]: Place) => query.all(us, id, window.toUs, ...rest)
  const rowOf = makeSignalRow(db)
  return new Rows(pages([window.fromUs, 0], read), rowOf)
}

const snapshotColumns =
  "seen.captured_us, seen.id, seen.market_id, seen.yes_price, seen.no_price, seen.best_bid, seen.best_ask, " +
  "seen.liquidity, seen.status = 'open', seen.accepting_orders, seen.disputed, seen.tick_size"

/** Walks the distinct market ids by jumps in the index, and takes the newest moment of each before the window. */
const newestBefore = `
  WITH RECURSIVE ids (market_id) AS (
    SELECT MIN(market_id) FROM market_snapshots
    UNION ALL
    SELECT (SELECT MIN(market_id) FROM market_snapshots WHERE market_id > ids.market_id) FROM ids
    WHERE ids.market_id IS NOT NULL
  )
  SELECT ${snapshotColumns} FROM ids CROSS JOIN market_snapshots AS seen
  ON seen.market_id = ids.market_id AND seen.captured_us = (
    SELECT older.captured_us FROM market_snapshots AS older
    WHERE older.market_id = ids.market_id AND older.captured_us < ?
    ORDER BY older.captured_us DESC LIMIT 1
  ) ORDER BY seen.captured_us`

const windowSnapshots =
  `SELECT ${snapshotColumns} FROM market_snapshots AS seen WHERE (seen.captured_us, seen.id) > (?, ?) ` +
  `AND seen.captured_us <= ? ORDER BY seen.captured_us, seen.id LIMIT ${HISTORY_PAGE_ROWS}`

/** In time order, in pages of whole moments; before the window one of each market. The two do not share a moment. */
function* snapshotPages(
  db: Sqlite.Database,
  window: Window,
  order: MomentOrder
): Generator<ReadonlyArray<SnapshotTuple>> {
  const before = db.prepare<[number], SnapshotTuple>(newestBefore).raw().all(window.fromUs)
  order.sort(before)
  yield before.filter((row, index) => before[index + 1]?.[2] !== row[2])
  const inside = db.prepare<[number, number, number], SnapshotTuple>(windowSnapshots).raw()
  let last: Array<SnapshotTuple> = []
  for (const page of pages([window.fromUs, 0], ([us, id]) => inside.all(us, id, window.toUs))) {
    const rows = last.concat(page)
    // The next page may go on with the last moment.
    let end = rows.length - 1
    while (end > 0 && rows[end - 1]?.[0] === rows[end]?.[0]) end -= 1
    last = rows.splice(end)
    order.sort(rows)
    yield rows
  }
  order.sort(last)
  yield last
}

const NOTHING_LEARNT: Learnt = new Map()

/**
 * First the newest snapshot of each market before the window, then those inside it; within one moment by market, source
 * and content.
 */
export const readSnapshots = (db: Sqlite.Database, window: Window): Iterable<SnapshotRow> => {
  const rows = snapshotPages(db, window, new MomentOrder(db))
  // Read once, and only where a snapshot kept no status.
  let learnt: Learnt | null = null
  return new Rows(rows, ([atUs, , marketId, yes, no, bid, ask, liquidity, open, accepting, said, tickSize]) => {
    if (open === null) learnt ??= learntOf(readLearntResolutions(db, window))
    const status = statusAt(open, marketId, atUs, learnt ?? NOTHING_LEARNT)
    const acceptingOrders = flagOf(accepting)
    const disputed = flagOf(said)
    return { marketId, atUs, yes, no, bid, ask, liquidity, status, acceptingOrders, disputed, tickSize }
  })
}

/** Of several sources' rows of a market id, the one seen last; of those seen together, the last by name. */
export const readInstruments = (db: Sqlite.Database): ReadonlyMap<MarketId, Instrument> => {
  const rows = db
    .prepare<[], ReadonlyArray<SqlValue>>(
      `SELECT ${instrumentColumns.join(", ")} FROM markets ORDER BY updated_us, source`
    )
    .raw()
    .all()
  return new Map(
    rows.map((columns) => {
      const instrument = instrumentFrom(columns)
      return [instrument.marketId, instrument]
    })
  )
}
