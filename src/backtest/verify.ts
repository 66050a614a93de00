import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { basename } from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { ArtifactError, FileError } from "../domain/errors.ts"
import { type JsonObject } from "../domain/json.ts"
import { ArtifactFile } from "./artifacts/ArtifactFile.ts"
import { type ByteSource, fileSource, textSource } from "./artifacts/ByteSource.ts"
import { sumContent } from "./artifacts/contentSum.ts"
import { type Steps, runSteps } from "./artifacts/steps.ts"
import { type Findings } from "./artifacts/LedgerChecker.ts"
import { checkerOf } from "./checkArtifact.ts"
import { checkSum, claimedChecksum } from "./checksum.ts"

/** What was checked, and with what result. A file that fails is an ArtifactError instead. */
export interface Verified extends Findings {
  readonly file: string
  readonly kind: "json" | "csv"
  readonly checksum: string
}

/** A sidecar is one line. */
const SIDECAR_BYTES = 4_096

const detailOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** sha256 of a file of any size. */
export const hashFile = (path: string): Effect.Effect<string, FileError> =>
  Effect.tryPromise({
    try: async () => {
      const hash = createHash("sha256")
      for await (const chunk of createReadStream(path)) hash.update(chunk)
      return hash.digest("hex")
    },
    catch: (cause) => new FileError({ path, operation: "read", detail: detailOf(cause) })
  })

/** Checks a JSON artifact in one walk over its rows, which are never held. */
function* verifySteps(source: ByteSource): Steps<Verified> {
  const artifact = yield* ArtifactFile.open(source)
  const claimed = claimedChecksum(artifact)
  if (claimed === null) throw artifact.wrong("checksum_sha256", "is missing; export with --with-checksum")
  const checker = checkerOf(artifact)
  const content = yield* sumContent(artifact, ({ value }, index) => checker.row(value, index))
  const sum = yield* checkSum(artifact, claimed, content)
  const { checks, notCheckable } = Either.getOrThrowWith(checker.finish(), (error) => error)
  const first = sum.form === "python" ? "checksum as the original makes it" : "checksum"
  return { file: source.file, kind: "json", checksum: sum.checksum, checks: [first, ...checks], notCheckable }
}

const verifySource = (source: ByteSource): Effect.Effect<Verified, ArtifactError | FileError> =>
  runSteps(source, () => verifySteps(source))

/** Checks the text of a JSON artifact against the checksum in it, its schema, and its own counts, digests and ledger. */
export const verifyText = (file: string, text: string): Effect.Effect<Verified, ArtifactError | FileError> =>
  verifySource(textSource(file, text))

const verifyJson = (file: string): Effect.Effect<Verified, ArtifactError | FileError> =>
  Effect.scoped(Effect.flatMap(fileSource(file), verifySource))

/** The fields at the top level of a JSON file; a ledger among them stays where it is. */
export const readHead = (file: string): Effect.Effect<JsonObject, ArtifactError | FileError> =>
  Effect.scoped(
    Effect.flatMap(fileSource(file), (source) =>
      Effect.map(
        runSteps(source, () => ArtifactFile.open(source)),
        ({ head }) => head
      )
    )
  )

const sidecarPattern = /^([0-9a-f]{64}) [ *](.+)\n?$/

const readSidecar = (path: string): Effect.Effect<string, FileError> =>
  Effect.scoped(
    Effect.flatMap(fileSource(path), (source) =>
      Effect.try({
        try: () => {
          const bytes = Buffer.alloc(SIDECAR_BYTES)
          return bytes.subarray(0, source.read(bytes, 0)).toString("utf8")
        },
        catch: (cause) =>
          cause instanceof FileError ? cause : new FileError({ path, operation: "read", detail: detailOf(cause) })
      })
    )
  )

const verifyCsv = Effect.fnUntraced(function* (file: string) {
  const sidecar = `${file}.sha256`
  const match = sidecarPattern.exec(yield* readSidecar(sidecar))
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
  return { file, kind: "csv", checksum: actual, checks: ["sidecar"], notCheckable: [] } satisfies Verified
})

/** Checks a JSON artifact against the checksum in it, or a CSV against the sidecar beside it. */
export const verifyFile = (file: string): Effect.Effect<Verified, ArtifactError | FileError> =>
  file.toLowerCase().endsWith(".csv") ? verifyCsv(file) : verifyJson(file)
