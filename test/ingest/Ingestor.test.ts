import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { AppConfig, defaultConfig } from "../../src/config/AppConfig.ts"
import { closedBreaker } from "../../src/domain/Breaker.ts"
import { type ErrorBucket, SourceError, StoreError } from "../../src/domain/errors.ts"
import { type SourceId } from "../../src/domain/ids.ts"
import { parseTime } from "../../src/domain/time.ts"
import { layer as ingestorLayer } from "../../src/ingest/Ingestor.ts"
import { problemsOf } from "../../src/ingest/problems.ts"
import { type WatchedMarket } from "../../src/domain/watched.ts"
import { Ingestor, type IngestRequest } from "../../src/ports/Ingestor.ts"
import { IngestSources, type SourceShape } from "../../src/ports/IngestSource.ts"
import { makeMemoryRepo } from "./memoryRepo.ts"

const start = Date.parse("2026-10-06T00:00:00Z")
const nowUs = start * 1_000

const failure = (source: string, bucket: ErrorBucket) =>
  new SourceError({ source, operation: "GET /x", bucket, retryable: true, retryAfterMs: null, detail: "made up" })

const listingOnly = { canAsk: () => false, byId: () => Stream.empty }

/** A source that hands out pages, and fails after them when told to. */
const source = (
  id: SourceId,
  script: () => { readonly pages: ReadonlyArray<ReadonlyArray<unknown>>; readonly fails?: ErrorBucket }
): SourceShape => ({
  ...listingOnly,
  id,
  pages: ({ observer }) =>
    Stream.suspend(() => {
      const { pages, fails } = script()
      const good = Stream.fromIterable(pages).pipe(
        Stream.map((rows) => {
          observer.onRequest()
          return { rows }
        })
      )
      if (fails === undefined) return good
      const error = failure(id, fails)
      return Stream.concat(
        good,
        Stream.suspend(() => {
          observer.onRequest()
          if (fails !== "source_skipped_404") observer.onFailure(error)
          return Stream.fail(error)
        })
      )
    })
})

const row = (id: string, updatedAt: string | undefined, more: object = {}) => ({
  id,
  question: `Question ${id}`,
  outcomes: ["Yes", "No"],
  outcomePrices: ["0.4", "0.6"],
  ...(updatedAt === undefined ? {} : { updatedAt }),
  ...more
})

const config = Layer.succeed(AppConfig, {
  ...defaultConfig,
  data: { ...defaultConfig.data, breaker_failure_threshold: 2, breaker_cooldown_sec: 60 }
})

const setUp = (sources: ReadonlyArray<SourceShape>, options?: Parameters<typeof makeMemoryRepo>[0]) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(start)
    const memory = yield* makeMemoryRepo(options)
    const layer = ingestorLayer.pipe(
      Layer.provide(Layer.mergeAll(config, memory.layer, Layer.succeed(IngestSources, sources)))
    )
    const ingestor = yield* Effect.provide(Ingestor, layer)
    const run = (request?: Partial<IngestRequest>) =>
      ingestor.run({ sources: ["gamma"], limit: 100, incremental: true, ...request })
    return { run, state: Ref.get(memory.state), memory }
  })

