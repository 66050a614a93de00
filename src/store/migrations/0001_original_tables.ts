import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"

/** The tables of the Python original, column for column: its databases open unchanged. */
const tables: ReadonlyArray<string> = [
  `ingestion_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, status TEXT NOT NULL, started_at TEXT NOT NULL,
    finished_at TEXT NOT NULL, rows_ingested INTEGER NOT NULL, request_count INTEGER NOT NULL DEFAULT 0,
    failure_count INTEGER NOT NULL DEFAULT 0, retry_count INTEGER NOT NULL DEFAULT 0,
    error_buckets_json TEXT NOT NULL DEFAULT '{}', error TEXT NOT NULL DEFAULT '')`,
  `ingestion_state (
    source TEXT PRIMARY KEY, checkpoint_ts TEXT, total_requests INTEGER NOT NULL DEFAULT 0,
    total_failures INTEGER NOT NULL DEFAULT 0, updated_at TEXT NOT NULL)`,
  `ingestion_error_buckets (
    source TEXT NOT NULL, error_bucket TEXT NOT NULL, total_count INTEGER NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '', updated_at TEXT NOT NULL, PRIMARY KEY (source, error_bucket))`,
  `ingestion_error_bucket_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, error_bucket TEXT NOT NULL,
    count INTEGER NOT NULL DEFAULT 0, last_error TEXT NOT NULL DEFAULT '', created_at TEXT NOT NULL)`,
  `ingestion_breakers (
    source TEXT PRIMARY KEY, consecutive_failures INTEGER NOT NULL DEFAULT 0, open_until_ts TEXT,
    last_error_bucket TEXT NOT NULL DEFAULT '', updated_at TEXT NOT NULL)`,
  `ingestion_breaker_transitions (
    source TEXT NOT NULL, state TEXT NOT NULL, transition_count INTEGER NOT NULL DEFAULT 0,
    last_transition_at TEXT NOT NULL, PRIMARY KEY (source, state))`,
  `markets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, market_id TEXT NOT NULL, canonical_id TEXT NOT NULL,
    event_id TEXT NOT NULL, question TEXT NOT NULL, status TEXT NOT NULL, neg_risk INTEGER NOT NULL DEFAULT 0,
    yes_price REAL, no_price REAL, best_bid REAL, best_ask REAL, mid_price REAL, liquidity REAL NOT NULL DEFAULT 0,
    volume REAL NOT NULL DEFAULT 0, updated_at TEXT NOT NULL, UNIQUE (source, market_id))`,
  `market_snapshots (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, market_id TEXT NOT NULL, event_id TEXT NOT NULL,
    yes_price REAL, no_price REAL, mid_price REAL, liquidity REAL NOT NULL DEFAULT 0,
    volume REAL NOT NULL DEFAULT 0, captured_at TEXT NOT NULL)`,
  `signals (
    id INTEGER PRIMARY KEY AUTOINCREMENT, strategy TEXT NOT NULL, market_id TEXT NOT NULL, event_id TEXT NOT NULL,
    side TEXT NOT NULL, score REAL NOT NULL, confidence REAL NOT NULL, target_price REAL NOT NULL,
    size_hint REAL NOT NULL, rationale TEXT NOT NULL, payload_json TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'new', created_at TEXT NOT NULL, updated_at TEXT NOT NULL)`,
  `switches (name TEXT PRIMARY KEY, value TEXT NOT NULL, updated_at TEXT NOT NULL)`,
  `orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT, strategy TEXT NOT NULL, market_id TEXT NOT NULL, event_id TEXT NOT NULL,
    token_id TEXT NOT NULL, side TEXT NOT NULL, action TEXT NOT NULL, mode TEXT NOT NULL, price REAL NOT NULL,
    qty REAL NOT NULL, status TEXT NOT NULL, external_id TEXT, message TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL)`,
  `fills (
    id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL, strategy TEXT NOT NULL, market_id TEXT NOT NULL,
    event_id TEXT NOT NULL, token_id TEXT NOT NULL, side TEXT NOT NULL, price REAL NOT NULL, qty REAL NOT NULL,
    fee REAL NOT NULL DEFAULT 0, external_fill_id TEXT, raw_report_json TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL, FOREIGN KEY (order_id) REFERENCES orders (id))`,
  `positions (
    strategy TEXT NOT NULL, market_id TEXT NOT NULL, event_id TEXT NOT NULL, token_id TEXT NOT NULL,
    net_qty REAL NOT NULL, avg_price REAL NOT NULL, realized_pnl REAL NOT NULL, updated_at TEXT NOT NULL,
    PRIMARY KEY (strategy, market_id, token_id))`
]

const indexes: ReadonlyArray<string> = [
  `idx_ingestion_error_bucket_events_src_bucket_id ON ingestion_error_bucket_events (source, error_bucket, id DESC)`,
  `idx_markets_canonical ON markets (canonical_id)`,
  `idx_markets_event ON markets (event_id)`,
  `idx_market_snapshots_market_time ON market_snapshots (market_id, captured_at)`,
  `idx_signals_status ON signals (status)`,
  `idx_signals_strategy ON signals (strategy)`,
  `idx_signals_created_at ON signals (created_at)`,
  `idx_orders_status ON orders (status)`,
  `idx_orders_strategy ON orders (strategy)`,
  `idx_orders_event ON orders (event_id)`,
  `idx_fills_strategy ON fills (strategy)`
]

/** Creates what is missing and leaves the rest alone. */
export const originalTables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const table of tables) yield* sql.unsafe(`CREATE TABLE IF NOT EXISTS ${table}`)
  for (const index of indexes) yield* sql.unsafe(`CREATE INDEX IF NOT EXISTS ${index}`)
})
