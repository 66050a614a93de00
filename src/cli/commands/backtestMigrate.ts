import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { migrateFile, unmigrateFile } from "../../backtest/migrateFile.ts"
import { InputError } from "../../domain/errors.ts"
import { defineCommand } from "../command.ts"
import { flag, parsed } from "../options.ts"
import { Output } from "../Output.ts"

const path = (name: string, description: string) =>
  parsed(name, "file", description, (text) =>
    text.trim() === "" ? { problem: "must be the path of a file" } : { value: text }
  )

export const command = defineCommand({
  name: "backtest-migrate-v1-to-v2",
  description: "Turns a backtest artifact of schema 1.x into schema 2.0. Checks both; loses no field.",
  settings: {
    from: path("in", "The 1.x artifact"),
    to: path("out", "Where the 2.0 artifact goes"),
    withChecksum: flag("with-checksum", "Put a sha256 into the result; `verify` checks it"),
    back: flag("back", "The other way: --in is a 2.0 artifact that this made, --out the 1.x one that it was made from")
  },
  layer: Layer.empty,
  handler: ({ back, from, to, withChecksum }) =>
    Effect.gen(function* () {
      const output = yield* Output
      if (back && withChecksum) {
        return yield* new InputError({
          field: "--with-checksum",
          problem: "does not go with --back: the checksum is the old one"
        })
      }
      const { checksum, extensions, rows, sourceVersion, version } = yield* back
        ? unmigrateFile(from, to)
        : migrateFile(from, to, { checksum: withChecksum })
      const sum = checksum === null ? {} : { checksum_algo: "sha256", checksum_sha256: checksum }
      yield* output.result(
        {
          in: from,
          out: to,
          source_schema_version: sourceVersion,
          schema_version: version,
          ledger_rows: rows,
          extensions,
          ...sum
        },
        () =>
          [
            `migrated ${from} (${sourceVersion}) to ${to} (${version}), ${rows} ledger rows`,
            ...(extensions.length === 0 ? [] : [`kept under extensions: ${extensions.join(", ")}`]),
            ...(checksum === null ? [] : [`sha256 ${checksum}`])
          ].join("\n")
      )
    })
})
