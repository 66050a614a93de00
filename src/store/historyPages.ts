import type Sqlite from "better-sqlite3"
import { sharePayout } from "../core/payout.ts"
import { type MarketId, type Side, type StrategyId } from "../domain/ids.ts"
import { type EpochMicros } from "../domain/time.ts"
import { HISTORY_PAGE_ROWS } from "../policy/store.ts"
import { type MarketRules, type ResolutionRow, type SignalRow, type SnapshotRow } from "../ports/HistoryReader.ts"
import { toStoreError } from "./errors.ts"
import { feeOf } from "./marketRows.ts"

export interface Window {
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
  readonly strategies: ReadonlyArray<StrategyId> | null
}

type Maybe = number | null
type SignalTuple = [
  createdUs: number,
  id: number,
  strategy: string,
  marketId: string,
  eventId: string,
  side: Side,
  targetPrice: number,
  sizeHint: number,
  payloadJson: string
]
type SnapshotTuple = [
  capturedUs: number,
  id: number,
  marketId: string,
  source: string,
  yes: Maybe,
  no: Maybe,
  bid: Maybe,
  ask: Maybe,
  liquidity: number
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

const signalColumns = "created_us, id, strategy, market_id, event_id, side, target_price, size_hint, payload_json"

/** from <= created_at <= to, by (created_at, id). */
export function* readSignals(db: Sqlite.Database, window: Window): Generator<SignalRow> {
  const chosen = window.strategies === null ? null : JSON.stringify(window.strategies)
  const query = db
    .prepare<[number, number, number, ...Array<string>], SignalTuple>(
      `SELECT ${signalColumns} FROM signals WHERE (created_us, id) > (?, ?) AND created_us <= ? ` +
        `${chosen === null ? "" : chosenStrategies} ` +
        `ORDER BY created_us, id LIMIT ${HISTORY_PAGE_ROWS}`
    )
    .raw()
  const rest = chosen === null ? [] : [chosen]
  for (const page of pages([window.fromUs, 0], ([us, id]) => query.all(us, id, window.toUs, ...rest))) {
    for (const [createdAtUs, id, strategy, marketId, eventId, side, targetPrice, sizeHint, payloadJson] of page) {
      yield { id, strategy, marketId, eventId, side, targetPrice, sizeHint, payloadJson, createdAtUs }
    }
  }
}

const snapshotColumns =
  "seen.captured_us, seen.id, seen.market_id, seen.source, seen.yes_price, seen.no_price, seen.best_bid, " +
  "seen.best_ask, seen.liquidity"

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

const snapshotOf = ([atUs, , marketId, , yes, no, bid, ask, liquidity]: SnapshotTuple): SnapshotRow => ({
  marketId,
  atUs,
  yes,
  no,
  bid,
  ask,
  liquidity
})

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const FIRST_CONTENT = 4

/** Of one moment: by market, source and content. Ids tell the order of insertion, which is nobody's business. */
const compareSnapshots = (a: SnapshotTuple, b: SnapshotTuple): number => {
  const byName = compareText(a[2], b[2]) || compareText(a[3], b[3])
  if (byName !== 0) return byName
  for (let column = FIRST_CONTENT; column < a.length; column += 1) {
    const left = a[column] ?? Number.NEGATIVE_INFINITY
    const right = b[column] ?? Number.NEGATIVE_INFINITY
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}

/** In time order, in pages; before the window one of each market. The two do not share a moment. */
function* snapshotPages(db: Sqlite.Database, window: Window): Generator<ReadonlyArray<SnapshotTuple>> {
  const before = db.prepare<[number], SnapshotTuple>(newestBefore).raw().all(window.fromUs)
  before.sort((a, b) => a[0] - b[0] || compareSnapshots(a, b))
  yield before.filter((row, index) => before[index + 1]?.[2] !== row[2])
  const inside = db.prepare<[number, number, number], SnapshotTuple>(windowSnapshots).raw()
  yield* pages([window.fromUs, 0], ([us, id]) => inside.all(us, id, window.toUs))
}

/**
 * First the newest snapshot of each market before the window, then those inside it; within one moment by market, source
 * and content.
 */
export function* readSnapshots(db: Sqlite.Database, window: Window): Generator<SnapshotRow> {
  let moment: Array<SnapshotTuple> = []
  for (const page of snapshotPages(db, window)) {
    for (const row of page) {
      if (moment.length > 0 && moment[0]?.[0] !== row[0]) {
        for (const seen of moment.sort(compareSnapshots)) yield snapshotOf(seen)
        moment = []
      }
      moment.push(row)
    }
  }
  for (const seen of moment.sort(compareSnapshots)) yield snapshotOf(seen)
}

/** Within the window, by (time, market id). */
export const readResolutions = (db: Sqlite.Database, window: Window): ReadonlyArray<ResolutionRow> =>
  db
    .prepare<[number, number], [string, number, number, number]>(
      `SELECT market_id, resolved_us, payout_yes, payout_no FROM market_resolutions
       WHERE resolved_us BETWEEN ? AND ? ORDER BY resolved_us, market_id`
    )
    .raw()
    .all(window.fromUs, window.toUs)
    .map(([marketId, atUs, yes, no]) => ({ marketId, atUs, payout: sharePayout({ yes, no }) }))

type RulesTuple = [
  marketId: string,
  eventId: string,
  conditionId: string | null,
  negRisk: number,
  tick: Maybe,
  min: Maybe,
  r: Maybe,
  e: Maybe,
  t: Maybe,
  b: Maybe
]

/** Of several sources' rows of a market id, the one seen last; of those seen together, the last by name. */
export const readRules = (db: Sqlite.Database): ReadonlyMap<MarketId, MarketRules> => {
  const rows = db
    .prepare<[], RulesTuple>(
      `SELECT market_id, event_id, condition_id, neg_risk, tick_size, min_order_size,
              fee_rate, fee_exponent, fee_taker_only, fee_rebate_rate
       FROM markets ORDER BY updated_us, source`
    )
    .raw()
    .all()
  const rules = new Map<MarketId, MarketRules>()
  for (const [marketId, eventId, conditionId, negRisk, tickSize, minOrderSize, ...schedule] of rows) {
    const [rate, exponent, takerOnly, rebate] = schedule
    const fee = { fee_rate: rate, fee_exponent: exponent, fee_taker_only: takerOnly, fee_rebate_rate: rebate }
    rules.set(marketId, { eventId, conditionId, negRisk: negRisk !== 0, tickSize, minOrderSize, fee: feeOf(fee) })
  }
  return rules
}
