import Sqlite from "better-sqlite3"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type StrategyId } from "../domain/ids.ts"
import { type EpochMicros } from "../domain/time.ts"
import { BUSY_TIMEOUT_MS } from "../policy/store.ts"
import { type History, HistoryReader, type MarketHistory } from "../ports/HistoryReader.ts"
import { toStoreError } from "./errors.ts"
import {
  chosenStrategies,
  readResolutions,
  readRules,
  readSignals,
  readSnapshots,
  type Window
} from "./historyPages.ts"
import { type MarketWindow, readLearntResolutions, readMoments } from "./marketHistory.ts"

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

const openHistory = (db: Sqlite.Database, window: Window): History => {
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
    resolutions: readResolutions(db, window),
    rules: readRules(db),
    signalCount: Number(chosen === null ? count.get(fromUs, toUs) : count.get(fromUs, toUs, chosen)),
    coverage
  }
}

const openMarketHistory = (db: Sqlite.Database, window: MarketWindow): MarketHistory => {
  const resolutions = readLearntResolutions(db, window)
  return { resolutions, moments: readMoments(db, window, resolutions) }
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

/** Reads a database file through connections of its own, read-only. The file must be of the present schema. */
export const historyFile = (path: string): Context.Tag.Service<HistoryReader> => {
  const connection = Effect.acquireRelease(
    Effect.try({ try: () => connect(path), catch: toStoreError("read history") }),
    (db) => Effect.sync(() => db.close())
  )

  /** One read transaction until the scope closes: an ingest that runs meanwhile does not change the window. */
  const reading = <A>(read: (db: Sqlite.Database) => A) =>
    Effect.flatMap(connection, (db) =>
      Effect.try({
        try: () => {
          db.exec("BEGIN")
          return read(db)
        },
        catch: toStoreError("read history")
      })
    )

  const open = (window: {
    readonly fromUs: EpochMicros
    readonly toUs: EpochMicros
    readonly strategies: ReadonlyArray<StrategyId> | null
  }) => reading((db) => openHistory(db, window))

  const openMarkets = (window: { readonly fromUs: EpochMicros; readonly toUs: EpochMicros }) =>
    reading((db) => openMarketHistory(db, window))

  const span = Effect.scoped(
    Effect.flatMap(connection, (db) =>
      Effect.try({ try: () => readSpan(db), catch: toStoreError("read the span of the history") })
    )
  )

  return HistoryReader.of({ open, openMarkets, span })
}

/** For a thread that only reads: the history without the rest of the store. */
export const layerFile = (path: string): Layer.Layer<HistoryReader> => Layer.succeed(HistoryReader, historyFile(path))
