import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { MarketBoard } from "../../src/core/MarketBoard.ts"
import { makeRng, nextInt, type Rng } from "../../src/core/rng.ts"
import { instrumentOf } from "../../src/domain/instrument.ts"
import { type Market } from "../../src/domain/Market.ts"
import { compareEvents, type MarketEvent } from "../../src/domain/MarketEvent.ts"
import { quoteOf, seenAs } from "../../src/domain/quote.ts"
import { MICROS_PER_HOUR, MICROS_PER_MS } from "../../src/domain/time.ts"
import { HISTORY_PAGE_ROWS } from "../../src/policy/store.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { s1 } from "../../src/strategies/s1.ts"
import { market, noon, run, temporaryFolder, using } from "../store/support.ts"
import { batchesOf, brief, byRound, recorded, type Recording, roundsOf } from "./recording.ts"

const hour = MICROS_PER_HOUR
const window = { fromUs: noon, toUs: noon + hour }

const shuffled = <A>(rng: Rng, items: ReadonlyArray<A>): ReadonlyArray<A> => {
  const result = [...items]
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = nextInt(rng, i + 1)
    const [a, b] = [result[i]!, result[j]!]
    result[i] = b
    result[j] = a
  }
  return result
}

const sources = ["gamma", "clob"]

/** Many markets at few moments, over several pages, before, inside and after the window; some twice at one moment. */
const randomRecording = (seed: number): Recording => {
  const rng = makeRng(seed)
  const ids = Array.from({ length: 40 }, (_, index) => `m${index}`)
  const rows = Math.floor(2.5 * HISTORY_PAGE_ROWS)
  return {
    markets: sources.flatMap((source) => ids.map((marketId) => ({ source, marketId }))),
    snapshots: Array.from({ length: rows }, (_, index) => ({
      source: sources[nextInt(rng, 2)]!,
      marketId: ids[nextInt(rng, ids.length)]!,
      atUs: noon - hour / 4 + nextInt(rng, 90) * MICROS_PER_MS * 60_000 + nextInt(rng, 2) * 300,
      yes: nextInt(rng, 100) / 100,
      bid: index % 3 === 0 ? null : 0.5,
      status: index % 5 === 0 ? null : "open"
    })),
    resolutions: ids.slice(0, 9).map((marketId) => {
      const resolvedUs = noon - hour / 2 + nextInt(rng, 120) * MICROS_PER_MS * 60_000
      return { marketId, resolvedUs, seenUs: marketId === "m3" ? null : resolvedUs + 7 * MICROS_PER_MS }
    })
  }
}

/** What the feed owes, from the rows alone. */
const owed = ({ resolutions = [], snapshots }: Recording): ReadonlyArray<string> => {
  const newest = new Map<string, number>()
  for (const { atUs, marketId, source } of snapshots) {
    const key = `${source} ${marketId}`
    if (atUs < window.fromUs) newest.set(key, Math.max(atUs, newest.get(key) ?? 0))
  }
  const wanted = snapshots.filter(({ atUs, marketId, source }) =>
    atUs < window.fromUs ? newest.get(`${source} ${marketId}`) === atUs : atUs <= window.toUs
  )
  const learnt = resolutions.map((row) => ({ ...row, atUs: row.seenUs ?? row.resolvedUs }))
  return [
    ...wanted.map(({ atUs, marketId, source, yes }) => JSON.stringify([atUs, source, marketId, yes])),
    ...learnt
      .filter(({ atUs }) => atUs <= window.toUs)
      .map(({ atUs, marketId }) => `[${atUs},"resolved","${marketId}"]`)
  ].sort()
}

const inOrder = (events: ReadonlyArray<MarketEvent>): boolean =>
  events.every((event, index) => index === 0 || compareEvents(events[index - 1]!, event) <= 0)

const minute = 60_000

