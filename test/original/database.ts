import Sqlite from "better-sqlite3"
import { makeRng, nextFloat, nextInt, type Rng } from "../../src/core/rng.ts"
import { formatTime, MICROS_PER_HOUR } from "../../src/domain/time.ts"
import { type OriginalMarket, type OriginalSignal, signalsOf } from "./strategies.ts"

/** The tables as the original program makes them. */
const tables = `
  CREATE TABLE ingestion_runs (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, status TEXT NOT NULL,
    started_at TEXT NOT NULL, finished_at TEXT NOT NULL, rows_ingested INTEGER NOT NULL,
    request_count INTEGER NOT NULL DEFAULT 0, failure_count INTEGER NOT NULL DEFAULT 0,
    retry_count INTEGER NOT NULL DEFAULT 0, error_buckets_json TEXT NOT NULL DEFAULT '{}',
    error TEXT NOT NULL DEFAULT '');
  CREATE TABLE ingestion_state (source TEXT PRIMARY KEY, checkpoint_ts TEXT, total_requests INTEGER NOT NULL DEFAULT 0,
    total_failures INTEGER NOT NULL DEFAULT 0, updated_at TEXT NOT NULL);
  CREATE TABLE ingestion_error_buckets (source TEXT NOT NULL, error_bucket TEXT NOT NULL,
    total_count INTEGER NOT NULL DEFAULT 0, last_error TEXT NOT NULL DEFAULT '', updated_at TEXT NOT NULL,
    PRIMARY KEY (source, error_bucket));
  CREATE TABLE ingestion_error_bucket_events (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL,
    error_bucket TEXT NOT NULL, count INTEGER NOT NULL DEFAULT 0, last_error TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL);
  CREATE TABLE ingestion_breakers (source TEXT PRIMARY KEY, consecutive_failures INTEGER NOT NULL DEFAULT 0,
    open_until_ts TEXT, last_error_bucket TEXT NOT NULL DEFAULT '', updated_at TEXT NOT NULL);
  CREATE TABLE ingestion_breaker_transitions (source TEXT NOT NULL, state TEXT NOT NULL,
    transition_count INTEGER NOT NULL DEFAULT 0, last_transition_at TEXT NOT NULL, PRIMARY KEY (source, state));
  CREATE TABLE markets (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, market_id TEXT NOT NULL,
    canonical_id TEXT NOT NULL, event_id TEXT NOT NULL, question TEXT NOT NULL, status TEXT NOT NULL,
    neg_risk INTEGER NOT NULL DEFAULT 0, yes_price REAL, no_price REAL, best_bid REAL, best_ask REAL, mid_price REAL,
    liquidity REAL NOT NULL DEFAULT 0, volume REAL NOT NULL DEFAULT 0, updated_at TEXT NOT NULL,
    UNIQUE (source, market_id));
  CREATE TABLE market_snapshots (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, market_id TEXT NOT NULL,
    event_id TEXT NOT NULL, yes_price REAL, no_price REAL, mid_price REAL, liquidity REAL NOT NULL DEFAULT 0,
    volume REAL NOT NULL DEFAULT 0, captured_at TEXT NOT NULL);
  CREATE INDEX idx_market_snapshots_market_time ON market_snapshots (market_id, captured_at);
  CREATE TABLE signals (id INTEGER PRIMARY KEY AUTOINCREMENT, strategy TEXT NOT NULL, market_id TEXT NOT NULL,
    event_id TEXT NOT NULL, side TEXT NOT NULL, score REAL NOT NULL, confidence REAL NOT NULL,
    target_price REAL NOT NULL, size_hint REAL NOT NULL, rationale TEXT NOT NULL, payload_json TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'new', created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
  CREATE TABLE switches (name TEXT PRIMARY KEY, value TEXT NOT NULL, updated_at TEXT NOT NULL);
  CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, strategy TEXT NOT NULL, market_id TEXT NOT NULL,
    event_id TEXT NOT NULL, token_id TEXT NOT NULL, side TEXT NOT NULL, action TEXT NOT NULL, mode TEXT NOT NULL,
    price REAL NOT NULL, qty REAL NOT NULL, status TEXT NOT NULL, external_id TEXT, message TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL);
  CREATE TABLE fills (id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL, strategy TEXT NOT NULL,
    market_id TEXT NOT NULL, event_id TEXT NOT NULL, token_id TEXT NOT NULL, side TEXT NOT NULL, price REAL NOT NULL,
    qty REAL NOT NULL, fee REAL NOT NULL DEFAULT 0, external_fill_id TEXT, raw_report_json TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL, FOREIGN KEY (order_id) REFERENCES orders (id));
  CREATE UNIQUE INDEX idx_fills_external_fill_id ON fills (external_fill_id);
  CREATE TABLE positions (strategy TEXT NOT NULL, market_id TEXT NOT NULL, event_id TEXT NOT NULL,
    token_id TEXT NOT NULL, net_qty REAL NOT NULL, avg_price REAL NOT NULL, realized_pnl REAL NOT NULL,
    updated_at TEXT NOT NULL, PRIMARY KEY (strategy, market_id, token_id));
`

export interface OriginalSnapshot {
  readonly market_id: string
  readonly yes_price: number | null
  readonly no_price: number | null
  readonly liquidity: number
  readonly atUs: number
}

/** A signal as it is stored: its id is its place, from 1. */
export interface StoredSignal extends OriginalSignal {
  readonly id: number
  readonly atUs: number
}

