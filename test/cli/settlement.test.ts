import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import Database from "better-sqlite3"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
afterAll(remove)
const cli = (...args: ReadonlyArray<string>) => runCli(args, { cwd: dir })

const change = (sql: string) => {
  const db = new Database(join(dir, "data", "monomarket.db"))
  db.exec(sql)
  db.close()
}

const minute = 60_000_000
const seenUs = Date.UTC(2026, 1, 5, 10) * 1_000

describe("resolutions and books from the command line", () => {
  beforeAll(async () => {
    expect((await cli("init-db")).code).toBe(0)
    change(`INSERT INTO markets (source, market_id, canonical_id, event_id, question, status, neg_risk, yes_price, no_price,
        best_bid, best_ask, mid_price, liquidity, volume, updated_at, updated_us, tick_size, min_order_size)
      VALUES ('gamma', 'm1', 'm1', 'e1', 'Will it?', 'open', 0, 0.41, 0.59, 0.4, 0.42, 0.41, 20000, 0, '',
        ${Date.now() * 1_000}, 0.01, 5)`)
    const place = ["place-order", "--market", "m1", "--token", "YES", "--side", "buy", "--qty", "10", "--price", "0.42"]
    expect((await cli(...place)).code).toBe(0)
  })

  it("lists nothing about resolutions while there is none, then how far each is and since when", async () => {
    expect((await cli("list-positions")).stdout).not.toContain("resolution")
    change(`UPDATE markets SET status = 'closed', resolution_state = 'disputed', proposed_us = ${seenUs},
      disputed_us = ${seenUs + 30 * minute}, yes_price = 1, no_price = 0`)
    for (const command of [["list-positions"], ["list-markets", "--status", "all"]]) {
      expect((await cli(...command)).stdout).toMatch(/resolution[\s\S]*disputed since/)
      const [row] = JSON.parse((await cli(...command, "--json")).stdout)
      expect(row.resolution).toEqual({
        state: "disputed",
        proposed_seen_at: "2026-02-05T10:00:00Z",
        disputed_seen_at: "2026-02-05T10:30:00Z",
        final_seen_at: null,
        contradiction: null
      })
    }
    // Not paid: held, and shown at its price.
    expect(JSON.parse((await cli("pnl-report", "--json")).stdout)).toMatchObject({
      realized_pnl: 0,
      unrealized_pnl: 5.8,
      cash: -4.2,
      equity: 5.8
    })
  })

  it("pays the final word, and tells of a report that contradicts it", async () => {
    change(`INSERT INTO market_resolutions (market_id, payout_yes, payout_no, resolved_us, seen_us, basis)
      VALUES ('m1', 1, 1, ${seenUs}, ${seenUs}, 'venue')`)
    const paid = await cli("pnl-report", "--json")
    expect(JSON.parse(paid.stdout)).toMatchObject({ realized_pnl: 0.8, unrealized_pnl: 0, equity: 0.8 })
    change(`INSERT INTO resolution_contradictions VALUES ('m1', 'clob', 'final 1/0', ${seenUs}, ${seenUs})`)
    expect(JSON.parse((await cli("pnl-report", "--json")).stdout)).toMatchObject({
      realized_pnl: 0.8,
      contradicted_resolutions: [{ market_id: "m1", report: "clob later: final 1/0" }]
    })
    expect((await cli("pnl-report")).stderr).toBe(
      "note: market m1 is resolved for good; clob later: final 1/0: nothing is paid again\n"
    )
    expect((await cli("list-markets", "--status", "all")).stdout).toContain("final 0.5/0.5")
  })

  it("prints no report when the books do not balance: one line with the amounts, exit code 1", async () => {
    change("UPDATE fills SET price = 0.41 WHERE id = 1")
    for (const report of ["pnl-report", "metrics-report"]) {
      for (const form of [[], ["--json"]]) {
        const run = await cli(report, ...form)
        expect(run.code).toBe(1)
        expect(run.stdout).toBe("")
        expect(run.stderr).toBe(
          "error: the books do not balance: the fills give a realized profit of 0.9 USDC, but 0.8 USDC was recorded with " +
            "them (a difference of 0.1 USDC); nothing is reported\n"
        )
      }
    }
  })

  it("writes no artifact of a backtest whose amounts cannot be summed exactly", async () => {
    writeFileSync(
      join(dir, "wide.yaml"),
      "risk:\n  max_daily_loss: 1.0e+18\n  max_strategy_notional: 1.0e+18\n  max_event_notional: 1.0e+18\n"
    )
    const at = "2026-02-05T09:00:00Z"
    // Half of the liquidity is for sale: enough for an order of which no sum is exact any more.
    change(`INSERT INTO market_snapshots (source, market_id, event_id, yes_price, no_price, best_bid, best_ask, mid_price,
        liquidity, volume, captured_at, captured_us)
      VALUES ('gamma', 'm1', 'e1', 0.41, 0.59, 0.4, 0.42, 0.41, 1e12, 0, '${at}', ${seenUs - 60 * minute});
      INSERT INTO signals (strategy, market_id, event_id, side, score, confidence, target_price, size_hint, rationale,
        payload_json, status, created_at, created_us, updated_at)
      VALUES ('s4', 'm1', 'e1', 'buy', 1, 1, 0.5, 1e11, '', '{}', 'new', '${at}', ${seenUs - 60 * minute}, '${at}')`)
    const window = ["--from", "2026-02-05T08:00:00Z", "--to", "2026-02-05T09:30:00Z", "--strategies", "s4"]
    const run = await cli("backtest", ...window, "--config", "wide.yaml", "--out-json", "big.json")
    expect(run.stdout).toBe("")
    expect(run.stderr).toMatch(/^error: the books do not balance: .* USDC .*; nothing is reported\n$/)
    expect(run.code).toBe(1)
    expect(existsSync(join(dir, "big.json"))).toBe(false)
  })
})
