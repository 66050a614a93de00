import { accessSync, constants } from "node:fs"
import { dirname } from "node:path"
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { StoreError } from "../domain/errors.ts"
import { makeFolders } from "../policy/makeFolders.ts"
import { BUSY_TIMEOUT_MS, openRetry } from "../policy/store.ts"
import { type FileState, inspectFile, MIGRATIONS_TABLE } from "./databaseFile.ts"
import { isLocked, toStoreError } from "./errors.ts"
import { fillRealizedChanges, fillsInOrder } from "./fillRows.ts"
import { latestMigration, migrations } from "./migrations/all.ts"
import { fillOrders } from "./signals/fillOrders.ts"
import { rowsOf } from "./statements.ts"
import { fillTimes, lacksTime, timeColumns } from "./times.ts"
import { immediate } from "./transaction.ts"

export interface DatabaseOptions {
  /** Make the file and its folder when they are missing (init-db, ingest). */
  readonly create: boolean
  /** How long a statement waits for another process. */
  readonly busyTimeoutMs?: number
}

/** What ran on the connection before anybody else uses it. */
const upgrade = (sql: SqlClient.SqlClient, path: string) =>
  Migrator.make({})({ loader: Migrator.fromRecord(migrations), table: MIGRATIONS_TABLE }).pipe(
    Effect.provideService(SqlClient.SqlClient, sql),
    // Holding the write lock all along: a second process that opens now waits, then finds nothing left to do.
    immediate(sql),
    // The migrator turns a failing migration into a defect.
    Effect.catchAllDefect((defect) => Effect.fail(toStoreError(`upgrade ${path}`)(defect))),
    Effect.mapError(toStoreError(`upgrade ${path}`))
  )

const LackRow = Schema.Struct({ column: Schema.Number, lacks: Schema.Number })

/** The original may go on writing to an upgraded file: its new rows get what it does not know of. */
const catchUp = (sql: SqlClient.SqlClient, path: string) =>
  Effect.gen(function* () {
    const questions = timeColumns.map((column, index) => `SELECT ${index} AS column, ${lacksTime(column)} AS lacks`)
    const answers = yield* rowsOf(LackRow)(sql.unsafe(questions.join(" UNION ALL ")))
    for (const { column, lacks } of answers) {
      const behind = timeColumns[column]
      if (lacks === 1 && behind !== undefined) yield* immediate(sql)(fillTimes(sql, behind))
    }
    const undecoded = yield* sql`SELECT 1 FROM signals WHERE style IS NULL LIMIT 1`
    if (undecoded.length > 0) yield* immediate(sql)(fillOrders(sql))
    const unfolded = yield* sql`SELECT 1 FROM fills WHERE realized_change IS NULL LIMIT 1`
    if (unfolded.length > 0) yield* immediate(sql)(fillRealizedChanges(sql, fillsInOrder(sql)))
  }).pipe(Effect.mapError(toStoreError(`open ${path}`)))

const prepareFile = (path: string, { create }: DatabaseOptions, state: FileState): void => {
  const refuse = (detail: string) => new StoreError({ operation: `open ${path}`, detail })
  if (state === "missing" || state === "empty") {
    if (!create) {
      throw refuse(`${state === "missing" ? "does not exist" : "is empty"}; run \`monomarket init-db\``)
    }
    makeFolders(dirname(path))
    return
  }
  try {
    accessSync(path, constants.W_OK)
    accessSync(dirname(path), constants.W_OK)
  } catch (cause) {
    throw new StoreError({ operation: `open ${path}`, detail: "the file is read-only", cause })
  }
}

const open = (path: string, options: DatabaseOptions) =>
  Effect.gen(function* () {
    const busyTimeoutMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS
    const failed = toStoreError(`open ${path}`)
    const state = yield* Effect.try({
      try: () => {
        const found = inspectFile(path, busyTimeoutMs)
        prepareFile(path, options, found)
        return found
      },
      catch: failed
    })
    // The client's constructor throws what the driver throws.
    const client = yield* SqliteClient.make({ filename: path }).pipe(
      Effect.catchAllDefect((defect) => Effect.fail(failed(defect)))
    )
    yield* client
      .unsafe(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
      .pipe(
        Effect.zipRight(client.unsafe("PRAGMA synchronous = NORMAL")),
        Effect.zipRight(client.unsafe("PRAGMA foreign_keys = ON")),
        Effect.mapError(failed)
      )
    const migrated = typeof state === "object" ? state.migration : 0
    if (migrated < latestMigration) yield* upgrade(client, path)
    else yield* catchUp(client, path)
    return client
  })

/** A failed attempt closes its connection at once, not when the layer goes. */
const attempt = (path: string, options: DatabaseOptions) =>
  Effect.acquireRelease(Scope.make(), (scope, exit) => Scope.close(scope, exit)).pipe(
    Effect.flatMap((scope) =>
      Scope.extend(open(path, options), scope).pipe(Effect.onError(() => Scope.close(scope, Exit.void)))
    )
  )

/**
 * Opens one SQLite file, upgrading it when it is older. A file that cannot be used is refused untouched. A layer made
 * by a function is a new one each time: keep it in a const.
 */
export const layer = (
  path: string,
  options: DatabaseOptions
): Layer.Layer<SqlClient.SqlClient | SqliteClient.SqliteClient, StoreError> =>
  Layer.scopedContext(
    attempt(path, options).pipe(
      Effect.retry({ schedule: openRetry, while: isLocked }),
      Effect.map((client) =>
        Context.make(SqliteClient.SqliteClient, client).pipe(Context.add(SqlClient.SqlClient, client))
      )
    )
  ).pipe(Layer.provide(Reactivity.layer))
