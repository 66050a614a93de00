import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import type * as SqlClient from "@effect/sql/SqlClient"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type StoreError } from "../../src/domain/errors.ts"
import { type Market } from "../../src/domain/Market.ts"
import { parseTime } from "../../src/domain/time.ts"
import { toMicros, usdc } from "../../src/domain/units.ts"
import { type HistoryReader } from "../../src/ports/HistoryReader.ts"
import { type IngestionRun } from "../../src/ports/IngestRepo.ts"
import { type JournalReader } from "../../src/ports/Journal.ts"
import { type OrderResult } from "../../src/ports/TradeRepo.ts"
import { type Repositories, storeLayer } from "../../src/store/layer.ts"

export type Store = Repositories | HistoryReader | JournalReader | SqlClient.SqlClient | SqliteClient.SqliteClient

/** A folder that goes with the scope. */
export const temporaryFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "monomarket-store-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** Runs `body` over the database at `path`, made when missing; opened anew at each call. */
export const using = <A, E, R>(
  path: string,
  body: Effect.Effect<A, E, R>,
  busyTimeoutMs = 5_000
): Effect.Effect<A, E | StoreError, Exclude<R, Store>> =>
  Effect.provide(body, storeLayer(path, { create: true, busyTimeoutMs }))

/** Runs `body` over a new database. */
export const inStore = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.scoped(Effect.flatMap(temporaryFolder, (folder) => using(join(folder, "store.db"), body)))

/** Plain access from outside, as another program would have it. */
export const withSqlite = <A>(path: string, body: (db: Sqlite.Database) => A): A => {
  const db = new Sqlite(path)
  try {
    return body(db)
  } finally {
    db.close()
  }
}

export const at = (text: string): number => parseTime(text) ?? Number.NaN
export const noon = at("2026-03-01T12:00:00Z")

export const market = (fields: Partial<Market> & Pick<Market, "marketId">): Market => ({
  source: "gamma",
  canonicalId: `canonical-${fields.marketId}`,
  eventId: "e1",
  question: `Question ${fields.marketId}?`,
  status: "open",
  negRisk: false,
  yesPrice: 0.4,
  noPrice: 0.6,
  bestBid: 0.39,
  bestAsk: 0.41,
  midPrice: 0.4,
  liquidity: 1200,
  volume: 5000,
  updatedAtUs: noon,
  conditionId: null,
  yesTokenId: null,
  noTokenId: null,
  yesLabel: null,
  noLabel: null,
  tickSize: null,
  minOrderSize: null,
  fee: null,
  acceptingOrders: null,
  slug: null,
  endDateUs: null,
  resolution: null,
  payout: null,
  resolvedAtUs: null,
  sourceUpdatedUs: null,
  ...fields
})

export const run = (fields: Partial<IngestionRun> = {}): IngestionRun => ({
  source: "gamma",
  status: "ok",
  startedAtUs: noon,
  finishedAtUs: noon + 2_000_000,
  rowsIngested: 1,
  requestCount: 2,
  failureCount: 0,
  retryCount: 0,
  buckets: [],
  error: "",
  ...fields
})

export const request: OrderResult["request"] = {
  strategy: "s1",
  marketId: "m1",
  eventId: "e1",
  token: "YES",
  side: "buy",
  action: "open",
  limitPrice: toMicros(0.5),
  qty: toMicros(10),
  tif: "ioc"
}

export const fill = (fields: Partial<OrderResult["fills"][number]> = {}): OrderResult["fills"][number] => ({
  strategy: "s1",
  marketId: "m1",
  eventId: "e1",
  token: "YES",
  side: "buy",
  price: toMicros(0.5),
  qty: toMicros(10),
  fee: usdc(0),
  atUs: noon,
  externalFillId: null,
  report: "{}",
  ...fields
})

export const result = (fields: Partial<OrderResult> = {}): OrderResult => ({
  request,
  mode: "paper",
  status: "filled",
  reason: null,
  countsAsRejection: false,
  fills: [fill()],
  signalId: null,
  ...fields
})

