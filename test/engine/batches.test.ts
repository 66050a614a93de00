import * as Effect from "effect/Effect"
import { describe, expect, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as TestClock from "effect/TestClock"
import { replaySettings } from "../../src/backtest/replaySettings.ts"
import { type EngineEvent } from "../../src/domain/EngineEvent.ts"
import { type Fact } from "../../src/domain/Fact.ts"
import { type PackageLeg } from "../../src/domain/OrderPackage.ts"
import { instrumentOf } from "../../src/domain/instrument.ts"
import { anyAge } from "../../src/domain/Freshness.ts"
import { quoteOf } from "../../src/domain/quote.ts"
import { MICROS_PER_MS } from "../../src/domain/time.ts"
import { MICRO, price, shares } from "../../src/domain/units.ts"
import { EngineState } from "../../src/engine/EngineState.ts"
import { openSession } from "../../src/engine/session/openSession.ts"
import { SyncRunner } from "../../src/engine/SyncRunner.ts"
import { noProtections } from "../../src/risk/gates.ts"
import { optionsOf } from "../backtest/run.ts"
import { inWorld, noon } from "../execution/world.ts"
import { market } from "../strategies/market.ts"

const settings = replaySettings(
  optionsOf({ execution: { enable_partial_fill: true, fees: "bps", fee_bps: 20 } }),
  anyAge
)
const ids = ["m0", "m1", "m2"]
const instruments = ids.map((marketId) => instrumentOf(market({ marketId, eventId: `e-${marketId}` })))

/** Steps of a quarter of a leg's delay, so that quotes, packages, orders on their way and pauses meet in one moment. */
const QUARTER = settings.legDelayUs / 4

type Step = { readonly wait: number } & (
  | {
      readonly kind: "market"
      readonly of: number
      readonly cents: number
      readonly liquidity: number
      readonly open: boolean
    }
  | { readonly kind: "resolution"; readonly of: number }
  | {
      readonly kind: "package"
      readonly legs: ReadonlyArray<{ readonly of: number; readonly sells: boolean; readonly qty: number }>
    }
)
const wait = fc.constantFrom(0, 0, 1, 1, 1, 2, 4, 9)
const of = fc.integer({ min: 0, max: 2 })
const leg = fc.record({ of, sells: fc.boolean(), qty: fc.integer({ min: 5, max: 50 }) })
const stepOf: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({
      kind: fc.constant("market" as const),
      ...{ wait, of, cents: fc.integer({ min: 40, max: 55 }), liquidity: fc.constantFrom(300, 700, 5_000) },
      open: fc.integer({ min: 0, max: 9 }).map((digit) => digit > 0)
    })
  },
  {
    weight: 40,
    arbitrary: fc.record({
      kind: fc.constant("package" as const),
      wait,
      legs: fc.array(leg, { minLength: 1, maxLength: 3 })
    })
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("resolution" as const), wait, of }) }
)

const legOf = ({ of: at, qty, sells }: { of: number; sells: boolean; qty: number }, signalId: number): PackageLeg => ({
  strategy: "s2",
  marketId: ids[at] ?? "",
  eventId: `e-${ids[at]}`,
  token: "YES",
  side: sells ? "sell" : "buy",
  limitPrice: price((sells ? 0.4 : 0.5) * MICRO),
  qty: shares(qty * MICRO),
  tif: "ioc",
  role: "leg",
  signalId
})

const rank = { market: 0, resolution: 1, package: 2 }

