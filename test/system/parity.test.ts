import { type ChildProcess, spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, describe, expect, it } from "vitest"
import { parseFaults } from "../../src/simulator/faults.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { builtCli, runCli, scratch } from "../cli/cli.ts"
import { withExchange } from "../simulator/support.ts"
import { runKilled } from "./killing.ts"
import { problemsOf, query, scalar } from "./support.ts"

const TIMEOUT = 300_000
const HOUR_US = 3_600_000_000

const { dir, remove } = scratch()
const children = new Set<ChildProcess>()
afterAll(() => {
  for (const child of children) child.kill("SIGKILL")
  remove()
})
const path = join(dir, "x.db")

writeFileSync(
  join(dir, "config.yaml"),
  `data: {rate_limit_per_sec: 1000, timeout_sec: 2, max_retries: 1, backoff_base_sec: 0.01, breaker_failure_threshold: 1000}
risk: {max_strategy_notional: 100000, max_event_notional: 100000}
`
)

// Trades both sides of everything that has a bid and an ask, so that something happens in every cycle.
writeFileSync(
  join(dir, "trader.mjs"),
  `export default {
  id: "trader",
  title: "Trader",
  generate: ({ markets }) =>
    markets.filter(({ bestAsk, bestBid }) => bestAsk > 0.05 && bestBid > 0.05 && bestAsk < 0.95).map((market, index) => {
      const buys = Math.round(market.bestAsk * 1000) % 2 === 0
      return {
        marketId: market.marketId,
        side: buys ? "buy" : "sell",
        targetPrice: buys ? market.bestAsk : market.bestBid,
        sizeHint: 3 / market.bestAsk,
        score: 1 + (index % 7),
        confidence: 0.5,
        rationale: "Because."
      }
    })
}
`
)
const strategies = ["--strategy-module", "trader.mjs"]
const common = ["--config", "config.yaml", "--db", "x.db"]
const runArgs = [
  ...["run", "--mode", "paper", "--interval-sec", "0.3", "--cooldown-sec", "1", "--max-signals-per-cycle", "12"],
  ...["--strategies", "trader,s1,s2,s4,s8", "--ingest-limit", "400", ...strategies, ...common]
]

/** A run that goes on until it is told to stop, and what it says of its cycles. */
const startRun = (env: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, [builtCli(), ...runArgs], {
    cwd: dir,
    env: { PATH: process.env["PATH"] ?? "", ...env }
  })
  let text = ""
  const ears = new Set<() => void>()
  const hear = () => [...ears].forEach((ear) => ear())
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk
    hear()
  })
  child.stdout.resume()
  children.add(child)
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
  void ended.then(hear)
  /** The next line, counted from now, that the pattern finds. */
  const next = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const from = text.length
      const ear = () => {
        const found = pattern.test(text.slice(from))
        if (!found && child.exitCode === null) return
        ears.delete(ear)
        if (found) resolve()
        else reject(new Error(`the run ended before ${String(pattern)}: ${text}`))
      }
      ears.add(ear)
    })
  const stop = () => {
    child.kill("SIGINT")
    return ended
  }
  return { next, stop, said: () => text }
}

const kindsIn = (where = "1 = 1"): Readonly<Record<string, number>> =>
  Object.fromEntries(
    query(path, `SELECT kind, COUNT(*) AS n FROM journal WHERE ${where} GROUP BY kind`).map(({ kind, n }) => [kind, n])
  )

/** Markets with a quote, cheapest first. */
const quoted = () =>
  query(
    path,
    `SELECT market_id, best_ask FROM markets WHERE status = 'open' AND best_ask BETWEEN 0.1 AND 0.6
     AND source = 'gamma' AND liquidity > 500 ORDER BY best_ask, market_id LIMIT 4`
  )

