import { join } from "node:path"
import Database from "better-sqlite3"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Run, runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
afterAll(remove)
const cli = (...args: ReadonlyArray<string>) => runCli(args, { cwd: dir })

type Row = Record<string, unknown>
const json = async (...args: ReadonlyArray<string>) => {
  const run = await cli(...args, "--json")
  return { ...run, value: JSON.parse(run.stdout) }
}

const withDatabase = (body: (db: Database.Database) => void) => {
  const db = new Database(join(dir, "data", "monomarket.db"))
  body(db)
  db.close()
}

/** As an ingest would leave it; `ask` may move. */
const see = (id: string, bid: number, ask: number, yes = (bid + ask) / 2) =>
  withDatabase((db) => {
    const us = Date.now() * 1000
    db.prepare(
      `insert into markets (source, market_id, canonical_id, event_id, question, status, neg_risk, yes_price, no_price,
         best_bid, best_ask, mid_price, liquidity, volume, updated_at, updated_us, tick_size, min_order_size)
       values ('gamma', @id, @id, 'e1', 'Will it?', 'open', 0, @mid, 1 - @mid, @bid, @ask, @mid, 20000, 0, '', @us, 0.01, 5)
       on conflict (source, market_id) do update set best_bid = @bid, best_ask = @ask, yes_price = @mid, updated_us = @us`
    ).run({ id, bid, ask, mid: yes, us })
  })

const oneLine = (run: Run): string => {
  expect(run.stderr.trimEnd().split("\n")).toHaveLength(1)
  return run.stderr.trimEnd()
}

