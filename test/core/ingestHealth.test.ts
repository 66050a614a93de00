import { describe, expect, it } from "vitest"
import { filterShares, type ShareFilters } from "../../src/core/errorShareFilters.ts"
import { breakerHealth, errorShares, errorTrends, runSummaries } from "../../src/core/ingestHealth.ts"
import { type BucketEvent, type RunRecord, type StoredBreaker } from "../../src/domain/IngestHealth.ts"

/** Newest first. */
const events = (source: string, bucket: string, counts: ReadonlyArray<number>): ReadonlyArray<BucketEvent> =>
  counts.map((count, index) => ({ source, bucket, count, atUs: 1_000 - index }))

const run = (source: string, fields: Partial<RunRecord> & { readonly counts?: Record<string, number> }): RunRecord => ({
  source,
  status: "ok",
  finishedAtUs: 7,
  rowsIngested: 0,
  requestCount: 0,
  failureCount: 0,
  retryCount: 0,
  error: "",
  buckets: new Map(Object.entries(fields.counts ?? {})),
  ...fields
})

const off: ShareFilters = {
  topK: 0,
  minShare: 0,
  minCount: 0,
  minRunsWithError: 0,
  minTotalRuns: 0,
  minSourceTotal: 0
}

describe("error trends", () => {
  const rows = [
    ...events("clob", "timeout", [1, 1, 5, 6]),
    ...events("gamma", "http_429", [4, 3, 1, 1, 100]),
    ...events("gamma", "http_5xx", [2]),
    ...events("data", "decode", [3, 3, 2, 4])
  ]

  it("sum the newest window and the one before it, and nothing older", () => {
    const trend = errorTrends(rows, 2, true).find(({ bucket }) => bucket === "http_429")
    expect(trend).toStrictEqual({
      source: "gamma",
      bucket: "http_429",
      recent: 7,
      previous: 2,
      delta: 5,
      change: 2.5,
      recentEvents: 2,
      previousEvents: 2,
      lastAtUs: 1_000
    })
  })

  it("put the largest change first, down as well as up, or keep the order of names", () => {
    const names = (topMovers: boolean) =>
      errorTrends(rows, 2, topMovers).map(({ bucket, delta, source }) => [source, bucket, delta])
    expect(names(true)).toStrictEqual([
      ["clob", "timeout", -9],
      ["gamma", "http_429", 5],
      ["gamma", "http_5xx", 2],
      ["data", "decode", 0]
    ])
    expect(names(false)).toStrictEqual([
      ["clob", "timeout", -9],
      ["data", "decode", 0],
      ["gamma", "http_429", 5],
      ["gamma", "http_5xx", 2]
    ])
  })

  it("claim no rate of change without anything before", () => {
    const [trend] = errorTrends(events("gamma", "timeout", [2, 2]), 5, true)
    expect(trend).toMatchObject({ recent: 4, previous: 0, delta: 4, change: null, recentEvents: 2, previousEvents: 0 })
  })

  it("keep apart what only looks alike", () => {
    expect(errorTrends([...events("a", "b c", [1]), ...events("a b", "c", [1])], 1, false)).toHaveLength(2)
  })
})

describe("a breaker", () => {
  const stored: StoredBreaker = {
    source: "gamma",
    consecutiveFailures: 3,
    openUntilUs: 90_500_000,
    probing: false,
    lastBucket: "timeout",
    updatedAtUs: 0
  }

  it.each([
    [{ ...stored, openUntilUs: null }, "closed", null],
    [stored, "open", 30.5],
    [{ ...stored, probing: true }, "half_open", 30.5],
    [{ ...stored, openUntilUs: 60_000_000 }, "probe_due", 0],
    [{ ...stored, openUntilUs: 1, probing: true }, "probe_due", 0]
  ] as const)("is told with what is left of its cooldown: %#", (breaker, state, cooldownSec) => {
    expect(breakerHealth(breaker, 60_000_000)).toStrictEqual({ ...breaker, state, cooldownSec })
  })
})