describe("one run", () => {
  it.effect("stores markets, one snapshot each at the time after the last page, and what happened", () =>
    Effect.gen(function* () {
      const slow: SourceShape = {
        ...listingOnly,
        id: "gamma",
        pages: ({ observer }) =>
          Stream.make([row("1", "2026-10-05T00:00:00Z"), row("2", "2026-10-04T00:00:00Z")], [{ no: "id" }]).pipe(
            Stream.mapEffect((rows) => {
              observer.onRequest()
              return Effect.as(Effect.sleep("2 seconds"), { rows })
            })
          )
      }
      const { run, state } = yield* setUp([slow])
      const fiber = yield* Effect.fork(run())
      yield* TestClock.adjust("10 seconds")
      const report = yield* Fiber.join(fiber)
      const after = yield* state
      assert.strictEqual(report.status, "ok")
      assert.deepInclude(report.sources[0], {
        received: 3,
        rowsIngested: 2,
        skipped: 0,
        requestCount: 2,
        failureCount: 0
      })
      assert.deepStrictEqual([...(report.sources[0]?.refused ?? [])], [["no market id", 1]])
      assert.deepStrictEqual(after.snapshots, [
        { marketId: "1", atUs: nowUs + 4_000_000 },
        { marketId: "2", atUs: nowUs + 4_000_000 }
      ])
      assert.deepInclude(after.runs[0], {
        source: "gamma",
        status: "ok",
        startedAtUs: nowUs,
        finishedAtUs: nowUs + 4_000_000,
        rowsIngested: 2,
        buckets: [{ bucket: "decode", count: 1, lastError: "no market id" }]
      })
      assert.strictEqual(after.checkpoints.get("gamma"), parseTime("2026-10-05T00:00:00Z"))
      assert.deepStrictEqual(after.settled, ["gamma:success"])
    })
  )

  it.effect("stores a market that comes twice once, as last seen", () =>
    Effect.gen(function* () {
      const twice = source("gamma", () => ({
        pages: [[row("1", undefined)], [row("1", undefined, { question: "new" })]]
      }))
      const { run, state } = yield* setUp([twice])
      yield* run()
      const after = yield* state
      assert.strictEqual(after.snapshots.length, 1)
      assert.strictEqual(after.markets.get("gamma:1")?.question, "new")
    })
  )

  it.effect("is an error when every row was refused", () =>
    Effect.gen(function* () {
      const { run } = yield* setUp([source("gamma", () => ({ pages: [[null, {}]] }))])
      const report = yield* run()
      assert.strictEqual(report.status, "error")
      assert.strictEqual(report.sources[0]?.error, "all 2 rows were refused")
    })
  )

  it.effect("is ok when the source has nothing", () =>
    Effect.gen(function* () {
      const { run } = yield* setUp([source("gamma", () => ({ pages: [] }))])
      assert.strictEqual((yield* run()).status, "ok")
    })
  )

  it.effect("fails when the store fails, and does not leave a probe open", () =>
    Effect.gen(function* () {
      const broken = new StoreError({ operation: "commitRun", detail: "disk full" })
      const { run, memory, state } = yield* setUp([source("gamma", () => ({ pages: [[row("1", undefined)]] }))], {
        failCommit: broken
      })
      yield* Ref.update(memory.state, (s) => ({
        ...s,
        breakers: new Map([["gamma" as const, { ...closedBreaker, consecutiveFailures: 2, openUntilUs: nowUs - 1 }]])
      }))
      assert.strictEqual((yield* Effect.flip(run())).message, "database: commitRun: disk full")
      assert.deepStrictEqual((yield* state).settled, ["gamma:network"])
      assert.strictEqual((yield* state).breakers.get("gamma")?.openUntilUs, nowUs + 60_000_000)
    })
  )

  for (const [what, request, field] of [
    ["limit 0", { limit: 0 }, "limit"],
    ["half a market", { limit: 1.5 }, "limit"],
    ["NaN", { limit: Number.NaN }, "limit"],
    ["no source", { sources: [] }, "source"],
    ["a source that is not registered", { sources: ["clob"] }, "source"]
  ] as const) {
    it.effect(`refuses ${what}`, () =>
      Effect.gen(function* () {
        const { run, state } = yield* setUp([source("gamma", () => ({ pages: [] }))])
        const error = yield* Effect.flip(run(request))
        assert.strictEqual(error._tag === "InputError" ? error.field : error._tag, field)
        assert.strictEqual((yield* state).runs.length, 0)
      })
    )
  }
})

