import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { alarmJson, packageAlarmText } from "../../src/core/packages/alarm.ts"
import { MICRO, toMicros } from "../../src/domain/units.ts"
import { answerTimeout } from "../../src/policy/packages.ts"
import { lotTolerance, trulyUnmatched } from "../core/packages/packageTruth.ts"
import { execute, type Answer, legOrder, ScriptedVenue } from "./scriptedVenue.ts"
import { reasonText } from "../../src/domain/rejection.ts"

const three = [legOrder("m1", 0.3), legOrder("m2", 0.2), legOrder("m3", 0.1)]
const shares = (micros: number): number => micros / MICRO

/** Legs are sent in this order: the largest first, as their estimates are alike. */
const answersOf = (leg: number, answer: Answer): ReadonlyArray<Answer> => [
  ...Array.from({ length: leg - 1 }, (): Answer => "filled"),
  answer
]
const outcomeOf = (script: ReadonlyArray<Answer>) =>
  Effect.gen(function* () {
    const venue = new ScriptedVenue(script)
    const { execution, seconds } = yield* execute(venue, three)
    return {
      outcome: execution.ended.outcome,
      held: three.map(({ marketId }) => shares(venue.net.get(marketId) ?? 0)),
      sent: venue.sent.map(({ order }) => `${order.side} ${shares(order.qty)} ${order.marketId}`),
      alarm: execution.ended.alarm?.legs.map(
        ({ certain, order, qty }) => `${certain ? "" : "up to "}${shares(qty)} ${order.marketId}`
      ),
      seconds
    }
  })

const buys = ["buy 10 m1", "buy 10 m2", "buy 10 m3"]
const none = undefined

/** answer, leg, outcome, what is really held, what was sent after the leg, what the alarm names. */
const table: ReadonlyArray<readonly [Answer, number, string, ReadonlyArray<number>, ReadonlyArray<string>, unknown]> = [
  ["filled", 1, "complete", [10, 10, 10], ["buy 10 m2", "buy 10 m3"], none],
  ["refused", 1, "nothing", [0, 0, 0], [], none],
  ["refused", 2, "unwound", [0, 0, 0], ["sell 10 m1"], none],
  ["refused", 3, "unwound", [0, 0, 0], ["sell 10 m1", "sell 10 m2"], none],
  ["canceled", 1, "nothing", [0, 0, 0], [], none],
  ["canceled", 2, "unwound", [0, 0, 0], ["sell 10 m1"], none],
  ["canceled", 3, "unwound", [0, 0, 0], ["sell 10 m1", "sell 10 m2"], none],
  ["partial", 1, "complete", [4, 4, 4], ["buy 4 m2", "buy 4 m3"], none],
  ["partial", 2, "complete", [4, 4, 4], ["buy 4 m3", "sell 6 m1"], none],
  ["partial", 3, "complete", [4, 4, 4], ["sell 6 m1", "sell 6 m2"], none],
  ["unknown", 1, "stranded", [10, 0, 0], [], ["up to 10 m1"]],
  ["unknown", 2, "stranded", [10, 10, 0], [], ["10 m1", "up to 10 m2"]],
  ["unknown", 3, "stranded", [10, 10, 10], [], ["10 m1", "10 m2", "up to 10 m3"]],
  ["store", 1, "stranded", [0, 0, 0], [], ["up to 10 m1"]],
  ["store", 2, "stranded", [10, 0, 0], [], ["10 m1", "up to 10 m2"]],
  ["store", 3, "stranded", [10, 10, 0], [], ["10 m1", "10 m2", "up to 10 m3"]],
  ["silent", 1, "stranded", [0, 0, 0], [], ["up to 10 m1"]],
  ["silent", 2, "stranded", [10, 0, 0], [], ["10 m1", "up to 10 m2"]],
  ["silent", 3, "stranded", [10, 10, 0], [], ["10 m1", "10 m2", "up to 10 m3"]],
  ["working", 1, "stranded", [1, 0, 0], [], ["up to 10 m1"]],
  ["working", 2, "stranded", [10, 1, 0], [], ["10 m1", "up to 10 m2"]],
  ["working", 3, "stranded", [10, 10, 1], [], ["9 m1", "9 m2", "up to 10 m3"]],
  ["slow", 1, "unwound", [0, 0, 0], ["sell 10 m1"], none],
  ["slow", 2, "unwound", [0, 0, 0], ["sell 10 m1", "sell 10 m2"], none],
  ["slow", 3, "complete", [10, 10, 10], [], none],
  ["nothing sent", 1, "nothing", [0, 0, 0], [], none],
  ["nothing sent", 2, "unwound", [0, 0, 0], ["sell 10 m1"], none],
  ["nothing sent", 3, "unwound", [0, 0, 0], ["sell 10 m1", "sell 10 m2"], none]
]

