import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { verifyNightly } from "../../app/nightly.ts"
import { defineCommand } from "../command.ts"
import { Output } from "../Output.ts"

export const command = defineCommand({
  name: "nightly-summary-verify",
  description:
    "Checks a nightly's summary.json: its checksum, its shape, and every file of the night that it names. Exit code 1 on any mismatch.",
  settings: { file: Args.text({ name: "file" }).pipe(Args.withDescription("summary.json of a nightly")) },
  layer: Layer.empty,
  handler: ({ file }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const { checksum, summary } = yield* verifyNightly(file)
      const { date, files, schema_version } = summary
      yield* output.result(
        { file, valid: true, checksum_sha256: checksum, schema_version, date, files: files.length },
        () => `ok  ${checksum}  ${file}  (schema ${schema_version}, night of ${date}, ${files.length} files)`
      )
    })
})