describe("paper trading and the replay of its journal", () => {
  it(
    "decide the same, whatever the exchange, other processes and a SIGKILL do",
    () =>
      withExchange(
        {
          backend: makeUniverse({ seed: "parity", markets: 60 }),
          tuning: { retryAfterSec: 0, slowByteMs: 1 }
        },
        async ({ advance, setFaults, urls }) => {
          const env = {
            MONOMARKET_GAMMA_URL: urls.gamma,
            MONOMARKET_DATA_URL: urls.data,
            MONOMARKET_CLOB_URL: urls.clob
          }
          const later = (hours: number) => Effect.runPromise(advance(hours * HOUR_US))
          const failing = (faults: string) => Effect.runPromise(Effect.flatMap(parseFaults(faults), setFaults))
          const cli = async (...args: ReadonlyArray<string>) => {
            const run = await runCli([...args, ...common], { cwd: dir, env })
            expect([run.stderr, run.code]).toStrictEqual(["", 0])
            return run.stdout
          }

          const run = startRun(env)
          /** Lets market time go by until the run says so. */
          const until = async (pattern: RegExp, hours: number) => {
            for (let tries = 0; tries < 10 && !pattern.test(run.said()); tries += 1) {
              await later(hours)
              await run.next(/cycle \d+: [1-9]/)
            }
            expect(run.said()).toMatch(pattern)
          }
          await run.next(/\([1-9]\d* executed/)
          await later(1)
          for (const { best_ask, market_id } of quoted()) {
            const price = (Number(best_ask) - 0.01).toFixed(3)
            await cli(
              "place-order",
              "--market",
              market_id,
              "--token",
              "YES",
              "--side",
              "buy",
              "--price",
              price,
              "--qty",
              "30"
            )
          }
          // Twice in a row is more than the one retry.
          for (const [hours, faults] of [
            [3, "gamma/429#1,clob/429#1"],
            [6, "gamma/500#2"],
            [6, "clob/slow#2,gamma/truncated#1"]
          ] as const) {
            await failing(faults)
            await later(hours)
            await run.next(/cycle \d+: [1-9]/)
          }
          await until(/ [1-9]\d* updates/, 12)
          await cli("set-switch", "KILL_SWITCH", "true")
          await run.next(/stopped by kill switch/)
          await cli("set-switch", "KILL_SWITCH", "false")
          await until(/ [1-9]\d* settlements/, 240)
          await run.next(/\([1-9]\d* executed/)
          expect([await run.stop(), run.said()]).toStrictEqual([0, expect.stringContaining("problem")])

          for (const atEvent of [90, 130, 170]) {
            await later(5)
            expect(await runKilled(runArgs, { cwd: dir, env }, { atEvent })).toMatchObject({ killed: true })
          }
          await later(5)
          const last = await runCli([...runArgs, "--cycles", "2"], { cwd: dir, env })
          expect(last.code).toBe(0)

          const parity = JSON.parse(await cli("parity", ...strategies, "--json"))
          expect(parity).toHaveLength(5)
          for (const session of parity) {
            expect(session).toMatchObject({ replayed: true, divergence: null, matched: session.decisions })
          }
          expect(parity.map(({ ended }: { ended: boolean }) => ended)).toStrictEqual([true, false, false, false, true])
          expect(JSON.parse(await cli("journal", "verify", "--json"))).toMatchObject({ broken: null })
          expect(await problemsOf(path)).toStrictEqual([])

          // All of it happened, or the sameness says little.
          const kinds = kindsIn()
          for (const kind of ["account", "scan", "decision", "order", "package", "settlement", "switches"]) {
            expect([kind, kinds[kind] ?? 0]).not.toStrictEqual([kind, 0])
          }
          const updates = scalar(
            path,
            `SELECT COUNT(*) FROM journal WHERE kind = 'order' AND body LIKE '%"first":false%'`
          )
          expect(Number(updates)).toBeGreaterThan(0)
          const refused = scalar(path, "SELECT COUNT(*) FROM orders WHERE message LIKE 'kill switch%'")
          expect(Number(refused)).toBeGreaterThan(0)

          const replay = JSON.parse(await cli("replay", "--session", "1", ...strategies, "--json"))
          expect(replay.executed).toBeGreaterThan(10)
          expect(replay.settlements).toBeGreaterThan(0)
          const unknown = await runCli(["parity", ...common], { cwd: dir, env })
          expect(unknown.code).toBe(1)
          expect(unknown.stderr).toMatch(
            /^error: parity: session 1 is not replayed: .*not known here: trader \(and 4 more\)\n$/
          )
        }
      ),
    TIMEOUT
  )
})
