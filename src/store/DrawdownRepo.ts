import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type EpochMicros } from "../domain/time.ts"
import { type Usdc, usdc } from "../domain/units.ts"
import { DrawdownRepo, type StoredDrawdown } from "../ports/DrawdownRepo.ts"
import { rowsOf, storing } from "./statements.ts"
import { immediate } from "./transaction.ts"

const maybe = Schema.NullOr(Schema.Number)
const Row = Schema.Struct({ peak_micros: maybe, peak_us: maybe, resets: Schema.Number, reset_us: maybe })

const never: StoredDrawdown = { peak: null, peakUs: null, resets: 0, resetUs: null }

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const read = rowsOf(Row)(sql`SELECT peak_micros, peak_us, resets, reset_us FROM drawdown_stop WHERE id = 1`).pipe(
    Effect.map(([row]): StoredDrawdown =>
      row === undefined
        ? never
        : {
            peak: row.peak_micros === null ? null : usdc(row.peak_micros),
            peakUs: row.peak_us,
            resets: row.resets,
            resetUs: row.reset_us
          }
    ),
    storing("read the drawdown stop")
  )

  const raise = (peak: Usdc, atUs: EpochMicros, resets: number) =>
    sql`UPDATE drawdown_stop SET peak_micros = ${peak}, peak_us = ${atUs}
        WHERE id = 1 AND resets = ${resets} AND (peak_micros IS NULL OR peak_micros < ${peak})`.pipe(
      Effect.asVoid,
      storing("store the peak of equity")
    )

  const reset = (atUs: EpochMicros) =>
    sql`UPDATE drawdown_stop SET peak_micros = NULL, peak_us = NULL, resets = resets + 1, reset_us = ${atUs}
        WHERE id = 1`.pipe(
      Effect.zipRight(sql`UPDATE trading_version SET version = version + 1`),
      immediate(sql),
      Effect.asVoid,
      storing("reset the drawdown stop")
    )

  return DrawdownRepo.of({ read, raise, reset })
})

export const layer: Layer.Layer<DrawdownRepo, never, SqlClient.SqlClient> = Layer.effect(DrawdownRepo, make)
