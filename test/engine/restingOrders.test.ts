import { describe, expect, it } from "vitest"
import { replaySettings } from "../../src/backtest/replaySettings.ts"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { anyAge } from "../../src/domain/Freshness.ts"
import { type Fact } from "../../src/domain/Fact.ts"
import { type MarketView } from "../../src/domain/MarketView.ts"
import { type NewSignal } from "../../src/domain/Signal.ts"
import { MICROS_PER_SECOND } from "../../src/domain/time.ts"
import { MICRO } from "../../src/domain/units.ts"
import { EngineState } from "../../src/engine/EngineState.ts"
import { SyncRunner } from "../../src/engine/SyncRunner.ts"
import { noProtections } from "../../src/risk/gates.ts"
import { signal } from "../execution/world.ts"
import { noon } from "../store/support.ts"
import { seen } from "./programWorld.ts"

const sec = (seconds: number): number => seconds * MICROS_PER_SECOND

const world = (
  generate: (view: MarketView) => ReadonlyArray<NewSignal>,
  execution: Partial<typeof defaultConfig.execution> = {}
) => {
  const options = {
    ...{ fromUs: noon, toUs: noon + sec(10_000), strategies: [], compat: "market" as const, settlement: true },
    execution: { ...defaultConfig.execution, slippage_bps: 0, ...execution },
    risk: { ...defaultConfig.risk, max_strategy_notional: 10_000, max_event_notional: 10_000 }
  }
  const strategies = [{ id: "s4", title: "Test", generate }]
  const state = new EngineState(replaySettings(options, anyAge, { strategies, maxSignals: 20, cooldownUs: 0 }), noon)
  state.switches = noProtections
  const facts: Array<Fact> = []
  const runner = new SyncRunner({ state, keepsEvidence: true, onFact: (fact) => facts.push(fact), onSubmit: null })
  const see = (after: number, bid: number, ask: number, fields: object = {}, marketId = "a"): void =>
    runner.push(seen(sec(after), marketId, bid, ask, fields))
  /** The source answers, and the strategies are asked. */
  const scan = (after: number): void => {
    const atUs = noon + sec(after)
    runner.push({ kind: "look", atUs, seenUs: atUs, source: "gamma", answered: true, confirmed: [] })
    runner.push({ kind: "timer", atUs, id: { kind: "scan" } })
  }
  /** Every order fact: seconds, market, status, fills as [price, shares], code. */
  const orders = () =>
    facts.flatMap((fact) =>
      fact.kind !== "order"
        ? []
        : [
            [
              (fact.atUs - noon) / MICROS_PER_SECOND,
              fact.planned.request.marketId,
              fact.status,
              fact.fills.map(({ price, qty }) => [price / MICRO, qty / MICRO]),
              fact.reason?.code ?? null
            ]
          ]
    )
  const rules = () =>
    facts.flatMap((fact) =>
      fact.kind === "order" ? fact.fills.map(({ report }) => /"rule":"([a-z ]*)"/.exec(report)?.[1]) : []
    )
  return { facts, orders, rules, runner, scan, see, state }
}

const wants = (fields: Partial<NewSignal> = {}, limit = 0.41, size = 10): NewSignal => ({
  ...signal({ strategy: "s4", marketId: "a", targetPrice: limit, sizeHint: size }),
  style: "passive",
  timeToLiveSec: 60,
  ...fields
})

