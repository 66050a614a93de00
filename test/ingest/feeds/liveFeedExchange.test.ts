import { join } from "node:path"
import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { onVirtualTime } from "../../../src/app/virtualClock.ts"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../../src/config/AppConfig.ts"
import { compareEvents, type MarketEvent } from "../../../src/domain/MarketEvent.ts"
import { MICROS_PER_SECOND } from "../../../src/domain/time.ts"
import { layer as liveFeed } from "../../../src/ingest/feeds/liveFeed.ts"
import * as IngestSourcesLayer from "../../../src/ingest/IngestSources.ts"
import { faultKinds } from "../../../src/simulator/faults.ts"
import { type InProcessExchange, makeInProcessExchange } from "../../../src/simulator/inProcessClient.ts"
import { makeUniverse } from "../../../src/simulator/universe.ts"
import { temporaryFolder, using } from "../../store/support.ts"
import { roundsOf } from "../recording.ts"
import { batchesUntil, type TimedBatch } from "./feedWorld.ts"

/** The feed over the generated exchange, on virtual time; `before` each batch may change its faults. */
const liveBatches = (
  path: string,
  intervalMs: number,
  tuning: { readonly retryAfterSec?: number; readonly hugeBytes?: number },
  last: (batch: TimedBatch, index: number, exchange: InProcessExchange) => boolean
) => {
  const backend = makeUniverse({ seed: 3, markets: 30 })
  const exchange = makeInProcessExchange({ backend, faultSeed: 9, tuning })
  const { clob, data, gamma } = exchange.urls
  const config: AppConfigShape = {
    ...defaultConfig,
    data: { ...defaultConfig.data, gamma_base_url: gamma, data_base_url: data, clob_base_url: clob, max_body_mb: 4 }
  }
  const feed = liveFeed({ sources: ["gamma", "clob"], limit: 300, intervalMs }).pipe(
    Layer.provide(IngestSourcesLayer.layer),
    Layer.provide(Layer.succeed(HttpClient.HttpClient, exchange.client)),
    Layer.provide(Layer.succeed(AppConfig, config))
  )
  const body = Effect.map(
    batchesUntil((batch, index) => last(batch, index, exchange)),
    (told) => ({ told, startUs: backend.startUs, faults: exchange.faultCounts() })
  )
  return onVirtualTime(backend.startUs, () => using(path, Effect.provide(body, feed))).pipe(
    Logger.withMinimumLogLevel(LogLevel.None)
  )
}

const eventsOf = (batches: ReadonlyArray<TimedBatch>): ReadonlyArray<MarketEvent> =>
  batches.flatMap(({ events }) => events)

const sourcesOf = ({ events }: TimedBatch) => [
  ...new Set(events.flatMap((event) => (event.kind === "market" ? [event.instrument.source] : [])))
]

const allFaults = faultKinds.map((kind) => ({ kind, api: null, rate: 0.06, count: null }))

describe("the live feed over the exchange", () => {
  it.scoped("tells, whatever fails, what a replay of its recording tells at the same moments", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      let rounds = 0
      const { faults, startUs, told } = yield* liveBatches(
        path,
        43_200_000,
        { hugeBytes: 5_000_000 },
        ({ roundEnded }, _, exchange) => {
          if (roundEnded) {
            rounds += 1
            exchange.setFaults(rounds > 0 && rounds < 6 ? allFaults : [])
          }
          return rounds === 8
        }
      )
      expect(Object.keys(faults).length).toBeGreaterThan(5)
      expect(told.some(({ problems }) => problems.length > 0)).toBe(true)
      const events = eventsOf(told)
      for (const [index, event] of events.entries()) {
        if (index > 0) expect(compareEvents(events[index - 1]!, event)).toBeLessThan(0)
      }
      for (const batch of told) {
        expect(batch.events.filter(({ atUs }) => atUs > batch.nowUs + told.length)).toEqual([])
      }
      const window = { fromUs: startUs - MICROS_PER_SECOND, toUs: told.at(-1)!.nowUs + MICROS_PER_SECOND }
      const recorded = yield* roundsOf(path, { ...window, intervalMs: (window.toUs - window.fromUs) / 1_000 })
      const replayed = eventsOf(recorded)
      // A row that was tied to another source's later comes again, in the other's batch; it is no snapshot of its own. A
      // recording has the tie from the start.
      const own = told.flatMap(({ events, looks }) =>
        events.filter(
          (event) => event.kind === "market" && looks.some(({ source }) => source === event.instrument.source)
        )
      )
      const ids = new Map(
        events.flatMap((event) =>
          event.kind === "market"
            ? [[`${event.instrument.source} ${event.instrument.marketId}`, event.instrument.canonicalId] as const]
            : []
        )
      )
      const tied = own.map((event) =>
        event.kind === "market"
          ? {
              ...event,
              instrument: {
                ...event.instrument,
                canonicalId: ids.get(`${event.instrument.source} ${event.instrument.marketId}`)
              }
            }
          : event
      )
      expect(tied).toEqual(replayed.filter(({ kind }) => kind === "market"))
      expect(eventsOf(told).length - own.length).toBeLessThan(50)
      const resolutions = (all: ReadonlyArray<MarketEvent>) => all.filter(({ kind }) => kind === "resolution")
      expect(resolutions(events).length).toBeGreaterThan(0)
      expect(resolutions(events)).toEqual(resolutions(replayed))
    })
  )

  it.scoped("goes on with the other source while one has to wait as long as a 429 says", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      const stalled = [{ kind: "429", api: "gamma", rate: 1, count: 1 }] as const
      const { startUs, told } = yield* liveBatches(path, 30_000, { retryAfterSec: 3_600 }, (batch, index, exchange) => {
        if (index === 0) exchange.setFaults(stalled)
        return batch.looks.some(({ answered, source }) => source === "gamma" && answered)
      })
      const secondsOf = (batch: TimedBatch) => (batch.nowUs - startUs) / MICROS_PER_SECOND
      const clob = told.filter(({ looks }) => looks.some(({ answered, source }) => source === "clob" && answered))
      // A source waits five minutes at most; meanwhile ten rounds of the other one ended in time.
      expect(secondsOf(told.at(-1)!)).toBeGreaterThanOrEqual(300)
      expect(clob.length).toBeGreaterThanOrEqual(10)
      for (const [index, batch] of clob.slice(0, 10).entries()) {
        expect(secondsOf(batch)).toBeLessThan(30 * index + 5)
        expect(batch.looks.filter(({ answered }) => answered).map(({ source }) => source)).toEqual(["clob"])
      }
      const late = told.filter(({ looks }) => looks.some(({ answered, source }) => source === "gamma" && !answered))
      expect(late.length).toBeGreaterThanOrEqual(10)
      expect(sourcesOf(told.at(-1)!)).toContain("gamma")
      const gammaRows = eventsOf(told).filter((event) => event.kind === "market" && event.instrument.source === "gamma")
      const ids = gammaRows.map((event) => (event.kind === "market" ? event.instrument.marketId : ""))
      expect(new Set(ids).size).toBe(ids.length)
    })
  )
})