describe("every failure point", () => {
  for (const [answer, leg, outcome, held, then, alarm] of table) {
    it.effect(`leg ${leg} of 3 ${answer}: ${outcome}`, () =>
      Effect.gen(function* () {
        const { seconds, ...found } = yield* outcomeOf(answersOf(leg, answer))
        expect(found).toStrictEqual({ outcome, held, sent: [...buys.slice(0, leg), ...then], alarm })
        expect(seconds).toBe(answer === "slow" ? 11 : answer === "silent" ? Duration.toSeconds(answerTimeout) : 0)
      })
    )
  }

  /** Leg 2 of 3 is refused, then this happens to the sale of leg 1, once and again. */
  const unwinds: ReadonlyArray<readonly [Answer, Answer, string, ReadonlyArray<string>, unknown]> = [
    ["refused", "refused", "stranded", ["sell 10 m1", "sell 10 m1"], ["10 m1"]],
    ["refused", "filled", "unwound", ["sell 10 m1", "sell 10 m1"], none],
    ["nothing sent", "filled", "unwound", ["sell 10 m1", "sell 10 m1"], none],
    ["partial", "filled", "unwound", ["sell 10 m1", "sell 6 m1"], none],
    ["partial", "partial", "stranded", ["sell 10 m1", "sell 6 m1"], ["3.6 m1"]],
    ["unknown", "filled", "stranded", ["sell 10 m1"], ["up to 10 m1"]],
    ["silent", "filled", "stranded", ["sell 10 m1"], ["up to 10 m1"]],
    ["slow", "filled", "unwound", ["sell 10 m1"], none]
  ]
  for (const [first, second, outcome, sent, alarm] of unwinds) {
    it.effect(`the unwinding is ${first}, then ${second}: ${outcome}`, () =>
      Effect.gen(function* () {
        const found = yield* outcomeOf(["filled", "refused", first, second])
        expect(found).toMatchObject({ outcome, sent: ["buy 10 m1", "buy 10 m2", ...sent] })
        expect(found.alarm).toStrictEqual(alarm)
      })
    )
  }

  it.effect("one unwinding that is lost does not keep the other leg from being given back", () =>
    Effect.gen(function* () {
      const found = yield* outcomeOf(["filled", "filled", "refused", "unknown", "filled"])
      expect(found).toMatchObject({ outcome: "stranded", held: [0, 0, 0], alarm: ["up to 10 m1"] })
    })
  )
})

