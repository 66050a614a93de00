// Ingests 5,000 Gamma markets from a loopback server in another process. The rows are the recorded ones of
// the shared data when they are there (repeated under new ids to make 5,000), else generated ones.
import { fork } from "node:child_process"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig, defaultConfig, ingestLayer, Ingestor, storeLayer } from "../../dist/index.js"
import { findShared } from "../shared.mjs"
import { cpuMs } from "./cpu.mjs"

const MARKETS = 5_000
const recorded = findShared("data/dev/borat-gamma-clob-2026-02")

const startServer = () =>
  new Promise((resolve, reject) => {
    const child = fork(new URL("./gammaServer.mjs", import.meta.url).pathname, [String(MARKETS), recorded ?? ""])
    child.once("message", ({ url, pages }) => resolve({ child, url, pages }))
    child.once("error", reject)
  })

let round = 0

const json = (text) => (typeof text === "string" && text.startsWith("[") ? JSON.parse(text) : [])
const micros = (text) => (text === undefined ? null : Date.parse(text) * 1_000)

/** A raw market as a row of the markets table, by column name: what must be written whoever writes it. */
const rowOf = (m, now) => {
  const [yes = null, no = null] = json(m.outcomePrices).map(Number)
  const [yesToken = null, noToken = null] = json(m.clobTokenIds)
  const [yesLabel = null, noLabel = null] = json(m.outcomes)
  return {
    source: "gamma",
    market_id: m.id,
    canonical_id: m.groupItemTitle || m.slug,
    event_id: m.events?.[0]?.id ?? "unknown",
    question: m.question,
    status: m.closed ? "closed" : "open",
    neg_risk: m.negRisk ? 1 : 0,
    yes_price: yes,
    no_price: no,
    best_bid: m.bestBid ?? null,
    best_ask: m.bestAsk ?? null,
    mid_price: yes,
    liquidity: Number(m.liquidity ?? 0),
    volume: Number(m.volume ?? 0),
    updated_at: now.text,
    updated_us: now.us,
    condition_id: m.conditionId,
    yes_token_id: yesToken,
    no_token_id: noToken,
    yes_label: yesLabel,
    no_label: noLabel,
    tick_size: m.orderPriceMinTickSize ?? null,
    min_order_size: m.orderMinSize ?? null,
    fee_rate: m.feeSchedule?.rate ?? null,
    accepting_orders: m.acceptingOrders ? 1 : 0,
    slug: m.slug,
    end_date_us: micros(m.endDate),
    source_updated_us: micros(m.updatedAt)
  }
}

/** JSON.parse of the same bodies and the same upserts, into the same tables, with better-sqlite3 in one transaction. */
const floorOnce = async (folder, pages) => {
  const path = join(folder, `floor-${(round += 1)}.db`)
  await Effect.runPromise(Effect.void.pipe(Effect.provide(storeLayer(path, { create: true }))))
  return cpuMs(() => {
    const db = new Sqlite(path)
    db.pragma("synchronous = NORMAL")
    const columns = db
      .pragma("table_info(markets)")
      .map(({ name }) => name)
      .filter((name) => name !== "id")
    const updates = columns.map((name) => `${name} = excluded.${name}`)
    const upsert = db.prepare(
      `INSERT INTO markets (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
       ON CONFLICT (source, market_id) DO UPDATE SET ${updates.join(", ")}`
    )
    const snapshot = [
      "source",
      "market_id",
      "event_id",
      "yes_price",
      "no_price",
      "best_bid",
      "best_ask",
      "mid_price",
      "liquidity",
      "volume",
      "status",
      "accepting_orders",
      "tick_size"
    ]
    const insert = db.prepare(
      `INSERT INTO market_snapshots (${snapshot.join(", ")}, captured_at, captured_us) VALUES (${snapshot.map(() => "?").join(", ")}, ?, ?)`
    )
    const now = { text: "2026-01-01T00:00:00Z", us: 1_767_225_600_000_000 }
    db.transaction(() => {
      for (const page of pages) {
        for (const market of JSON.parse(page).markets) {
          const row = rowOf(market, now)
          upsert.run(columns.map((name) => row[name] ?? null))
          insert.run([...snapshot.map((name) => row[name]), now.text, now.us])
        }
      }
    })()
    db.close()
  })
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
  floorIs: "JSON.parse of the same bodies and the same upserts with better-sqlite3 in one transaction",
  prepare: async (folder) => ({ folder, ...(await startServer()) }),
  run: ({ folder, url }) => cpuMs(() => ingestOnce(folder, url)),
  floor: ({ folder, pages }) => floorOnce(folder, pages),
  release: ({ child }) => child.kill()
}
