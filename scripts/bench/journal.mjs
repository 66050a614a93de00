// Appends decisions to the journal, one and a hundred at a time, each append a transaction that the disk confirms.
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Journal, journalLayer, storeLayer } from "../../dist/index.js"
import { cpuMs } from "./cpu.mjs"

const ENTRIES = 4_000
const AT_US = 1_770_000_000_000_000

/** As the trading program writes them, about 500 characters. */
const entryOf = (n) => ({
  kind: n === 0 ? "session" : "decision",
  atUs: AT_US + n,
  body: {
    orders: [0, 1].map((leg) => ({
      strategy: "s8",
      market: `m${(n + leg) % 300}`,
      event: `e${n % 40}`,
      token: leg === 0 ? "NO" : "YES",
      side: "buy",
      action: "open",
      price: 900_000 - leg * 850_000,
      qty: 12_000_000,
      tif: "ioc"
    })),
    expected: [901_000, 51_000],
    risk: [{ code: "", text: "", notional: 10_800_000, realized_before: 0, strategy_notional_before: n }],
    refusal: null
  }
})

const batchesOf = (size) =>
  Array.from({ length: ENTRIES / size }, (_, batch) =>
    Array.from({ length: size }, (_, index) => entryOf(batch * size + index))
  )

/** Opening the database is not counted, here and in the floor. */
const appendAll = ({ batches, path }) => {
  const program = Effect.gen(function* () {
    const journal = yield* Journal
    const appends = Effect.forEach(batches, (batch) => journal.append(() => batch), { discard: true })
    return yield* Effect.promise(() => cpuMs(() => Effect.runPromise(appends)))
  })
  const layer = Layer.provide(journalLayer, storeLayer(path, { create: false }))
  return Effect.runPromise(Effect.provide(program, layer))
}

/** The same rows in the same transactions, bodies as JSON.stringify gives them, neither sorted nor hashed. */
const insertAll = async ({ batches, path }) => {
  const db = new Sqlite(path)
  db.pragma("synchronous = FULL")
  const session = db.prepare("INSERT INTO journal_sessions (first_seq) VALUES (?)")
  const insert = db.prepare("INSERT INTO journal (seq, session_id, kind, at_us, body, hash) VALUES (?, ?, ?, ?, ?, ?)")
  const head = db.prepare("UPDATE journal_head SET seq = ?, hash = ?")
  const hash = "0".repeat(64)
  let seq = db.prepare("SELECT COALESCE(MAX(seq), 0) FROM journal").pluck().get()
  let sessionId = 0
  const append = db.transaction((batch) => {
    for (const { atUs, body, kind } of batch) {
      seq += 1
      if (kind === "session") sessionId = session.run(seq).lastInsertRowid
      insert.run(seq, sessionId, kind, atUs, JSON.stringify(body), hash)
    }
    head.run(seq, hash)
  })
  const ms = await cpuMs(() => batches.forEach((batch) => append.immediate(batch)))
  db.close()
  return ms
}

const appendCase = (size, target) => ({
  name: `journal, ${ENTRIES.toLocaleString("en")} decisions, ${size} at a time`,
  unit: "ms",
  target,
  floorIs: "the same rows inserted with better-sqlite3 in the same transactions, without sorting and hashing",
  prepare: async (folder) => {
    const paths = ["mine", "floor"].map((name) => join(folder, `journal-${size}-${name}.db`))
    for (const path of paths) await Effect.runPromise(Effect.provide(Effect.void, storeLayer(path, { create: true })))
    return { batches: batchesOf(size), paths }
  },
  run: ({ batches, paths }) => appendAll({ batches, path: paths[0] }),
  floor: ({ batches, paths }) => insertAll({ batches, path: paths[1] })
})

export const journal = [appendCase(1, 4), appendCase(100, 4)]
