import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { StoreError } from "../../src/domain/errors.ts"
import { type JournalEntry } from "../../src/domain/Journal.ts"
import { type JsonObject } from "../../src/domain/json.ts"
import { type Market } from "../../src/domain/Market.ts"
import { type MarketEvent } from "../../src/domain/MarketEvent.ts"
import { Instruments, marketEvent } from "../../src/domain/marketEvents.ts"
import { type Order } from "../../src/domain/Order.ts"
import { type Portfolio } from "../../src/domain/Portfolio.ts"
import { toMicros, usdc } from "../../src/domain/units.ts"
import { type Strategy } from "../../src/ports/StrategyRegistry.ts"
import { market, noon } from "../store/support.ts"
import { type Fate, scriptedExchange } from "./scriptedExchange.ts"
import { type Moment, recordSession, replayOf, type Scenario } from "./sessions.ts"
import { withOrders } from "../signals.ts"

const second = 1_000_000
const instruments = new Instruments()

/** Quotes of the markets at a moment; the price is the ask of YES. */
const quotes = (afterUs: number, asks: Readonly<Record<string, number>>): ReadonlyArray<MarketEvent> =>
  Object.entries(asks).map(([marketId, ask]) => {
    const prices: Partial<Market> = { yesPrice: ask - 0.01, noPrice: 1.01 - ask, bestBid: ask - 0.02, bestAsk: ask }
    const seen = market({ marketId, ...prices, midPrice: ask - 0.01, updatedAtUs: noon + afterUs })
    return marketEvent(seen, noon + afterUs, instruments)
  })

/** Buys what asks less than half, sells what asks more. */
const mine: Strategy = {
  id: "mine",
  title: "Mine",
  generate: ({ markets }) =>
    markets.map(({ bestAsk, bestBid, eventId, marketId }) => {
      const buys = (bestAsk ?? 1) < 0.5
      return withOrders({
        ...{ strategy: "mine", marketId, eventId, side: buys ? "buy" : "sell", score: 1, confidence: 0.5 },
        ...{ targetPrice: (buys ? bestAsk : bestBid) ?? 0.5, sizeHint: 10, rationale: "", payload: {} }
      })
    })
}

const moments: ReadonlyArray<Moment> = [
  { afterUs: 1_234_000, events: quotes(1_000_000, { a: 0.4, b: 0.3 }) },
  { afterUs: 4 * second, events: quotes(3_500_000, { a: 0.42, c: 0.45 }) },
  { afterUs: 6 * second, events: quotes(6 * second, { a: 0.6, b: 0.31 }) },
  {
    afterUs: 9 * second,
    events: [{ kind: "resolution", atUs: noon + 9 * second, marketId: "b", payout: { yes: 1, no: 0 } }]
  },
  { afterUs: 12 * second, events: quotes(12 * second, { c: 0.44 }) }
]
const scenario: Scenario = { moments, strategies: [mine] }

const kindsOf = (entries: ReadonlyArray<JournalEntry>) => entries.map(({ kind }) => kind)
const counted = (entries: ReadonlyArray<JournalEntry>, kind: string) =>
  entries.filter((entry) => entry.kind === kind).length

/** The entries with the body of the nth of a kind changed. */
const changed = (
  entries: ReadonlyArray<JournalEntry>,
  kind: string,
  nth: number,
  change: (body: JsonObject) => JsonObject
): ReadonlyArray<JournalEntry> => {
  let seen = 0
  return entries.map((entry) =>
    entry.kind === kind && (seen += 1) === nth ? { ...entry, body: change(entry.body as JsonObject) } : entry
  )
}

const resting: Order = {
  ...{ id: 7, strategy: "manual", marketId: "c", eventId: "e1", token: "YES", side: "buy", action: "open" },
  ...{
    limitPrice: toMicros(0.45),
    qty: toMicros(20),
    tif: "gtc",
    mode: "paper",
    status: "open",
    filledQty: toMicros(0)
  },
  // It carries out a signal of an earlier session: what becomes of it says so, in the replay too.
  ...{ externalId: null, kind: "order", reason: null, signalId: 3, createdAtUs: noon + 8 * second }
}
const withResting: Portfolio = {
  positions: [],
  working: [resting],
  realizedToday: usdc(-5),
  decisions: [],
  tried: [],
  peak: null,
  taken: []
}

