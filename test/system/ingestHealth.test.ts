import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parseFaults } from "../../src/simulator/faults.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { builtCli, runCli, scratch } from "../cli/cli.ts"
import { type Loose, withExchange } from "../simulator/support.ts"
import { ingestAll, scalar } from "./support.ts"

const { dir, remove } = scratch()
afterAll(remove)
const database = join(dir, "faulty.db")
const health = (...args: ReadonlyArray<string>) => runCli(["ingest-health", "--db", database, ...args], { cwd: dir })
const healthJson = async (...args: ReadonlyArray<string>): Promise<Loose> => {
  const run = await health("--json", ...args)
  expect(run).toMatchObject({ code: 0, stderr: "" })
  return JSON.parse(run.stdout)
}

/** No waiting between retries; a breaker that opens at the second failed fetch and stays open for an hour. */
const settings = { max_retries: 1, backoff_base_sec: 0.001, breaker_failure_threshold: 2, breaker_cooldown_sec: 3_600 }

describe("faults of an exchange, seen through ingest-health", () => {
  beforeAll(async () => {
    builtCli()
    const backend = makeUniverse({ seed: 5, markets: 40 })
    await withExchange({ backend }, async (exchange) => {
      const runWith = async (faults: string) => {
        await Effect.runPromise(exchange.setFaults(Effect.runSync(parseFaults(faults))))
        return (await ingestAll(database, exchange.urls, settings)).status
      }
      // 1: all is well. 2 and 3: the CLOB breaks down, which opens its breaker. 4: it is not asked; Gamma stutters once.
      expect(await runWith("")).toBe("ok")
      expect(await runWith("clob/500")).toBe("partial")
      expect(await runWith("clob/500,gamma/429#1")).toBe("partial")
      expect(await runWith("gamma/truncated#1")).toBe("partial")
    })
  })

  it("gives the seven tables as one object", async () => {
    const json = await healthJson()
    expect(Object.keys(json)).toStrictEqual([
      "generated_at",
      "source",
      "run_window",
      "error_trend_window",
      "error_buckets",
      "error_trends",
      "breakers",
      "breaker_transitions",
      "run_summary",
      "error_share",
      "recent_errors"
    ])
    const totals = json.error_buckets.map((row: Loose) => [row.source, row.error_bucket, row.total_count])
    expect(totals).toStrictEqual([
      ["clob", "http_5xx", 4],
      ["data", "source_skipped_404", 4],
      ["clob", "circuit_open", 1],
      ["gamma", "decode", 1],
      ["gamma", "http_429", 1]
    ])
    expect(json.error_buckets[0].last_error).toContain("500")
  })

  it("tells an open breaker, what is left of its cooldown, and how it came to that", async () => {
    const json = await healthJson("--source", "clob")
    expect(json.breakers).toMatchObject([
      { source: "clob", state: "open", consecutive_failures: 2, last_error_bucket: "http_5xx" }
    ])
    const left = json.breakers[0].cooldown_remaining_sec
    expect(left).toBeGreaterThan(3_000)
    expect(left).toBeLessThanOrEqual(3_600)
    expect(json.breaker_transitions).toMatchObject([{ source: "clob", state: "open", transition_count: 1 }])
  })

  it("sums up the runs of each source, as they are stored", async () => {
    const json = await healthJson()
    const [clob, data, gamma] = json.run_summary
    expect(clob).toMatchObject({
      source: "clob",
      total_runs: 4,
      ok_runs: 1,
      partial_runs: 0,
      error_runs: 3,
      non_ok_rate: 0.75,
      avg_failures: 1,
      avg_retries: 0.5
    })
    const requests = scalar(database, "SELECT SUM(request_count) FROM ingestion_runs WHERE source = 'clob'")
    expect(clob.failures_per_request).toBe(4 / Number(requests))
    expect(data).toMatchObject({ source: "data", total_runs: 4, non_ok_rate: 0 })
    expect(gamma).toMatchObject({ source: "gamma", ok_runs: 4, avg_failures: 0.5, avg_retries: 0.5 })
    const newest = await healthJson("--run-window", "1", "--source", "clob")
    expect(newest.run_summary).toMatchObject([{ total_runs: 1, error_runs: 1, avg_requests: 0 }])
    expect(newest.run_summary[0].failures_per_request).toBeNull()
  })

  it("shows which errors become more, largest change first unless told otherwise", async () => {
    const keys = (json: Loose) =>
      json.error_trends.map((row: Loose) => [row.source, row.error_bucket, row.recent_count, row.prev_count])
    expect(keys(await healthJson("--error-trend-window", "1"))).toStrictEqual([
      ["clob", "circuit_open", 1, 0],
      ["gamma", "decode", 1, 0],
      ["gamma", "http_429", 1, 0],
      ["clob", "http_5xx", 2, 2],
      ["data", "source_skipped_404", 1, 1]
    ])
    const plain = keys(await healthJson("--error-trend-window", "1", "--no-error-trend-top-movers"))
    expect(plain.map(([source]: Loose) => source)).toStrictEqual(["clob", "clob", "data", "gamma", "gamma"])
    expect((await healthJson("--limit", "2")).error_trends).toHaveLength(2)
  })

  it("filters shares, and says which filter to relax when none is left", async () => {
    const only = await healthJson("--error-share-top-k", "1", "--error-share-min-count", "2")
    expect(only.error_share.rows).toMatchObject([
      { source: "clob", error_bucket: "http_5xx", count: 4, share: 0.8, runs_with_error: 2, total_runs: 4 },
      { source: "data", error_bucket: "source_skipped_404", count: 4, share: 1, runs_with_error: 4 }
    ])
    const strict = ["--source", "clob", "--error-share-min-count", "9", "--error-share-min-total-runs", "3"]
    const none = await healthJson(...strict)
    expect(none.error_share).toStrictEqual({
      rows: [],
      rows_before_filters: 2,
      active_filters: { "--error-share-min-count": 9, "--error-share-min-total-runs": 3 },
      relax_first: { option: "--error-share-min-count", value: 9, lower_to: 4, rows_back: 1 }
    })
    expect((await health(...strict)).stdout).toContain(
      "Nothing left of 2 row(s) after --error-share-min-count 9, --error-share-min-total-runs 3. " +
        "Relax --error-share-min-count first: 4 instead of 9 brings back 1 row(s)."
    )
  })

  it("lists the newest errors of each source", async () => {
    const json = await healthJson("--error-sample-limit", "2")
    expect(json.recent_errors.map(({ source, status }: Loose) => [source, status])).toStrictEqual([
      ["clob", "error"],
      ["clob", "error"]
    ])
    expect(json.recent_errors[0].error).toContain("circuit open until")
    expect(json.recent_errors[1].error).toContain("http_5xx")
  })

  it("prints the same for people, with data escaped", async () => {
    const db = new Sqlite(database)
    db.prepare("UPDATE ingestion_error_buckets SET last_error = ? WHERE error_bucket = 'decode'").run("bad \u001b[2J")
    db.close()
    const { code, stderr, stdout } = await health()
    expect([code, stderr]).toStrictEqual([0, ""])
    for (const title of ["Errors by bucket", "Trend:", "Circuit breakers", "Breaker transitions", "Last 20 runs"]) {
      expect(stdout).toContain(title)
    }
    expect(stdout).toContain("Share of errors")
    expect(stdout).toContain("bad \\x1b[2J")
    expect(stdout).not.toContain("\u001b")
  })
})