describe("failures of a source", () => {
  it.effect("keeps what came before a failure, and does not move the checkpoint past what was not read", () =>
    Effect.gen(function* () {
      const half = source("gamma", () => ({ pages: [[row("1", "2026-10-05T00:00:00Z")]], fails: "http_5xx" }))
      const { run, state } = yield* setUp([half])
      const report = yield* run()
      const after = yield* state
      assert.strictEqual(report.status, "partial")
      assert.strictEqual(report.sources[0]?.error, "gamma: GET /x: http_5xx: made up")
      assert.strictEqual(after.markets.size, 1)
      assert.isFalse(after.checkpoints.has("gamma"))
      assert.deepStrictEqual(after.settled, ["gamma:http_5xx"])
      assert.deepInclude(after.runs[0], { failureCount: 1, requestCount: 2, status: "partial" })
    })
  )

  it.effect("does not stop the other sources", () =>
    Effect.gen(function* () {
      const { run, state } = yield* setUp([
        source("gamma", () => ({ pages: [], fails: "timeout" })),
        source("data", () => ({ pages: [], fails: "source_skipped_404" })),
        source("clob", () => ({ pages: [[row("1", undefined)]] }))
      ])
      const report = yield* run({ sources: ["gamma", "data", "clob", "gamma"] })
      assert.strictEqual(report.status, "partial")
      assert.deepStrictEqual(
        report.sources.map((s) => [s.source, s.status, s.rowsIngested]),
        [
          ["gamma", "error", 0],
          ["data", "ok", 0],
          ["clob", "ok", 1]
        ]
      )
      assert.strictEqual((yield* state).runs.length, 3)
    })
  )

  it.effect("a missing path is a skip: ok, counted, no failure for the breaker", () =>
    Effect.gen(function* () {
      const { run, state } = yield* setUp([source("data", () => ({ pages: [], fails: "source_skipped_404" }))])
      const report = yield* run({ sources: ["data"] })
      assert.strictEqual(report.status, "ok")
      assert.deepInclude((yield* state).runs[0], {
        status: "ok",
        rowsIngested: 0,
        failureCount: 0,
        error: "",
        buckets: [{ bucket: "source_skipped_404", count: 1, lastError: "data: GET /x: source_skipped_404: made up" }]
      })
      assert.deepStrictEqual((yield* state).settled, ["data:success"])
    })
  )

  it.effect("is an error when nothing came in at all, even if a source was skipped", () =>
    Effect.gen(function* () {
      const { run } = yield* setUp([
        source("gamma", () => ({ pages: [], fails: "network" })),
        source("data", () => ({ pages: [], fails: "source_skipped_404" }))
      ])
      assert.strictEqual((yield* run({ sources: ["gamma", "data"] })).status, "error")
    })
  )

  it.effect("passes on defects instead of counting them", () =>
    Effect.gen(function* () {
      const { run } = yield* setUp([{ ...listingOnly, id: "gamma", pages: () => Stream.die("bug") }])
      assert.isTrue(Exit.isFailure(yield* Effect.exit(run())))
    })
  )
})

