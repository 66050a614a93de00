import { createHash } from "node:crypto"
import { chmodSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { SwitchRepo } from "../../src/ports/SwitchRepo.ts"
import { latestMigration } from "../../src/store/migrations/all.ts"
import { storeLayer } from "../../src/store/layer.ts"
import { inStore, olderOriginal, temporaryFolder, using, withSqlite } from "./support.ts"

const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex")

/** What opening says, as the one line that a person sees. */
const refusal = (path: string, create = true) =>
  Effect.map(SwitchRepo, () => "opened").pipe(
    Effect.provide(storeLayer(path, { create, busyTimeoutMs: 50 })),
    Effect.catchTag("StoreError", (error) => Effect.succeed(error.message))
  )

const refusedUntouched = (prepare: (path: string) => void, expected: string) =>
  Effect.gen(function* () {
    const path = join(yield* temporaryFolder, "store.db")
    prepare(path)
    const before = digest(path)
    expect(yield* refusal(path)).toBe(`database: open ${path}: ${expected}`)
    expect(digest(path)).toBe(before)
  })

describe("Database", () => {
  it.scoped("makes the file and its folder only when asked to", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "deep", "er", "store.db")
      expect(yield* refusal(path, false)).toBe(`database: open ${path}: does not exist; run \`monomarket init-db\``)
      expect(existsSync(join(path, ".."))).toBe(false)
      expect(yield* refusal(path, true)).toBe("opened")
      expect(yield* refusal(path, false)).toBe("opened")
    })
  )

  it.effect("sets WAL, NORMAL, a busy timeout of five seconds and foreign keys", () =>
    inStore(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const pragma = (name: string) => Effect.map(sql.unsafe(`PRAGMA ${name}`).values, (rows) => rows[0]?.[0])
        expect(yield* pragma("journal_mode")).toBe("wal")
        expect(yield* pragma("synchronous")).toBe(1)
        expect(yield* pragma("busy_timeout")).toBe(5_000)
        expect(yield* pragma("foreign_keys")).toBe(1)
      })
    )
  )

  it.scoped("refuses a folder", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      mkdirSync(path)
      expect(yield* refusal(path)).toBe(`database: open ${path}: is a folder, not a database file`)
    })
  )

  it.scoped("refuses a path below a file", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      writeFileSync(join(folder, "file"), "")
      expect(yield* refusal(join(folder, "file", "store.db"))).toContain("a part of its path is not a folder")
    })
  )

  it.scoped("refuses an empty file unless it may create", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      writeFileSync(path, "")
      expect(yield* refusal(path, false)).toContain("is empty; run `monomarket init-db`")
      expect(yield* refusal(path, true)).toBe("opened")
    })
  )

  it.scoped("leaves a file that is no database alone", () =>
    refusedUntouched((path) => writeFileSync(path, "app:\n  db_path: here\n"), "the file is not a SQLite database")
  )

  it.scoped("leaves a file of which only the header is SQLite's alone", () =>
    refusedUntouched(
      (path) => writeFileSync(path, Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(5_000, 7)])),
      "the file is not a SQLite database"
    )
  )

  it.scoped("leaves a truncated database alone", () =>
    refusedUntouched((path) => {
      withSqlite(path, (db) => db.exec(olderOriginal))
      truncateSync(path, 3 * 4_096)
    }, "the file is corrupt; restore it from a backup")
  )

  it.scoped("checks the whole file before it upgrades it", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      withSqlite(path, (db) => db.exec(olderOriginal))
      const page = withSqlite(path, (db) =>
        Number(db.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'fills'").pluck().get())
      )
      const bytes = readFileSync(path)
      bytes.fill(0xff, (page - 1) * 4_096, page * 4_096)
      writeFileSync(path, bytes)
      expect(yield* refusal(path)).toMatch(/is corrupt/)
      expect(readFileSync(path).equals(bytes)).toBe(true)
    })
  )

  it.scoped("leaves another program's database alone", () =>
    refusedUntouched(
      (path) => withSqlite(path, (db) => db.exec("CREATE TABLE albums (title TEXT)")),
      "belongs to another program: it has none of monomarket's tables"
    )
  )

  it.scoped("leaves another program's table of the same name alone", () =>
    refusedUntouched(
      (path) => withSqlite(path, (db) => db.exec("CREATE TABLE markets (id TEXT, source TEXT, market_id TEXT)")),
      "belongs to another program: its table markets has no column canonical_id"
    )
  )

  it.scoped("refuses the file of a newer version", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      yield* using(path, Effect.void)
      withSqlite(path, (db) => db.exec("INSERT INTO schema_migrations (migration_id, name) VALUES (9999, 'later')"))
      expect(yield* refusal(path)).toContain(`newer version of monomarket (schema 9999 > ${latestMigration})`)
    })
  )

  // Root may write whatever the mode says.
  it.scoped.skipIf(process.getuid?.() === 0)("leaves a write-protected file alone", () =>
    refusedUntouched((path) => {
      withSqlite(path, (db) => db.exec(olderOriginal))
      chmodSync(path, 0o444)
    }, "the file is read-only")
  )

  it.scopedLive("says that the file is locked when an upgrade cannot get in", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      withSqlite(path, (db) => db.exec(olderOriginal))
      const before = digest(path)
      const blocker = yield* Effect.acquireRelease(
        Effect.sync(() => new Sqlite(path)),
        (db) => Effect.sync(() => db.close())
      )
      blocker.exec("BEGIN EXCLUSIVE")
      expect(yield* refusal(path)).toContain("is locked by another process")
      blocker.exec("ROLLBACK")
      expect(digest(path)).toBe(before)
      expect(yield* refusal(path)).toBe("opened")
    })
  )
})