describe("ingest-health on other databases", () => {
  it("says that there is nothing yet", async () => {
    expect((await runCli(["init-db", "--db", "new.db"], { cwd: dir })).code).toBe(0)
    const run = await runCli(["ingest-health", "--db", "new.db"], { cwd: dir })
    expect(run.code).toBe(0)
    expect(run.stdout).toContain("No runs yet.")
    expect(run.stdout).toContain("No errors in the last 20 runs.")
    expect(run.stdout).toContain("No source was asked yet.")
  })

  it("reads what the original wrote, also what cannot be read in it", async () => {
    const path = join(dir, "original.db")
    expect((await runCli(["init-db", "--db", path], { cwd: dir })).code).toBe(0)
    const db = new Sqlite(path)
    db.exec(`
      INSERT INTO ingestion_runs (source, status, started_at, finished_at, rows_ingested, request_count, failure_count,
        retry_count, error_buckets_json, error) VALUES
        ('gamma', 'ok', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:01.500000+00:00', 3, 2, 1, 1,
         '{"http_429": 1}', ''),
        ('gamma', 'failed', 'x', 'yesterday', 0, 2, 2, 0, 'NaN', 'boom');
      INSERT INTO ingestion_breakers VALUES ('gamma', 3, '2026-01-01T00:02:00+00:00', 'timeout',
        '2026-01-01T00:00:30+00:00', NULL, NULL);
      INSERT INTO ingestion_error_bucket_events (source, error_bucket, count, last_error, created_at) VALUES
        ('gamma', 'http_429', 1, 'slow down', '2026-01-01T00:00:01+00:00');`)
    db.close()
    const json: Loose = JSON.parse((await runCli(["ingest-health", "--db", path, "--json"], { cwd: dir })).stdout)
    expect(json.run_summary).toMatchObject([
      { ok_runs: 1, error_runs: 1, non_ok_rate: 0.5, failures_per_request: 0.75 }
    ])
    expect(json.breakers).toMatchObject([{ state: "probe_due", cooldown_remaining_sec: 0 }])
    expect(json.error_share.rows).toMatchObject([{ error_bucket: "http_429", share: 1, total_runs: 2 }])
    expect(json.error_trends).toMatchObject([{ recent_count: 1, recent_last_at: "2026-01-01T00:00:01Z" }])
    expect(json.recent_errors).toStrictEqual([{ source: "gamma", finished_at: null, status: "error", error: "boom" }])
  })
})

describe("bad options of ingest-health", () => {
  it.each([
    [["--source", "gama"], "--source: must be gamma, data, clob, all"],
    [["--run-window", "0"], "--run-window: must be a whole number of at least 1"],
    [["--error-trend-window", "1.5"], "--error-trend-window: must be a whole number"],
    [["--error-share-min-share", "1.1"], "--error-share-min-share: must be a number of at least 0 and at most 1"],
    [["--error-share-min-share", "NaN"], "--error-share-min-share: must be a number"],
    [["--error-share-top-k", "-1"], "--error-share-top-k: must be a whole number of at least 0"],
    [["--error-sample-limit", "0"], "--error-sample-limit: must be a whole number of at least 1"],
    [["--error-share-min-cout", "1"], "--error-share-min-cout: unknown option; did you mean --error-share-min-count?"],
    [
      ["--error-trend-top-movers", "--no-error-trend-top-movers"],
      "--no-error-trend-top-movers: cannot be combined with --error-trend-top-movers"
    ]
  ])("are refused: %j", async (args, message) => {
    const run = await runCli(["ingest-health", ...args], { cwd: dir })
    expect(run).toMatchObject({ code: 2, stdout: "" })
    expect(run.stderr).toContain(message)
  })
})
