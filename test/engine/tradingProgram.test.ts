import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type MarketEvent } from "../../src/domain/MarketEvent.ts"
import { type Order } from "../../src/domain/Order.ts"
import { type Portfolio } from "../../src/domain/Portfolio.ts"
import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_SECOND } from "../../src/domain/time.ts"
import { MICRO, toMicros, usdc } from "../../src/domain/units.ts"
import { noon } from "../store/support.ts"
import { ScriptedVenue } from "./scriptedVenue.ts"
import { live, resolved, rowsOf, seen, strategyOf, want } from "./programWorld.ts"

const SECOND = MICROS_PER_SECOND
const HOUR = MICROS_PER_HOUR

const resting = (id: number, fields: Partial<Order>): Order => ({
  ...{ id, strategy: "s4", marketId: "m1", eventId: "e1", token: "YES", side: "buy", action: "open" },
  ...{
    limitPrice: toMicros(0.4),
    qty: toMicros(50),
    tif: "gtc",
    mode: "paper",
    status: "open",
    filledQty: toMicros(0)
  },
  ...{ externalId: null, kind: "order", reason: null, signalId: null, createdAtUs: noon - HOUR },
  ...fields
})

/** Orders that rest in every market on either side, and something held of every outcome. */
const markets = ["m1", "m2", "m3"]
const invested: Portfolio = {
  positions: markets.flatMap((marketId) =>
    (["YES", "NO"] as const).map((token) => ({
      ...{ strategy: "s1", marketId, eventId: "e1", token, qty: toMicros(20), cost: toMicros(8), realized: toMicros(0) }
    }))
  ),
  working: markets.flatMap((marketId, index) => [
    resting(10 * index + 1, { marketId }),
    resting(10 * index + 2, { marketId, token: "NO", limitPrice: toMicros(0.55), qty: toMicros(30) }),
    resting(10 * index + 3, {
      ...{ marketId, strategy: "s1", side: "sell", action: "close", limitPrice: toMicros(0.6), qty: toMicros(15) }
    })
  ]),
  realizedToday: usdc(0),
  decisions: [],
  tried: [],
  peak: null,
  taken: []
}

/** What the world holds next: the seconds that pass, a market, and its bid in cents, or that it pays out. */
const anyEvent = fc.record({
  gap: fc.integer({ min: 0, max: 3 }),
  marketId: fc.constantFrom(...markets),
  bid: fc.integer({ min: 20, max: 75 }),
  liquidity: fc.integer({ min: 0, max: 3_000 }),
  payout: fc.option(fc.constantFrom({ yes: 1, no: 0 }, { yes: 0.5, no: 0.5 }), { freq: 12, nil: null })
})

const timeline = (steps: ReadonlyArray<typeof anyEvent extends fc.Arbitrary<infer A> ? A : never>) => {
  let afterUs = 0
  return steps.map(({ bid, gap, liquidity, marketId, payout }): MarketEvent => {
    afterUs += gap * SECOND
    return payout === null
      ? seen(afterUs, marketId, bid / 100, (bid + 2) / 100, { liquidity })
      : resolved(afterUs, marketId, payout)
  })
}