describe("the breaker", () => {
  it.effect("opens after failed fetches in a row, is skipped and counted, probes once, and closes again", () =>
    Effect.gen(function* () {
      let healthy = false
      const asked: Array<string> = []
      const flaky = source("gamma", () => {
        asked.push(healthy ? "good" : "bad")
        return healthy ? { pages: [[row("1", undefined)]] } : { pages: [], fails: "timeout" }
      })
      const { run, state } = yield* setUp([flaky])
      yield* run()
      yield* run()
      const refused = yield* run()
      assert.deepStrictEqual(asked, ["bad", "bad"])
      assert.strictEqual(refused.status, "error")
      assert.deepInclude(refused.sources[0], {
        status: "error",
        requestCount: 0,
        error: "circuit open until 2026-10-06T00:01:00Z"
      })
      assert.deepStrictEqual(
        refused.sources[0]?.buckets.map(({ bucket, count }) => [bucket, count]),
        [["circuit_open", 1]]
      )
      assert.strictEqual((yield* state).runs.length, 3)

      yield* TestClock.adjust("61 seconds")
      yield* run()
      assert.strictEqual(asked.length, 3)
      assert.strictEqual((yield* run()).sources[0]?.requestCount, 0)

      healthy = true
      yield* TestClock.adjust("61 seconds")
      assert.strictEqual((yield* run()).status, "ok")
      assert.strictEqual((yield* state).breakers.get("gamma")?.openUntilUs, null)
    })
  )

  it.effect("opens again when a probe is interrupted", () =>
    Effect.gen(function* () {
      const { run, memory, state } = yield* setUp([{ ...listingOnly, id: "gamma", pages: () => Stream.never }])
      yield* Ref.update(memory.state, (s) => ({
        ...s,
        breakers: new Map([["gamma" as const, { ...closedBreaker, consecutiveFailures: 2, openUntilUs: nowUs - 1 }]])
      }))
      const fiber = yield* Effect.fork(run())
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* state).breakers.get("gamma")?.probeUs, nowUs)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual((yield* state).settled, ["gamma:network"])
      assert.strictEqual((yield* state).runs.length, 0)
    })
  )
})

