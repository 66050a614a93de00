import { describe, expect, it } from "vitest"
import { replaySettings } from "../../src/backtest/replaySettings.ts"
import { RecordedLookEvents } from "../../src/backtest/RecordedLookEvents.ts"
import { freshnessOf } from "../../src/core/freshness.ts"
import { type Fact, type ScanFact } from "../../src/domain/Fact.ts"
import { type OrderPackage } from "../../src/domain/OrderPackage.ts"
import { type SourceId } from "../../src/domain/ids.ts"
import { MICRO, price, shares } from "../../src/domain/units.ts"
import { EngineState } from "../../src/engine/EngineState.ts"
import { SyncRunner } from "../../src/engine/SyncRunner.ts"
import { noProtections } from "../../src/risk/gates.ts"
import { optionsOf } from "../backtest/run.ts"
import { noon } from "../store/support.ts"
import { seen, strategyOf, want } from "./programWorld.ts"

const sec = (count: number): number => count * MICRO

/** An engine whose quotes may be a minute old; its strategy wants a market whenever it sees it. */
const world = (setting: number | null = 60) => {
  const viewed: Array<ReadonlyArray<string>> = []
  const strategy = {
    ...strategyOf(() => []),
    generate: ({ markets }: { readonly markets: ReadonlyArray<{ readonly marketId: string }> }) => {
      viewed.push(markets.map(({ marketId }) => marketId))
      return markets.map(({ marketId }) => want(marketId, 0.5))
    }
  }
  const settings = replaySettings(optionsOf(), freshnessOf(setting, sec(20), new Map()), {
    strategies: [strategy],
    maxSignals: 20,
    cooldownUs: 0
  })
  const facts: Array<Fact> = []
  const state = new EngineState(settings, noon)
  state.switches = noProtections
  const runner = new SyncRunner({ state, keepsEvidence: false, onFact: (fact) => facts.push(fact), onSubmit: null })
  const look = (after: number, confirmed: ReadonlyArray<string>, answered = true, source: SourceId = "gamma") => {
    const atUs = noon + sec(after)
    runner.push({ kind: "look", atUs, seenUs: atUs, source, answered, confirmed })
  }
  const scan = (after: number): ScanFact | undefined => {
    runner.push({ kind: "timer", atUs: noon + sec(after), id: { kind: "scan" } })
    return facts.flatMap((fact) => (fact.kind === "scan" ? [fact] : [])).at(-1)
  }
  const order = (after: number, marketId: string) => {
    const leg = { strategy: "manual", marketId, eventId: "e1", token: "YES", side: "buy" } as const
    const wanted: OrderPackage = {
      ...{ strategy: "manual", eventId: "e1", signalIds: [], asked: [], shortage: "refuse" },
      ...{ strictLimit: true, confirmed: false },
      legs: [
        { ...leg, limitPrice: price(500_000), qty: shares(10 * MICRO), tif: "ioc", role: "primary", signalId: null }
      ]
    }
    runner.push({ kind: "package", atUs: noon + sec(after), package: wanted })
    return facts.flatMap((fact) => (fact.kind === "decision" ? [fact] : [])).at(-1)
  }
  return { facts, look, order, runner, scan, state, viewed }
}

describe("a look", () => {
  it("confirms the rows that it names, and no others: these leave the view, and are counted", () => {
    const { look, runner, scan, viewed } = world()
    runner.push(seen(0, "quiet", 0.4, 0.42))
    runner.push(seen(0, "gone", 0.4, 0.42))
    look(40, ["quiet", "never seen"])
    expect(scan(40)).toMatchObject({ asked: true, stale: 0 })
    look(80, ["quiet"])
    expect(scan(80)).toMatchObject({ asked: true, stale: 1 })
    expect(viewed).toEqual([["quiet", "gone"], ["quiet"]])
  })

  it("of another source confirms nothing", () => {
    const { look, runner, scan } = world()
    runner.push(seen(0, "a", 0.4, 0.42))
    look(80, ["a"], true, "clob")
    expect(scan(80)).toMatchObject({ asked: true, stale: 1 })
  })

  it("that did not answer lets nothing be opened, whatever was stored", () => {
    const { facts, look, runner, scan, viewed } = world()
    runner.push(seen(0, "a", 0.4, 0.42))
    look(1, [], false)
    expect(scan(1)).toMatchObject({ asked: false, held: null, chosen: [] })
    expect(viewed).toEqual([])
    expect(facts).toHaveLength(1)
  })
})

describe("the age of a quote", () => {
  it("counts from its last confirmation, and may be exactly the limit", () => {
    const { look, order, runner } = world()
    runner.push(seen(0, "a", 0.4, 0.42))
    look(100, ["a"])
    expect(order(160, "a")?.refusal).toBeNull()
    expect(order(160.000001, "a")?.refusal).toMatchObject({
      ...{ by: "risk", reason: { code: "stale quote", setting: "max_quote_age_sec" } },
      reason: { value: 60_000_001, limit: 60_000_000 }
    })
  })

  it("is not asked where the limit is off", () => {
    const { order, runner, scan, look } = world(null)
    runner.push(seen(0, "a", 0.4, 0.42))
    look(9_000, [])
    expect(scan(9_000)).toMatchObject({ stale: 0 })
    expect(order(9_000, "a")?.refusal).toBeNull()
  })
})

describe("auto", () => {
  it("is three times the longer of the interval and the spacing of the source's looks", () => {
    const spacings = new Map<SourceId, number>([
      ["gamma", sec(400)],
      ["clob", sec(10)]
    ])
    expect(freshnessOf("auto", sec(300), spacings).limit).toEqual({
      bySource: [
        { source: "gamma", maxUs: sec(1_200) },
        { source: "clob", maxUs: sec(900) }
      ],
      otherUs: sec(900)
    })
    expect(freshnessOf("auto", 0, new Map()).limit.otherUs).toBe(sec(15))
  })
})

describe("recorded looks", () => {
  it("confirm at each look what it showed, and nothing that only a later one did", () => {
    const events = new RecordedLookEvents({
      times: new Map([["gamma", [10, 20, 30, 40]]]),
      intervals: [
        { source: "gamma", marketId: "ended before", fromUs: 1, toUs: 5 },
        { source: "gamma", marketId: "a", fromUs: 10, toUs: 40 },
        { source: "gamma", marketId: "b", fromUs: 20, toUs: 30 }
      ]
    })
    const taken = []
    for (let look = events.take(); look !== null; look = events.take()) {
      taken.push([look.seenUs, look.answered, look.confirmed.join()])
    }
    expect(taken).toEqual([
      [5, false, "ended before"],
      [10, true, "a"],
      [20, true, "a,b"],
      [30, true, "a,b"],
      [40, true, "a"]
    ])
  })
})