describe("the trading program takes in events", () => {
  it("with the same fills, updates and settlements however many come at once", async () => {
    let writes = 0
    const property = fc.asyncProperty(fc.array(anyEvent, { minLength: 2, maxLength: 40 }), async (steps) => {
      const events = timeline(steps)
      const world = (intervalMs: number, atOnce = Number.POSITIVE_INFINITY, timed = events) =>
        live({ events: timed, atOnce, portfolio: invested, options: { intervalMs } })
      const whole = await world(10_000_000)
      writes += whole.written.length
      // Polled more often, so that fewer events come at a time.
      for (const other of [await world(1_000), await world(3_000)]) {
        expect(other.facts.filter(({ kind }) => kind !== "scan")).toEqual(
          whole.facts.filter(({ kind }) => kind !== "scan")
        )
        expect(rowsOf(other.written)).toEqual(rowsOf(whole.written))
        expect(other.state.account).toEqual(whole.state.account)
        expect(other.state.working).toEqual(whole.state.working)
        expect(other.report).toMatchObject({ updates: whole.report.updates, settlements: whole.report.settlements })
      }
      // All at one moment, told in several polls of that moment.
      const moment = events.map((event) => ({ ...event, atUs: noon }))
      const together = await world(0, Number.POSITIVE_INFINITY, moment)
      for (const atOnce of [1, 2, 7]) {
        const split = await world(0, atOnce, moment)
        expect(split.report.cycles).toBe(Math.ceil(events.length / atOnce))
        expect(rowsOf(split.written)).toEqual(rowsOf(together.written))
        expect(split.state.account).toEqual(together.state.account)
      }
    })
    await fc.assert(property, { numRuns: 15, seed: 3 })
    expect(writes).toBeGreaterThan(40)
  })

  it("and fills what rests when a later one reaches its limit, part by part", async () => {
    const { cycles, state, written } = await live({
      events: [
        seen(0, "m1", 0.5, 0.52),
        seen(90 * SECOND, "m1", 0.37, 0.39),
        seen(200 * SECOND, "m1", 0.3, 0.31),
        seen(260 * SECOND, "m1", 0.2, 0.21)
      ],
      portfolio: { ...invested, positions: [], working: [resting(1, {})] }
    })
    expect(cycles.map(({ updates }) => updates)).toEqual([0, 0, 1, 0, 0, 0])
    expect(written).toMatchObject([{ orderId: 1, status: "filled", atUs: noon + 90 * SECOND }])
    expect(state.working.size).toBe(0)
    expect(state.account.holding("s4", "m1", "YES")?.position.qty).toBe(50 * MICRO)
  })

  it.each([
    { payout: { yes: 1, no: 0 }, paid: [1, 0] },
    { payout: { yes: 0.5, no: 0.5 }, paid: [0.5, 0.5] },
    { payout: { yes: 1, no: 1 }, paid: [0.5, 0.5] },
    { payout: { yes: 0, no: 0 }, paid: [0, 0] }
  ])("and settles a market that pays $payout in the middle of a run", async ({ paid, payout }) => {
    const buyNo = want("m1", 0.61, { payload: { primary_leg: { token: "NO", price: 0.61, qty: 20 } } })
    const { journal, report, state } = await live({
      events: [seen(0, "m1", 0.39, 0.41), resolved(HOUR, "m1", payout), seen(2 * HOUR, "m1", 0.39, 0.41)],
      strategies: [strategyOf((look) => (look === 1 ? [want("m1", 0.41), buyNo] : []))]
    })
    const [yes = 0, no = 0] = paid
    expect(report).toMatchObject({ executed: 2, settlements: 2, stopped: false })
    expect(state.account.realized).toBe(Math.round((10 * (yes - 0.41) + 20 * (no - 0.61)) * MICRO))
    expect(state.account.cash).toBe(state.account.realized)
    expect(state.account.holdings.every(({ position }) => position.qty === 0)).toBe(true)
    expect(journal.filter(({ kind }) => kind === "settlement")).toMatchObject([
      { body: { token: "YES", price: yes * MICRO } },
      { body: { token: "NO", price: no * MICRO } }
    ])
    // A source that shows the market as open again does not open it.
    expect(state.view().view.markets).toEqual([])
  })
})