describe("results", () => {
  it.effect("are in the order of the request, however the legs were sent", () =>
    Effect.gen(function* () {
      const venue = new ScriptedVenue(["partial"])
      const orders = [legOrder("small", 0.1), legOrder("large", 0.9)]
      const { execution } = yield* execute(venue, orders)
      expect(venue.sent.map(({ order }) => order.marketId)).toStrictEqual(["large", "small"])
      expect(execution.results.map(({ reason, status }) => [status, reasonText(reason)])).toStrictEqual([
        ["canceled", "sized to the bundle: 4.00 of 10.00 filled"],
        ["canceled", "scripted canceled"]
      ])
      expect(execution.results.map(({ fills }) => fills[0]?.marketId)).toStrictEqual(["small", "large"])
    })
  )

  it.effect("of legs that were not sent name the one that failed", () =>
    Effect.gen(function* () {
      const { execution } = yield* execute(new ScriptedVenue(["filled", "refused"]), three)
      expect(
        execution.results.map(({ countsAsRejection, reason }) => [reasonText(reason), countsAsRejection])
      ).toStrictEqual([
        ["", false],
        ["scripted rejected", true],
        ["bundle incomplete: m2 YES: scripted rejected", false]
      ])
    })
  )

  it.effect("of legs that were not sent in time name the deadline", () =>
    Effect.gen(function* () {
      const { execution } = yield* execute(new ScriptedVenue(["slow"]), three)
      expect(reasonText(execution.results[2]!.reason)).toBe("bundle incomplete: deadline of 10 s passed")
    })
  )

  it.effect("are alike when the venue takes no order at all", () =>
    Effect.gen(function* () {
      const { execution } = yield* execute(new ScriptedVenue(["nothing sent"]), three)
      expect(new Set(execution.results.map(({ reason, status }) => `${status}: ${reasonText(reason)}`))).toStrictEqual(
        new Set(["rejected: submit: nothing sent"])
      )
    })
  )

  it.effect("of a lost answer stay open with the fills that are known", () =>
    Effect.gen(function* () {
      const lost = yield* execute(new ScriptedVenue(["unknown"]), three)
      expect(lost.execution.results[0]).toMatchObject({
        status: "open",
        reason: { code: "answer lost", detail: "submit: unknown" }
      })
      const working = yield* execute(new ScriptedVenue(["working"]), three)
      expect(working.execution.results[0]).toMatchObject({ status: "partially_filled", fills: [{ qty: MICRO }] })
    })
  )

  it.effect("a single order may rest, and a partial fill of it is complete", () =>
    Effect.gen(function* () {
      const resting = yield* execute(new ScriptedVenue(["working"]), [legOrder("m1", 0.3, { tif: "gtc" })])
      expect(resting.execution).toMatchObject({ ended: { outcome: "complete", alarm: null }, unwinds: [] })
      const partial = yield* execute(new ScriptedVenue(["partial"]), [legOrder("m1", 0.3)])
      expect(partial.execution).toMatchObject({ ended: { outcome: "complete", alarm: null }, unwinds: [] })
    })
  )
})

describe("unwinding", () => {
  it.effect("gives back with a strict limit and the action reversed, at its own time", () =>
    Effect.gen(function* () {
      const venue = new ScriptedVenue(["slow", "filled"])
      const sale = legOrder("held", 0.6, { side: "sell", token: "NO" })
      const held = [{ marketId: "held", token: "NO" as const, qty: toMicros(10) }]
      const { execution } = yield* execute(venue, [sale, legOrder("m2", 0.1)], { held })
      expect(venue.sent[0]?.order).toMatchObject({ marketId: "held", side: "sell", action: "close" })
      expect(venue.sent[0]).toMatchObject({ atUs: 0, strictLimit: false })
      expect(venue.sent[1]).toMatchObject({
        atUs: 11 * MICRO,
        strictLimit: true,
        order: { marketId: "held", side: "buy", action: "open", token: "NO", qty: 10 * MICRO, tif: "ioc" }
      })
      expect(execution.unwinds).toMatchObject([{ planned: { request: { marketId: "held" } }, status: "filled" }])
    })
  )

  it.effect("costs no more than allowed, and says what it cost", () =>
    Effect.gen(function* () {
      const allowed = { policy: { maxUnwindLoss: toMicros(0.5) } }
      const { execution } = yield* execute(new ScriptedVenue(["filled", "refused"]), three, allowed)
      // The venue fills at the limit: 3 USDC less half a USDC, of which a cent is the fee.
      expect(execution.unwinds[0]?.planned.request.limitPrice).toBe(251_000)
      expect(execution.ended.unwindLoss).toBe(500_000)
    })
  )

  it.effect("waits between tries", () =>
    Effect.gen(function* () {
      const venue = new ScriptedVenue(["filled", "refused", "refused", "refused", "filled"])
      const { seconds } = yield* execute(venue, three, { policy: { unwindAttempts: 3 } })
      // An answer comes a microsecond after what fell due at its moment.
      expect(seconds).toBeCloseTo(4, 5)
    })
  )

  it.effect("goes through risk: what it refuses is stranded", () =>
    Effect.gen(function* () {
      const venue = new ScriptedVenue(["filled", "refused"])
      const { execution } = yield* execute(venue, three, { mayUnwind: () => false })
      expect(venue.sent).toHaveLength(2)
      expect(execution.ended.outcome).toBe("stranded")
      expect(execution.ended.alarm?.reason).toBe("m2 YES: scripted rejected; not unwound: m1 YES: refused by risk")
    })
  )

  it.effect("is left to people with `hold`", () =>
    Effect.gen(function* () {
      const venue = new ScriptedVenue(["filled", "refused"])
      const { execution } = yield* execute(venue, three, { policy: { unwind: "hold" } })
      expect(venue.sent).toHaveLength(2)
      expect(execution).toMatchObject({
        ended: { outcome: "stranded", alarm: { legs: [{ qty: 10 * MICRO }] } },
        unwinds: []
      })
    })
  )
})

