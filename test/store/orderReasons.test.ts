import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { orderMessage } from "../../src/domain/Order.ts"
import { canceledByHand, marketClosed, otherReason } from "../../src/domain/rejection.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { fill, inStore, noon, olderOriginal, request, result, temporaryFolder, using, withSqlite } from "./support.ts"

const all = { limit: 10_000, status: "all", strategy: null } as const
const orders = Effect.flatMap(TradeRepo, (repo) => repo.orders(all))
const insert = `INSERT INTO orders (strategy, market_id, event_id, token_id, side, action, mode, price, qty, status, message,
  created_at) VALUES ('s1', 'm', 'e1', 'YES', 'buy', 'open', 'paper', 0.5, 10, ?, ?, '2026-01-01T00:00:00+00:00')`
const messages = "SELECT message FROM orders ORDER BY id"

describe("why orders ended, in a database of an older version", () => {
  it.scoped("is read back from their messages once, page by page, and the messages stay", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      const texts = [
        "kill switch: KILL_SWITCH is on (database), no new orders",
        "strategy notional limit exceeded: 105.00 > 100.00",
        "bundle incomplete: m9 NO: market closed",
        "settlement",
        "words of its own",
        ""
      ]
      const before = withSqlite(path, (db) => {
        db.exec(olderOriginal)
        db.exec("DELETE FROM fills; DELETE FROM orders")
        for (const text of texts) db.prepare(insert).run(text === "settlement" ? "filled" : "rejected", text)
        for (let n = 0; n < 4_500; n += 1)
          db.prepare(insert).run("canceled", `not marketable: ask 0.${1_000 + n} > limit 0.1000`)
        return db.prepare(messages).pluck().all()
      })
      const found = [...(yield* using(path, orders))].reverse()
      expect(found.map(orderMessage)).toStrictEqual(before)
      expect(found.slice(0, 6).map(({ reason }) => reason)).toStrictEqual([
        { code: "kill switch", by: "gate", setting: "KILL_SWITCH", origin: "database" },
        {
          ...{ code: "strategy notional limit exceeded", by: "risk", setting: "max_strategy_notional" },
          ...{ value: 105e6, limit: 100e6, event: null }
        },
        { code: "bundle incomplete", by: "package", leg: { market: "m9", token: "NO" }, cause: marketClosed },
        null,
        otherReason("words of its own"),
        null
      ])
      expect(found.map(({ kind }) => kind).filter((kind) => kind === "settlement")).toHaveLength(1)
      expect(new Set(found.slice(6).map(({ reason }) => reason?.code))).toStrictEqual(new Set(["not marketable"]))
      withSqlite(path, (db) => {
        expect(db.prepare(messages).pluck().all()).toStrictEqual(before)
        expect(db.prepare("SELECT COUNT(*) FROM orders WHERE reason_code IS NOT NULL").pluck().get()).toBe(4_504)
        // The original knows of no reasons, and goes on writing.
        db.prepare(insert).run("rejected", "event notional limit exceeded: 1.00 > 0.50")
      })
      const [latest] = yield* using(path, orders)
      expect(latest).toMatchObject({ kind: "order", reason: otherReason("event notional limit exceeded: 1.00 > 0.50") })
    })
  )
})

describe("why an order ended", () => {
  it.effect("is stored with its text, and changes with its status", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* TradeRepo
        const open = result({ status: "open", fills: [], reason: null })
        const payout = result({ kind: "settlement", request: { ...request, action: "close" }, fills: [fill()] })
        yield* repo.record({ results: [open, payout], signals: [], atUs: noon })
        yield* repo.apply({ orderId: 1, fills: [], status: "canceled", reason: canceledByHand, atUs: noon + 1 })
        const [paid, canceled] = yield* repo.orders(all)
        expect(canceled).toMatchObject({ id: 1, kind: "order", status: "canceled", reason: canceledByHand })
        expect(paid).toMatchObject({ id: 2, kind: "settlement", reason: null })
        expect(paid && orderMessage(paid)).toBe("settlement")
        expect((yield* repo.fillHistory).map(({ settlement }) => settlement)).toStrictEqual([true])
        // A payout is no decision that the circuit breaker counts.
        expect(yield* repo.decisionsSince(0)).toStrictEqual([])
      })
    )
  )
})
