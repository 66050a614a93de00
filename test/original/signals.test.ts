import { describe, expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { builtinStrategies, generateAll } from "../../src/strategies/registry.ts"
import { expectClose } from "../backtest/close.ts"
import { market } from "../strategies/market.ts"
import { makeOriginal } from "./database.ts"
import { type OriginalMarket, signalsOf } from "./strategies.ts"

const ours = (markets: ReadonlyArray<OriginalMarket>) =>
  generateAll(builtinStrategies(defaultConfig.strategies, defaultConfig.execution), {
    atUs: 0,
    markets: markets.map((row) =>
      market({
        source: row.source,
        marketId: row.market_id,
        canonicalId: row.canonical_id,
        eventId: row.event_id,
        question: row.question,
        status: "open",
        negRisk: row.neg_risk,
        yesPrice: row.yes_price,
        noPrice: row.no_price,
        midPrice: row.mid_price,
        liquidity: row.liquidity
      })
    )
  }).map((signal) => ({
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

const byKey = <A extends { readonly strategy: string; readonly market_id: string; readonly side: string }>(
  rows: ReadonlyArray<A>
) => new Map(rows.map((row) => [`${row.strategy}/${row.market_id}/${row.side}`, row] as const))

describe("signals of s1, s2, s4 and s8 are those of a slow reading of their formulas", () => {
  it.each([1, 2, 3, 4, 5])("on random market %i", (seed) => {
    const { markets } = makeOriginal(seed, 60)
    const wanted = byKey(signalsOf(markets))
    const made = byKey(ours(markets))
    expect(new Set([...wanted.values()].map(({ strategy }) => strategy)).size).toBe(4)
    expect([...made.keys()].sort()).toStrictEqual([...wanted.keys()].sort())
    for (const [key, { rationale, ...signal }] of wanted) {
      expect(rationale).not.toBe("")
      expectClose(made.get(key), signal, key)
    }
  })
})