/** What such a database holds, as plain values. */
export interface OriginalContent {
  readonly markets: ReadonlyArray<OriginalMarket>
  readonly snapshots: ReadonlyArray<OriginalSnapshot>
  readonly signals: ReadonlyArray<StoredSignal>
}

const START_US = Date.UTC(2026, 1, 20) * 1_000
const STEPS = 24
const STEP_US = MICROS_PER_HOUR / 2

/** The first and the last moment of `makeOriginal`. */
export const originalWindow = { fromUs: START_US, toUs: START_US + (STEPS - 1) * STEP_US + 851 }

/** Times of odd steps have microseconds, and the original's texts of the two kinds do not sort by time. */
const timeOf = (step: number): number => START_US + step * STEP_US + (step % 2 === 1 ? 851 : 0)

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))

interface Walk {
  readonly source: string
  readonly index: number
  yes: number
}

/** Two markets a contract, at two sources; half of the events are neg-risk. */
const firstWalks = (rng: Rng, count: number): ReadonlyArray<Walk> =>
  Array.from({ length: count }, (_, index) => ({
    source: index % 2 === 0 ? "clob" : "gamma",
    index,
    yes: index % 3 === 0 ? 0.02 + 0.1 * nextFloat(rng) : 0.1 + 0.6 * nextFloat(rng)
  }))

const quote = (rng: Rng, walk: Walk): OriginalMarket => {
  walk.yes = Math.min(0.97, Math.max(0.015, walk.yes + 0.08 * (nextFloat(rng) - 0.5)))
  const yes = rounded(walk.yes, 3)
  const event = Math.floor(walk.index / 6)
  return {
    source: walk.source,
    market_id: `m${walk.index}`,
    canonical_id: `c${Math.floor(walk.index / 2)}`,
    event_id: `e${event}`,
    question: `Question ${walk.index}`,
    neg_risk: event % 2 === 0,
    yes_price: yes,
    // Now and then the two prices do not add up to 1, which is what dynamic slippage looks at.
    no_price: nextInt(rng, 12) === 0 ? null : rounded(1 - yes + (nextInt(rng, 4) === 0 ? 0.01 : 0), 3),
    mid_price: yes,
    liquidity: rounded(20 + 2_600 * nextFloat(rng) ** 2, 2)
  }
}

/** A random walk of `count` markets over half a day, and what the four strategies of the original say of it. */
export const makeOriginal = (seed: number, count = 24): OriginalContent => {
  const rng = makeRng(seed)
  const walks = firstWalks(rng, count)
  const snapshots: Array<OriginalSnapshot> = []
  const signals: Array<StoredSignal> = []
  let markets: ReadonlyArray<OriginalMarket> = []
  for (let step = 0; step < STEPS; step += 1) {
    markets = walks.map((walk) => quote(rng, walk))
    const atUs = timeOf(step)
    for (const { liquidity, market_id, no_price, yes_price } of markets) {
      snapshots.push({ market_id, yes_price, no_price, liquidity, atUs })
    }
    if (step % 3 === 2) continue
    for (const found of signalsOf(markets)) {
      // Strategies of the original only ever open; some sales in their names close what they hold, at a gain or a loss.
      const turned = found.strategy !== "s2" && nextInt(rng, 3) === 0 ? { ...found, side: "sell" as const } : found
      signals.push({ ...turned, id: signals.length + 1, atUs })
    }
  }
  return { markets, snapshots, signals }
}

/** As Python writes a time: with an offset, and with microseconds only where there are any. */
const pythonTime = (us: number): string => formatTime(us).replace("Z", "+00:00")

/** Writes `content` as the original would have, into a new file. */
export const writeOriginal = (path: string, { markets, signals, snapshots }: OriginalContent): void => {
  const db = new Sqlite(path)
  db.exec(tables)
  const source = new Map(markets.map((market) => [market.market_id, market]))
  const market = db.prepare(
    `INSERT INTO markets (source, market_id, canonical_id, event_id, question, status, neg_risk, yes_price, no_price,
       best_bid, best_ask, mid_price, liquidity, volume, updated_at) VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, ?, 1000, ?)`
  )
  const snapshot = db.prepare(
    `INSERT INTO market_snapshots (source, market_id, event_id, yes_price, no_price, mid_price, liquidity, volume, captured_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, 1000, ?)`
  )
  const signal = db.prepare(
    `INSERT INTO signals (id, strategy, market_id, event_id, side, score, confidence, target_price, size_hint, rationale,
       payload_json, status, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'new', ?, ?)`
  )
  db.transaction(() => {
    for (const m of markets) {
      const around = m.mid_price === null ? [null, null] : [m.mid_price - 0.01, m.mid_price + 0.01]
      market.run(
        ...[m.source, m.market_id, m.canonical_id, m.event_id, m.question, m.neg_risk ? 1 : 0, m.yes_price, m.no_price],
        ...[...around, m.mid_price, m.liquidity, pythonTime(originalWindow.toUs)]
      )
    }
    for (const { atUs, liquidity, market_id, no_price, yes_price } of snapshots) {
      const known = source.get(market_id)
      snapshot.run(
        ...[known?.source ?? "gamma", market_id, known?.event_id ?? "e", yes_price, no_price, yes_price, liquidity],
        pythonTime(atUs)
      )
    }
    for (const s of signals) {
      const time = pythonTime(s.atUs)
      signal.run(
        ...[s.id, s.strategy, s.market_id, s.event_id, s.side, s.score, s.confidence, s.target_price, s.size_hint],
        ...[s.rationale, JSON.stringify(s.payload), time, time]
      )
    }
  })()
  db.close()
}
