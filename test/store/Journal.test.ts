import { createHash } from "node:crypto"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { canonicalJson } from "../../src/domain/canonicalJson.ts"
import { type Json } from "../../src/domain/json.ts"
import { Journal } from "../../src/ports/Journal.ts"
import { immediate } from "../../src/store/transaction.ts"
import { append, entry, inRun, longBody, page, sessions, verify } from "./journalSupport.ts"
import { noon, temporaryFolder, using, withSqlite } from "./support.ts"

const onFile = <A, E, R>(body: (path: string) => Effect.Effect<A, E, R>) =>
  Effect.scoped(Effect.flatMap(temporaryFolder, (folder) => body(join(folder, "store.db"))))

const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex")

describe("the journal", () => {
  it.effect("gives back what was appended, in order, by session", () =>
    onFile((path) =>
      Effect.gen(function* () {
        const first = [entry("session", { mode: "paper" }), entry("markets", longBody(1), noon + 1), entry("timer")]
        const second = [entry("session", { mode: "live" }, noon + 7), entry("end", null, noon + 8)]
        yield* inRun(path, Effect.zipRight(append(...first.slice(0, 2)), append(...first.slice(2))))
        yield* inRun(
          path,
          Effect.gen(function* () {
            yield* append(...second)
            const [one, two] = [yield* page(1), yield* page(2)]
            expect(one.map(({ atUs, body, kind }) => ({ kind, body, atUs }))).toStrictEqual(first)
            expect(two.map(({ atUs, body, kind }) => ({ kind, body, atUs }))).toStrictEqual(second)
            expect([...one, ...two].map(({ seq }) => seq)).toStrictEqual([1, 2, 3, 4, 5])
            expect((yield* page(1, 1, 1)).map(({ seq }) => seq)).toStrictEqual([2])
            expect(yield* page(1, 3)).toStrictEqual([])
            expect(yield* page(3)).toStrictEqual([])
            expect(yield* sessions).toStrictEqual([
              {
                sessionId: 1,
                startedAtUs: noon,
                lastAtUs: noon,
                records: 3,
                ended: false,
                settings: { mode: "paper" }
              },
              {
                sessionId: 2,
                startedAtUs: noon + 7,
                lastAtUs: noon + 8,
                records: 2,
                ended: true,
                settings: { mode: "live" }
              }
            ])
          })
        )
      })
    )
  )

  it.effect("hashes the way its documentation says", () =>
    onFile((path) =>
      Effect.gen(function* () {
        const bodies: ReadonlyArray<Json> = [{ b: 1, a: [0.1, "é"] }, longBody(3), "text", null]
        const [settings = null, ...rest] = bodies
        yield* inRun(path, append(entry("session", settings), ...rest.map((body) => entry("state", body))))
        let previous = ""
        for (const { hash, ...record } of yield* inRun(path, page(1))) {
          previous = sha256(`${previous}\n${canonicalJson(record)}`)
          expect(hash).toBe(previous)
        }
        const check = yield* inRun(path, verify)
        expect(check).toStrictEqual({ records: 4, broken: null, lastHash: previous })
      })
    )
  )

  it.effect("stores a long body deflated and a short one as text", () =>
    onFile((path) =>
      Effect.gen(function* () {
        const noise = Array.from({ length: 60 }, (_, n) => sha256(String(n))).join("")
        yield* inRun(path, append(entry("session"), entry("markets", longBody(1)), entry("state", noise)))
        const rows = withSqlite(path, (db) =>
          db.prepare("SELECT typeof(body), LENGTH(body) FROM journal ORDER BY seq").raw().all()
        )
        const long = canonicalJson(longBody(1)).length
        expect(rows[0]).toStrictEqual(["text", 2])
        expect(rows[1]).toStrictEqual(["blob", expect.any(Number)])
        expect(Number((rows[1] as ReadonlyArray<number>)[1])).toBeLessThan(long / 4)
      })
    )
  )

  it.effect("stores all entries of an append or none", () =>
    onFile((path) =>
      inRun(
        path,
        Effect.gen(function* () {
          yield* append(entry("session"))
          const bad = yield* Effect.flip(append(entry("timer"), entry("markets", { price: Number.NaN })))
          expect(bad.message).toBe("database: append to the journal: markets: NaN is not allowed")
          const late = yield* Effect.flip(append(entry("timer", {}, 0.5)))
          expect(late.message).toContain("its time, 0.5, is no whole number of microseconds")
          const after = yield* Effect.flip(append(entry("timer"), entry("end"), entry("timer")))
          expect(after.message).toContain("timer: no session is open; a run begins with an entry of kind session")
          expect(yield* verify).toMatchObject({ records: 1, broken: null })
          // The session that was open before is still open.
          yield* append(entry("timer"))
          expect(yield* verify).toMatchObject({ records: 2, broken: null })
        })
      )
    )
  )

  it.effect("wants a session first, in every run", () =>
    onFile((path) =>
      Effect.gen(function* () {
        yield* inRun(path, append(entry("session")))
        const error = yield* Effect.flip(inRun(path, append(entry("timer"))))
        expect(error.message).toContain("no session is open")
        const [session] = yield* inRun(path, sessions)
        expect(session?.records).toBe(1)
      })
    )
  )

  it.effect("asks for the entries only when it appends", () =>
    onFile((path) =>
      inRun(
        path,
        Effect.gen(function* () {
          const journal = yield* Journal
          let asked = 0
          const appending = journal.append(() => {
            asked += 1
            return [entry("session")]
          })
          expect(asked).toBe(0)
          yield* Effect.zipRight(appending, appending)
          expect(asked).toBe(2)
          expect((yield* sessions).length).toBe(2)
        })
      )
    )
  )

  it.effect("waits for a transaction of the same process", () =>
    onFile((path) =>
      using(
        path,
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const { layer } = yield* Effect.promise(() => import("../../src/store/Journal.ts"))
          const slow = immediate(sql)(
            Effect.gen(function* () {
              yield* sql`INSERT INTO switches VALUES ('A', '1', '')`
              for (let n = 0; n < 20; n++) yield* Effect.yieldNow()
              yield* sql`INSERT INTO switches VALUES ('B', '1', '')`
            })
          )
          const both = Effect.all([slow, append(entry("session"))], { concurrency: 2, discard: true })
          yield* Effect.provide(both, layer)
          expect(yield* verify).toMatchObject({ records: 1, broken: null })
        })
      )
    )
  )

  it.effect("says so when somebody put records behind its head", () =>
    onFile((path) =>
      Effect.gen(function* () {
        yield* inRun(path, append(entry("session")))
        withSqlite(path, (db) =>
          db.exec("INSERT INTO journal SELECT 2, session_id, kind, at_us, body, hash FROM journal")
        )
        const error = yield* Effect.flip(inRun(path, append(entry("session"))))
        expect(error.message).toContain("it has records behind its head; `monomarket journal verify` names the first")
      })
    )
  )

  it.effect("names the record that cannot be read", () =>
    onFile((path) =>
      Effect.gen(function* () {
        yield* inRun(path, append(entry("session"), entry("timer", { n: 1 })))
        withSqlite(path, (db) => db.exec("UPDATE journal SET body = '{' WHERE seq = 2"))
        const error = yield* Effect.flip(inRun(path, page(1)))
        expect(error.message).toMatch(/read the journal: record 2: its body cannot be read \(.+\); `monomarket journal/)
        withSqlite(path, (db) => db.pragma("foreign_keys = OFF") && db.exec("DELETE FROM journal WHERE seq = 1"))
        const gone = yield* Effect.flip(inRun(path, sessions))
        expect(gone.message).toContain("record 1: session 1 lacks records")
      })
    )
  )
})
