import { spawnSync } from "node:child_process"
import { cpSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, describe, expect, it } from "vitest"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { runCli, scratch } from "../cli/cli.ts"
import { describeShared, root } from "../shared.ts"
import { withExchange } from "../simulator/support.ts"

const TIMEOUT = 300_000
const HOUR_US = 3_600_000_000

/** Trades one side of everything that has a bid and an ask, a little of it each time. */
const trader = `export default {
  id: "trader",
  title: "Trader",
  generate: ({ markets }) =>
    markets.filter(({ bestAsk, bestBid }) => bestAsk > 0.05 && bestBid > 0.05 && bestAsk < 0.95).map((market, index) => {
      const buys = Math.round(market.bestAsk * 1000) % 2 === 0
      return {
        marketId: market.marketId,
        side: buys ? "buy" : "sell",
        targetPrice: buys ? market.bestAsk : market.bestBid,
        sizeHint: 3.7 / market.bestAsk,
        score: 1 + (index % 7),
        confidence: 0.5,
        rationale: "Because."
      }
    })
}
`
const { dir, remove } = scratch()
afterAll(remove)

/** The recomputation that uses no code of src/: what it compared, and its verdict. */
const recompute = (...args: ReadonlyArray<string>) => {
  const { stderr, stdout } = spawnSync(process.execPath, [join(root, "scripts", "recompute.mjs"), ...args], {
    cwd: dir,
    encoding: "utf8"
  })
  return stdout + stderr
}
const cli = async (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
  const run = await runCli(args, { cwd: dir, env })
  expect([run.code, args.join(" "), run.code === 0 ? "" : run.stderr]).toStrictEqual([0, args.join(" "), ""])
  return run.stdout
}
const backtest = async (db: string, name: string, ...options: ReadonlyArray<string>) => {
  await cli(["backtest", "--db", db, "--replay-limit", "0", "--out-json", name, "--with-checksum", ...options])
  expect(await cli(["verify", name])).toMatch(/^ok .*, figures\)\n$/)
  return recompute("artifact", name, db)
}
const agrees = /(?<=^|, )realized_change \d{2,}[^]*\nall of it agrees\n$/

describe("an independent recomputation agrees to the micro-unit", () => {
  it(
    "on the demo: artifact, strategy replay and paper's books",
    async () => {
      await cli(["demo", "--markets", "150", "--steps", "6"])
      const db = join("artifacts", "demo", "demo.db")
      expect(recompute("artifact", join("artifacts", "demo", "backtest.json"), db)).toMatch(agrees)
      expect(recompute("books", db)).toMatch(/^realized change of fills \d{2,}[^]*\nall of it agrees\n$/)
      const often = ["--regenerate", "--interval-sec", "1800", "--max-signals-per-cycle", "500"]
      expect(await backtest(db, "again.json", ...often)).toMatch(agrees)
      expect(await backtest(db, "none.json", "--fees", "none", "--no-settlement", "--partial-fill")).toMatch(agrees)
    },
    TIMEOUT
  )

  it(
    "on a paper session, and the replay of its signals",
    () =>
      withExchange({ backend: makeUniverse({ seed: "recompute", markets: 120 }) }, async ({ advance, urls }) => {
        writeFileSync(
          join(dir, "paper.yaml"),
          "data: {rate_limit_per_sec: 1000, timeout_sec: 5}\nrisk: {max_strategy_notional: 100000, max_event_notional: 100000}\n"
        )
        const env = {
          MONOMARKET_GAMMA_URL: urls.gamma,
          MONOMARKET_DATA_URL: urls.data,
          MONOMARKET_CLOB_URL: urls.clob
        }
        writeFileSync(join(dir, "trader.mjs"), trader)
        const strategies = ["--strategies", "trader,s1,s2,s4,s8", "--strategy-module", "trader.mjs"]
        const run = ["run", "--mode", "paper", "--cycles", "1", "--max-signals-per-cycle", "40", "--cooldown-sec", "1"]
        for (let cycle = 0; cycle < 4; cycle += 1) {
          await cli([...run, ...strategies, "--config", "paper.yaml", "--db", "paper.db"], env)
          await Effect.runPromise(advance(6 * HOUR_US))
        }
        expect(recompute("books", "paper.db")).toMatch(/^realized change of fills \d{2,}[^]*\nall of it agrees\n$/)
        expect(await backtest("paper.db", "paper.json", ...strategies)).toMatch(agrees)
      }),
    TIMEOUT
  )

  it("sees a fill, a position and a figure that were changed", async () => {
    const text = readFileSync(join(dir, "artifacts", "demo", "backtest.json"), "utf8")
    const changed: { results: Array<{ pnl: number }> } = JSON.parse(text)
    for (const row of changed.results) row.pnl += 1e-6
    writeFileSync(join(dir, "changed.json"), JSON.stringify(changed))
    const db = join("artifacts", "demo", "demo.db")
    expect(recompute("artifact", "changed.json", db)).toMatch(/\npnl: results\[0\] is [^]*\n\d+ differences\n$/)
  })
})

describeShared("golden", "an independent recomputation of databases that the original wrote", (golden) => {
  it.each(["events-2026-01.db", "markets-2026-02-04.db", "synthetic-7.db"])(
    "%s",
    async (name) => {
      cpSync(join(golden, name), join(dir, name))
      expect(await backtest(name, `${basename(name, ".db")}.json`)).toMatch(agrees)
    },
    TIMEOUT
  )
})