describe("a passive order", () => {
  it("rests, is not filled by a quote that touches its limit, and fills at its limit by one that trades through", () => {
    const { facts, orders, rules, scan, see } = world(() => [wants()])
    see(0, 0.4, 0.42)
    scan(1)
    see(10, 0.4, 0.41)
    see(20, 0.39, 0.4)
    expect(orders()).toStrictEqual([
      [1, "a", "open", [], null],
      [20, "a", "filled", [[0.41, 10]], null]
    ])
    expect(rules()).toStrictEqual(["traded through"])
    expect(facts.filter(({ kind }) => kind === "package")).toMatchObject([{ outcome: "complete", refusal: null }])
  })

  it("is filled by a touch where the configuration says so", () => {
    const { orders, rules, scan, see } = world(() => [wants()], { resting_fills: "optimistic" })
    see(0, 0.4, 0.42)
    scan(1)
    see(10, 0.4, 0.41)
    expect(orders().at(-1)).toStrictEqual([10, "a", "filled", [[0.41, 10]], null])
    expect(rules()).toStrictEqual(["touched"])
  })

  it("takes what is offered when it arrives, and rests with what is left", () => {
    // 20 USDC of liquidity, half of it on the asked side at 0.40: 25 shares.
    const { orders, rules, scan, see } = world(() => [wants({}, 0.41, 40)])
    see(0, 0.38, 0.4, { liquidity: 20 })
    scan(1)
    see(10, 0.38, 0.4, { liquidity: 20 })
    expect(orders()).toStrictEqual([
      [1, "a", "partially_filled", [[0.4, 25]], null],
      [10, "a", "filled", [[0.41, 15]], null]
    ])
    expect(rules()).toStrictEqual(["taken", "traded through"])
  })

  it.each([
    [60.999999, "filled", null],
    [61, "expired", "time to live over"]
  ])("meets a quote %f s after the start: its time to live ends after 61 s", (at, status, code) => {
    const { orders, scan, see } = world(() => [wants()])
    see(0, 0.4, 0.42)
    scan(1)
    see(at, 0.38, 0.39)
    see(62, 0.38, 0.39)
    expect(orders().at(-1)).toStrictEqual([at, "a", status, status === "filled" ? [[0.41, 10]] : [], code])
  })

  it("is withdrawn at the scan at which its strategy no longer gives the signal, and only then", () => {
    let gives = true
    const { orders, scan, see, state } = world(() => (gives ? [wants()] : []))
    see(0, 0.4, 0.42)
    scan(1)
    see(10, 0.4, 0.42)
    scan(11)
    // It rests, so the signal that is given again is not traded twice.
    expect([...state.working.keys()]).toStrictEqual([-1])
    gives = false
    see(20, 0.4, 0.42)
    scan(21)
    see(22, 0.1, 0.12)
    expect(orders()).toStrictEqual([
      [1, "a", "open", [], null],
      [21, "a", "canceled", [], "signal gone"]
    ])
    expect(state.withdrawing.size + state.waiting.length).toBe(0)
  })

  it("frees what it reserved before the orders of the same scan are decided on", () => {
    let market = "a"
    const { facts, scan, see } = world(() => [wants({ marketId: market, ...signalIn(market) })])
    see(0, 0.4, 0.42)
    see(0, 0.4, 0.42, {}, "b")
    scan(1)
    market = "b"
    see(10, 0.4, 0.42)
    scan(11)
    const decided = facts.flatMap((fact) => (fact.kind === "decision" ? fact.decisions : []))
    expect(decided.map(({ strategyNotionalBefore }) => strategyNotionalBefore)).toStrictEqual([0, 0])
  })

  it("waits on the tick of its market, never above its limit", () => {
    const { facts, scan, see } = world(() => [wants({}, 0.417)])
    see(0, 0.4, 0.45, { tickSize: 0.01 })
    scan(1)
    const [decision] = facts.filter((fact) => fact.kind === "decision")
    expect(decision?.planned[0]?.request.limitPrice).toBe(0.41 * MICRO)
  })
})

const signalIn = (marketId: string) => {
  const { legs } = signal({ strategy: "s4", marketId, targetPrice: 0.41, sizeHint: 10 })
  return { legs }
}

describe("an order that rests first and takes then", () => {
  const style = "passive_then_aggressive" as const

  it("takes what is left at the end of its time to live, once, within its limit", () => {
    const { orders, rules, scan, see } = world(() => [wants({ style })])
    see(0, 0.4, 0.42)
    scan(1)
    // The very quote at its end does not fill what rests, but is offered to what takes.
    see(61, 0.38, 0.4)
    see(62, 0.38, 0.4)
    expect(orders()).toStrictEqual([
      [1, "a", "open", [], null],
      [61, "a", "expired", [], "time to live over"],
      [61, "a", "filled", [[0.4, 10]], null]
    ])
    expect(rules()).toStrictEqual(["taken"])
  })

  it("is refused where the market asks more than its limit, and not tried again", () => {
    const { facts, scan, see } = world(() => [wants({ style })])
    see(0, 0.4, 0.42)
    scan(1)
    see(100, 0.4, 0.42)
    see(200, 0.38, 0.4)
    const refusals = facts.flatMap((fact) => (fact.kind === "decision" ? [fact.refusal?.reason.code ?? null] : []))
    expect(refusals).toStrictEqual([null, "not marketable"])
  })

  it("takes nothing when its signal is gone", () => {
    let gives = true
    const { orders, scan, see } = world(() => (gives ? [wants({ style })] : []))
    see(0, 0.4, 0.42)
    scan(1)
    gives = false
    see(20, 0.38, 0.41)
    scan(21)
    expect(orders().at(-1)).toStrictEqual([21, "a", "canceled", [], "signal gone"])
    see(70, 0.3, 0.31)
    expect(orders()).toHaveLength(2)
  })
})

