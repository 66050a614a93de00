import { describe, expect, it } from "vitest"
import * as Either from "effect/Either"
import * as fc from "fast-check"
import { type Json } from "../../src/domain/json.ts"
import { instrumentOf } from "../../src/domain/instrument.ts"
import { type Market } from "../../src/domain/Market.ts"
import { type MarketEvent } from "../../src/domain/MarketEvent.ts"
import { Instruments, marketEvent } from "../../src/domain/marketEvents.ts"
import { MarketsEncoder, type RecordedPoll } from "../../src/domain/marketsBody.ts"
import { quoteOf } from "../../src/domain/quote.ts"
import { decodeMarkets, type KnownMarkets } from "../../src/ingest/decodeMarkets.ts"
import { market, noon } from "../store/support.ts"

const parsed = (body: Json): Json => JSON.parse(JSON.stringify(body)) as Json

const figure = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
/** A quote has its prices in micro-USDC. */
const price = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => Math.round(value * 1e6) / 1e6 + 0)
const maybe = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: null })
const us = fc.integer({ min: 0, max: 9e15 })
const word = fc.string({ maxLength: 8, unit: "binary" })

/** Few ids at few sources, whose texts change now and then. */
const anyMarket: fc.Arbitrary<Market> = fc.record({
  source: fc.constantFrom("gamma", "clob"),
  marketId: fc.constantFrom("1", "0xc", "é"),
  canonicalId: fc.constantFrom("a", "b"),
  eventId: fc.constant("e1"),
  question: fc.constantFrom("Q?", "Ü?"),
  status: fc.constantFrom("open", "closed"),
  negRisk: fc.boolean(),
  yesPrice: maybe(price),
  noPrice: maybe(price),
  bestBid: maybe(price),
  bestAsk: maybe(price),
  midPrice: maybe(price),
  liquidity: figure,
  volume: figure,
  updatedAtUs: us,
  conditionId: maybe(fc.constant("0xc")),
  yesTokenId: maybe(fc.constant("11")),
  noTokenId: fc.constant(null),
  yesLabel: maybe(word),
  noLabel: fc.constant(null),
  tickSize: maybe(fc.constantFrom(0.01, 0.001)),
  minOrderSize: fc.constant(5),
  fee: maybe(
    fc.record({
      rate: fc.constantFrom(0, 0.05),
      exponent: fc.constant(2),
      takerOnly: fc.boolean(),
      rebateRate: fc.constantFrom(0, 0.25)
    })
  ),
  acceptingOrders: maybe(fc.boolean()),
  slug: maybe(fc.constant("s")),
  endDateUs: maybe(fc.constantFrom(1, 2)),
  resolution: fc.constant(null),
  payout: fc.constant(null),
  resolvedAtUs: fc.constant(null),
  sourceUpdatedUs: fc.constant(null)
})

const anyEvent: fc.Arbitrary<MarketEvent> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ atUs: us, market: anyMarket }).map(({ atUs, market: seen }) => ({
      ...{ kind: "market" as const, atUs, instrument: instrumentOf(seen), quote: quoteOf(seen) }
    }))
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("resolution"),
      atUs: us,
      marketId: word,
      payout: fc.record({ yes: fc.constantFrom(0, 0.5, 1), no: fc.constantFrom(0, 0.5, 1) })
    })
  }
)

const anyPoll: fc.Arbitrary<RecordedPoll> = fc.record({
  events: fc.array(anyEvent, { maxLength: 6 }),
  problems: fc.array(word, { maxLength: 2 })
})

const event = (fields: Partial<Market> = {}): MarketEvent =>
  marketEvent(market({ marketId: "m1", ...fields }), noon, new Instruments())

describe("a journal's markets records", () => {
  it("give back every poll of a session as it was", () => {
    fc.assert(
      fc.property(fc.array(anyPoll, { maxLength: 6 }), (polls) => {
        const encoder = new MarketsEncoder()
        const known: Array<KnownMarkets[number]> = []
        for (const poll of polls) {
          const body = parsed(encoder.encode(poll))
          const { added, events, problems } = Either.getOrThrowWith(decodeMarkets(body, known), (at) => new Error(at))
          expect({ events, problems }).toEqual(poll)
          known.push(...added)
        }
      }),
      { numRuns: 200, seed: 11 }
    )
  })

  it("write a market's texts once, until they change", () => {
    const encoder = new MarketsEncoder()
    const encode = (...events: ReadonlyArray<MarketEvent>) => encoder.encode({ events, problems: [] })
    const first = encode(event({ yesPrice: 0.4 }), event({ source: "clob" }))
    expect(first["known"]).toHaveLength(2)
    expect(encode(event({ yesPrice: 0.5, status: "closed" }))).toEqual({
      events: [[0, noon, "closed", null, 0.5, 0.6, 0.39, 0.41, 0.4, 1200, 5000]]
    })
    expect(encode(event({ tickSize: 0.001 }))).toMatchObject({ known: [{ 0: 2, 12: 0.001 }], events: [{ 0: 2 }] })
    expect(encode()).toEqual({ events: [] })
  })

  it("are the same when asked for twice", () => {
    const encoder = new MarketsEncoder()
    const poll = { events: [event()], problems: ["gamma: down"] }
    const body = encoder.encode(poll)
    expect(encoder.encode(poll)).toEqual(body)
    expect(body).toMatchObject({ known: [{ 0: 0 }], problems: ["gamma: down"] })
  })

  it("are refused with the place that is wrong", () => {
    const good = parsed(new MarketsEncoder().encode({ events: [event()], problems: [] })) as {
      known: Array<Array<Json>>
      events: Array<Array<Json>>
    }
    const refusal = (body: Json) => {
      const result = decodeMarkets(body, [])
      return Either.isLeft(result) ? result.left : "accepted"
    }
    expect(refusal(good)).toBe("accepted")
    expect(refusal(null)).toMatch(/Expected/)
    expect(refusal({ ...good, event: [] })).toMatch(/^event: /)
    expect(refusal({ events: good.events })).toBe("events.0.0: market 0 is not known")
    expect(refusal({ ...good, events: [good.events[0]!.with(1, 1.5)] })).toMatch(/^events\.0\.1: .*integer/)
    expect(refusal({ ...good, events: [good.events[0]!.with(4, "0.4")] })).toMatch(/^events\.0\.4: /)
    for (const [column, value] of [
      ...[-1, null, "0", 0.5].map((wrong) => [0, wrong] as const),
      ...[2, 3, 9, 10].map((at) => [at, "wrong"] as const),
      [9, null] as const
    ]) {
      expect(refusal({ ...good, events: [good.events[0]!.with(column, value)] })).toMatch(/^events\.0/)
    }
    expect(refusal({ ...good, events: [[...good.events[0]!, 1.5]] })).toMatch(/^events\.0\.11: /)
    expect(refusal({ ...good, events: [good.events[0]!.slice(0, 9)] })).toMatch(/^events\.0/)
    expect(refusal({ ...good, known: [good.known[0]!.with(0, 3)] })).toMatch(/^known\.0\.0: must be 0: a record/)
  })
})
