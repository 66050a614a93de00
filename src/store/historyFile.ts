import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { type MarketId, type StrategyId } from "../domain/ids.ts"
import { type Instrument } from "../domain/instrument.ts"
import { type EpochMicros } from "../domain/time.ts"
import { BUSY_TIMEOUT_MS } from "../policy/store.ts"
import { type History, HistoryReader, type MarketHistory } from "../ports/HistoryReader.ts"
import { toStoreError } from "./errors.ts"
import { chosenStrategies, readInstruments, readSignals, readSnapshots, type Window } from "./historyPages.ts"
import { type MarketWindow, readLearntResolutions } from "./learntResolutions.ts"
import { readMoments } from "./marketHistory.ts"
import { readSpacing } from "./observationSpacing.ts"
import { readLooks } from "./recordedLooks.ts"
import { readSpacings } from "./lookSpacings.ts"

const connect = (path: string): Sqlite.Database =>
  new Sqlite(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS })

const numberOrNull = (value: unknown): number | null => (typeof value === "number" ? value : null)

/** First and last of a column, by its index. */
const ends = (db: Sqlite.Database, table: string, column: string, { fromUs, toUs }: Omit<Window, "strategies">) => {
  const end = (which: "MIN" | "MAX") =>
    numberOrNull(
      db.prepare(`SELECT ${which}(${column}) FROM ${table} WHERE ${column} BETWEEN ? AND ?`).pluck().get(fromUs, toUs)
    )
  const firstUs = end("MIN")
  const lastUs = end("MAX")
  return firstUs === null || lastUs === null ? null : { firstUs, lastUs }
}

const openHistory = (connection: Connection, window: Window): History => {
  const { db } = connection
  const { fromUs, strategies, toUs } = window
  const chosen = strategies === null ? null : JSON.stringify(strategies)
  const count = db
    .prepare(
      `SELECT COUNT(*) FROM signals WHERE created_us BETWEEN ? AND ?` + (chosen === null ? "" : ` ${chosenStrategies}`)
    )
    .pluck()
  const coverage = ends(db, "market_snapshots", "captured_us", window)
  return {
    signals: readSignals(db, window),
    snapshots: readSnapshots(db, window),
    resolutions: readLearntResolutions(db, window),
    looks: () => readLooks(db, window),
    spacing: () => readSpacing(db, window, readLooks(db, window)),
    instruments: instrumentsOf(connection),
    signalCount: Number(chosen === null ? count.get(fromUs, toUs) : count.get(fromUs, toUs, chosen)),
    coverage
  }
}

const openMarketHistory = (db: Sqlite.Database, window: MarketWindow): MarketHistory => {
  const resolutions = readLearntResolutions(db, window)
  return {
    resolutions,
    moments: readMoments(db, window, resolutions),
    looks: () => readLooks(db, window),
    spacing: () => readSpacing(db, window, readLooks(db, window))
  }
}

const always = { fromUs: Number.MIN_SAFE_INTEGER, toUs: Number.MAX_SAFE_INTEGER }

const readSpan = (db: Sqlite.Database) => {
  const found = [ends(db, "signals", "created_us", always), ends(db, "market_snapshots", "captured_us", always)]
  const present = found.filter((range) => range !== null)
  if (present.length === 0) return null
  return {
    firstUs: Math.min(...present.map((range) => range.firstUs)),
    lastUs: Math.max(...present.map((range) => range.lastUs))
  }
}

/** A connection with what its last window read of the markets. */
interface Connection {
  readonly db: Sqlite.Database
  instruments: ReadonlyMap<MarketId, Instrument>
  /** SQLite's count of foreign commits when `instruments` was read; -1: never. */
  version: number
}

/** Inside a transaction: the instruments of all markets, read anew only when another connection wrote since. */
const instrumentsOf = (connection: Connection): ReadonlyMap<MarketId, Instrument> => {
  const version = Number(connection.db.pragma("data_version", { simple: true }))
  if (version !== connection.version) {
    connection.instruments = readInstruments(connection.db)
    connection.version = version
  }
  return connection.instruments
}

/**
 * Connections that are opened when they are first needed and kept for the next window: a new one parses the schema and
 * reads the markets again, which is most of the work of a short window. They close with the scope.
 */
const makePool = (path: string) =>
  Effect.gen(function* () {
    const idle: Array<Connection> = []
    let closed = false
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        closed = true
        for (const { db } of idle.splice(0)) db.close()
      })
    )
    const take = Effect.try({
      try: () => idle.pop() ?? { db: connect(path), instruments: new Map(), version: -1 },
      catch: toStoreError("read history")
    })
    const giveBack = (connection: Connection, used: Exit.Exit<unknown, unknown>) =>
      Effect.sync(() => {
        const { db } = connection
        // One that failed may be broken.
        if (closed || Exit.isFailure(used)) db.close()
        else {
          if (db.inTransaction) db.exec("ROLLBACK")
          idle.push(connection)
        }
      })
    return Effect.acquireRelease(take, giveBack)
  })

/** Reads a database file through connections of its own, read-only. The file must be of the present schema. */
const makeReader = (path: string) =>
  Effect.map(makePool(path), (connection) => {
    /** One read transaction until the scope closes: an ingest that runs meanwhile does not change the window. */
    const reading = <A>(read: (connection: Connection) => A) =>
      Effect.flatMap(connection, (taken) =>
        Effect.try({
          try: () => {
            taken.db.exec("BEGIN")
            return read(taken)
          },
          catch: toStoreError("read history")
        })
      )

    const open = (window: {
      readonly fromUs: EpochMicros
      readonly toUs: EpochMicros
      readonly strategies: ReadonlyArray<StrategyId> | null
    }) => reading((taken) => openHistory(taken, window))

    const openMarkets = (window: { readonly fromUs: EpochMicros; readonly toUs: EpochMicros }) =>
      reading(({ db }) => openMarketHistory(db, window))

    const span = Effect.scoped(
      Effect.flatMap(connection, ({ db }) =>
        Effect.try({ try: () => readSpan(db), catch: toStoreError("read the span of the history") })
      )
    )

    const spacings = (untilUs: EpochMicros) =>
      Effect.scoped(
        Effect.flatMap(connection, ({ db }) =>
          Effect.try({
            try: () => readSpacings(db, untilUs),
            catch: toStoreError("read how often the sources were asked")
          })
        )
      )

    return HistoryReader.of({ open, openMarkets, spacings, span })
  })

/** For a thread that only reads: the history without the rest of the store. */
export const layerFile = (path: string): Layer.Layer<HistoryReader> => Layer.scoped(HistoryReader, makeReader(path))
