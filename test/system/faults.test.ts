import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parseFaults } from "../../src/simulator/faults.ts"
import { type Exchange } from "../../src/simulator/server.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { builtCli, runCli, scratch } from "../cli/cli.ts"
import { withExchange } from "../simulator/support.ts"
import { withSqlite } from "../store/support.ts"
import { problemsOf, query, scalar } from "./support.ts"

const { dir: base, remove } = scratch()
afterAll(remove)
const folder = () => mkdtempSync(join(base, "case-"))

const backend = makeUniverse({ seed: "faults", markets: 30 })
const tuning = { retryAfterSec: 1, slowByteMs: 1_000, hugeBytes: 3_000_000 }
const rules = (text: string) => Effect.runSync(parseFaults(text))
const urlsOf = ({ urls }: Exchange) => ({
  MONOMARKET_GAMMA_URL: urls.gamma,
  MONOMARKET_DATA_URL: urls.data,
  MONOMARKET_CLOB_URL: urls.clob
})

const configured = (cwd: string, data: Readonly<Record<string, number>>): ReadonlyArray<string> => {
  const all = { rate_limit_per_sec: 1_000, max_retries: 1, backoff_base_sec: 0.01, ...data }
  writeFileSync(join(cwd, "config.yaml"), JSON.stringify({ data: all }))
  return ["--config", "config.yaml", "--db", "x.db", "--json"]
}

interface SourceResult {
  readonly source: string
  readonly status: string
  readonly started_at: string
  readonly finished_at: string
  readonly rows_ingested: number
  readonly failure_count: number
  readonly retry_count: number
  readonly error_buckets: Readonly<Record<string, number>>
  readonly error: string
}

/** Ingest through the command line; gives its exit code, what it printed, and the database. */
const ingest = async (
  exchange: Exchange,
  cwd: string,
  source: string,
  data: Readonly<Record<string, number>> = { timeout_sec: 30, max_body_mb: 1 }
) => {
  const args = ["ingest", "--source", source, "--limit", "500", "--full", ...configured(cwd, data)]
  const run = await runCli(args, { cwd, env: urlsOf(exchange) })
  const report: { readonly status: string; readonly sources: ReadonlyArray<SourceResult> } = JSON.parse(run.stdout)
  return { ...run, report, of: (name: string) => report.sources.find((each) => each.source === name)! }
}

/** Fault, the bucket it counts as, and what the message says. */
const faults: ReadonlyArray<readonly [string, string, RegExp]> = [
  ["429", "http_429", /HTTP 429/],
  ["500", "http_5xx", /HTTP 500/],
  ["502", "http_5xx", /HTTP 502/],
  ["503", "http_5xx", /HTTP 503/],
  ["425", "http_5xx", /HTTP 425/],
  ["timeout", "timeout", /no complete answer within 4 s/],
  ["slow", "timeout", /no complete answer within 4 s/],
  ["reset", "network", /reset|closed|terminated|ECONNRESET|socket/i],
  ["truncated", "decode", /not JSON/],
  ["html", "decode", /not JSON: <!DOCTYPE html>/],
  ["empty", "decode", /empty body/],
  ["huge", "decode", /over max_body_mb \(1\)/],
  ["wrong-shape", "decode", /"markets" is undefined, not an array/]
]

