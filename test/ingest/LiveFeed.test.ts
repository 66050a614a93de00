import { join } from "node:path"
import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { onVirtualTime } from "../../src/app/virtualClock.ts"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../src/config/AppConfig.ts"
import { StoreError } from "../../src/domain/errors.ts"
import { type SourceId } from "../../src/domain/ids.ts"
import { type Market } from "../../src/domain/Market.ts"
import { compareEvents, type MarketEvent } from "../../src/domain/MarketEvent.ts"
import { MICROS_PER_MS, MICROS_PER_SECOND } from "../../src/domain/time.ts"
import * as IngestorLayer from "../../src/ingest/Ingestor.ts"
import * as IngestSourcesLayer from "../../src/ingest/IngestSources.ts"
import * as LiveFeed from "../../src/ingest/LiveFeed.ts"
import { Ingestor, type SourceReport } from "../../src/ports/Ingestor.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { MarketFeed } from "../../src/ports/MarketFeed.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { faultKinds } from "../../src/simulator/faults.ts"
import { type InProcessExchange, makeInProcessExchange } from "../../src/simulator/inProcessClient.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { inStore, market, noon, result, run, temporaryFolder, using } from "../store/support.ts"
import { pollsOf, type TimedPoll } from "./recording.ts"

const options = { sources: ["gamma", "clob"], limit: 300 } as const
const pollEveryMs = 43_200_000

/** The live feed over the generated exchange, polled on virtual time; `before` each poll may change its faults. */
const livePolls = (path: string, polls: number, before: (exchange: InProcessExchange, index: number) => void) => {
  const backend = makeUniverse({ seed: 3, markets: 30 })
  const exchange = makeInProcessExchange({ backend, faultSeed: 9, tuning: { hugeBytes: 5_000_000 } })
  const { clob, data, gamma } = exchange.urls
  const config: AppConfigShape = {
    ...defaultConfig,
    data: { ...defaultConfig.data, gamma_base_url: gamma, data_base_url: data, clob_base_url: clob, max_body_mb: 4 }
  }
  const feed = LiveFeed.layer(options).pipe(
    Layer.provide(IngestorLayer.layer),
    Layer.provide(IngestSourcesLayer.layer),
    Layer.provide(Layer.succeed(HttpClient.HttpClient, exchange.client)),
    Layer.provide(Layer.succeed(AppConfig, config))
  )
  const body = Effect.gen(function* () {
    const { poll } = yield* MarketFeed
    const told: Array<TimedPoll> = []
    for (let index = 0; index < polls; index += 1) {
      before(exchange, index)
      const answer = yield* poll
      told.push({ ...answer, nowUs: (yield* Clock.currentTimeMillis) * MICROS_PER_MS })
      yield* Effect.sleep(pollEveryMs)
    }
    return { told, faults: exchange.faultCounts() }
  })
  return onVirtualTime(backend.startUs, () => using(path, Effect.provide(body, feed))).pipe(
    Logger.withMinimumLogLevel(LogLevel.None)
  )
}

const inOrder = (events: ReadonlyArray<MarketEvent>): boolean =>
  events.every((event, index) => index === 0 || compareEvents(events[index - 1]!, event) <= 0)

const allFaults = faultKinds.map((kind) => ({ kind, api: null, rate: 0.06, count: null }))

describe("LiveFeed over the exchange", () => {
  it.scoped("tells, whatever fails, what a replay of its recording tells at the same moments", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      const { faults, told } = yield* livePolls(path, 8, (exchange, index) =>
        exchange.setFaults(index > 0 && index < 6 ? allFaults : [])
      )
      expect(Object.keys(faults).length).toBeGreaterThan(5)
      expect(told.some(({ problems }) => problems.length > 0)).toBe(true)
      for (const { ended, events, nowUs } of told) {
        expect(ended).toBe(false)
        expect(inOrder(events)).toBe(true)
        expect(events.filter(({ atUs }) => atUs > nowUs)).toEqual([])
      }
      const window = { fromUs: told[0]!.nowUs - MICROS_PER_SECOND, toUs: told.at(-1)!.nowUs }
      const replayed = yield* pollsOf(
        path,
        window,
        told.map(({ nowUs }) => nowUs)
      )
      const eventsOf = (polls: ReadonlyArray<TimedPoll>) => polls.slice(1).map(({ events }) => events)
      expect(eventsOf(replayed)).toEqual(eventsOf(told))
      // Only markets that are open matter to a feed that starts; a recording does not know where one started.
      const open = (poll: TimedPoll) => poll.events.filter((e) => e.kind === "market" && e.market.status === "open")
      expect(open(replayed[0]!)).toEqual(told[0]!.events.filter(({ kind }) => kind === "market"))
      expect(told.slice(1).flatMap(({ events }) => events.filter(({ kind }) => kind === "resolution"))).not.toEqual([])
    })
  )

  it.scoped("calls a source that is down a problem, and tells the other's markets", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      const { told } = yield* livePolls(path, 2, (exchange, index) =>
        exchange.setFaults(index === 0 ? [{ kind: "503", api: "gamma", rate: 1, count: null }] : [])
      )
      expect(told[0]!.problems).toHaveLength(1)
      expect(told[0]!.problems[0]).toMatch(/^gamma: .*http_5xx/)
      const sourcesOf = (poll: TimedPoll) =>
        [...new Set(poll.events.flatMap((event) => (event.kind === "market" ? [event.market.source] : [])))].sort()
      expect(sourcesOf(told[0]!)).toEqual(["clob"])
      expect([told[1]!.problems, sourcesOf(told[1]!)]).toEqual([[], ["clob", "gamma"]])
    })
  )
})

