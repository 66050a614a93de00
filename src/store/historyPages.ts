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

const snapshotColumns = "captured_us, id, market_id, yes_price, no_price, best_bid, best_ask, liquidity"

/** Walks the distinct market ids by jumps in the index, and takes the newest snapshot of each before the window. */
const newestBefore = `
  WITH RECURSIVE ids (market_id) AS (
    SELECT MIN(market_id) FROM market_snapshots
    UNION ALL
    SELECT (SELECT MIN(market_id) FROM market_snapshots WHERE market_id > ids.market_id) FROM ids
    WHERE ids.market_id IS NOT NULL
  )
  SELECT ${snapshotColumns} FROM market_snapshots WHERE id IN (
    SELECT (SELECT seen.id FROM market_snapshots AS seen
      WHERE seen.market_id = ids.market_id AND seen.captured_us < ?
      ORDER BY seen.captured_us DESC, seen.id DESC LIMIT 1)
    FROM ids
  ) ORDER BY captured_us, id`

const snapshotOf = ([atUs, , marketId, yes, no, bid, ask, liquidity]: SnapshotTuple): SnapshotRow => ({
  marketId,
  atUs,
  yes,
  no,
  bid,
  ask,
  liquidity
})

/** First the newest snapshot of each market before the window, then those inside it, by (captured_at, id). */
export function* readSnapshots(db: Sqlite.Database, window: Window): Generator<SnapshotRow> {
  const before = db.prepare<[number], SnapshotTuple>(newestBefore).raw()
  for (const row of before.all(window.fromUs)) yield snapshotOf(row)
  const query = db
    .prepare<[number, number, number], SnapshotTuple>(
      `SELECT ${snapshotColumns} FROM market_snapshots WHERE (captured_us, id) > (?, ?) AND captured_us <= ? ` +
        `ORDER BY captured_us, id LIMIT ${HISTORY_PAGE_ROWS}`
    )
    .raw()
  for (const page of pages([window.fromUs, 0], ([us, id]) => query.all(us, id, window.toUs))) {
    for (const row of page) yield snapshotOf(row)
  }
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

/** Of several sources' rows of a market id, the one seen last. */
export const readRules = (db: Sqlite.Database): ReadonlyMap<MarketId, MarketRules> => {
  const rows = db
    .prepare<[], RulesTuple>(
      `SELECT market_id, event_id, condition_id, neg_risk, tick_size, min_order_size,
              fee_rate, fee_exponent, fee_taker_only, fee_rebate_rate
       FROM markets ORDER BY updated_us, id`
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
