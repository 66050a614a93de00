import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { refuseFolder, writeText } from "../../backtest/files.ts"
import { type FieldMapping, fieldMappings, migrationMap } from "../../backtest/migrationMap.ts"
import { type Column, renderTable, renderTitle, type Screen } from "../../reports/terminal.ts"
import { defineCommand } from "../command.ts"
import { choice, flag, parsed } from "../options.ts"
import { Output } from "../Output.ts"

const columns: ReadonlyArray<Column<FieldMapping>> = [
  { header: "schema 1.x", value: ({ v1_path }) => v1_path },
  { header: "schema 2.0", value: ({ v2_path }) => v2_path },
  { header: "transform", value: ({ transform }) => transform },
  {
    header: "reversible",
    value: ({ reversible }) => (reversible ? "yes" : "no"),
    tone: ({ reversible }) => (reversible ? undefined : "bad")
  },
  { header: "note", value: ({ note }) => note, flexible: true }
]

const table = (checksum: unknown, screen: Screen): string => {
  const reversible = fieldMappings.filter((mapping) => mapping.reversible).length
  return [
    renderTitle("From backtest artifacts of schema 1.x to 2.0", screen),
    renderTable(columns, fieldMappings, screen),
    "",
    `${fieldMappings.length} fields, ${reversible} reversible. Other top-level fields of 1.x go to extensions.`,
    ...(typeof checksum === "string" ? [`sha256 ${checksum}`] : [])
  ].join("\n")
}

export const command = defineCommand({
  name: "backtest-migration-map",
  description: "Shows which field of a 1.x artifact goes where in 2.0, and whether it can be turned back.",
  settings: {
    out: parsed("out", "file", "Also write the map as JSON", (text) =>
      text.trim() === "" ? { problem: "must be the path of a file" } : { value: text }
    ).pipe(Options.withAlias("out-json"), Options.optional),
    withChecksum: flag("with-checksum", "Put a sha256 into the map; `verify` checks it"),
    format: choice("format", ["table", "json"], "json is the same as --json (default table)").pipe(
      Options.withDefault("table")
    )
  },
  layer: Layer.empty,
  handler: ({ format, out, withChecksum }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const map = migrationMap({ checksum: withChecksum })
      const json = JSON.stringify(map, null, 2)
      if (Option.isSome(out)) {
        yield* refuseFolder(out.value)
        yield* writeText(out.value, `${json}\n`)
        yield* output.note(`wrote ${out.value}`)
      }
      yield* output.result(map, (screen) => (format === "json" ? json : table(map["checksum_sha256"], screen)))
    })
})
