import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { edgeGate } from "../../src/strategies/edgeGate.ts"
import { builtinStrategies, considerAll, withEdgeGate } from "../../src/strategies/registry.ts"
import { s1 } from "../../src/strategies/s1.ts"
import { s2 } from "../../src/strategies/s2.ts"
import { market } from "./market.ts"
import { costs, fee } from "./sets.ts"
import { withOrders } from "../signals.ts"

const { strategies } = defaultConfig
const gate = { enabled: true, min_net_edge: 0 }

const pair = (spread: number, rate: number, liquidity = 3000) => [
  market({ marketId: "g", canonicalId: "c", midPrice: 0.4, liquidity, fee: fee(rate) }),
  market({ marketId: "k", source: "clob", canonicalId: "c", midPrice: 0.4 + spread, liquidity, fee: fee(rate) })
]
const basket = (rate: number, ...prices: ReadonlyArray<number>) =>
  prices.map((yesPrice, index) => market({ marketId: `b${index}`, negRisk: true, yesPrice, fee: fee(rate) }))

describe("the edge gate", () => {
  it("charges S1 what its limits give away, then both fees and both slippages", () => {
    const rows = pair(0.05, 0)
    const signals = s1(rows, strategies.s1)
    // Limits 0.405 for YES and 0.555 for NO: 0.04 of the 0.05 are left, less 5 bps of 0.96.
    expect(edgeGate(signals, rows, gate, costs)).toStrictEqual({ signals, dropped: [] })
    expect(edgeGate(signals, rows, { ...gate, min_net_edge: 0.0395 }, costs).signals).toStrictEqual(signals)
    const strict = edgeGate(signals, rows, { ...gate, min_net_edge: 0.0396 }, costs)
    expect(strict.signals).toStrictEqual([])
    expect(strict.dropped).toMatchObject([{ strategy: "s1", marketId: "g", reason: "net edge below the minimum" }])
    expect(strict.dropped[0]?.grossEdge).toBeCloseTo(0.04, 9)
    expect(strict.dropped[0]?.netEdge).toBeCloseTo(0.03952, 5)
    // 0.09 * (0.405 * 0.595 + 0.555 * 0.445) = 0.0439
    const taxed = pair(0.05, 0.09)
    expect(edgeGate(s1(taxed, strategies.s1), taxed, gate, costs).dropped).toMatchObject([
      { reason: "edge does not pay fees and slippage" }
    ])
  })

  it("judges an S2 basket whole, whichever side it is on", () => {
    for (const prices of [
      [0.5, 0.3, 0.1],
      [0.5, 0.4, 0.2]
    ]) {
      const rows = basket(0, ...prices)
      const signals = s2(rows, strategies.s2)
      expect(signals).toHaveLength(3)
      const large = signals.map((signal) => withOrders({ ...signal, sizeHint: 20 }))
      // Limits give away 0.005 a leg: 0.085 of the 0.1 are left.
      expect(edgeGate(large, rows, gate, costs)).toStrictEqual({ signals: large, dropped: [] })
      const taxed = basket(0.2, ...prices)
      const dropped = edgeGate(large, taxed, gate, costs).dropped
      expect(dropped.map(({ marketId, reason }) => [marketId, reason])).toStrictEqual(
        ["b0", "b1", "b2"].map((id) => [id, "edge does not pay fees and slippage"])
      )
      expect(dropped[0]?.grossEdge).toBeCloseTo(0.085, 6)
    }
  })

  it("drops a basket of which one leg is worth less than 1 USDC", () => {
    // 2 shares at 0.505, 0.305 and 0.105 when bought; at 0.505, 0.605 and 0.805 when the NOs are.
    const bought = basket(0, 0.5, 0.3, 0.1)
    const reasons = edgeGate(s2(bought, strategies.s2), bought, gate, costs).dropped.map(({ reason }) => reason)
    expect(reasons).toStrictEqual(Array(3).fill("below minimum notional"))
    const sold = basket(0, 0.5, 0.4, 0.2)
    expect(edgeGate(s2(sold, strategies.s2), sold, gate, costs).signals).toHaveLength(3)
  })

  it("drops what names a market that cannot be seen, and what is smaller than a lot", () => {
    const rows = pair(0.2, 0)
    const signals = s1(rows, strategies.s1)
    expect(edgeGate(signals, rows.slice(0, 1), gate, costs).dropped).toMatchObject([{ reason: "unknown market" }])
    const crumbs = signals.map((signal) => withOrders({ ...signal, sizeHint: 0.001 }))
    expect(edgeGate(crumbs, rows, gate, costs).dropped).toMatchObject([{ reason: "below minimum size", netEdge: null }])
  })

  const stated = (edge: unknown): NewSignal =>
    withOrders({
      strategy: "mine",
      marketId: "g",
      eventId: "e",
      side: "buy",
      score: 1,
      confidence: 0.5,
      targetPrice: 0.5,
      sizeHint: 10,
      rationale: "A test.",
      payload: edge === undefined ? {} : { edge: edge as number }
    })

  it("reads the edge that any strategy states, and lets through what states none", () => {
    const rows = pair(0, 0.04)
    // 0.04 * 0.25 = 0.01 of fee and 0.00025 of slippage.
    const kept = [stated(undefined), stated(0.011), stated("much"), stated(Number.NaN)]
    expect(edgeGate([...kept, stated(0.01)], rows, gate, costs)).toMatchObject({
      signals: kept,
      dropped: [{ strategy: "mine", reason: "edge does not pay fees and slippage" }]
    })
  })

  it("keeps the order, loses nothing, and lets nothing through that it once dropped", () => {
    const anySignals = fc.array(
      fc.record({
        edge: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
        size: fc.integer({ min: 1, max: 20 })
      })
    )
    const rows = pair(0, 0.04)
    fc.assert(
      fc.property(anySignals, (wanted) => {
        const signals = wanted.map(({ edge, size }) => ({
          ...stated(edge === undefined ? undefined : edge / 1000),
          sizeHint: size / 4
        }))
        const once = edgeGate(signals, rows, gate, costs)
        expect(once.signals.length + once.dropped.length).toBe(signals.length)
        expect(signals.filter((signal) => once.signals.includes(signal))).toStrictEqual(once.signals)
        expect(edgeGate(once.signals, rows, gate, costs)).toStrictEqual({ signals: once.signals, dropped: [] })
      })
    )
  })
})