/** The tables of an early version of the original: no request counts, no external fill ids, no indexes. */
export const olderOriginal = `
  CREATE TABLE ingestion_runs (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, status TEXT NOT NULL,
    started_at TEXT NOT NULL, finished_at TEXT NOT NULL, rows_ingested INTEGER NOT NULL, error TEXT NOT NULL DEFAULT '');
  CREATE TABLE ingestion_state (source TEXT PRIMARY KEY, checkpoint_ts TEXT, total_requests INTEGER NOT NULL DEFAULT 0,
    total_failures INTEGER NOT NULL DEFAULT 0, updated_at TEXT NOT NULL);
  CREATE TABLE markets (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, market_id TEXT NOT NULL,
    canonical_id TEXT NOT NULL, event_id TEXT NOT NULL, question TEXT NOT NULL, status TEXT NOT NULL,
    neg_risk INTEGER NOT NULL DEFAULT 0, yes_price REAL, no_price REAL, best_bid REAL, best_ask REAL, mid_price REAL,
    liquidity REAL NOT NULL DEFAULT 0, volume REAL NOT NULL DEFAULT 0, updated_at TEXT NOT NULL,
    UNIQUE (source, market_id));
  CREATE TABLE market_snapshots (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, market_id TEXT NOT NULL,
    event_id TEXT NOT NULL, yes_price REAL, no_price REAL, mid_price REAL, liquidity REAL NOT NULL DEFAULT 0,
    volume REAL NOT NULL DEFAULT 0, captured_at TEXT NOT NULL);
  CREATE TABLE signals (id INTEGER PRIMARY KEY AUTOINCREMENT, strategy TEXT NOT NULL, market_id TEXT NOT NULL,
    event_id TEXT NOT NULL, side TEXT NOT NULL, score REAL NOT NULL, confidence REAL NOT NULL,
    target_price REAL NOT NULL, size_hint REAL NOT NULL, rationale TEXT NOT NULL, payload_json TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'new', created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
  CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, strategy TEXT NOT NULL, market_id TEXT NOT NULL,
    event_id TEXT NOT NULL, token_id TEXT NOT NULL, side TEXT NOT NULL, action TEXT NOT NULL, mode TEXT NOT NULL,
    price REAL NOT NULL, qty REAL NOT NULL, status TEXT NOT NULL, external_id TEXT, message TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL);
  CREATE TABLE fills (id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL, strategy TEXT NOT NULL,
    market_id TEXT NOT NULL, event_id TEXT NOT NULL, token_id TEXT NOT NULL, side TEXT NOT NULL, price REAL NOT NULL,
    qty REAL NOT NULL, fee REAL NOT NULL DEFAULT 0, created_at TEXT NOT NULL,
    FOREIGN KEY (order_id) REFERENCES orders (id));
  CREATE TABLE positions (strategy TEXT NOT NULL, market_id TEXT NOT NULL, event_id TEXT NOT NULL,
    token_id TEXT NOT NULL, net_qty REAL NOT NULL, avg_price REAL NOT NULL, realized_pnl REAL NOT NULL,
    updated_at TEXT NOT NULL, PRIMARY KEY (strategy, market_id, token_id));

  INSERT INTO ingestion_runs (source, status, started_at, finished_at, rows_ingested) VALUES
    ('gamma', 'ok', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:01.500000+00:00', 3);
  INSERT INTO ingestion_state VALUES
    ('gamma', '2028-12-31T00:00:00+00:00', 7, 1, '2026-01-01T00:00:01.500000+00:00'),
    ('clob', '2025-12-31T00:00:00+00:00', 7, 1, '2026-01-01T00:00:01.500000+00:00');
  INSERT INTO markets (source, market_id, canonical_id, event_id, question, status, yes_price, no_price, updated_at)
  VALUES
    ('gamma', 'won', 'w', 'e1', 'Won?', 'closed', 1, 0, '2026-01-04T00:00:00+00:00'),
    ('gamma', 'odd', 'o', 'e1', 'Odd?', 'closed', 0.5, 0.5, '2026-01-04T00:00:00+00:00'),
    ('gamma', 'unseen', 'u', 'e1', 'Unseen?', 'closed', 0, 1, '2026-01-04T00:00:00+00:00'),
    ('gamma', 'live', 'l', 'e2', 'Live?', 'open', 1, 0, 'yesterday');
  INSERT INTO market_snapshots (source, market_id, event_id, yes_price, no_price, captured_at) VALUES
    ('gamma', 'won', 'e1', 1, 0, '2026-01-01T00:00:00+00:00'),
    ('gamma', 'won', 'e1', 0.99, 0.01, '2026-01-02T00:00:00.250000+00:00'),
    ('gamma', 'won', 'e1', 1, 0, '2026-01-03T00:00:00.000001+00:00'),
    ('gamma', 'won', 'e1', 1, 0, '2026-01-04T00:00:00+00:00'),
    ('gamma', 'won', 'e1', 0.2, 0.8, 'not a time'),
    ('gamma', 'unseen', 'e1', 0.3, 0.7, '2026-01-01T00:00:00+00:00'),
    ('gamma', 'live', 'e2', 1, 0, '2026-01-01T00:00:00+00:00');
  INSERT INTO signals (strategy, market_id, event_id, side, score, confidence, target_price, size_hint, rationale,
    payload_json, status, created_at, updated_at) VALUES
    ('s1', 'won', 'e1', 'buy', 1, 0.5, 0.4, 10, 'r', '{"a": NaN}', 'executed', '2026-01-01T00:00:00.000001+00:00', ''),
    ('s1', 'won', 'e1', 'buy', 1, 0.5, 0.4, 10, 'r', '{"a": 1}', 'new', '', '');
  INSERT INTO orders (strategy, market_id, event_id, token_id, side, action, mode, price, qty, status, message,
    created_at) VALUES
    ('s1', 'won', 'e1', 'YES', 'buy', 'open', 'paper', 0.4, 10, 'filled', '', '2026-01-01T01:00:00+00:00'),
    ('s1', 'won', 'e1', 'YES', 'sell', 'close', 'paper', 0.6, 4, 'filled', '', '2026-01-01T02:00:00+00:00'),
    ('s1', 'won', 'e1', 'YES', 'buy', 'open', 'paper', 0.4, 1e6, 'rejected',
      'strategy notional limit exceeded: 400000.00 > 1000.00', '2026-01-01T03:00:00+00:00'),
    ('s1', 'won', 'e1', 'YES', 'buy', 'open', 'live', 0.4, 10, 'rejected', 'KILL_SWITCH is on',
      '2026-01-01T04:00:00+00:00'),
    ('s1', 'won', 'e1', 'YES', 'buy', 'open', 'live', 0.4, 10, 'frozen', '', '2026-01-01T05:00:00+00:00');
  INSERT INTO fills (order_id, strategy, market_id, event_id, token_id, side, price, qty, created_at) VALUES
    (1, 's1', 'won', 'e1', 'YES', 'buy', 0.4, 10, '2026-01-01T01:00:00+00:00'),
    (2, 's1', 'won', 'e1', 'YES', 'sell', 0.6, 4, '2026-01-01T02:00:00+00:00');
  INSERT INTO positions VALUES ('s1', 'won', 'e1', 'YES', 6, 0.4, 0.8, '2026-01-01T02:00:00+00:00');
`
