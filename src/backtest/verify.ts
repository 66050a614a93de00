import { createHash } from "node:crypto"
import { createReadStream, readFileSync } from "node:fs"
import { basename } from "node:path"
import * as Effect from "effect/Effect"
import { ArtifactError, FileError } from "../domain/errors.ts"
import { isJsonObject } from "../domain/json.ts"
import { checkArtifact } from "./checkArtifact.ts"
import { checkChecksum } from "./checksum.ts"

/** What was checked, and with what result. A file that fails is an ArtifactError instead. */
export interface Verified {
  readonly file: string
  readonly kind: "json" | "csv"
  readonly checksum: string
  /** What else was found in order. */
  readonly checks: ReadonlyArray<string>
}

const detailOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const readText = (path: string): Effect.Effect<string, FileError> =>
  Effect.try({
    try: () => readFileSync(path, "utf8"),
    catch: (cause) => new FileError({ path, operation: "read", detail: detailOf(cause) })
  })

const hashFile = (path: string): Effect.Effect<string, FileError> =>
  Effect.tryPromise({
    try: async () => {
      const hash = createHash("sha256")
      for await (const chunk of createReadStream(path)) hash.update(chunk)
      return hash.digest("hex")
    },
    catch: (cause) => new FileError({ path, operation: "read", detail: detailOf(cause) })
  })

const parseJson = (file: string, text: string): Effect.Effect<unknown, ArtifactError> =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => new ArtifactError({ file, at: "", detail: `not JSON: ${detailOf(cause)}` })
  })

/** Checks the text of a JSON artifact against the checksum in it, its schema, and its own counts and digests. */
export const verifyText = Effect.fnUntraced(function* (file: string, text: string) {
  const value = yield* parseJson(file, text)
  if (!isJsonObject(value)) return yield* new ArtifactError({ file, at: "", detail: "must be a JSON object" })
  const sum = yield* checkChecksum(file, text, value)
  if (sum === null) {
    return yield* new ArtifactError({ file, at: "checksum_sha256", detail: "is missing; export with --with-checksum" })
  }
  const first = sum.form === "python" ? "checksum as the original makes it" : "checksum"
  const verified: Verified = {
    file,
    kind: "json",
    checksum: sum.checksum,
    checks: [first, ...(yield* checkArtifact(file, value))]
  }
  return verified
})

const verifyJson = (file: string): Effect.Effect<Verified, ArtifactError | FileError> =>
  Effect.flatMap(readText(file), (text) => verifyText(file, text))

const sidecarPattern = /^([0-9a-f]{64}) [ *](.+)\n?$/

const verifyCsv = Effect.fnUntraced(function* (file: string) {
  const sidecar = `${file}.sha256`
  const match = sidecarPattern.exec(yield* readText(sidecar))
  const claimed = match?.[1]
  if (claimed === undefined || match?.[2] !== basename(file)) {
    return yield* new ArtifactError({ file: sidecar, at: "", detail: `must be "<sha256>  ${basename(file)}"` })
  }
  const actual = yield* hashFile(file)
  if (actual !== claimed) {
    return yield* new ArtifactError({
      file,
      at: "",
      detail: `sha256 is ${actual}, but ${basename(sidecar)} says ${claimed}`
    })
  }
  return { file, kind: "csv", checksum: actual, checks: ["sidecar"] } satisfies Verified
})

/** Checks a JSON artifact against the checksum in it, or a CSV against the sidecar beside it. */
export const verifyFile = (file: string): Effect.Effect<Verified, ArtifactError | FileError> =>
  file.toLowerCase().endsWith(".csv") ? verifyCsv(file) : verifyJson(file)
