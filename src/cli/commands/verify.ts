import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Verified, verifyFile } from "../../backtest/verify.ts"
import { defineCommand } from "../command.ts"
import { Output } from "../Output.ts"

const lines = ({ checks, checksum, file, notCheckable }: Verified): ReadonlyArray<string> => [
  `ok  ${checksum}  ${file}  (${checks.join(", ")})`,
  ...notCheckable.map((what) => `    not checkable: ${what}`)
]

export const command = defineCommand({
  name: "verify",
  description:
    "Checks artifacts: a JSON against its checksum, its schema and its own ledger, a CSV against its .sha256. Exit code 1 on any mismatch.",
  settings: {
    files: Args.text({ name: "file" }).pipe(Args.withDescription("A .json or .csv artifact"), Args.atLeast(1))
  },
  layer: Layer.empty,
  handler: ({ files }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const verified = yield* Effect.forEach(files, verifyFile, { concurrency: 1 })
      yield* output.result(
        verified.map(({ checks, checksum, file, kind, notCheckable }) => ({
          file,
          kind,
          checksum_sha256: checksum,
          checks,
          not_checkable: notCheckable,
          valid: true
        })),
        () => verified.flatMap(lines).join("\n")
      )
    })
})