describe("an alarm", () => {
  it.effect("says in one line what is at stake and why, and as JSON for the journal", () =>
    Effect.gen(function* () {
      const { execution } = yield* execute(new ScriptedVenue(["filled", "unknown"]), three)
      const { alarm } = execution.ended
      if (alarm === null) throw new Error("no alarm")
      expect(packageAlarmText(alarm)).toBe(
        "bundle stranded: 10.00 YES of m1 bought without counter leg (3.00 USDC); " +
          "up to 10.00 YES of m2 may be bought without counter leg (2.00 USDC): " +
          "m2 YES: answer lost: submit: unknown"
      )
      expect(JSON.parse(JSON.stringify(alarmJson(alarm)))).toMatchObject({
        kind: "bundle stranded",
        legs: [
          { market: "m1", qty: 10 * MICRO, notional: 3 * MICRO, certain: true },
          { market: "m2", qty: 10 * MICRO, notional: 2 * MICRO, certain: false }
        ]
      })
    })
  )
})

describe("the session", () => {
  it.effect("tells the truth about what it left, whatever the venue does", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 500, max: 2_000 })), {
            minLength: 1,
            maxLength: 5
          }),
          fc.array(
            fc.constantFrom<Answer>(
              ...([
                "filled",
                "filled",
                "filled",
                "partial",
                "refused",
                "unknown",
                "working",
                "slow",
                "nothing sent"
              ] as const)
            ),
            { maxLength: 16 }
          ),
          async (sizes, script) => {
            const venue = new ScriptedVenue(script)
            const orders = sizes.map(([price, lots], index) =>
              legOrder(`m${index}`, price / 10, { qty: toMicros(lots / 100) })
            )
            const { execution } = await Effect.runPromise(execute(venue, orders))
            const truth = orders.map(({ marketId, qty }) => ({ wanted: qty, net: venue.net.get(marketId) ?? 0 }))
            const tolerance = lotTolerance(truth)
            const said = (index: number) => execution.ended.alarm?.legs.find(({ leg }) => leg === index)?.qty ?? 0
            const unsaid = trulyUnmatched(truth).filter((qty, index) => qty > said(index) + (tolerance[index] ?? 0))
            expect(unsaid).toStrictEqual([])
            const { alarm, outcome } = execution.ended
            expect(alarm !== null).toBe(outcome === "stranded")
            expect(alarm?.legs.every(({ leg, qty }) => qty <= (orders[leg]?.qty ?? 0)) ?? true).toBe(true)
            if (outcome === "unwound" || outcome === "nothing") {
              expect(truth.every(({ net }) => net < 10_000)).toBe(true)
            }
            if (outcome !== "stranded") {
              const fills = [...execution.results, ...execution.unwinds].flatMap((fact) => fact.fills)
              const reported = fills.reduce((sum, { qty, side }) => sum + (side === "buy" ? qty : -qty), 0)
              expect(reported).toBe(truth.reduce((sum, { net }) => sum + net, 0))
            }
          }
        ),
        { numRuns: 150, seed: 11 }
      )
    )
  )
})
