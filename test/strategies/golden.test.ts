import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import Database from "better-sqlite3"
import { expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { builtinStrategies, generateAll } from "../../src/strategies/registry.ts"
import { describeShared } from "../shared.ts"
import { market } from "./market.ts"
import { decodeLegs } from "../../src/store/signals/decode.ts"

interface GoldenSignal {
  readonly strategy: string
  readonly market_id: string
  readonly event_id: string
  readonly side: string
  readonly score: number
  readonly confidence: number
  readonly target_price: number
  readonly size_hint: number
  readonly payload: unknown
}

interface MarketRow {
  readonly source: string
  readonly market_id: string
  readonly canonical_id: string
  readonly event_id: string
  readonly question: string
  readonly status: "open" | "closed"
  readonly neg_risk: number
  readonly yes_price: number | null
  readonly no_price: number | null
  readonly best_bid: number | null
  readonly best_ask: number | null
  readonly mid_price: number | null
  readonly liquidity: number
  readonly volume: number
}

const readMarkets = (original: string) => {
  const dir = mkdtempSync(join(tmpdir(), "monomarket-golden-"))
  try {
    copyFileSync(original, join(dir, "copy.db"))
    const db = new Database(join(dir, "copy.db"), { readonly: true })
    const rows = db.prepare<[], MarketRow>("select * from markets").all()
    db.close()
    return rows.map((row) =>
      market({
        source: row.source,
        marketId: row.market_id,
        canonicalId: row.canonical_id,
        eventId: row.event_id,
        question: row.question,
        status: row.status,
        negRisk: row.neg_risk === 1,
        yesPrice: row.yes_price,
        noPrice: row.no_price,
        bestBid: row.best_bid,
        bestAsk: row.best_ask,
        midPrice: row.mid_price,
        liquidity: row.liquidity,
        volume: row.volume
      })
    )
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const tolerance = 1e-9
const expectSame = (actual: unknown, expected: unknown, path: string): void => {
  if (typeof expected === "number" && typeof actual === "number") {
    const difference = Math.abs(actual - expected)
    expect(difference, `${path}: ${actual} is not ${expected}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(expected))
    )
    return
  }
  if (typeof expected !== "object" || expected === null || typeof actual !== "object" || actual === null) {
    expect(actual, path).toStrictEqual(expected)
    return
  }
  expect(Object.keys(actual).sort(), path).toStrictEqual(Object.keys(expected).sort())
  const fields = new Map(Object.entries(actual))
  for (const [key, value] of Object.entries(expected)) expectSame(fields.get(key), value, `${path}.${key}`)
}

const names = ["events-2026-01", "markets-2026-02-04", "synthetic-7"]
const keyOf = (signal: GoldenSignal) => `${signal.strategy}/${signal.market_id}/${signal.side}`

describeShared("golden", "the original's signals", (folder) => {
  it.each(names)("are met number for number on %s", (name) => {
    const file = join(folder, `${name}.signals.json.gz`)
    const golden: ReadonlyArray<GoldenSignal> = JSON.parse(gunzipSync(readFileSync(file)).toString())
    const signals = generateAll(builtinStrategies(defaultConfig.strategies, defaultConfig.execution), {
      atUs: 0,
      markets: readMarkets(join(folder, `${name}.db`))
    })
    for (const { legs, payload, ...columns } of signals) expect(legs).toStrictEqual(decodeLegs(columns, payload))
    const ours = signals.map((signal) => ({
      strategy: signal.strategy,
      market_id: signal.marketId,
      event_id: signal.eventId,
      side: signal.side,
      score: signal.score,
      confidence: signal.confidence,
      target_price: signal.targetPrice,
      size_hint: signal.sizeHint,
      payload: signal.payload
    }))
    expect(ours.map(keyOf).sort()).toStrictEqual(golden.map(keyOf).sort())
    const byKey = new Map(ours.map((signal) => [keyOf(signal), signal]))
    for (const { strategy, market_id, event_id, side, score, confidence, target_price, size_hint, payload } of golden) {
      const expected = { strategy, market_id, event_id, side, score, confidence, target_price, size_hint, payload }
      expectSame(byKey.get(`${strategy}/${market_id}/${side}`), expected, `${name} ${strategy}/${market_id}`)
    }
  })
})
