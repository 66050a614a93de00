// Ingests 5,000 Gamma markets from a loopback server in another process. The rows are the recorded ones of
// ../shared/data when it is there (repeated under new ids to make 5,000), else generated ones.
import { fork } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig, defaultConfig, ingestLayer, Ingestor, storeLayer } from "../../dist/index.js"
import { cpuMs } from "./cpu.mjs"

const MARKETS = 5_000
const recorded = new URL("../../../shared/data/dev/borat-gamma-clob-2026-02", import.meta.url).pathname

const startServer = () =>
  new Promise((resolve, reject) => {
    const child = fork(new URL("./gammaServer.mjs", import.meta.url).pathname, [
      String(MARKETS),
      existsSync(recorded) ? recorded : ""
    ])
    child.once("message", ({ url, pages }) => resolve({ child, url, pages }))
    child.once("error", reject)
  })

let round = 0

/** JSON.parse of the same bodies and the same upserts in one transaction with prepared statements. */
const floorOnce = (folder, pages) => {
  const db = new Sqlite(join(folder, `floor-${(round += 1)}.db`))
  db.pragma("journal_mode = WAL")
  db.pragma("synchronous = NORMAL")
  db.exec(`CREATE TABLE markets (id INTEGER PRIMARY KEY, source, market_id, canonical_id, event_id, question, status, neg_risk,
      yes_price, no_price, best_bid, best_ask, mid_price, liquidity, volume, updated_at, condition_id, yes_token_id, no_token_id,
      tick_size, min_order_size, slug, UNIQUE(source, market_id));
    CREATE INDEX c ON markets(canonical_id); CREATE INDEX e ON markets(event_id); CREATE INDEX k ON markets(condition_id);
    CREATE TABLE market_snapshots (id INTEGER PRIMARY KEY, source, market_id, event_id, yes_price, no_price, mid_price, liquidity,
      volume, captured_at, captured_us, best_bid, best_ask);
    CREATE INDEX s ON market_snapshots(market_id, captured_us); CREATE INDEX t ON market_snapshots(captured_us, id);
    CREATE INDEX u ON market_snapshots(market_id, captured_at)`)
  const upsert =
    db.prepare(`INSERT INTO markets VALUES (NULL, 'gamma', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT(source, market_id) DO UPDATE SET yes_price = excluded.yes_price, updated_at = excluded.updated_at`)
  const insert = db.prepare("INSERT INTO market_snapshots VALUES (NULL, 'gamma', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
  const now = "2026-01-01T00:00:00Z"
  db.transaction(() => {
    for (const page of pages) {
      for (const m of JSON.parse(page).markets) {
        const [yes = 0, no = 0] = JSON.parse(m.outcomePrices ?? "[]").map(Number)
        const [yesToken = null, noToken = null] = JSON.parse(m.clobTokenIds ?? "[]")
        const event = m.events?.[0]?.id ?? "unknown"
        const numbers = [m.bestBid ?? null, m.bestAsk ?? null, yes, Number(m.liquidity ?? 0), Number(m.volume ?? 0)]
        upsert.run(
          m.id,
          m.slug,
          event,
          m.question,
          m.closed ? "closed" : "open",
          m.negRisk ? 1 : 0,
          yes,
          no,
          ...numbers,
          now,
          m.conditionId,
          yesToken,
          noToken,
          m.orderPriceMinTickSize ?? null,
          m.orderMinSize ?? null,
          m.slug
        )
        insert.run(m.id, event, yes, no, yes, numbers[3], numbers[4], now, 1, m.bestBid ?? null, m.bestAsk ?? null)
      }
    }
  })()
  db.close()
}

const ingestOnce = async (folder, url) => {
  const config = {
    ...defaultConfig,
    app: { ...defaultConfig.app, db_path: join(folder, `ingest-${(round += 1)}.db`) },
    data: { ...defaultConfig.data, gamma_base_url: url, rate_limit_per_sec: 100_000, include_closed: false }
  }
  const program = Effect.gen(function* () {
    const ingestor = yield* Ingestor
    return yield* ingestor.run({ sources: ["gamma"], limit: MARKETS, incremental: false })
  })
  const report = await Effect.runPromise(
    program.pipe(Effect.provide(Layer.provide(ingestLayer, Layer.succeed(AppConfig, config))))
  )
  const stored = report.sources[0].rowsIngested
  if (stored < MARKETS * 0.9) throw new Error(`only ${stored} of ${MARKETS} markets were stored`)
}

export const ingest = {
  name: "ingest, 5,000 Gamma markets",
  unit: "ms",
  target: 3,
  floorIs: "JSON.parse of the same bodies and bare upserts in one transaction",
  prepare: async (folder) => ({ folder, ...(await startServer()) }),
  run: ({ folder, url }) => cpuMs(() => ingestOnce(folder, url)),
  floor: ({ folder, pages }) => cpuMs(() => floorOnce(folder, pages)),
  release: ({ child }) => child.kill()
}