describe("incremental", () => {
  const script = (...answers: ReadonlyArray<ReadonlyArray<unknown>>) => {
    let nth = 0
    return source("gamma", () => ({ pages: [answers[Math.min(nth++, answers.length - 1)] ?? []] }))
  }
  const dearer = { outcomePrices: ["0.5", "0.5"] }

  it.effect("stores what differs from what is stored, and takes the rest as confirmed", () =>
    Effect.gen(function* () {
      const same = row("1", "2026-10-01T00:00:00Z")
      const { run, state } = yield* setUp([
        script(
          [same, row("2", "2026-10-02T00:00:00Z"), row("3", "2026-10-02T00:00:00Z")],
          // As it was; as it was under a newer date; changed under the old date.
          [same, row("2", "2026-10-03T00:00:00Z"), row("3", "2026-10-02T00:00:00Z", dearer)]
        )
      ])
      yield* run()
      const report = yield* run()
      assert.deepInclude(report.sources[0], { received: 3, skipped: 2, rowsIngested: 1, status: "ok" })
      const after = yield* state
      assert.strictEqual(after.checkpoints.get("gamma"), parseTime("2026-10-03T00:00:00Z"))
      assert.deepStrictEqual(
        after.snapshots.map(({ marketId }) => marketId),
        ["1", "2", "3", "3"]
      )
      assert.deepStrictEqual(after.looks, [
        { source: "gamma", shown: ["1", "2", "3"] },
        { source: "gamma", shown: ["3", "1", "2"] }
      ])
    })
  )

  it.effect("sees every change of a row without a date, or dated in the future", () =>
    Effect.gen(function* () {
      const planned = { endDate: "2030-01-01T00:00:00Z", createdAt: "2026-01-01T00:00:00Z" }
      const far = "2099-01-01T00:00:00Z"
      const { run, state } = yield* setUp([
        script(
          [row("1", undefined, planned), row("2", far)],
          [row("1", undefined, { ...planned, ...dearer }), row("2", far, dearer)]
        )
      ])
      yield* run()
      assert.deepInclude((yield* run()).sources[0], { skipped: 0, rowsIngested: 2 })
      assert.deepInclude((yield* run()).sources[0], { skipped: 2, rowsIngested: 0 })
      assert.strictEqual((yield* state).markets.get("gamma:2")?.yesPrice, 0.5)
    })
  )

  it.effect("sees a change in any field that is stored, and only there", () =>
    Effect.gen(function* () {
      const changes = [
        { question: "Another question" },
        { closed: true },
        { bestBid: 0.38 },
        { volume: "12" },
        { orderPriceMinTickSize: 0.001 },
        { feesEnabled: false },
        { acceptingOrders: false },
        { umaResolutionStatus: "proposed" },
        { closed: true, umaResolutionStatus: "resolved", outcomePrices: ["1", "0"] }
      ]
      for (const change of changes) {
        const { run } = yield* setUp([
          script(
            [row("1", "2026-10-01T00:00:00Z")],
            [row("1", "2026-10-01T00:00:00Z", change)],
            [row("1", "2026-10-01T00:00:00Z", { ...change, spread: 0.02, description: "not stored" })]
          )
        ])
        yield* run()
        assert.strictEqual((yield* run()).sources[0]?.rowsIngested, 1, JSON.stringify(change))
        assert.strictEqual((yield* run()).sources[0]?.skipped, 1, JSON.stringify(change))
      }
    })
  )

  it.effect("takes what a source leaves out this time as it was", () =>
    Effect.gen(function* () {
      const full = { conditionId: `0x${"a".repeat(64)}`, orderPriceMinTickSize: 0.01, endDate: "2027-01-01T00:00:00Z" }
      const { run } = yield* setUp([script([row("1", undefined, full)], [row("1", undefined)])])
      yield* run()
      assert.deepInclude((yield* run()).sources[0], { skipped: 1, rowsIngested: 0 })
    })
  )

  it.effect("--full stores every market, changed or not", () =>
    Effect.gen(function* () {
      const { run } = yield* setUp([script([row("1", "2026-10-01T00:00:00Z")])])
      yield* run()
      assert.deepInclude((yield* run({ incremental: false })).sources[0], { skipped: 0, rowsIngested: 1 })
    })
  )

  it.effect("a planned end, and a change dated in the future, never move the checkpoint beyond now", () =>
    Effect.gen(function* () {
      const planned = row("1", undefined, { endDate: "2030-01-01T00:00:00Z", createdAt: "2026-01-01T00:00:00Z" })
      const { run, state } = yield* setUp([
        script([planned, row("2", "2026-10-02T00:00:00Z")], [planned, row("3", "2099-01-01T00:00:00Z")])
      ])
      yield* run()
      assert.strictEqual((yield* state).checkpoints.get("gamma"), parseTime("2026-10-02T00:00:00Z"))
      yield* run()
      assert.strictEqual((yield* state).checkpoints.get("gamma"), nowUs)
    })
  )

  it.effect("a change that a failed run did not reach is stored by the next one", () =>
    Effect.gen(function* () {
      let nth = 0
      const flaky = source("gamma", () => {
        nth += 1
        if (nth === 1) return { pages: [[row("1", undefined), row("2", undefined)]] }
        if (nth === 2) return { pages: [[row("1", undefined, dearer)]], fails: "network" }
        return { pages: [[row("1", undefined, dearer), row("2", undefined, dearer)]] }
      })
      const { run } = yield* setUp([flaky])
      yield* run()
      assert.strictEqual((yield* run()).status, "partial")
      assert.deepInclude((yield* run()).sources[0], { rowsIngested: 1, skipped: 1 })
    })
  )
})

