import { expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { s1 } from "../../src/strategies/s1.ts"
import { s10 } from "../../src/strategies/s10.ts"
import { s2 } from "../../src/strategies/s2.ts"
import { s4 } from "../../src/strategies/s4.ts"
import { s8 } from "../../src/strategies/s8.ts"
import { s9 } from "../../src/strategies/s9.ts"
import { market } from "../strategies/market.ts"
import { costs, fee, profitOf } from "../strategies/sets.ts"
import { readDocument } from "./blocks.ts"

// The worked examples of docs/strategies.md, computed by the strategies themselves.

const { strategies } = defaultConfig
const page = readDocument("docs/strategies.md")

const shown = (value: number): string => String(Number(value.toFixed(4)))
const row = (signal: NewSignal): string =>
  `| ${signal.marketId} | ${signal.side} | ${[signal.targetPrice, signal.sizeHint, signal.score, signal.confidence].map(shown).join(" | ")} |`

/** What stands below the heading of a strategy: a number of one may not be found in the words on another. */
const sectionOf = (strategy: string): string => {
  const [found, ...others] = page.split(/^(?=## )/m).filter((part) => part.startsWith(`## ${strategy.toUpperCase()}:`))
  expect([found === undefined, others]).toStrictEqual([false, []])
  return found ?? ""
}

/** The section shows exactly these signals, in this order. */
const expectRows = (signals: ReadonlyArray<NewSignal>): void => {
  const strategy = signals[0]?.strategy ?? ""
  const lines = sectionOf(strategy)
    .split("\n")
    .map((line) => line.replace(/\s+/g, " ").trim())
  const head = lines.indexOf("| market | side | target | size | score | confidence |")
  const end = lines.indexOf("", head)
  expect(lines.slice(head + 2, end)).toStrictEqual(signals.map(row))
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

it("s9", () => {
  const rows = [market({ marketId: "p1", bestBid: 0.45, bestAsk: 0.4, liquidity: 4000, fee: fee(0.04) })]
  expectRows(s9(rows, strategies.s9, costs))
})

it("s10", () => {
  const rows = (
    [
      ["n1", 0.5, 3000],
      ["n2", 0.4, 5000],
      ["n3", 0.15, 2000]
    ] as const
  ).map(([marketId, bestBid, liquidity]) =>
    market({ marketId, bestBid, bestAsk: bestBid + 0.01, liquidity, eventId: "e", negRisk: true, fee: fee(0.04) })
  )
  const signals = s10(rows, strategies.s10, costs)
  expectRows(signals)
  const profit = profitOf(signals[0]!, rows, (id) => (id === "n2" ? { yes: 1, no: 0 } : { yes: 0, no: 1 })) / 1e6
  expect(page).toContain(`${profit.toFixed(2)} USDC on a set of ${signals[0]!.sizeHint} shares`)
  expect(page).toContain(`ties up ${(2 * signals[0]!.sizeHint - profit).toFixed(2)} USDC`)
})