describe("an exchange that misbehaves", () => {
  it.concurrent.each(faults)("%s at one source is counted as %s, and the others go on", async (kind, bucket, said) => {
    const cwd = folder()
    await withExchange({ backend, tuning, faults: rules(`gamma/${kind}`) }, async (exchange) => {
      // Short only where the exchange is silent: a busy machine must not make the other sources late.
      const timeout_sec = bucket === "timeout" ? 4 : 30
      const run = await ingest(exchange, cwd, "all", { timeout_sec, max_body_mb: 1 })
      expect(run.code).toBe(0)
      expect(run.report.status).toBe("partial")
      const gamma = run.of("gamma")
      expect(gamma).toMatchObject({ status: "error", rows_ingested: 0, failure_count: 2, retry_count: 1 })
      expect(gamma.error_buckets).toStrictEqual({ [bucket]: 2 })
      expect(gamma.error).toMatch(said)
      expect(run.of("data")).toMatchObject({ status: "ok", error_buckets: { source_skipped_404: 1 } })
      expect(run.of("clob")).toMatchObject({ status: "ok", failure_count: 0, error_buckets: {} })
      expect(run.of("clob").rows_ingested).toBeGreaterThan(0)
    })
    const path = join(cwd, "x.db")
    expect(
      query(path, "SELECT error_bucket, total_count FROM ingestion_error_buckets WHERE source = 'gamma'")
    ).toStrictEqual([{ error_bucket: bucket, total_count: 2 }])
    expect(
      query(
        path,
        "SELECT consecutive_failures AS n, last_error_bucket AS b FROM ingestion_breakers WHERE source = 'gamma'"
      )
    ).toStrictEqual([{ n: 1, b: bucket }])
    expect(query(path, "SELECT checkpoint_us FROM ingestion_state WHERE source = 'gamma'")).toStrictEqual([
      { checkpoint_us: null }
    ])
    expect(scalar(path, "SELECT COUNT(*) FROM markets WHERE source = 'clob'")).toBeGreaterThan(0)
    expect(await problemsOf(path)).toStrictEqual([])
  })

  it.concurrent.each(faults.filter(([kind]) => !["timeout", "slow"].includes(kind)))(
    "%s once is got over by asking again",
    async (kind, bucket) => {
      const cwd = folder()
      await withExchange({ backend, tuning, faults: rules(`gamma/${kind}#1`) }, async (exchange) => {
        const run = await ingest(exchange, cwd, "gamma", { timeout_sec: 30, max_body_mb: 1 })
        expect([run.code, run.report.status]).toStrictEqual([0, "ok"])
        const gamma = run.of("gamma")
        expect(gamma).toMatchObject({ failure_count: 1, retry_count: 1, error_buckets: { [bucket]: 1 }, error: "" })
        // The backoff alone is a hundredth of what the server asked for.
        if (kind === "429") expect(Date.parse(gamma.finished_at) - Date.parse(gamma.started_at)).toBeGreaterThan(999)
      })
    }
  )

  it("keeps what came before the failure, and leaves the checkpoint behind", async () => {
    const cwd = folder()
    // The page limit of 100 makes the listing longer than one request.
    const large = makeUniverse({ seed: "pages", markets: 150 })
    await withExchange({ backend: large, tuning }, async (exchange) => {
      const get = await fetch(
        `${exchange.urls.gamma}/markets/keyset?limit=100&closed=false&order=volumeNum&ascending=false`
      )
      const { markets }: { markets: ReadonlyArray<{ id: string }> } = JSON.parse(await get.text())
      let asked = 0
      const stop = setInterval(() => {
        void Effect.runPromise(exchange.stats).then(async ({ requests }) => {
          const now = requests["gamma /markets/keyset"] ?? 0
          if (now === 2 && asked !== 2) await Effect.runPromise(exchange.setFaults(rules("gamma/500")))
          asked = now
        })
      }, 1)
      const run = await ingest(exchange, cwd, "gamma", { timeout_sec: 30, rate_limit_per_sec: 2 }).finally(() =>
        clearInterval(stop)
      )
      expect([run.code, run.of("gamma").status]).toStrictEqual([0, "partial"])
      expect(run.of("gamma").rows_ingested).toBe(markets.length)
      expect(scalar(join(cwd, "x.db"), "SELECT checkpoint_us FROM ingestion_state")).toBe(null)
    })
  })
})

