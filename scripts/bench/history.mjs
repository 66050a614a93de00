// A synthetic database: signals of four strategies over markets that were sampled at regular times.
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { formatTime, storeLayer } from "../../dist/index.js"

const START_US = 1_770_000_000_000_000
const STEP_US = 300_000_000

const payloadOf = (strategy, market, markets) => {
  if (strategy === "s8") {
    return {
      primary_leg: { token: "NO", market_id: `m${market}`, qty: 12, price: 0.9 },
      tail_hedge: { token: "YES", market_id: `m${(market + 1) % markets}`, qty: 40, price: 0.05 },
      hedge_budget_ratio: 0.15
    }
  }
  if (strategy === "s4") {
    return { tier: "A", ladder_prices: [0.1, 0.09, 0.08], allocation_mult: 1.2, basket_family: "low_prob_yes" }
  }
  return { scanner: "cross_venue", canonical_id: `c${market}`, spread: 0.04, execution_mode: "semi_auto" }
}

/** Rows of the markets table, as they stand at the end; one contract in ten has two rows, of two sources. */
const insertMarkets = (db, markets) => {
  const insert = db.prepare(
    `INSERT INTO markets (source, market_id, canonical_id, event_id, question, status, neg_risk, updated_at, updated_us,
       condition_id, yes_token_id, no_token_id, tick_size, min_order_size, slug)
     VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, 0.01, 5, ?)`
  )
  const at = formatTime(START_US)
  for (let m = 0; m < markets; m += 1) {
    const contract = sourceOf(m) === "clob" ? m - 1 : m
    insert.run(
      sourceOf(m),
      `m${m}`,
      `c${contract}`,
      `e${m % 40}`,
      `Will contract ${contract} pay?`,
      m % 40 < 10 ? 1 : 0,
      at,
      START_US,
      `0x${contract}`,
      `${contract}1`,
      `${contract}2`,
      `contract-${contract}`
    )
  }
}

const sourceOf = (m) => (m % 20 === 19 ? "clob" : "gamma")

/** Makes the database through the project's own migrations, then fills it in bulk. `whole`: with rows of markets. */
export const makeHistory = async (folder, { name, signals, markets, snapshots, stepUs = STEP_US, whole = false }) => {
  const path = join(folder, `${name}.db`)
  await Effect.runPromise(Effect.void.pipe(Effect.provide(storeLayer(path, { create: true }))))
  const db = new Sqlite(path)
  const price = (m, s) => Math.round((0.05 + 0.9 * Math.abs(Math.sin(m * 7 + s * 0.01))) * 1000) / 1000
  const insertSnapshot = db.prepare(
    `INSERT INTO market_snapshots (source, market_id, event_id, yes_price, no_price, mid_price, liquidity, volume,
       captured_at, captured_us, best_bid, best_ask, status, accepting_orders, tick_size)
     VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, 'open', 1, 0.01)`
  )
  const insertSignal = db.prepare(
    `INSERT INTO signals (strategy, market_id, event_id, side, score, confidence, target_price, size_hint, rationale,
       payload_json, status, created_at, updated_at, created_us) VALUES (?, ?, ?, ?, 1, 0.5, ?, ?, 'bench', ?, 'new', ?, ?, ?)`
  )
  db.transaction(() => {
    if (whole) insertMarkets(db, markets)
    for (let s = 0; s < snapshots; s += 1) {
      const us = START_US + s * stepUs
      const at = formatTime(us)
      for (let m = 0; m < markets; m += 1) {
        // On the grid of ticks, and every other market asks no more than it shows, so that strategies do trade.
        const yes = whole ? Math.round(price(m, s) * 100) / 100 : price(m, s)
        const [bid, ask] = whole ? [yes - 0.01, m % 2 === 0 ? yes : yes + 0.01] : [yes - 0.005, yes + 0.005]
        const source = whole ? sourceOf(m) : "gamma"
        const liquidity = 100 + m * 10
        insertSnapshot.run(...[source, `m${m}`, `e${m % 40}`, yes, 1 - yes, yes, liquidity], ...[at, us, bid, ask])
      }
    }
    for (let i = 0; i < signals; i += 1) {
      const us = START_US + Math.floor((i / signals) * snapshots * stepUs)
      const m = i % markets
      const strategy = ["s1", "s2", "s4", "s8"][i % 4]
      const target = Math.min(0.99, price(m, Math.floor((i / signals) * snapshots)) + 0.006)
      const payload = JSON.stringify(payloadOf(strategy, m, markets))
      const at = formatTime(us)
      insertSignal.run(
        strategy,
        `m${m}`,
        `e${m % 40}`,
        i % 5 === 0 ? "sell" : "buy",
        target,
        10 + (i % 17),
        payload,
        at,
        at,
        us
      )
    }
  })()
  db.close()
  // Opening decodes rows that were not written by the store, once, as it does after the original wrote to a file.
  await Effect.runPromise(Effect.void.pipe(Effect.provide(storeLayer(path, { create: false }))))
  return { path, fromUs: START_US, toUs: START_US + snapshots * stepUs }
}
