import { writeFileSync } from "node:fs"
import { join } from "node:path"
import Database from "better-sqlite3"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
afterAll(remove)
const cli = (...args: ReadonlyArray<string>) => runCli(args, { cwd: dir })

interface Report {
  readonly by_strategy: Readonly<Record<string, number>>
  readonly dropped: ReadonlyArray<{ readonly strategy: string; readonly reason: string; readonly count: number }>
}
const generate = async (...args: ReadonlyArray<string>): Promise<Report> => {
  const run = await cli("generate-signals", "--json", ...args)
  expect(run).toMatchObject({ code: 0, stderr: "" })
  return JSON.parse(run.stdout)
}

/** Crossed books: two that pay, two that do not, one tiny. */
const insertMarkets = () => {
  const db = new Database(join(dir, "data", "monomarket.db"))
  // Seen just now: nothing is opened on a stale quote.
  const now = Date.now()
  const at = new Date(now).toISOString()
  const insert = db.prepare(
    `insert into markets (source, market_id, canonical_id, event_id, question, status, neg_risk, yes_price, no_price,
       best_bid, best_ask, mid_price, liquidity, volume, updated_at, updated_us)
     values ('gamma', ?, ?, 'e1', 'Will it?', 'open', 0, null, null, ?, ?, null, 10000, 0, '${at}', ${now * 1_000})`
  )
  const books = [
    [0.45, 0.4],
    [0.7, 0.6],
    [0.452, 0.45],
    [0.552, 0.55],
    [0.05, 0.01]
  ]
  for (const [index, [bid, ask]] of books.entries()) insert.run(`m${index}`, `c${index}`, bid, ask)
  db.close()
}

describe("generate-signals", () => {
  beforeAll(async () => {
    expect(await cli("init-db")).toMatchObject({ code: 0 })
    insertMarkets()
  })

  it("leaves S9 and S10 alone until they are named", async () => {
    expect(await generate()).toMatchObject({ by_strategy: { s1: 0, s2: 0, s4: 0, s8: 0 }, dropped: [] })
    expect((await generate()).by_strategy).not.toHaveProperty("s9")
  })

  it("counts what it dropped, with the reason", async () => {
    expect(await generate("--strategies", "s9,s10")).toMatchObject({
      by_strategy: { s9: 2, s10: 0 },
      dropped: [
        { strategy: "s9", reason: "net edge below the minimum", count: 2 },
        { strategy: "s9", reason: "price outside the range", count: 1 }
      ]
    })
    expect((await cli("generate-signals", "--strategies", "s9")).stdout).toMatch(
      /\ndropped: s9 2, net edge below the minimum\ndropped: s9 1, price outside the range\n$/
    )
  })

  it("runs S9 without its name when the configuration says so, through the gate when that is on", async () => {
    writeFileSync(
      join(dir, "on.yaml"),
      "strategies: {s9: {enabled: true}, edge_gate: {enabled: true, min_net_edge: 0.08}}\n"
    )
    expect(await generate("--config", "on.yaml")).toMatchObject({
      by_strategy: { s9: 1 },
      dropped: [{ reason: "net edge below the minimum", count: 3 }, { reason: "price outside the range" }]
    })
  })

  it("trades both legs of a pair on paper", async () => {
    expect(await cli("execute-signal", "--next", "1", "--json")).toMatchObject({ code: 0 })
    const positions: ReadonlyArray<{ market_id: string; token_id: string; qty: number }> = JSON.parse(
      (await cli("list-positions", "--json")).stdout
    )
    expect(positions.map((row) => row.token_id).sort()).toStrictEqual(["NO", "YES"])
    expect(new Set(positions.map(({ market_id, qty }) => `${market_id} ${qty}`)).size).toBe(1)
  })
})