describe("a hedge of what rests", () => {
  const carry = (tail: number): NewSignal =>
    wants({
      legs: signal({
        strategy: "s8",
        marketId: "a",
        payload: {
          primary_leg: { token: "NO", market_id: "a", qty: 100, price: 0.6 },
          tail_hedge: { token: "YES", market_id: "b", qty: 40, price: tail }
        }
      }).legs
    })

  it("is ordered with each fill, in proportion, and rests for a time to live of its own", () => {
    const { orders, scan, see, state } = world(() => [carry(0.2)])
    see(0, 0.38, 0.4)
    see(0, 0.2, 0.22, {}, "b")
    scan(1)
    expect(orders()).toStrictEqual([[1, "a", "open", [], null]])
    // NO is asked at 1 - 0.42 = 0.58, below the limit: 29 USDC of liquidity give 25 of the 100 shares.
    see(10, 0.42, 0.44, { liquidity: 29 })
    see(11, 0.2, 0.22, {}, "b")
    expect(orders().slice(1)).toStrictEqual([
      [10, "a", "partially_filled", [[0.6, 25]], null],
      [10.25, "b", "open", [], null]
    ])
    expect([...state.working.values()].map(({ marketId, qty }) => [marketId, qty / MICRO])).toStrictEqual([
      ["a", 100],
      ["b", 10]
    ])
    see(20, 0.42, 0.44)
    see(30, 0.17, 0.19, {}, "b")
    expect(orders().slice(3)).toStrictEqual([
      [20, "a", "filled", [[0.6, 75]], null],
      [20.25, "b", "open", [], null],
      [30, "b", "filled", [[0.2, 10]], null],
      [30, "b", "filled", [[0.2, 30]], null]
    ])
  })

  it("counts as exposure before it is ordered", () => {
    const { scan, see, state } = world(() => [carry(0.2)])
    see(0, 0.38, 0.4)
    see(0, 0.2, 0.22, {}, "b")
    scan(1)
    // 100 NO at 0.60, and 40 YES at 0.20 that will follow them.
    expect(state.exposure.strategyNotional("s4")).toBe(68 * MICRO)
    see(10, 0.42, 0.44)
    expect(state.exposure.strategyNotional("s4")).toBe(68 * MICRO)
  })

  it("is named when it ends unfilled; what it was to hedge is kept", () => {
    const { facts, orders, scan, see, state } = world(() => [carry(0.2)])
    see(0, 0.38, 0.4)
    see(0, 0.2, 0.22, {}, "b")
    scan(1)
    see(10, 0.42, 0.44)
    see(100, 0.3, 0.32, {}, "b")
    expect(orders().at(-1)).toStrictEqual([70.25, "b", "expired", [], "partly unhedged"])
    expect(state.account.holding("s4", "a", "NO")?.position.qty).toBe(100 * MICRO)
    expect(facts.some((fact) => fact.kind === "package" && fact.outcome === "stranded")).toBe(false)
  })
})

describe("the displayed size", () => {
  const takes = (marketId: string, size: number): NewSignal => ({
    ...signal({ strategy: "s4", marketId, targetPrice: 0.4, sizeHint: size })
  })

  it("is taken once: of three purchases of all of it one fills, and the next snapshot shows it anew", () => {
    // 100 USDC, half of it on the asked side at 0.40: 125 shares.
    const { facts, orders, scan, see } = world(() => [takes("a", 125)])
    see(0, 0.38, 0.4, { liquidity: 100 })
    scan(1)
    see(1, 0.38, 0.4, { liquidity: 100 }, "b")
    scan(2)
    see(2, 0.38, 0.4, { liquidity: 100 }, "b")
    scan(3)
    expect(orders()).toStrictEqual([[1, "a", "filled", [[0.4, 125]], null]])
    const refusals = facts.flatMap((fact) => (fact.kind === "decision" ? [fact.refusal?.reason ?? null] : []))
    const gone = { code: "displayed size taken", by: "market", value: 125 * MICRO, limit: 125 * MICRO }
    expect(refusals).toStrictEqual([null, gone, gone])
    see(10, 0.38, 0.4, { liquidity: 100 })
    scan(11)
    expect(orders().at(-1)).toStrictEqual([11, "a", "filled", [[0.4, 125]], null])
  })

  it("fills what is left of it, and cancels the rest of an immediate order", () => {
    const { orders, scan, see } = world(() => [takes("a", 100)])
    see(0, 0.38, 0.4, { liquidity: 100 })
    scan(1)
    see(1, 0.38, 0.4, {}, "b")
    scan(2)
    expect(orders()).toStrictEqual([
      [1, "a", "filled", [[0.4, 100]], null],
      [2, "a", "canceled", [[0.4, 25]], "immediate or cancel"]
    ])
  })

  it("is nothing where the source does not say what the market's orders are worth", () => {
    const { facts, orders, scan, see } = world(() => [takes("a", 10)])
    see(0, 0.38, 0.4, { liquidity: 0 })
    scan(1)
    expect(orders()).toStrictEqual([])
    expect(facts.find((fact) => fact.kind === "decision")).toMatchObject({
      refusal: { reason: { code: "no executable liquidity" } }
    })
  })
})