describe("RecordedFeed", () => {
  it.scoped("tells everything once, in total order, and nothing after now, however long its rounds are", () =>
    Effect.gen(function* () {
      const recording = randomRecording(1)
      const path = yield* recorded(recording)
      const expected = owed(recording)
      const interval = fc.integer({ min: 45_000, max: 75 * minute })
      const property = fc.asyncProperty(interval, async (intervalMs) => {
        const batches = await Effect.runPromise(batchesOf(path, { ...window, intervalMs }))
        // Each comes at the moment of its events; what was known before the window comes at its start.
        for (const { events, nowUs, roundEnded } of batches) {
          expect(events.filter(({ atUs }) => Math.max(atUs, window.fromUs) !== nowUs)).toEqual([])
          expect(events.length > 0 || roundEnded).toBe(true)
        }
        const rounds = byRound(batches)
        let beforeUs = Number.NEGATIVE_INFINITY
        for (const [index, { events, nowUs, problems, roundEnded }] of rounds.entries()) {
          expect(nowUs).toBe(window.fromUs + index * intervalMs * MICROS_PER_MS)
          expect([problems, roundEnded]).toEqual([[], true])
          expect(events.filter(({ atUs }) => atUs > nowUs || atUs <= beforeUs)).toEqual([])
          expect(inOrder(events)).toBe(true)
          beforeUs = nowUs
        }
        // It ends with the round that has the last of it.
        expect(batches.at(-1)!.roundEnded).toBe(true)
        expect(rounds.at(-1)!.events).not.toEqual([])
        expect(rounds.at(-1)!.nowUs).toBeGreaterThan(noon + hour / 2)
        expect(rounds.flatMap(({ events }) => events.map((event) => JSON.stringify(brief(event)))).sort()).toEqual(
          expected
        )
      })
      yield* Effect.promise(() => fc.assert(property, { numRuns: 15, seed: 5 }))
    })
  )

  it.scoped("tells the same whatever order the rows were stored in", () =>
    Effect.gen(function* () {
      const recording = randomRecording(2)
      const rounds = { ...window, intervalMs: 20 * minute }
      const plain = yield* roundsOf(yield* recorded(recording), rounds)
      for (const seed of [7, 8]) {
        const rng = makeRng(seed)
        const path = yield* recorded({
          markets: shuffled(rng, recording.markets),
          snapshots: shuffled(rng, recording.snapshots),
          resolutions: shuffled(rng, recording.resolutions ?? [])
        })
        expect(yield* roundsOf(path, rounds)).toEqual(plain)
      }
      expect(plain[0]!.events.length).toBeGreaterThan(70)
      expect(inOrder(plain.flatMap(({ events }) => events))).toBe(true)
    })
  )

  it.scoped("tells a market as it was, and its outcome when it was learnt, not when it happened", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      const fee = { rate: 0.05, exponent: 2, takerOnly: true, rebateRate: 0.25 }
      const first = market({
        ...{ marketId: "m1", yesPrice: 0.4, tickSize: 0.01, fee, acceptingOrders: true, sourceUpdatedUs: noon },
        ...{ conditionId: "0xc1", yesTokenId: "11", noTokenId: "12", yesLabel: "Up", noLabel: "Down", negRisk: true },
        ...{ minOrderSize: 5, slug: "m-1", endDateUs: noon + hour }
      })
      const later: Market = {
        ...first,
        ...{ status: "closed", acceptingOrders: false, yesPrice: 1, noPrice: 0, bestBid: null, bestAsk: null },
        ...{ midPrice: 1, tickSize: 0.001, volume: 9e9, liquidity: 0, payout: { yes: 1, no: 0 } },
        ...{ resolvedAtUs: noon + hour / 4, sourceUpdatedUs: noon + hour / 2, updatedAtUs: noon + hour / 2 }
      }
      const commit = (row: Market, capturedAtUs: number) =>
        Effect.flatMap(IngestRepo, (repo) =>
          repo.commitRun({ run: run(), markets: [row], capturedAtUs, confirmed: [], checkpointUs: null })
        )
      yield* using(path, Effect.zipRight(commit(first, noon), commit(later, noon + hour / 2)))
      // The second round ends a millisecond before the market is seen again.
      const rounds = yield* roundsOf(path, { ...window, intervalMs: 30 * minute - 1 })
      expect(rounds.map(({ events }) => events)).toEqual([
        [
          {
            kind: "market",
            atUs: noon,
            instrument: instrumentOf(first),
            quote: quoteOf({ ...first, updatedAtUs: noon }, false)
          }
        ],
        [],
        [
          { kind: "market", atUs: noon + hour / 2, instrument: instrumentOf(later), quote: quoteOf(later, false) },
          { kind: "resolution", atUs: noon + hour / 2, marketId: "m1", payout: { yes: 1, no: 0 } }
        ]
      ])
    })
  )

  it.scoped("takes a market without a kept status as open until its resolution is learnt", () =>
    Effect.gen(function* () {
      const at = (minutes: number) => noon + minutes * 60_000 * MICROS_PER_MS
      const path = yield* recorded({
        markets: [{ source: "gamma", marketId: "m1" }],
        snapshots: [-5, 5, 20, 30].map((minutes) => ({
          ...{ source: "gamma", marketId: "m1", atUs: at(minutes), yes: 1, status: minutes === 30 ? "open" : null }
        })),
        resolutions: [{ marketId: "m1", resolvedUs: at(1), seenUs: at(20) }]
      })
      const rounds = yield* roundsOf(path, { ...window, intervalMs: 60 * minute })
      const told = rounds.flatMap(({ events }) =>
        events.map((event) => (event.kind === "market" ? seenAs(event.quote).status : event.kind))
      )
      expect(told).toEqual(["open", "open", "closed", "resolution", "open"])
    })
  )

  it.scoped("starts with the newest snapshot of each source's row, and counts snapshots of unknown markets", () =>
    Effect.gen(function* () {
      const path = yield* recorded({
        markets: [
          { source: "gamma", marketId: "m1" },
          { source: "clob", marketId: "m1" }
        ],
        snapshots: [
          { source: "gamma", marketId: "m1", atUs: noon - 3_000, yes: 0.1 },
          { source: "clob", marketId: "m1", atUs: noon - 2_000, yes: 0.2 },
          { source: "clob", marketId: "m1", atUs: noon - 5_000, yes: 0.3 },
          { source: "gamma", marketId: "stranger", atUs: noon + 1_000, yes: 0.4 },
          { source: "gamma", marketId: "stranger", atUs: noon + 9_000, yes: 0.4 },
          { source: "gamma", marketId: "m1", atUs: window.toUs + 1_000, yes: 0.5 }
        ]
      })
      const [first, second, ...more] = yield* roundsOf(path, { ...window, intervalMs: 9 })
      expect(first!.events.map(brief)).toEqual([
        [noon - 3_000, "gamma", "m1", 0.1],
        [noon - 2_000, "clob", "m1", 0.2]
      ])
      expect(first!.problems).toEqual([])
      expect([second!.events, more]).toEqual([[], []])
      expect(second!.problems).toEqual(["2 snapshot(s) left out: their markets are not known"])
    })
  )

  it.scoped("shows S1 both sources of one contract, also when they share the market id", () =>
    Effect.gen(function* () {
      const path = yield* recorded({
        markets: sources.map((source) => ({ source, marketId: "m1", canonicalId: "c" })),
        snapshots: [
          { source: "gamma", marketId: "m1", atUs: noon, yes: 0.4 },
          { source: "clob", marketId: "m1", atUs: noon, yes: 0.5 }
        ]
      })
      const [round] = yield* roundsOf(path, { ...window, intervalMs: minute })
      const board = new MarketBoard(true)
      for (const event of round!.events) if (event.kind === "market") board.observe(event.instrument, event.quote)
      const { view } = board.view(noon, null)
      const signals = s1(view.markets, { min_spread: 0.03, max_order_notional: 25 })
      expect(signals).toHaveLength(1)
      expect(signals[0]!.payload).toMatchObject({ buy_leg: { source: "gamma" }, sell_leg: { source: "clob" } })
    })
  )

  it.scoped("has nothing to tell of an empty recording", () =>
    Effect.gen(function* () {
      const path = yield* recorded({ markets: [], snapshots: [] })
      expect(yield* roundsOf(path, { ...window, intervalMs: minute })).toEqual([
        { nowUs: noon, events: [], looks: [], problems: [], roundEnded: true }
      ])
    })
  )
})