describe("paper trading from the command line", () => {
  beforeAll(async () => {
    expect((await cli("init-db")).code).toBe(0)
    see("m1", 0.05, 0.06, 0.06)
    see("m2", 0.4, 0.42)
    expect((await cli("generate-signals", "--strategies", "s4")).code).toBe(0)
  })

  it("starts with nothing", async () => {
    expect((await json("list-orders")).value).toEqual([])
    expect((await json("list-fills")).value).toEqual([])
    expect((await json("list-positions")).value).toEqual([])
    expect((await cli("pnl-report")).stdout).toBe("Nothing has been traded yet.\n")
    expect((await json("metrics-report")).value).toMatchObject({ orders: 0, fill_rate: 0 })
  })

  it("executes signals, and says when one is not there any more", async () => {
    const first = await json("execute-signal", "--next", "5")
    expect(first.code).toBe(0)
    expect(first.value).toMatchObject({
      executed: 1,
      rejected: 0,
      stopped_by: null,
      executions: [{ status: "executed", orders: [{ status: "filled", signal_id: 1, risk: { allowed: true } }] }]
    })
    expect((await json("execute-signal", "--next", "5")).value).toMatchObject({ executed: 0, executions: [] })
    const again = await cli("execute-signal", "--signal-id", "1")
    expect(again.code).toBe(2)
    expect(oneLine(again)).toBe("error: --signal-id: signal 1 is already executed")
    const gone = await cli("execute-signal", "--signal-id", "77")
    expect(gone.code).toBe(1)
    expect(oneLine(gone)).toBe("error: signal 77 does not exist")
  })

  it("places, matches, lists and cancels orders", async () => {
    const place = ["place-order", "--market", "m2", "--token", "YES", "--side", "buy", "--qty", "10"]
    expect((await json(...place, "--price", "0.42")).value).toMatchObject({
      status: "filled",
      strategy: "manual",
      fills: [{ qty: 10, price: 0.42 }]
    })
    expect((await json(...place, "--price", "0.3")).value).toMatchObject({ status: "open", filled_qty: 0 })
    expect((await json(...place, "--price", "0.2")).value).toMatchObject({ status: "open" })
    see("m2", 0.27, 0.29)
    // Reports see the newest data.
    expect((await cli("pnl-report")).code).toBe(0)
    const orders: ReadonlyArray<Row> = (await json("list-orders", "--status", "working")).value
    expect(orders).toMatchObject([{ price: 0.2, status: "open" }])
    expect((await json("cancel-order", "--order-id", String(orders[0]?.["id"]))).value).toMatchObject({
      status: "canceled"
    })
    const fills: ReadonlyArray<Row> = (await json("list-fills", "--strategy", "manual", "--limit", "1")).value
    expect(fills).toMatchObject([{ qty: 10, side: "buy", token_id: "YES" }])
    // What rested fills at its own limit.
    expect(fills[0]?.["price"]).toBe(0.3)
    expect((await json("list-positions", "--strategy", "manual")).value).toMatchObject([
      { market_id: "m2", net_qty: 20 }
    ])
  })

  it("reports what adds up", async () => {
    const { value } = await json("pnl-report")
    const strategies: ReadonlyArray<Record<string, number>> = value.strategies
    for (const field of ["realized_pnl", "unrealized_pnl", "total_pnl", "fees"]) {
      const sum = strategies.reduce((total, row) => total + (row[field] ?? Number.NaN), 0)
      expect(sum).toBeCloseTo(value[field], 9)
    }
    expect((await json("metrics-report")).value).toMatchObject({
      orders: 4,
      orders_by_status: { filled: 3, canceled: 1 },
      fill_rate: 0.75,
      strategies: [{ strategy: "manual" }, { strategy: "s4" }]
    })
    expect((await json("risk-status")).value).toMatchObject({
      limits: { max_daily_loss: 250, max_order_notional: null },
      breaker: { state: "closed", probe_at: null },
      strategies: [{ strategy: "s4" }, { strategy: "manual" }]
    })
    for (const report of ["pnl-report", "metrics-report", "risk-status", "list-orders", "list-fills"]) {
      expect((await cli(report)).stdout).toContain("manual")
    }
  })

  it("stops at the kill switch, stores the refusal, and cancels 0 live orders", async () => {
    const set = await cli("set-switch", "KILL_SWITCH", "true", "--cancel-open")
    expect(set.stdout).toBe("KILL_SWITCH is now true in the database. 0 live orders canceled.\n")
    const place = ["place-order", "--market", "m2", "--token", "YES", "--side", "buy", "--qty", "10", "--price", "0.3"]
    const refused = await json(...place)
    expect(refused.code).toBe(1)
    expect(refused.value).toMatchObject({ status: "rejected", fills: [] })
    expect(oneLine(refused)).toMatch(/^error: order 5 was rejected: kill switch: KILL_SWITCH is on \(database\)/)
    await cli("set-switch", "KILL_SWITCH", "false")
    const live = await cli(...place, "--mode", "live", "--confirm-live")
    expect(live.code).toBe(1)
    expect(oneLine(live)).toMatch(/live trading disabled: ENABLE_LIVE_TRADING is off/)
  })

  const place = (fields: Record<string, string>) => {
    const all = { market: "m2", token: "YES", side: "buy", price: "0.3", qty: "10", ...fields }
    return ["place-order", ...Object.entries(all).flatMap(([name, value]) => [`--${name}=${value}`])]
  }
  const refusals: ReadonlyArray<readonly [ReadonlyArray<string>, number, string]> = [
    [["execute-signal"], 2, "--signal-id: is required, or --next for the oldest new signals"],
    [["execute-signal", "--next", "0"], 2, "--next: must be a whole number of at least 1"],
    [["execute-signal", "--signal-id", "x"], 2, "--signal-id: must be a whole number"],
    [["execute-signal", "--signal-id", "1", "--next", "1"], 2, "--next: cannot be combined with --signal-id"],
    [["execute-signal", "--next", "1", "--mode", "lve"], 2, "--mode: must be paper, live"],
    [place({ market: "nope" }), 1, "market nope does not exist"],
    [place({ token: "MAYBE" }), 2, '--token: must be YES or NO, not "MAYBE"'],
    [place({ side: "long" }), 2, "--side: must be buy, sell"],
    [place({ price: "1" }), 2, "--price: must be above 0 and below 1"],
    [place({ price: "0" }), 2, "--price: must be a number above 0"],
    [place({ price: "nan" }), 2, "--price: must be a number above 0"],
    [place({ price: "0.305" }), 2, "--price: must be a multiple of the market's tick 0.01"],
    [place({ qty: "-1" }), 2, "--qty: must be a number above 0"],
    [place({ qty: "Infinity" }), 2, "--qty: must be a number above 0"],
    [place({ qty: "4" }), 2, "--qty: below minimum size: 4.00 < 5.00"],
    [place({ tif: "fok" }), 2, "--tif: must be gtc, ioc"],
    [place({ strategy: "a;drop" }), 2, "--strategy: must be a short name"],
    [place({ side: "sell", token: "NO" }), 2, "--side: manual holds no NO of market m2; there is no naked short"],
    [place({ side: "sell", qty: "21" }), 2, "--qty: manual can close 20 YES of market m2, not 21"],
    [["cancel-order"], 2, "--order-id: is required"],
    [["cancel-order", "--order-id", "1"], 2, "--order-id: order 1 is already filled"],
    [["cancel-order", "--order-id", "999"], 1, "order 999 does not exist"],
    [["list-orders", "--status", "done"], 2, "--status: must be all, working"],
    [["set-switch", "ENABLE_LIVE_TRADING", "true", "--cancel-open"], 2, "--cancel-open: goes with KILL_SWITCH true"]
  ]
  it("refuses bad input with one line, and stores nothing", async () => {
    const before: ReadonlyArray<Row> = (await json("list-orders")).value
    const check = async ([args, code, text]: (typeof refusals)[number]) => {
      const run = await cli(...args)
      expect(run.stdout, args.join(" ")).toBe("")
      expect(oneLine(run)).toContain(text)
      expect(run.code, args.join(" ")).toBe(code)
    }
    for (let at = 0; at < refusals.length; at += 4) await Promise.all(refusals.slice(at, at + 4).map(check))
    expect((await json("list-orders")).value).toEqual(before)
    expect((await json("switches")).value).toMatchObject([{}, { name: "ENABLE_LIVE_TRADING", value: false }, {}])
  })
})
