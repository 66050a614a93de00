import { type ChildProcess, spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, describe, expect, it, vi } from "vitest"
import { parseFaults } from "../../src/simulator/faults.ts"
import { type Exchange } from "../../src/simulator/server.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { builtCli, runCli, scratch } from "../cli/cli.ts"
import { type Loose, withExchange } from "../simulator/support.ts"
import { privateKeys } from "../simulator/traders.ts"
import { problemsOf, query, scalar } from "./support.ts"

const TIMEOUT = 240_000

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
risk: {max_strategy_notional: 100000, max_event_notional: 100000, circuit_breaker_rejections: 1000}
live: {absent_after_sec: 0.2}
`
)

// Buys a little of whatever has an ask, now of these and now of those, so that no book is emptied.
writeFileSync(
  join(dir, "trader.mjs"),
  `export default {
  id: "trader",
  title: "Trader",
  generate: ({ atUs, markets }) =>
    markets.filter(({ bestAsk, bestBid }) => bestBid > 0.05 && bestAsk > 0.2 && bestAsk < 0.9).map((market, index) => ({
      marketId: market.marketId,
      side: "buy",
      targetPrice: market.bestAsk,
      sizeHint: 10,
      score: 1 + ((Math.floor(atUs / 1000) + index * 7919) % 97),
      confidence: 0.5,
      rationale: "Because."
    }))
}
`
)
const strategies = ["--strategy-module", "trader.mjs"]
const common = ["--config", "config.yaml", "--db", "x.db"]
const runArgs = [
  ...["run", "--mode", "live", "--confirm-live", "--interval-sec", "0.2", "--cooldown-sec", "0.5"],
  ...["--max-signals-per-cycle", "2", "--strategies", "trader", "--ingest-limit", "200", ...strategies, ...common]
]

const environmentOf = ({ urls }: Exchange) => ({
  PATH: process.env["PATH"] ?? "",
  MONOMARKET_GAMMA_URL: urls.gamma,
  MONOMARKET_DATA_URL: urls.data,
  MONOMARKET_CLOB_URL: urls.clob,
  MONOMARKET_GEOBLOCK_URL: urls.geoblock,
  ENABLE_LIVE_TRADING: "true",
  POLYMARKET_PRIVATE_KEY: privateKeys[0],
  POLYMARKET_SIGNATURE_TYPE: "0"
})

/** A run that goes on until it is stopped or killed. */
const startRun = (exchange: Exchange) => {
  const child = spawn(process.execPath, [builtCli(), ...runArgs], { cwd: dir, env: environmentOf(exchange) })
  let said = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text))
  child.stdout.resume()
  children.add(child)
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
  return {
    /** Until it says so, counted from now. */
    says: async (pattern: RegExp) => {
      const from = said.length
      for (let looks = 0; !pattern.test(said.slice(from)); looks += 1) {
        if (child.exitCode !== null || looks > 2_000) throw new Error(`the run never said ${String(pattern)}: ${said}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    end: (signal: NodeJS.Signals) => {
      child.kill(signal)
      return ended
    },
    said: () => said
  }
}

const requestsOf = async ({ stats }: Exchange) => (await Effect.runPromise(stats)).requests
const postsOf = async (exchange: Exchange) => (await requestsOf(exchange))["clob POST /order"] ?? 0
const stateOf = async ({ urls }: Exchange): Promise<Loose> => (await fetch(`${urls.control}/state`)).json()