describe("a session's replay", () => {
  it.effect("decides the same: signals, orders, fills, settlements, at the same times", () =>
    Effect.gen(function* () {
      const entries = yield* recordSession(scenario)
      expect(counted(entries, "settlement")).toBe(1)
      expect(counted(entries, "order")).toBeGreaterThan(5)
      const replay = yield* replayOf(entries, [mine])
      const decisions = entries.filter(
        ({ kind }) => !["session", "account", "switches", "look", "markets", "timer", "end"].includes(kind)
      )
      expect(replay.parity).toStrictEqual({
        recorded: decisions.length,
        matched: decisions.length,
        beyond: 0,
        divergence: null
      })
      expect(replay).toMatchObject({ cycles: 5, ended: true, mode: "paper", totals: { settlements: 1, alarms: 0 } })
      expect(replay.totals.executed).toBeGreaterThan(3)
      expect(replay.endedAtUs).toBe(noon + 12 * second)
      expect(replay.pnl).toMatchObject([{ strategy: "mine" }])
      expect(replay.pnl[0]!.realized).toBeGreaterThan(0)
    })
  )

  it.effect("is told what came from outside: portfolios, resting orders, switches, conflicts, a stop", () =>
    Effect.gen(function* () {
      const outside: Scenario = {
        ...scenario,
        moments: moments.map((moment, index) => (index === 4 ? { ...moment, portfolio: withResting } : moment)),
        killedAt: [3, 4],
        taken: [2],
        stopAt: 5
      }
      const entries = yield* recordSession(outside)
      const kinds = new Set(kindsOf(entries))
      for (const kind of ["account", "switches", "stop"]) expect(kinds).toContain(kind)
      const replay = yield* replayOf(entries, [mine])
      expect(replay.parity).toMatchObject({ divergence: null, beyond: 0 })

      const whole = yield* recordSession({ ...outside, stopAt: 0 })
      expect(
        whole.filter(({ body, kind }) => kind === "order" && (body as JsonObject)["first"] === false)
      ).toMatchObject([{ body: { order: 7, planned: { signal: 3 } } }])
      expect((yield* replayOf(whole, [mine])).parity).toMatchObject({ divergence: null, beyond: 0 })
      // Without what was told, it would have decided otherwise.
      for (const kind of ["account", "switches"]) {
        const untold = yield* replayOf(
          whole.filter((entry) => entry.kind !== kind || entry.atUs === noon),
          [mine]
        )
        expect([kind, untold.parity.divergence]).not.toStrictEqual([kind, null])
      }
    })
  )

  it.effect("follows a wall clock that was set back", () =>
    Effect.gen(function* () {
      const back = [moments[1]!, { ...moments[0]!, afterUs: 2 * second }, moments[2]!]
      const replay = yield* replayOf(yield* recordSession({ ...scenario, moments: back }), [mine])
      expect(replay.parity).toMatchObject({ divergence: null, beyond: 0 })
    })
  )

  it.effect("of a session that was killed is the same up to any record, and says what it cannot compare", () =>
    Effect.gen(function* () {
      const entries = yield* recordSession(scenario)
      const beyond: Array<number> = []
      for (let length = 1; length < entries.length; length += 1) {
        const { ended, parity } = yield* replayOf(entries.slice(0, length), [mine])
        expect([length, ended, parity.divergence, parity.matched]).toStrictEqual([length, false, null, parity.recorded])
        beyond.push(parity.beyond)
      }
      expect(Math.max(...beyond)).toBeGreaterThan(2)
      expect(beyond.at(-1)).toBe(0)
    })
  )

  it.effect("names a decision that was changed, the field, and both values", () =>
    Effect.gen(function* () {
      const entries = yield* recordSession(scenario)
      const forged = changed(entries, "decision", 3, (body) => ({
        ...body,
        orders: (body["orders"] as ReadonlyArray<JsonObject>).map((order) => ({ ...order, qty: 11_000_000 }))
      }))
      const seq = forged.findIndex((entry, index) => entry !== entries[index]) + 1
      const { parity } = yield* replayOf(forged, [mine])
      expect(parity.divergence).toStrictEqual({
        seq,
        kind: "decision",
        atUs: entries[seq - 1]!.atUs,
        cause: "orders.0.qty: expected 11000000, actual 10000000"
      })
      const facts = ["scan", "decision", "order", "package"]
      const before = entries.slice(0, seq - 1).filter(({ kind }) => facts.includes(kind))
      expect(parity.matched).toBe(before.length)
    })
  )

  it.effect("tells a decision too many from one too few, and a wrong time from a wrong content", () =>
    Effect.gen(function* () {
      const entries = yield* recordSession(scenario)
      const at = entries.findIndex(({ kind }) => kind === "order")
      const result = entries[at]!
      const cause = (journal: ReadonlyArray<JournalEntry>) =>
        Effect.map(replayOf(journal, [mine]), ({ parity }) => parity.divergence?.cause)
      expect(yield* cause([...entries.slice(0, at), ...entries.slice(at + 1)])).toMatch(/^extra decision in the replay/)
      expect(yield* cause([...entries.slice(0, at), result, ...entries.slice(at)])).toBe("missing in the replay")
      const refused = entries.with(at, { ...result, kind: "settlement" })
      expect(yield* cause(refused)).toBe("kind: expected settlement, actual order")
      const moved = entries.with(at, { ...result, atUs: result.atUs + 1 })
      expect(yield* cause(moved)).toBe("time: expected 2026-03-01T12:00:01.234001Z, actual 2026-03-01T12:00:01.234000Z")
      const last = { ...result, kind: "alarm", body: {} } as const
      const end = entries.at(-1)!
      expect(yield* cause([...entries.slice(0, -1), last, end])).toBe("missing in the replay")
      const tail = entries.findLastIndex(({ kind }) => kind === "order")
      expect(yield* cause(entries.toSpliced(tail, 1))).toMatch(/^extra decision in the replay|^kind: /)
    })
  )

  it.effect("with another configuration diverges where it first matters, and says in what", () =>
    Effect.gen(function* () {
      const entries = yield* recordSession(scenario)
      const limited = changed(entries, "session", 1, (body) => ({
        ...body,
        risk: { ...(body["risk"] as JsonObject), max_strategy_notional: 5 }
      }))
      const { parity } = yield* replayOf(limited, [mine])
      expect(parity.divergence).toMatchObject({ kind: "decision" })
      expect(parity.divergence?.cause).toMatch(/^refusal: expected null, actual {.*strategy notional/)
      const older = changed(entries, "session", 1, (body) => ({ ...body, version: "0.0.1", max_signals: 1 }))
      expect((yield* replayOf(older, [mine])).parity.divergence?.cause).toMatch(
        /^left: expected 0, actual 1 \(recorded by version 0\.0\.1, replayed by /
      )
    })
  )

  it.effect("takes in rounds in which something could not be collected", () =>
    Effect.gen(function* () {
      const entries = yield* recordSession({ ...scenario, problems: ["gamma: down"] })
      expect(counted(entries, "markets")).toBe(moments.length)
      expect(entries.filter(({ body, kind }) => kind === "markets" && (body as JsonObject)["problems"])).toHaveLength(
        moments.length
      )
      const { parity, totals } = yield* replayOf(entries, [mine])
      expect(parity).toMatchObject({ divergence: null, beyond: 0 })
      expect(totals.events).toBe(moments.reduce((sum, { events }) => sum + events.length, 0))
    })
  )

  it.effect("names the record that it cannot read", () =>
    Effect.gen(function* () {
      const entries = yield* recordSession(scenario)
      const messageOf = (journal: ReadonlyArray<JournalEntry>) =>
        Effect.map(Effect.flip(replayOf(journal, [mine])), ({ message }) => message)
      const seqOf = (kind: string, nth: number) =>
        entries.flatMap((entry, index) => (entry.kind === kind ? [index + 1] : []))[nth - 1]
      expect(yield* messageOf(changed(entries, "markets", 2, (body) => ({ ...body, events: [[5, 1]] })))).toMatch(
        new RegExp(`^database: read the journal: record ${seqOf("markets", 2)} \\(markets\\): events\\.0\\.`)
      )
      // Without one of its records, what later ones say of a market by its number is not known.
      const known = entries.toSpliced(seqOf("markets", 1)! - 1, 1)
      expect(yield* messageOf(known)).toMatch(
        /^database: read the journal: record \d+ \(markets\): known\.0\.0: must be 0/
      )
      for (const [kind, place] of [
        ["account", "realized_today"],
        ["switches", "switches"],
        ["timer", "id"]
      ] as const) {
        const broken = changed(entries, kind, 1, (body) => ({ ...body, [place]: {} }))
        expect(yield* messageOf(broken)).toMatch(
          new RegExp(`^database: read the journal: record ${seqOf(kind, 1)} \\(${kind}\\): ${place}`)
        )
      }
    })
  )

  it.effect("fails when the journal can be read no further", () =>
    Effect.gen(function* () {
      const entries = yield* recordSession(scenario)
      const failure = new StoreError({ operation: "read journal", detail: "the disk failed" })
      // The first reading finds the session's settings and decisions, the second one its inputs.
      for (const reading of [1, 2])
        expect(yield* Effect.flip(replayOf(entries, [mine], { failure, reading }))).toEqual(failure)
    })
  )

  it.effect("refuses settings that do not fit, by name, and strategies that it does not know", () =>
    Effect.gen(function* () {
      const entries = yield* recordSession(scenario)
      const refusal = (change: (body: JsonObject) => JsonObject) =>
        Effect.map(Effect.flip(replayOf(changed(entries, "session", 1, change), [mine])), ({ message }) => message)
      const risk = (body: JsonObject) => body["risk"] as JsonObject
      expect(yield* refusal((body) => ({ ...body, risk: { ...risk(body), max_daily_loss: -1 } }))).toBe(
        "settings of session 1: risk.max_daily_loss: must be a number above 0 (at most 1e18)"
      )
      expect(yield* refusal((body) => ({ ...body, strategy_parameters: { s77: {} } }))).toMatch(
        /^settings of session 1: strategy_parameters\.s77: is not a known key/
      )
      expect(yield* refusal((body) => ({ ...body, mode: "backtest" }))).toMatch(/^settings of session 1: mode: /)
      expect(yield* refusal((body) => ({ ...body, strategies: ["mine", "x", "y"] }))).toBe(
        "--strategy-module: session 1 ran strategies that are not known here: x, y"
      )
    })
  )
})

/** Two legs, one of which has to follow the other. */
const pairs: Strategy = {
  id: "s8",
  title: "Pairs",
  generate: ({ markets }) =>
    markets
      .filter(({ marketId }) => marketId === "a")
      .map(({ bestAsk, eventId, marketId }) =>
        withOrders({
          ...{ strategy: "s8", marketId, eventId, side: "buy", score: 1, confidence: 0.5, rationale: "", sizeHint: 10 },
          targetPrice: bestAsk ?? 0.5,
          payload: { tail_hedge: { market_id: "b", token: "YES", price: 0.3, qty: 10 } }
        })
      )
}

describe("the replay of packages of several legs on paper", () => {
  it.effect("brings each leg to the venue when it got there, also while other data come", () =>
    Effect.gen(function* () {
      const during = { afterUs: 1_300_000, events: quotes(1_300_000, { b: 0.28 }) }
      const entries = yield* recordSession({ moments: moments.toSpliced(1, 0, during), strategies: [pairs] })
      const legs = entries.filter(({ body, kind }) => kind === "order" && (body as JsonObject)["package"] === 1)
      expect(legs).toHaveLength(2)
      // The second leg arrives a quarter of a second after the first, behind data that came meanwhile.
      expect(legs[1]!.atUs - legs[0]!.atUs).toBe(250_000)
      expect(entries.some(({ atUs, kind }) => kind === "markets" && atUs > legs[0]!.atUs && atUs < legs[1]!.atUs)).toBe(
        true
      )
      const { parity } = yield* replayOf(entries, [pairs])
      expect(parity).toMatchObject({ divergence: null, beyond: 0, recorded: parity.matched })
    })
  )
})

describe("a live session's replay", () => {
  const live = (
    script: ReadonlyArray<Fate>,
    journal: (entries: ReadonlyArray<JournalEntry>) => typeof entries = (all) => all
  ) =>
    Effect.gen(function* () {
      const config = { ...defaultConfig, execution: { ...defaultConfig.execution, bundle_deadline_sec: 3 } }
      const session = {
        ...scenario,
        config,
        mode: "live",
        strategies: [pairs],
        exchange: scriptedExchange(script)
      } as const
      const entries = yield* recordSession(session)
      const replay = yield* replayOf(journal(entries), [pairs])
      return { entries, replay }
    })

  const fates: ReadonlyArray<ReadonlyArray<Fate>> = [
    ["filled", "filled"],
    ["filled", "refused", "filled"],
    ["filled", "partial", "canceled", "canceled", "filled"],
    ["refused"],
    ["filled", "unknown"],
    ["filled", "silent"],
    ["slow", "filled", "filled"],
    ["filled", "working"],
    ["nothing sent"],
    ["store"]
  ]
  it.effect.each(fates)("takes %j from the journal, to the same end", (script) =>
    Effect.gen(function* () {
      const { entries, replay } = yield* live(script)
      expect(counted(entries, "report")).toBeGreaterThan(0)
      expect(counted(entries, "order")).toBeGreaterThan(0)
      expect(replay.parity).toMatchObject({ divergence: null, beyond: 0, recorded: replay.parity.matched })
      expect(replay.totals.alarms).toBe(counted(entries, "alarm"))
      expect(replay.totals.alarms > 0).toBe(
        script.some((fate) => fate === "unknown" || fate === "silent" || fate === "working" || fate === "store")
      )
    })
  )

  it.effect.each(["unknown", "silent", "store"] satisfies ReadonlyArray<Fate>)(
    "raises an alarm for a single order whose answer was lost: %s",
    (fate) =>
      Effect.gen(function* () {
        const session = { moments: moments.slice(0, 1), mode: "live", strategies: [mine] } as const
        const entries = yield* recordSession({ ...session, exchange: scriptedExchange([fate]) })
        expect(counted(entries, "alarm")).toBe(1)
        const { parity, totals } = yield* replayOf(entries, [mine])
        expect(parity).toMatchObject({ divergence: null, beyond: 0 })
        expect(totals.alarms).toBe(1)
      })
  )

  it.effect("sends nothing for a signal that another process claimed first, and is told of it", () =>
    Effect.gen(function* () {
      const script: ReadonlyArray<Fate> = ["filled", "filled"]
      const session = { ...scenario, mode: "live", strategies: [pairs] } as const
      const first = yield* recordSession({ ...session, exchange: scriptedExchange(script), taken: [1] })
      const decisions = counted(first, "decision")
      const lost = first.filter(
        ({ body, kind }) =>
          kind === "report" && JSON.stringify(body).includes("another process executed the signal first")
      )
      expect(lost).toHaveLength(1)
      expect((yield* replayOf(first, [pairs])).parity).toMatchObject({ divergence: null, beyond: 0 })
      // Nothing of it left: an order that the exchange saw would have its number there, or its fills.
      const superseded = first.filter(({ body, kind }) => kind === "order" && (body as JsonObject)["package"] === 1)
      expect(superseded.map(({ body }) => [(body as JsonObject)["status"], (body as JsonObject)["fills"]])).toEqual([
        ["rejected", []],
        ["rejected", []]
      ])
      expect(decisions).toBe(counted(first, "package"))
      const untold = first.filter((entry) => entry !== lost[0])
      expect((yield* replayOf(untold, [pairs])).parity.divergence).not.toBeNull()
    })
  )

  it.effect("leaves what waited behind a package when the session was asked to stop", () =>
    Effect.gen(function* () {
      const session = { ...scenario, mode: "live", strategies: [mine], exchange: scriptedExchange(["slow"]) } as const
      const entries = yield* recordSession({ ...session, stopAt: 3 })
      expect(counted(entries, "stop")).toBe(1)
      expect(counted(entries, "dropped")).toBe(1)
      expect((yield* replayOf(entries, [mine])).parity).toMatchObject({ divergence: null, beyond: 0 })
    })
  )

  it.effect("ends where the journal does not tell what the venue said", () =>
    Effect.gen(function* () {
      const upTo = (entries: ReadonlyArray<JournalEntry>) => entries.slice(0, kindsOf(entries).indexOf("report"))
      const { entries, replay } = yield* live(["filled", "filled"], upTo)
      expect(replay.parity).toMatchObject({
        divergence: null,
        recorded: counted(upTo(entries), "scan") + counted(upTo(entries), "decision"),
        beyond: 0
      })
    })
  )
})