describe("the breaker, across runs of the command line", () => {
  const cwd = folder()
  const path = join(cwd, "x.db")
  const settings = { timeout_sec: 30, max_retries: 0, breaker_failure_threshold: 2, breaker_cooldown_sec: 3_600 }
  const transitions = () =>
    Object.fromEntries(
      query(path, "SELECT state, transition_count AS n FROM ingestion_breaker_transitions").map(({ n, state }) => [
        state,
        n
      ])
    )
  /** As if the cooldown had passed. */
  const cool = () =>
    withSqlite(path, (db) =>
      db.exec("UPDATE ingestion_breakers SET open_until_ts = '2020-01-01T00:00:00Z', open_until_us = 1577836800000000")
    )

  it("opens at the threshold, refuses while open, probes once after the cooldown, and closes on success", () =>
    withExchange({ backend, tuning, faults: rules("gamma/500") }, async (exchange) => {
      const asked = async () => (await Effect.runPromise(exchange.stats)).total
      const gamma = async () => {
        const before = await asked()
        const run = await ingest(exchange, cwd, "gamma", settings)
        return { code: run.code, requests: (await asked()) - before, buckets: run.of("gamma").error_buckets }
      }
      const failed = { code: 1, requests: 1, buckets: { http_5xx: 1 } }
      const refused = { code: 1, requests: 0, buckets: { circuit_open: 1 } }
      expect(await gamma()).toStrictEqual(failed)
      expect(transitions()).toStrictEqual({})
      expect(await gamma()).toStrictEqual(failed)
      expect(transitions()).toStrictEqual({ open: 1 })
      expect(await gamma()).toStrictEqual(refused)
      cool()
      expect(await gamma()).toStrictEqual(failed)
      expect(transitions()).toStrictEqual({ open: 2, half_open: 1 })
      expect(await gamma()).toStrictEqual(refused)
      cool()
      await Effect.runPromise(exchange.setFaults([]))
      const recovered = await gamma()
      expect([recovered.code, recovered.buckets]).toStrictEqual([0, {}])
      expect(transitions()).toStrictEqual({ open: 2, half_open: 2, closed: 1 })
      expect((await gamma()).code).toBe(0)
    }))

  it("left its history in the database", async () => {
    expect(
      query(path, "SELECT error_bucket AS bucket, total_count AS n FROM ingestion_error_buckets ORDER BY 1")
    ).toStrictEqual([
      { bucket: "circuit_open", n: 2 },
      { bucket: "http_5xx", n: 3 }
    ])
    expect(query(path, "SELECT status, COUNT(*) AS n FROM ingestion_runs GROUP BY 1 ORDER BY 1")).toStrictEqual([
      { status: "error", n: 5 },
      { status: "ok", n: 2 }
    ])
    expect(await problemsOf(path)).toStrictEqual([])
  })
})

describe("being told to stop while the exchange hangs", () => {
  beforeAll(() => expect(existsSync(builtCli())).toBe(true))

  it.concurrent.each([
    ["SIGINT", 130],
    ["SIGTERM", 143]
  ] as const)("%s ends it within five seconds, with what was complete", async (signal, code) => {
    const cwd = folder()
    const path = join(cwd, "x.db")
    await withExchange({ backend, tuning, faults: rules("gamma/timeout") }, async (exchange) => {
      const args = ["ingest", "--source", "all", "--limit", "500", ...configured(cwd, { timeout_sec: 600 })]
      const child = spawn(process.execPath, [builtCli(), ...args], {
        cwd,
        env: { PATH: process.env["PATH"] ?? "", ...urlsOf(exchange) },
        stdio: ["ignore", "pipe", "pipe"]
      })
      let out = ""
      child.stdout.on("data", (data) => (out += String(data)))
      child.stderr.on("data", (data) => (out += String(data)))
      const ended = new Promise<number | null>((resolve) => child.on("close", (status) => resolve(status)))
      const isWaiting = async () =>
        (await Effect.runPromise(exchange.stats)).faults["timeout"] === 1 &&
        existsSync(path) &&
        scalar(path, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'ingestion_runs'") === 1 &&
        scalar(path, "SELECT COUNT(*) FROM ingestion_runs") === 2
      while (!(await isWaiting())) await new Promise((resolve) => setTimeout(resolve, 20))
      const toldAt = performance.now()
      child.kill(signal)
      expect(await ended).toBe(code)
      expect(performance.now() - toldAt).toBeLessThan(5_000)
      expect(out).toBe("")
    })
    expect(await problemsOf(path)).toStrictEqual([])
    expect(query(path, "SELECT source, status FROM ingestion_runs ORDER BY source")).toStrictEqual([
      { source: "clob", status: "ok" },
      { source: "data", status: "ok" }
    ])
    expect(scalar(path, "SELECT COUNT(*) FROM market_snapshots WHERE source <> 'clob'")).toBe(0)
    await withExchange({ backend }, async (exchange) => {
      const again = await ingest(exchange, cwd, "all")
      expect([again.code, again.report.status]).toStrictEqual([0, "ok"])
    })
  })
})