/** Until the exchange has one more order in its hands. */
const nextPost = async (exchange: Exchange, said: () => string) => {
  const before = await postsOf(exchange)
  for (let looks = 0; (await postsOf(exchange)) === before; looks += 1) {
    if (looks > 4_000) throw new Error(`the run sent no order: ${said()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Shares by token: as the exchange has them, and as the fills of the database add up. */
const sharesAt = async (exchange: Exchange): Promise<Loose> => {
  const { wallets } = await stateOf(exchange)
  return Object.fromEntries(Object.entries(wallets[0].tokens).filter(([, qty]) => qty !== 0))
}
const sharesStored = () =>
  Object.fromEntries(
    query(
      path,
      `SELECT IIF(f.token_id = 'NO', m.no_token_id, m.yes_token_id) AS token, ROUND(SUM(f.qty), 6) AS qty
       FROM fills f JOIN (SELECT market_id, MAX(yes_token_id) AS yes_token_id, MAX(no_token_id) AS no_token_id
         FROM markets GROUP BY market_id) m ON m.market_id = f.market_id
       WHERE f.venue_state IS NOT 'reversed' GROUP BY 1`
    ).map(({ qty, token }) => [token, qty])
  )

describe("a live session against the simulated exchange", () => {
  it(
    "loses and repeats nothing, whatever happens to it, and its journal replays to the same decisions",
    () =>
      withExchange(
        {
          backend: makeUniverse({ seed: "live session", markets: 30 }),
          time: { kind: "real", speed: 1 },
          trading: { openingBalance: 100_000_000_000 },
          tuning: { retryAfterSec: 0 }
        },
        async (exchange) => {
          const env = environmentOf(exchange)
          const failing = (faults: string) => Effect.runPromise(Effect.flatMap(parseFaults(faults), exchange.setFaults))
          const cli = async (...args: ReadonlyArray<string>) => {
            const done = await runCli([...args, ...common], { cwd: dir, env })
            expect([done.stderr, done.code], args.join(" ")).toStrictEqual(["", 0])
            return done.stdout
          }
          /**
           * From now on the exchange takes an order and never says so. Once it has one it shows no orders either: the run
           * looks while it waits, and would find out.
           */
          const losing = async () => {
            const lost = "clob/order/timeout-after"
            await failing(lost)
            const { place } = exchange.trading
            vi.spyOn(exchange.trading, "place").mockImplementationOnce((order, nowUs) => {
              const unseen = `${lost},clob/open-order/503,clob/open-orders/503,clob/trades/503`
              Effect.runSync(Effect.flatMap(parseFaults(unseen), exchange.setFaults))
              return place(order, nowUs)
            })
          }
          const run = startRun(exchange)
          await run.says(/\([1-9]\d* executed/)

          // Another process rests an order, and somebody sells into it: the run learns of both from the exchange.
          const [quoted] = query(
            path,
            `SELECT market_id, yes_token_id, tick_size FROM markets WHERE source = 'gamma' AND status = 'open'
             AND best_bid BETWEEN 0.3 AND 0.7 AND condition_id IS NOT NULL ORDER BY market_id LIMIT 1`
          )
          const bid = ["--token", "YES", "--side", "buy", "--price", "0.1", "--qty", "25", "--tif", "gtc"]
          await cli("place-order", "--mode", "live", "--confirm-live", "--market", quoted?.["market_id"], ...bid)
          const resting = () =>
            query(path, "SELECT status, filled_qty FROM orders WHERE strategy = 'manual' ORDER BY id DESC")[0]
          expect(resting()).toStrictEqual({ status: "open", filled_qty: 0 })
          const { orders } = await stateOf(exchange)
          expect(orders).toHaveLength(1)
          const tokenId = quoted?.["yes_token_id"]
          const nowUs = await Effect.runPromise(exchange.nowUs)
          exchange.trading.outsiderTrade({ tokenId, side: "sell", price: 100_000, qty: 1e12 }, nowUs)
          await run.says(/cycle \d+.*\n.*cycle \d+/)
          expect(resting()).toStrictEqual({ status: "filled", filled_qty: 25 })

          await cli("set-switch", "KILL_SWITCH", "true")
          await run.says(/stopped by kill switch/)
          await run.says(/cycle/)
          const beforeKill = await postsOf(exchange)
          await run.says(/stopped by kill switch/)
          expect(await postsOf(exchange)).toBe(beforeKill)
          await cli("set-switch", "KILL_SWITCH", "false")
          await run.says(/\([1-9]\d* executed/)

          // Its own orders cannot be seen: nothing is opened until they can.
          await failing("clob/open-orders/500")
          await run.says(/stopped by own orders cannot be seen/)
          const beforeBlind = await postsOf(exchange)
          await run.says(/stopped by own orders cannot be seen.*\n(.*\n)*.*stopped by own orders cannot be seen/)
          expect(await postsOf(exchange)).toBe(beforeBlind)
          await failing("")
          await run.says(/\([1-9]\d* executed/)

          // The exchange takes an order and never says so; the run is told to stop, and does not wait for it.
          await losing()
          await nextPost(exchange, run.said)
          expect([await run.end("SIGINT"), run.said()]).toStrictEqual([0, expect.stringContaining("no answer in time")])
          await failing("")
          const doubtful = () =>
            query(path, "SELECT external_id FROM orders WHERE status IN ('pending', 'submitted', 'unknown')")
          expect(doubtful()).toHaveLength(1)

          // Killed while an order is on its way, twice; then it looks before it sends.
          for (const lose of [losing, () => failing("clob/order/timeout-before")]) {
            const mortal = startRun(exchange)
            await mortal.says(/\([1-9]\d* executed/)
            await lose()
            await nextPost(exchange, mortal.said)
            await mortal.end("SIGKILL")
            await failing("")
            expect(doubtful()).toHaveLength(1)
          }
          const before = (await Effect.runPromise(exchange.stats)).total
          const last = await runCli([...runArgs, "--cycles", "3"], { cwd: dir, env })
          expect([last.code, last.stderr]).toStrictEqual([0, expect.stringMatching(/cycle 3/)])
          const { recent } = await Effect.runPromise(exchange.stats)
          const asked = recent.filter(({ api, seq }) => seq > before && api === "clob").map(({ endpoint }) => endpoint)
          const firstPost = asked.indexOf("POST /order")
          expect(asked.slice(0, firstPost === -1 ? undefined : firstPost)).toContain("GET /data/trades")

          await cli("live-sync")
          expect(doubtful()).toHaveLength(0)
          // Every order that the exchange took is stored once, and what it holds for us is what our fills add up to.
          const { taken } = await stateOf(exchange)
          const hashes = query(path, "SELECT external_id FROM orders WHERE external_id IS NOT NULL")
          const stored = hashes.map(({ external_id }) => external_id)
          expect(new Set(stored).size).toBe(stored.length)
          for (const { id } of taken) expect(stored).toContain(id)
          expect(taken.length).toBeGreaterThan(10)
          expect(sharesStored()).toStrictEqual(await sharesAt(exchange))
          expect(await problemsOf(path)).toStrictEqual([])

          const parity = JSON.parse(await cli("parity", ...strategies, "--json"))
          for (const session of parity) {
            expect(session).toMatchObject({ replayed: true, divergence: null, matched: session.decisions })
          }
          expect(parity.map(({ ended }: { ended: boolean }) => ended)).toStrictEqual([true, false, false, true])
          for (const kind of [
            "account",
            "switches",
            "venue",
            "report",
            "scan",
            "decision",
            "order",
            "package",
            "alarm"
          ]) {
            const records = scalar(path, `SELECT COUNT(*) FROM journal WHERE kind = '${kind}'`)
            expect([kind, Number(records) > 0]).toStrictEqual([kind, true])
          }
          const replay = JSON.parse(await cli("replay", "--session", "1", ...strategies, "--json"))
          expect(replay.executed).toBeGreaterThan(2)
          expect(JSON.parse(await cli("journal", "verify", "--json"))).toMatchObject({ broken: null })
        }
      ),
    TIMEOUT
  )
})
