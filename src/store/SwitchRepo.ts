import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type SwitchName, switchNames } from "../domain/Switches.ts"
import { type EpochMicros, formatTime } from "../domain/time.ts"
import { SwitchRepo } from "../ports/SwitchRepo.ts"
import { rowsOf, storing } from "./statements.ts"

const SwitchRow = Schema.Struct({ name: Schema.String, value: Schema.String })

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const all = rowsOf(SwitchRow)(sql`SELECT name, value FROM switches ORDER BY name`).pipe(
    Effect.map((rows): ReadonlyMap<SwitchName, string> => {
      const found = new Map<SwitchName, string>()
      for (const row of rows) {
        const name = switchNames.find((known) => known === row.name)
        if (name !== undefined) found.set(name, row.value)
      }
      return found
    }),
    storing("read switches")
  )

  const set = (name: SwitchName, value: boolean, atUs: EpochMicros) =>
    sql`INSERT INTO switches (name, value, updated_at) VALUES (${name}, ${String(value)}, ${formatTime(atUs)})
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`.pipe(
      Effect.asVoid,
      storing(`set ${name}`)
    )

  return SwitchRepo.of({ all, set })
})

export const layer: Layer.Layer<SwitchRepo, never, SqlClient.SqlClient> = Layer.effect(SwitchRepo, make)
