import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { SignalRepo } from "../ports/SignalRepo.ts"
import { TradeRecorder } from "../ports/TradeRecorder.ts"
import { TradeRepo } from "../ports/TradeRepo.ts"
import { rowsOf, storing } from "./statements.ts"

const VersionRow = Schema.Struct({ data_version: Schema.Number })

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const trades = yield* TradeRepo
  const signals = yield* SignalRepo
  const turn = yield* Effect.makeSemaphore(1)
  let version: number | null = null

  return TradeRecorder.of({
    exclusively: turn.withPermits(1),
    positions: trades.positions,
    working: trades.orders({ limit: Number.MAX_SAFE_INTEGER, status: "working", strategy: null }),
    realizedSince: trades.realizedSince,
    decisionsSince: trades.decisionsSince,
    // SQLite counts up when another connection has committed; what this one writes does not count.
    changedOutside: rowsOf(VersionRow)(sql`PRAGMA data_version`).pipe(
      Effect.map((rows) => {
        const now = rows[0]?.data_version ?? 0
        const changed = version !== null && now !== version
        version = now
        return changed
      }),
      storing("read the data version")
    ),
    signals: signals.insertAll,
    record: trades.record,
    apply: trades.apply
  })
})

/** The database as the trading program's memory. */
export const layer: Layer.Layer<TradeRecorder, never, SqlClient.SqlClient | TradeRepo | SignalRepo> = Layer.effect(
  TradeRecorder,
  make
)
