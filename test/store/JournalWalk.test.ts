import { copyFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type JournalCheck } from "../../src/ports/Journal.ts"
import { bodyText, recordHash } from "../../src/store/journalRecords.ts"
import { JournalWalk } from "../../src/store/JournalWalk.ts"
import { append, entry, inRun, longBody, verify } from "./journalSupport.ts"
import { noon, withSqlite } from "./support.ts"

const folder = mkdtempSync(join(tmpdir(), "monomarket-journal-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const original = join(folder, "original.db")
const forged = join(folder, "forged.db")

/** Two sessions over several pages of the walk; deflated and plain bodies. */
const RECORDS = 150
const SECOND_SESSION = 100
const entries = Array.from({ length: RECORDS }, (_, index) => {
  const seq = index + 1
  if (seq === 1 || seq === SECOND_SESSION) return entry("session", { seq }, noon + seq)
  return seq % 10 === 0 ? entry("markets", longBody(seq), noon + seq) : entry("signals", [seq, "é"], noon + seq)
})

beforeAll(() => Effect.runPromise(inRun(original, append(...entries))))

const walk = (db: Sqlite.Database): JournalCheck => {
  const journal = new JournalWalk(db)
  for (;;) {
    const check = journal.next()
    if (check !== null) return check
  }
}

/** The verdict over a copy that somebody had a hand in. */
const afterwards = (change: string | ((db: Sqlite.Database) => unknown)): JournalCheck => {
  copyFileSync(original, forged)
  return withSqlite(forged, (db) => {
    db.pragma("foreign_keys = OFF")
    if (typeof change === "string") db.exec(change)
    else change(db)
    return walk(db)
  })
}

const content = "its content (kind, time, session or body) is not what was written"
const brokenAt = (seq: number, problem: unknown) => ({ records: seq - 1, broken: { seq, problem } })

/** Exchanges everything but the numbers of two records. */
const swap = (db: Sqlite.Database, one: number, other: number) => {
  const columns = ["session_id", "kind", "at_us", "body", "hash"]
  const read = db.prepare(`SELECT ${columns.join(", ")} FROM journal WHERE seq = ?`).raw()
  const write = db.prepare(`UPDATE journal SET ${columns.map((name) => `${name} = ?`).join(", ")} WHERE seq = ?`)
  const [a, b] = [read.get(one), read.get(other)] as [ReadonlyArray<unknown>, ReadonlyArray<unknown>]
  write.run(...b, one)
  write.run(...a, other)
}

interface Row {
  readonly seq: number
  readonly session_id: number
  readonly kind: string
  readonly at_us: number
  readonly body: unknown
  readonly hash: unknown
}

/** Recomputes all hashes from a record on, as a forger who knows the algorithm would; the head as well. */
const rechain = (db: Sqlite.Database, from: number) => {
  let hash = String(
    db
      .prepare("SELECT hash FROM journal WHERE seq = ?")
      .pluck()
      .get(from - 1) ?? ""
  )
  const rows = db.prepare("SELECT * FROM journal WHERE seq >= ? ORDER BY seq").all(from) as ReadonlyArray<Row>
  for (const { at_us, body, kind, seq, session_id } of rows) {
    hash = recordHash(hash, { seq, sessionId: session_id, kind, atUs: at_us }, bodyText(body))
    db.prepare("UPDATE journal SET hash = ? WHERE seq = ?").run(hash, seq)
  }
  db.prepare("UPDATE journal_head SET seq = (SELECT MAX(seq) FROM journal), hash = ?").run(hash)
}

describe("journal verify", () => {
  it("finds nothing in what was left alone", () => {
    const check = afterwards(() => undefined)
    expect(check).toMatchObject({ records: RECORDS, broken: null })
    const last = withSqlite(original, (db) => db.prepare("SELECT hash FROM journal WHERE seq = ?").pluck().get(RECORDS))
    expect(check.lastHash).toBe(last)
  })

  it.each([
    ["a body", "UPDATE journal SET body = '[7,\"e\"]' WHERE seq = 7", 7, content],
    ["a time", "UPDATE journal SET at_us = at_us + 1 WHERE seq = 64", 64, content],
    ["a time that is no number", "UPDATE journal SET at_us = 'now' WHERE seq = 65", 65, content],
    ["a kind", "UPDATE journal SET kind = 'alarm' WHERE seq = 8", 8, content],
    ["a session", "UPDATE journal SET session_id = 2 WHERE seq = 9", 9, content],
    ["the last body", `UPDATE journal SET body = '{}' WHERE seq = ${RECORDS}`, RECORDS, content],
    [
      "a hash",
      "UPDATE journal SET hash = 'f' || substr(hash, 2) WHERE seq = 12",
      12,
      "its hash is not what was written"
    ],
    [
      "the last hash",
      `UPDATE journal SET hash = '' WHERE seq = ${RECORDS}`,
      RECORDS,
      "its hash is not what was written"
    ],
    ["a deflated body", "UPDATE journal SET body = x'00' WHERE seq = 10", 10, /^its body cannot be read \(.+\)$/],
    ["a body that is no text", "UPDATE journal SET body = 5 WHERE seq = 11", 11, /^its body cannot be read \(.+\)$/],
    ["a missing record", "DELETE FROM journal WHERE seq = 5", 5, "is missing"],
    [
      "missing records",
      "DELETE FROM journal WHERE seq BETWEEN 63 AND 66",
      63,
      "is missing, as are all up to record 66"
    ],
    ["a missing first record", "DELETE FROM journal WHERE seq = 1", 1, "is missing"],
    ["a missing end", "DELETE FROM journal WHERE seq > 140", 141, "is missing: the journal ended with record 150"],
    ["nothing left", "DELETE FROM journal", 1, "is missing: the journal ended with record 150"],
    [
      "a record before the first",
      "INSERT INTO journal SELECT 0, session_id, kind, at_us, body, hash FROM journal WHERE seq = 2",
      0,
      "was put before record 1, the first"
    ],
    [
      "a copy at the end",
      `INSERT INTO journal SELECT seq + 1, session_id, kind, at_us, body, hash FROM journal WHERE seq = ${RECORDS}`,
      RECORDS + 1,
      "its content and its hash do not belong together, or not here"
    ],
    ["a forgotten session", "DELETE FROM journal_sessions WHERE session_id = 2", 100, "its session, 2, is not known"],
    [
      "a moved session",
      "UPDATE journal_sessions SET first_seq = 101 WHERE session_id = 2",
      100,
      "its session, 2, is said to begin with record 101"
    ]
  ])("names the record: %s", (_, change, seq, problem) => {
    const check = afterwards(change)
    const good = seq === 0 ? 0 : seq - 1
    const expected = typeof problem === "string" ? problem : expect.stringMatching(problem)
    expect(check).toMatchObject({ records: good, broken: { seq, problem: expected } })
  })

  it("finds two records that changed places, next to each other and pages apart", () => {
    const misplaced = expect.stringMatching(/do not belong together|is not what was written/)
    expect(afterwards((db) => swap(db, 20, 21))).toMatchObject(brokenAt(20, misplaced))
    expect(afterwards((db) => swap(db, 30, 140))).toMatchObject(brokenAt(30, misplaced))
  })

  it("finds a record that was taken out and the rest moved up", () => {
    const check = afterwards(
      `DELETE FROM journal WHERE seq = 5; UPDATE journal SET seq = seq - 1000 WHERE seq > 5;
       UPDATE journal SET seq = seq + 999 WHERE seq < 0; UPDATE journal_head SET seq = seq - 1`
    )
    expect(check).toMatchObject(brokenAt(5, expect.any(String)))
  })

  it("finds a record that was appended with the right hash, from the head", () => {
    const check = afterwards((db) => {
      db.exec("INSERT INTO journal SELECT 151, session_id, kind, at_us, body, '' FROM journal WHERE seq = 150")
      const head = db.prepare("SELECT * FROM journal_head").get() as { seq: number; hash: string }
      rechain(db, 151)
      db.prepare("UPDATE journal_head SET seq = ?, hash = ?").run(head.seq, head.hash)
    })
    expect(check.broken).toStrictEqual({ seq: 151, problem: "was added: the journal ended with record 150" })
  })

  it("finds a rewritten end by the head, and a missing head", () => {
    const rewritten = afterwards((db) => {
      db.exec("UPDATE journal SET body = '{}' WHERE seq = 150")
      const head = db.prepare("SELECT hash FROM journal_head").pluck().get()
      rechain(db, 150)
      db.prepare("UPDATE journal_head SET hash = ?").run(head)
    })
    expect(rewritten.broken).toStrictEqual({ seq: 150, problem: "its hash is not that of the head" })
    expect(afterwards("DELETE FROM journal_head").broken?.problem).toMatch(/^the head is gone/)
  })

  it("finds what a right hash does not excuse: an unknown kind, a session in the middle, one without records", () => {
    const refused = (change: string) =>
      afterwards((db) => {
        db.exec(change)
        rechain(db, 1)
      }).broken
    expect(refused("UPDATE journal SET kind = 'rumour' WHERE seq = 4")).toStrictEqual({
      seq: 4,
      problem: "its kind, rumour, is not known"
    })
    expect(refused("UPDATE journal SET kind = 'session' WHERE seq = 4")).toStrictEqual({
      seq: 4,
      problem: "its session, 1, is said to begin with record 1"
    })
    expect(refused("INSERT INTO journal_sessions VALUES (9, 44)")).toStrictEqual({
      seq: 44,
      problem: "does not open session 9"
    })
  })

  it("cannot see a chain that was recomputed as a whole: only its last hash tells, to who noted it", () => {
    const before = afterwards(() => undefined)
    const check = afterwards((db) => {
      db.exec("UPDATE journal SET body = '{}' WHERE seq = 7")
      rechain(db, 1)
    })
    expect(check).toMatchObject({ records: RECORDS, broken: null })
    expect(check.lastHash).not.toBe(before.lastHash)
  })

  it("calls a journal that was never written whole", async () => {
    const empty = join(folder, "empty.db")
    expect(await Effect.runPromise(inRun(empty, verify))).toStrictEqual({ records: 0, broken: null, lastHash: "" })
  })
})

const column = fc.constantFrom(
  "session_id" as const,
  "kind" as const,
  "at_us" as const,
  "body" as const,
  "hash" as const
)

/** One byte of a value, as its column holds it, turned into another. */
const spoil = (value: unknown, place: number, by: number): unknown => {
  if (typeof value === "number") return value + by
  const bytes = Buffer.isBuffer(value) ? Buffer.from(value) : Buffer.from(String(value), "utf8")
  const index = place % bytes.length
  bytes[index] = (bytes[index]! + by) % 256
  return Buffer.isBuffer(value) ? bytes : bytes.toString("latin1")
}

/** What a record says, however it is stored; undefined when it cannot be read. */
const meaning = (row: Row): unknown => {
  try {
    return JSON.stringify([row.session_id, row.kind, row.at_us, bodyText(row.body), row.hash])
  } catch {
    return undefined
  }
}

describe("journal verify, property", () => {
  it("names the first record that does not say any more what it said, and no other", () => {
    const change = fc.record({
      seq: fc.integer({ min: 1, max: RECORDS }),
      column,
      place: fc.nat(),
      by: fc.integer({ min: 1, max: 255 })
    })
    copyFileSync(original, forged)
    withSqlite(forged, (db) => {
      db.pragma("foreign_keys = OFF")
      db.pragma("synchronous = OFF")
      const read = db.prepare<[number], Row>("SELECT * FROM journal WHERE seq = ?")
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
          db.exec("BEGIN")
          try {
            for (const { by, column, place, seq } of changes) {
              const value = spoil(read.get(seq)![column], place, by)
              db.prepare(`UPDATE journal SET ${column} = ? WHERE seq = ?`).run(value, seq)
            }
            expect(walk(db).broken?.seq ?? null).toBe(firstDifference(db))
          } finally {
            db.exec("ROLLBACK")
          }
        }),
        { numRuns: 150, seed: 4 }
      )
    })
  })
})

/** Compares with the original, record by record. */
const firstDifference = (db: Sqlite.Database): number | null =>
  withSqlite(original, (calm) => {
    const query = "SELECT * FROM journal ORDER BY seq"
    const [mine, theirs] = [db, calm].map((one) => one.prepare(query).all() as ReadonlyArray<Row>)
    return theirs!.find((row, index) => meaning(row) !== meaning(mine![index]!))?.seq ?? null
  })