describe("the gate around strategies", () => {
  const rows = pair(0.05, 0.09)
  const view = { atUs: 0, markets: rows }
  const withGate = (enabled: boolean) =>
    builtinStrategies({ ...strategies, edge_gate: { enabled, min_net_edge: 0 } }, defaultConfig.execution)

  it("is off by default", () => {
    expect(strategies.edge_gate.enabled).toBe(false)
    expect(considerAll(withGate(false), view)).toMatchObject({ signals: [{ strategy: "s1" }], dropped: [] })
  })

  it("holds for every strategy when it is on, and says what it dropped", () => {
    expect(considerAll(withGate(true), view)).toMatchObject({ signals: [], dropped: [{ strategy: "s1" }] })
    expect(withGate(true).map(({ byDefault, id }) => [id, byDefault !== false])).toStrictEqual([
      ["s1", true],
      ["s2", true],
      ["s4", true],
      ["s8", true],
      ["s9", false],
      ["s10", false]
    ])
  })

  it("adds to what a strategy drops by itself", () => {
    const own = {
      strategy: "x",
      marketId: "g",
      eventId: "e",
      reason: "unknown market",
      grossEdge: 1,
      netEdge: null
    } as const
    const strategy = {
      id: "x",
      title: "x",
      generate: () => s1(rows, strategies.s1),
      consider: () => ({ signals: s1(rows, strategies.s1), dropped: [own] })
    }
    const gated = withEdgeGate(strategy, gate, costs)
    expect(gated.generate(view)).toStrictEqual([])
    expect(gated.consider?.(view).dropped.map(({ strategy: id }) => id)).toStrictEqual(["x", "s1"])
  })
})

describe("switched on in the configuration", () => {
  it("S9 and S10 run without being named", () => {
    const on = builtinStrategies(
      { ...strategies, s9: { ...strategies.s9, enabled: true }, s10: { ...strategies.s10, enabled: true } },
      defaultConfig.execution
    )
    expect(on.every(({ byDefault }) => byDefault !== false)).toBe(true)
  })

  it("they charge what `execution` says", () => {
    const crossed = market({ bestBid: 0.45, bestAsk: 0.4, liquidity: 10_000 })
    const s9 = (execution: typeof defaultConfig.execution) =>
      builtinStrategies(strategies, execution)
        .find(({ id }) => id === "s9")!
        .generate({ atUs: 0, markets: [crossed] })
    expect(s9(defaultConfig.execution)).toHaveLength(1)
    expect(s9({ ...defaultConfig.execution, fee_bps: 600 })).toStrictEqual([])
    expect(s9({ ...defaultConfig.execution, slippage_bps: 600 })).toStrictEqual([])
  })
})