describe("the trading program trades", () => {
  const everyMinute = (minutes: number) =>
    Array.from({ length: minutes }, (_, index) =>
      ["a", "b", "c"].map((marketId) => seen(index * 60 * SECOND, marketId, 0.29, 0.3))
    ).flat()

  it("as many signals as a cycle may, best first, and none again within its cooldown", async () => {
    const wants = ["a", "b", "c"].map((marketId, index) => want(marketId, 0.3, { score: 9 - index }))
    const { cycles, facts } = await live({
      events: everyMinute(4),
      strategies: [strategyOf(() => wants.toReversed())],
      options: { maxSignals: 2, cooldownUs: 120 * SECOND }
    })
    const scans = facts.filter((fact) => fact.kind === "scan")
    const names = scans.map(({ chosen }) => chosen.map(({ signal }) => signal.marketId))
    expect(names).toEqual([["a", "b"], ["c"], ["a", "b"], ["c"]])
    expect(cycles.map(({ executed, skipped }) => [executed, skipped])).toEqual([
      [2, 1],
      [1, 2],
      [2, 1],
      [1, 2]
    ])
  })

  it("a basket whole or not at all", async () => {
    const payload = { basket_markets: ["a", "b", "c"] }
    const basket = ["a", "b", "c"].map((marketId) => want(marketId, 0.3, { strategy: "s2", payload }))
    const strategies = () => [{ ...strategyOf(() => [...basket, want("a", 0.3, { score: 0.5 })]), id: "s2" }]
    const few = await live({ events: everyMinute(1), strategies: strategies(), options: { maxSignals: 2 } })
    expect(few.report).toMatchObject({ executed: 1, skipped: 3 })
    const all = await live({ events: everyMinute(1), strategies: strategies(), options: { maxSignals: 3 } })
    expect(all.report).toMatchObject({ executed: 3, skipped: 1 })
  })

  it("until the kill switch is thrown between two bundles, and leaves no order behind", async () => {
    const wants = ["a", "b", "c"].map((marketId, index) => want(marketId, 0.3, { score: 9 - index }))
    const { cycles, journal, state, written } = await live({
      events: everyMinute(2),
      strategies: [strategyOf(() => wants)],
      exchange: () => new ScriptedVenue([]).exchange,
      // Read at the start, before the scan, and before each package that waited for the one before it.
      onSwitches: (reading) => Effect.succeed(reading > 2)
    })
    expect(cycles.map(({ executed, rejected }) => [executed, rejected])).toEqual([
      [1, 1],
      [0, 1]
    ])
    for (const cycle of cycles) expect(cycle.stoppedBy).toMatch(/^kill switch: /)
    const none = { status: "rejected", fills: [] }
    expect(rowsOf(written)).toMatchObject([
      { result: { status: "filled", request: { marketId: "a" } } },
      { result: { ...none, request: { marketId: "b" } } },
      { signal: { id: 1, status: "executed" } },
      { result: { ...none, request: { marketId: "a" } } }
    ])
    // Nothing went to the venue after the switch, and nothing waits there.
    expect(journal.filter(({ kind }) => kind === "package")).toHaveLength(1)
    expect(state.working.size).toBe(0)
  })
})

describe("the trading program stops", () => {
  /** Asked to stop, and a moment passes. */
  const asked = (stop: Effect.Effect<unknown>) => Effect.zipRight(stop, Effect.sleep("1 second"))

  it("between two packages when it is asked in the middle of a cycle, with the first one complete", async () => {
    const venue = new ScriptedVenue([])
    const { journal, report, written } = await live({
      events: ["a", "b", "c"].map((marketId) => seen(0, marketId, 0.29, 0.3)),
      endless: true,
      strategies: [strategyOf(() => ["a", "b", "c"].map((marketId) => want(marketId, 0.3)))],
      exchange: (stop) => ({
        ...venue.exchange,
        submit: (orders, context) => Effect.zipRight(asked(stop), venue.submit(orders, context))
      })
    })
    expect(report).toMatchObject({ cycles: 1, executed: 1, rejected: 0, stopped: true })
    expect(written).toHaveLength(1)
    expect(venue.sent).toHaveLength(1)
    expect(journal.map(({ kind }) => kind).slice(-6)).toEqual(["stop", "report", "order", "package", "dropped", "end"])
    expect(journal.find(({ kind }) => kind === "dropped")?.body).toEqual({ packages: [[2], [3]], reason: null })
  })

  it("at once while it waits for the next cycle", async () => {
    const { endUs, report } = await live({
      events: [],
      endless: true,
      options: { intervalMs: MICROS_PER_DAY / 1_000 },
      beside: (stop) => Effect.asVoid(Effect.delay(stop, "30 hours"))
    })
    expect(report).toMatchObject({ cycles: 2, stopped: true, endedAtUs: noon + 30 * HOUR })
    expect(endUs).toBe(noon + 30 * HOUR)
  })

  it("when the feed has ended, after what came last was traded", async () => {
    const { report } = await live({
      events: [seen(0, "a", 0.29, 0.3), seen(600 * SECOND, "b", 0.29, 0.3)],
      strategies: [strategyOf((look) => (look === 2 ? [want("b", 0.3)] : []))]
    })
    expect(report).toMatchObject({ stopped: false, cycles: 11, executed: 1, endedAtUs: noon + 600 * SECOND })
  })

  it("after 20 days, five minutes at a time, in which nothing happens", async () => {
    const days = 20
    const { report } = await live({
      events: [seen(0, "a", 0.29, 0.3), seen(days * MICROS_PER_DAY, "a", 0.29, 0.3)],
      strategies: [strategyOf(() => [])],
      options: { intervalMs: 300_000 }
    })
    expect(report).toMatchObject({ cycles: days * 288 + 1, events: 2, endedAtUs: noon + days * MICROS_PER_DAY })
  })
})
