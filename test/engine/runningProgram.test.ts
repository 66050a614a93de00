import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { describe, expect, it } from "vitest"
import { type MarketEvent } from "../../src/domain/MarketEvent.ts"
import { emptyPortfolio } from "../../src/domain/Portfolio.ts"
import { MICROS_PER_SECOND } from "../../src/domain/time.ts"
import { MICRO, shares, usdc } from "../../src/domain/units.ts"
import { type Exchange } from "../../src/ports/Executor.ts"
import { type FeedBatch } from "../../src/ports/Feed.ts"
import { noon } from "../store/support.ts"
import { live, resolved, seen, strategyOf, want } from "./programWorld.ts"
import { ScriptedVenue } from "./scriptedVenue.ts"

const SECOND = MICROS_PER_SECOND

/** Batches at their seconds; the strategies are asked after those that are named. */
const feed = (
  batches: ReadonlyArray<readonly [second: number, events: ReadonlyArray<MarketEvent>, roundEnded: boolean]>
): Stream.Stream<FeedBatch> =>
  Stream.mapEffect(Stream.fromIterable(batches.entries()), ([at, [second, events, roundEnded]]) =>
    Effect.delay(
      Effect.succeed({ events, looks: [], problems: [], roundEnded }),
      `${second - (batches[at - 1]?.[0] ?? 0)} seconds`
    )
  )

/** An exchange that takes its time before it does anything. */
const slow = (venue: ScriptedVenue, seconds: number): Exchange => ({
  ...venue.exchange,
  submit: (orders, context) => Effect.delay(venue.submit(orders, context), `${seconds} seconds`)
})

const pair = want("a", 0.3, {
  payload: {
    legs: [
      { market_id: "a", token: "YES", side: "buy", price: 0.3, qty: 10 },
      { market_id: "b", token: "YES", side: "buy", price: 0.3, qty: 10 }
    ]
  }
})
const once = (...signals: ReadonlyArray<typeof pair>) => strategyOf((look) => (look === 1 ? signals : []))
const shown = (second: number, ...ids: ReadonlyArray<string>) => ids.map((id) => seen(second * SECOND, id, 0.29, 0.3))

describe("an exchange that stalls", () => {
  it("does not hold back market data, payouts or the next scan", async () => {
    const venue = new ScriptedVenue([])
    const { facts, journal, report } = await live({
      events: [],
      batches: feed([
        [0, shown(0, "a", "b", "c"), true],
        [3, [resolved(3 * SECOND, "c", { yes: 1, no: 0 })], false],
        [5, shown(5, "a", "b"), true],
        [7, shown(7, "b"), false]
      ]),
      portfolio: {
        ...emptyPortfolio,
        positions: [
          {
            strategy: "s1",
            marketId: "c",
            eventId: "e1",
            token: "YES",
            qty: shares(10 * MICRO),
            cost: usdc(4 * MICRO),
            realized: usdc(0)
          }
        ]
      },
      strategies: [once(want("a", 0.3))],
      exchange: () => slow(venue, 20)
    })
    const at = (kind: string) => facts.flatMap((fact) => (fact.kind === kind ? [(fact.atUs - noon) / SECOND] : []))
    expect(at("settlement")).toEqual([3])
    expect(at("scan")).toEqual([0, 5])
    expect(at("order")).toEqual([20])
    const told = journal.flatMap(({ atUs, kind }) =>
      kind === "markets" || kind === "report" ? [[kind, (atUs - noon) / SECOND]] : []
    )
    expect(told).toEqual([
      ["markets", 0],
      ["markets", 3],
      ["markets", 5],
      ["markets", 7],
      ["report", 20]
    ])
    expect(report).toMatchObject({ executed: 1, settlements: 1 })
  })

  it("lets one package after the other to it, and none twice", async () => {
    const venue = new ScriptedVenue([])
    const { facts } = await live({
      events: [],
      batches: feed([[0, shown(0, "a", "b", "c"), true]]),
      strategies: [once(want("a", 0.3, { score: 3 }), want("b", 0.3, { score: 2 }), want("c", 0.3))],
      exchange: () => slow(venue, 4)
    })
    expect(venue.sent.map(({ order }) => order.marketId)).toEqual(["a", "b", "c"])
    const decided = facts.flatMap((fact) => (fact.kind === "decision" ? [(fact.atUs - noon) / SECOND] : []))
    expect(decided).toEqual([0, 4, 8])
  })
})

describe("a program that is asked to stop", () => {
  const stopAt = (second: number) => (stop: Effect.Effect<unknown>) =>
    Effect.asVoid(Effect.delay(stop, `${second} seconds`))

  it("sees the package that is on its way to its end, and drops those that wait", async () => {
    const venue = new ScriptedVenue([])
    const { facts, report } = await live({
      events: [],
      batches: Stream.concat(feed([[0, shown(0, "a", "b", "c"), true]]), Stream.never),
      strategies: [once({ ...pair, score: 9 }, want("c", 0.3))],
      exchange: () => slow(venue, 5),
      beside: stopAt(1)
    })
    expect(venue.sent).toHaveLength(2)
    expect(facts.filter(({ kind }) => kind === "package")).toMatchObject([{ outcome: "complete", alarm: null }])
    expect(facts.filter(({ kind }) => kind === "dropped")).toMatchObject([
      { reason: null, packages: [{ legs: [{ marketId: "c" }] }] }
    ])
    expect(report).toMatchObject({ stopped: true, executed: 1, endedAtUs: noon + 10 * SECOND })
  })

  it("gives legs back that are left without the others", async () => {
    const venue = new ScriptedVenue(["filled", "refused", "filled"])
    const { facts, report } = await live({
      events: [],
      batches: Stream.concat(feed([[0, shown(0, "a", "b"), true]]), Stream.never),
      strategies: [once(pair)],
      exchange: () => slow(venue, 2),
      beside: stopAt(1)
    })
    expect(facts.filter(({ kind }) => kind === "package")).toMatchObject([{ outcome: "unwound" }])
    expect([...venue.net.values()]).toEqual([0])
    expect(report).toMatchObject({ stopped: true, endedAtUs: noon + 6 * SECOND })
  })

  it("waits for the answer to a single order no longer than the grace", async () => {
    const { facts, report } = await live({
      events: [],
      batches: Stream.concat(feed([[0, shown(0, "a"), true]]), Stream.never),
      strategies: [once(want("a", 0.3))],
      exchange: () => new ScriptedVenue(["silent"]).exchange,
      beside: stopAt(1)
    })
    expect(report).toMatchObject({ stopped: true, alarms: 1, endedAtUs: noon + 4 * SECOND })
    expect(facts.filter(({ kind }) => kind === "order")).toMatchObject([{ status: "open", fills: [] }])
  })

  it("sees a package to its end when its feed fails, and fails then", async () => {
    const venue = new ScriptedVenue([])
    const failing = Stream.concat(
      feed([[0, shown(0, "a", "b"), true]]),
      Stream.fromEffect(Effect.delay(Effect.dieMessage("feed broke"), "1 second"))
    )
    const lived = live({
      events: [],
      batches: failing,
      strategies: [once(pair)],
      exchange: () => slow(venue, 2)
    })
    await expect(lived).rejects.toThrow("feed broke")
    expect(venue.sent).toHaveLength(2)
  })
})