describe("watched markets", () => {
  const watching = (marketId: string, more: Partial<WatchedMarket> = {}): WatchedMarket => ({
    ...{ source: "gamma", marketId, question: `Question ${marketId}`, reason: "held", lastSeenUs: nowUs },
    ...more
  })

  /** A source that lists some markets, and gives others only to who asks for their ids. */
  const hiding = (listed: ReadonlyArray<unknown>, hidden: ReadonlyArray<{ readonly id: string }>) => {
    const asked: Array<ReadonlyArray<string>> = []
    const shape: SourceShape = {
      ...source("gamma", () => ({ pages: [listed] })),
      canAsk: (id) => /^\d+$/.test(id),
      byId: ({ ids, observer }) =>
        Stream.suspend(() => {
          observer.onRequest()
          asked.push(ids)
          return Stream.make({ rows: hidden.filter(({ id }) => ids.includes(id)) })
        })
    }
    return { asked, shape }
  }

  it.effect("are asked for by id where the listing leaves them out, closed ones too", () =>
    Effect.gen(function* () {
      const closed = row("8", undefined, { closed: true, umaResolutionStatus: "resolved", outcomePrices: ["1", "0"] })
      const { asked, shape } = hiding([row("1", undefined)], [closed, row("9", undefined)])
      const watched = [
        watching("1"),
        watching("8"),
        watching("9", { reason: "signalled" }),
        // Of another source, and of none that is known.
        watching("5", { source: "clob" }),
        watching("0xother", { source: null })
      ]
      const { run, state } = yield* setUp([shape], { watched })
      const report = yield* run({ limit: 1 })
      assert.deepStrictEqual(asked, [["8", "9"]])
      assert.deepInclude(report.sources[0], { status: "ok", received: 3, rowsIngested: 3, requestCount: 2 })
      assert.deepStrictEqual(report.sources[0]?.unread, [])
      assert.deepStrictEqual((yield* state).markets.get("gamma:8")?.payout, { yes: 1, no: 0 })
      assert.deepStrictEqual((yield* state).looks[0]?.shown, ["1", "8", "9"])
    })
  )

  it.effect("are named when the source does not give them, cannot give them, or gives what cannot be read", () =>
    Effect.gen(function* () {
      const { shape } = hiding([row("1", undefined)], [{ id: "3", ...{ outcomes: ["A", "B", "C"] } }])
      const unread = [
        watching("2", { lastSeenUs: null }),
        watching("3", { reason: "resting" }),
        watching("no number", { question: "no number" })
      ]
      const { run } = yield* setUp([shape], {
        watched: [watching("1"), ...unread, watching("4", { reason: "signalled" })]
      })
      const [report] = (yield* run()).sources
      assert.deepInclude(report, { status: "ok", rowsIngested: 1 })
      assert.deepStrictEqual(report?.unread, unread)
      assert.deepStrictEqual(report === undefined ? [] : problemsOf(report), [
        'gamma: not read: market 2 "Question 2" (something is held), never seen',
        'gamma: not read: market 3 "Question 3" (an order rests), last seen 2026-10-06T00:00:00Z',
        "gamma: not read: market no number (something is held), last seen 2026-10-06T00:00:00Z",
        "gamma: rows refused: not binary (3 outcomes) (1)"
      ])
    })
  )

  it.effect("that fail to be read cost neither the listing nor their names, and count for the breaker", () =>
    Effect.gen(function* () {
      const { shape } = hiding([row("1", undefined)], [])
      const failing: SourceShape = { ...shape, byId: () => Stream.fail(failure("gamma", "timeout")) }
      const { run, state } = yield* setUp([failing], { watched: [watching("2")] })
      const [report] = (yield* run()).sources
      assert.deepInclude(report, { status: "partial", rowsIngested: 1, error: "gamma: GET /x: timeout: made up" })
      assert.deepStrictEqual(report?.unread, [watching("2")])
      assert.deepStrictEqual((yield* state).settled, ["gamma:timeout"])
      yield* run()
      const refused = (yield* run()).sources[0]
      assert.strictEqual(refused?.requestCount, 0)
      assert.deepStrictEqual(refused?.unread, [watching("2")])
    })
  )

  it.effect("are read when the listing fails", () =>
    Effect.gen(function* () {
      const { asked, shape } = hiding([], [row("2", undefined)])
      const failing: SourceShape = { ...shape, pages: () => Stream.fail(failure("gamma", "http_5xx")) }
      const { run } = yield* setUp([failing], { watched: [watching("2")] })
      const [report] = (yield* run()).sources
      assert.deepStrictEqual(asked, [["2"]])
      assert.deepInclude(report, { status: "partial", rowsIngested: 1, unread: [] })
    })
  )
})
