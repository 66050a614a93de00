import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { type StoreError } from "../../src/domain/errors.ts"
import { SwitchRepo } from "../../src/ports/SwitchRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { toStoreError } from "../../src/store/errors.ts"
import { inStore, noon, result, temporaryFolder, using } from "./support.ts"
import { otherReason } from "../../src/domain/rejection.ts"

const setSwitch = Effect.flatMap(SwitchRepo, (repo) => repo.set("KILL_SWITCH", true, noon))
const record = Effect.flatMap(TradeRepo, (repo) => repo.record({ results: [result()], signals: [], atUs: noon }))
const count = Effect.flatMap(TradeRepo, (repo) => Effect.map(repo.fillHistory, (fills) => fills.length))

describe("a database that another process has locked", () => {
  it.scoped("gives a clear error, loses nothing, and works again when the lock is gone", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      const body = Effect.gen(function* () {
        const blocker = yield* Effect.acquireRelease(
          Effect.sync(() => new Sqlite(path)),
          (db) => Effect.sync(() => db.close())
        )
        blocker.exec("BEGIN IMMEDIATE")
        const attempts: ReadonlyArray<Effect.Effect<unknown, StoreError, SwitchRepo | TradeRepo>> = [setSwitch, record]
        for (const attempt of attempts) {
          const failed = yield* Effect.flip(attempt)
          expect(failed.detail).toBe(
            "the file is locked by another process for more than 5 s; try again when it is done"
          )
          expect(failed.cause).toBeDefined()
        }
        expect(yield* count).toBe(0)
        blocker.exec("ROLLBACK")
        yield* record
        expect(yield* count).toBe(1)
      })
      yield* using(path, Effect.scoped(body), 20)
    })
  )
})

describe("a database that cannot be written", () => {
  it.effect("is said to be read-only", () =>
    inStore(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`PRAGMA query_only = ON`
        const failed = yield* Effect.flip(setSwitch)
        expect(failed.message).toBe("database: set KILL_SWITCH: the file is read-only")
      })
    )
  )

  it.effect("says that the disk is full, and keeps nothing of the transaction", () =>
    inStore(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* record
        yield* sql.unsafe("PRAGMA max_page_count = 1")
        const big = Effect.flatMap(TradeRepo, (repo) =>
          repo.record({
            results: [result(), result({ reason: otherReason("x".repeat(500_000)) })],
            signals: [],
            atUs: noon
          })
        )
        const failed = yield* Effect.flip(big)
        expect(failed.message).toBe("database: record orders: the disk is full; nothing was stored")
        yield* sql.unsafe("PRAGMA max_page_count = 100000")
        expect(yield* count).toBe(1)
        yield* record
        expect(yield* count).toBe(2)
      })
    )
  )
})

describe("a row of the wrong shape", () => {
  it.effect("is named", () =>
    inStore(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* record
        yield* sql`UPDATE fills SET price = 'much'`
        const failed = yield* Effect.flip(count)
        expect(failed.message).toMatch(/^database: read fills: a stored row is not of the expected shape: 0\.price: /)
      })
    )
  )
})

describe("toStoreError", () => {
  it("keeps an error that is one already, and says what an unknown one says", () => {
    const known = toStoreError("a")(new Error("b"))
    expect(known.message).toBe("database: a: b")
    expect(toStoreError("c")(known)).toBe(known)
  })
})
