import { expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { s1 } from "../../src/strategies/s1.ts"
import { s2 } from "../../src/strategies/s2.ts"
import { s4 } from "../../src/strategies/s4.ts"
import { s8 } from "../../src/strategies/s8.ts"
import { market } from "../strategies/market.ts"
import { readDocument } from "./blocks.ts"

// The worked examples of docs/strategies.md, computed by the strategies themselves.

const { strategies } = defaultConfig
const page = readDocument("docs/strategies.md")

const shown = (value: number): string => String(Number(value.toFixed(4)))
const row = (signal: NewSignal): string =>
  `| ${signal.marketId} | ${signal.side} | ${[signal.targetPrice, signal.sizeHint, signal.score, signal.confidence].map(shown).join(" | ")} |`

const expectRows = (signals: ReadonlyArray<NewSignal>): void => {
  const lines = page.split("\n").map((line) => line.replace(/\s+/g, " ").trim())
  expect(signals.length).toBeGreaterThan(0)
  for (const signal of signals) expect(lines).toContain(row(signal))
}

it("s1", () => {
  const rows = [
    market({ marketId: "g1", source: "gamma", canonicalId: "c", midPrice: 0.42, liquidity: 3000 }),
    market({ marketId: "k1", source: "clob", canonicalId: "c", midPrice: 0.47, liquidity: 1500 })
  ]
  expectRows(s1(rows, strategies.s1))
})

it("s2", () => {
  const legs = [
    ["a", 0.3],
    ["b", 0.25],
    ["c", 0.2]
  ] as const
  const rows = legs.map(([marketId, yesPrice]) => market({ marketId, eventId: "e", negRisk: true, yesPrice }))
  expectRows(s2(rows, strategies.s2))
})

it("s4", () => {
  expectRows(s4([market({ marketId: "l1", yesPrice: 0.03, liquidity: 5000 })], strategies.s4))
})

it("s8", () => {
  const rows = [
    market({ marketId: "m1", yesPrice: 0.06, noPrice: 0.94, liquidity: 5000 }),
    market({ marketId: "t1", yesPrice: 0.02, noPrice: null, liquidity: 800 })
  ]
  const signals = s8(rows, strategies.s8)
  expectRows(signals)
  const { payload, sizeHint } = signals[0]!
  const hedge = payload["tail_hedge"] as { readonly qty: number; readonly price: number }
  expect(page).toContain(`buys ${shown(hedge.qty)} YES of t1 at ${hedge.price}`)
  expect(page).toContain(`earns ${shown(sizeHint * 0.06)} USDC`)
  expect(page).toContain(`costs ${shown(hedge.qty * hedge.price)} USDC`)
})
