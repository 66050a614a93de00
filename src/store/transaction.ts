import * as SqlClient from "@effect/sql/SqlClient"
import { type SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/**
 * Runs `body` as one transaction that holds the write lock from its first moment. The client's own `withTransaction`
 * begins deferred, so that a read followed by a write fails at once when another process wrote in between, and it
 * turns a failing COMMIT (disk full) into a defect. Never nest it: a repository method is one transaction. `durable`: it
 * is on disk when this returns, so that it survives a power failure too, and not only the death of the process.
 */
export const immediate =
  (sql: SqlClient.SqlClient, { durable } = { durable: false }) =>
  <A, E, R>(body: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.scoped(
        Effect.gen(function* () {
          const connection = yield* sql.reserve
          const run = (statement: string) =>
            Effect.suspend(() => connection.executeUnprepared(statement, [], undefined))
          // SQLite may already have rolled back (disk full): the failure that led here is the one to report.
          const rollback = Effect.catchAll(run("ROLLBACK"), () => Effect.void)
          if (durable) {
            yield* Effect.acquireRelease(run("PRAGMA synchronous = FULL"), () =>
              Effect.orDie(run("PRAGMA synchronous = NORMAL"))
            )
          }
          yield* run("BEGIN IMMEDIATE")
          const exit = yield* Effect.exit(
            restore(Effect.provideService(body, SqlClient.TransactionConnection, [connection, 0]))
          )
          if (Exit.isSuccess(exit)) yield* Effect.tapError(run("COMMIT"), () => rollback)
          else yield* rollback
          return yield* exit
        })
      )
    )