const report = (source: SourceId, fields: Partial<SourceReport> = {}): SourceReport => ({
  ...run({ source, startedAtUs: noon, finishedAtUs: noon }),
  ...{ received: 1, skipped: 0, refused: new Map<string, number>() },
  ...fields
})

const commit = (markets: ReadonlyArray<Market>, source: SourceId = "gamma") =>
  Effect.flatMap(IngestRepo, (repo) =>
    repo.commitRun({ run: run({ source }), markets, capturedAtUs: noon, checkpointUs: null })
  )

/** The feed with an ingest that brings in nothing and reports what it is told; it is noon. */
const polling = <A, E, R>(
  reports: Effect.Effect<ReadonlyArray<SourceReport>, StoreError>,
  body: Effect.Effect<A, E, R | MarketFeed>
) =>
  Effect.provide(
    body,
    LiveFeed.layer({ sources: ["gamma"], limit: 5 }).pipe(
      Layer.provide(
        Layer.succeed(Ingestor, {
          run: () => Effect.map(reports, (sources) => ({ status: "ok" as const, sources }))
        })
      )
    )
  )

const atNoon = <A, E>(body: Effect.Effect<A, E>) => onVirtualTime(noon, () => body)
const poll = Effect.flatMap(MarketFeed, (feed) => feed.poll)
const quiet = Effect.succeed([])

const told = (events: ReadonlyArray<MarketEvent>) =>
  events.map((event) =>
    event.kind === "market" ? `${event.market.source} ${event.market.marketId} ${event.market.status}` : event.marketId
  )

describe("LiveFeed over the store", () => {
  it.effect("starts with open markets and those held, resolutions of the latter once", () =>
    atNoon(
      inStore(
        Effect.gen(function* () {
          const won = { status: "closed", payout: { yes: 1, no: 0 }, resolvedAtUs: noon - 9 } as const
          yield* commit([
            market({ marketId: "m1", ...won }),
            market({ marketId: "m2" }),
            market({ marketId: "m3", ...won })
          ])
          yield* commit([market({ marketId: "m1", source: "clob", status: "closed" })], "clob")
          const trades = yield* TradeRepo
          yield* trades.record({ results: [result()], signals: [], atUs: noon })
          const polls = yield* polling(
            quiet,
            Effect.all([poll, Effect.zipRight(commit([market({ marketId: "m1", ...won })]), poll)])
          )
          expect(told(polls[0].events)).toEqual(["clob m1 closed", "gamma m1 closed", "gamma m2 open", "m1"])
          expect(polls[0].events.at(-1)).toMatchObject({ kind: "resolution", payout: { yes: 1, no: 0 } })
          expect(told(polls[1].events)).toEqual(["gamma m1 closed"])
          expect(polls[1].events[0]).toMatchObject({ market: { payout: null, resolvedAtUs: null } })
        })
      )
    )
  )

  it.effect("tells what others store, however old they say it is, and a resolution to every source's row", () =>
    atNoon(
      inStore(
        Effect.gen(function* () {
          const tokens = { conditionId: "0xc1", yesTokenId: "11", noTokenId: "12" }
          yield* commit([market({ marketId: "0xc1", source: "clob", ...tokens })], "clob")
          const late = market({ marketId: "m1", ...tokens, updatedAtUs: noon - 3_600 * MICROS_PER_SECOND })
          const polls = yield* polling(
            quiet,
            Effect.all([
              poll,
              Effect.zipRight(commit([late]), poll),
              Effect.zipRight(commit([{ ...late, status: "closed", payout: { yes: 0, no: 1 } }]), poll),
              poll
            ])
          )
          expect(polls.map(({ events }) => told(events))).toEqual([
            ["clob 0xc1 open"],
            ["gamma m1 open"],
            ["gamma m1 closed", "0xc1", "m1"],
            []
          ])
          expect(polls[1].events[0]!.atUs).toBe(noon)
        })
      )
    )
  )

  it.effect("dates nothing after now when the clock was set back", () =>
    atNoon(
      inStore(
        Effect.gen(function* () {
          yield* commit([market({ marketId: "m1", updatedAtUs: noon + 60 * MICROS_PER_SECOND })])
          const later = report("gamma", { finishedAtUs: noon + 61 * MICROS_PER_SECOND })
          const { events } = yield* polling(Effect.succeed([later]), poll)
          expect(events).toMatchObject([{ atUs: noon, market: { marketId: "m1", updatedAtUs: noon } }])
        })
      )
    )
  )

  it.effect("has a line for each thing that could not be collected, and fails with the store only", () =>
    atNoon(
      inStore(
        Effect.gen(function* () {
          const reports = [
            report("gamma", { status: "partial", error: "gamma: get /markets: timeout: no answer" }),
            report("clob", { status: "error", error: "circuit open until 2026-03-01T12:05:00Z" }),
            report("data", { refused: new Map([["no market id", 2]]) })
          ]
          expect((yield* polling(Effect.succeed(reports), poll)).problems).toEqual([
            "gamma: get /markets: timeout: no answer",
            "clob: circuit open until 2026-03-01T12:05:00Z",
            "data: rows refused: no market id (2)"
          ])
          const failure = new StoreError({ operation: "commit", detail: "the disk is full" })
          expect(yield* Effect.flip(polling(Effect.fail(failure), poll))).toEqual(failure)
        })
      )
    )
  )
})