/** The steps as events in total order. */
const eventsOf = (steps: ReadonlyArray<Step>): ReadonlyArray<EngineEvent> => {
  let atUs = noon
  const opening = ids.map((_, at): Step => ({
    kind: "market",
    wait: 0,
    of: at,
    cents: 45,
    liquidity: 5_000,
    open: true
  }))
  const timed = [...opening, ...steps].map((step) => ({ step, atUs: (atUs += step.wait * QUARTER) }))
  timed.sort((a, b) => a.atUs - b.atUs || rank[a.step.kind] - rank[b.step.kind])
  return timed.map(({ atUs: time, step }, index): EngineEvent => {
    if (step.kind === "resolution") {
      return { kind: "resolution", atUs: time, marketId: ids[step.of] ?? "", payout: { yes: 1, no: 0 } }
    }
    if (step.kind === "package") {
      const legs = step.legs.map((one) => legOf(one, index))
      const terms = { asked: [], shortage: "buy_other", strictLimit: false, confirmed: false } as const
      return {
        kind: "package",
        atUs: time,
        package: { strategy: "s2", eventId: legs[0]?.eventId ?? "", signalIds: [], legs, ...terms }
      }
    }
    const { cents, liquidity, open } = step
    const seen = market({
      ...{
        yesPrice: cents / 100,
        bestBid: (cents - 1) / 100,
        bestAsk: (cents + 1) / 100,
        liquidity,
        updatedAtUs: time
      },
      status: open ? "open" : "closed"
    })
    return { kind: "market", atUs: time, instrument: instruments[step.of] ?? instrumentOf(seen), quote: quoteOf(seen) }
  })
}

/** All at once, without anything that waits for the clock. */
const inOne = (events: ReadonlyArray<EngineEvent>): ReadonlyArray<Fact> => {
  const facts: Array<Fact> = []
  const state = new EngineState(settings, noon)
  state.switches = noProtections
  const runner = new SyncRunner({ state, keepsEvidence: true, onFact: (fact) => facts.push(fact), onSubmit: null })
  for (const event of events) runner.push(event)
  runner.reach(Number.POSITIVE_INFINITY)
  return facts
}

/** Cut into batches of these sizes, in turn. */
const batched = <A>(all: ReadonlyArray<A>, sizes: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<A>> => {
  const batches: Array<ReadonlyArray<A>> = []
  for (let from = 0, turn = 0; from < all.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    batches.push(all.slice(from, from + size))
    from += size
  }
  return batches
}

/** Through a session, whose journal and store take what each batch brings about. */
const inBatches = (batches: ReadonlyArray<ReadonlyArray<EngineEvent>>) =>
  inWorld(
    Effect.gen(function* () {
      const facts: Array<Fact> = []
      const session = yield* openSession({
        settings,
        exchange: null,
        stopped: null,
        observer: null,
        watch: null,
        recorded: Effect.void,
        keepsPeak: false,
        onFact: (fact) => facts.push(fact),
        onReport: () => Effect.void
      })
      yield* session.refreshSwitches
      for (const batch of batches) yield* session.push(batch)
      yield* session.reach(Number.POSITIVE_INFINITY)
      return facts
    }).pipe(Effect.scoped)
  )

const sorted = (facts: ReadonlyArray<Fact>): ReadonlyArray<string> => facts.map((fact) => JSON.stringify(fact)).sort()

describe("how events are batched", () => {
  const scenes = fc.record({
    steps: fc.array(stepOf, { minLength: 30, maxLength: 60 }),
    sizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 })
  })
  const samples = fc.sample(scenes, { numRuns: 20, seed: 5 })

  it.effect("changes nothing of what happens: one by one, all at once, and in any batches", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon / MICROS_PER_MS)
      let [unwound, fills] = [0, 0]
      for (const { sizes, steps } of samples) {
        const events = eventsOf(steps)
        const expected = inOne(events)
        for (const fact of expected) {
          if (fact.kind === "package" && fact.outcome === "unwound") unwound += 1
          if (fact.kind === "order") fills += fact.fills.length
        }
        for (const cut of [[1], [events.length], sizes]) {
          expect(sorted(yield* inBatches(batched(events, cut))), cut.join()).toStrictEqual(sorted(expected))
        }
      }
      expect(unwound).toBeGreaterThan(5)
      expect(fills).toBeGreaterThan(100)
    })
  )
})