describe("run summaries", () => {
  it("count and average each source", () => {
    const summaries = runSummaries([
      run("gamma", { status: "error", requestCount: 4, failureCount: 3, retryCount: 2, finishedAtUs: 50 }),
      run("gamma", { status: "partial", requestCount: 5, failureCount: 1, retryCount: 1, rowsIngested: 10 }),
      run("gamma", { status: "ok", requestCount: 1, rowsIngested: 20 }),
      run("gamma", { status: "ok", requestCount: 6, rowsIngested: 31 }),
      run("data", { status: "error" })
    ])
    expect(summaries).toStrictEqual([
      {
        source: "data",
        total: 1,
        ok: 0,
        partial: 0,
        error: 1,
        nonOkRate: 1,
        averageRows: 0,
        averageRequests: 0,
        averageFailures: 0,
        averageRetries: 0,
        failuresPerRequest: null,
        lastFinishedAtUs: 7
      },
      {
        source: "gamma",
        total: 4,
        ok: 2,
        partial: 1,
        error: 1,
        nonOkRate: 0.5,
        averageRows: 15.25,
        averageRequests: 4,
        averageFailures: 1,
        averageRetries: 0.75,
        failuresPerRequest: 0.25,
        lastFinishedAtUs: 50
      }
    ])
  })
})

describe("error shares", () => {
  const shares = errorShares([
    run("gamma", { counts: { http_429: 6, timeout: 1 } }),
    run("gamma", { counts: { http_429: 2, decode: 1 } }),
    run("gamma", {}),
    run("clob", { counts: { timeout: 4 } }),
    run("data", {})
  ])
  const kept = (filters: Partial<ShareFilters>) =>
    filterShares(shares, { ...off, ...filters }).rows.map(({ bucket, source }) => `${source} ${bucket}`)

  it("are of a source's own errors over its runs", () => {
    expect(shares).toStrictEqual([
      { source: "clob", bucket: "timeout", count: 4, share: 1, sourceTotal: 4, runsWithError: 1, totalRuns: 1 },
      { source: "gamma", bucket: "http_429", count: 8, share: 0.8, sourceTotal: 10, runsWithError: 2, totalRuns: 3 },
      { source: "gamma", bucket: "decode", count: 1, share: 0.1, sourceTotal: 10, runsWithError: 1, totalRuns: 3 },
      { source: "gamma", bucket: "timeout", count: 1, share: 0.1, sourceTotal: 10, runsWithError: 1, totalRuns: 3 }
    ])
  })

  it.each([
    [{ topK: 1 }, ["clob timeout", "gamma http_429"]],
    [{ topK: 2 }, ["clob timeout", "gamma http_429", "gamma decode"]],
    [{ minShare: 0.8 }, ["clob timeout", "gamma http_429"]],
    [{ minShare: 0.81 }, ["clob timeout"]],
    [{ minCount: 5 }, ["gamma http_429"]],
    [{ minRunsWithError: 2 }, ["gamma http_429"]],
    [{ minTotalRuns: 3, minCount: 1 }, ["gamma http_429", "gamma decode", "gamma timeout"]],
    [{ minSourceTotal: 5, topK: 1 }, ["gamma http_429"]]
  ])("pass the filters that allow them: %j", (filters, expected) => {
    expect(kept(filters)).toStrictEqual(expected)
  })

  it("name the filter to relax first when nothing is left", () => {
    const relax = (filters: Partial<ShareFilters>) => filterShares(shares, { ...off, ...filters }).relaxFirst
    // Alone in the way.
    expect(relax({ minCount: 20 })).toStrictEqual({ filter: "minCount", value: 20, lowerTo: 8, rowsBack: 1 })
    // Without the count, three rows of gamma pass; without the runs, none does.
    expect(relax({ minCount: 9, minTotalRuns: 3 })).toStrictEqual({
      filter: "minCount",
      value: 9,
      lowerTo: 8,
      rowsBack: 1
    })
    // Both have to give: the one that refuses more rows first.
    expect(relax({ minTotalRuns: 2, minShare: 0.9, minCount: 50 })).toMatchObject({ filter: "minCount", rowsBack: 0 })
  })

  it("do not ask to relax anything when there were no errors, or when something is left", () => {
    expect(filterShares([], { ...off, minCount: 3 })).toStrictEqual({ rows: [], before: 0, relaxFirst: null })
    expect(filterShares(shares, { ...off, minCount: 8 }).relaxFirst).toBeNull()
  })
})
