import { readFileSync, realpathSync, statSync } from "node:fs"
import * as Effect from "effect/Effect"
import { ArtifactError, FileError, InputError } from "../domain/errors.ts"
import { isJsonObject, type Json, type JsonObject } from "../domain/json.ts"
import { checkChecksum } from "./checksum.ts"
import { type AtomicFile, refuseFolder, writeAtomically } from "./files.ts"
import { migrateArtifact, withChecksum } from "./migrate.ts"

const detailOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const readJson = Effect.fnUntraced(function* (file: string) {
  const text = yield* Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: (cause) => new FileError({ path: file, operation: "read", detail: detailOf(cause) })
  })
  const value = yield* Effect.try({
    try: (): Json => JSON.parse(text),
    catch: (cause) => new ArtifactError({ file, at: "", detail: `not JSON: ${detailOf(cause)}` })
  })
  if (!isJsonObject(value)) return yield* new ArtifactError({ file, at: "", detail: "must be a JSON object" })
  return { text, value }
})

/** The source is evidence: it is never written over. */
const refuseSame = (from: string, to: string): Effect.Effect<void, InputError> =>
  Effect.suspend(() => {
    const there = statSync(to, { throwIfNoEntry: false }) !== undefined && statSync(from, { throwIfNoEntry: false })
    return there !== undefined && there !== false && realpathSync(from) === realpathSync(to)
      ? new InputError({ field: "--out", problem: "must be another file than --in" })
      : Effect.void
  })

/** One top-level field a line and one ledger row a line, as backtest artifacts are written. */
const writeArtifact = (file: AtomicFile, artifact: JsonObject): void => {
  let separator = "{\n"
  for (const [name, value] of Object.entries(artifact)) {
    file.write(`${separator}${JSON.stringify(name)}: `)
    separator = ",\n"
    if (name === "replay" && Array.isArray(value) && value.length > 0) {
      value.forEach((row: Json, index) => file.write(`${index === 0 ? "[\n" : ",\n"}${JSON.stringify(row)}`))
      file.write("\n]")
    } else file.write(JSON.stringify(value))
  }
  file.write("\n}\n")
}

const write = (path: string, artifact: JsonObject): Effect.Effect<void, FileError> =>
  writeAtomically(path, (file) =>
    Effect.try({
      try: () => writeArtifact(file, artifact),
      catch: (cause) => new FileError({ path, operation: "write", detail: detailOf(cause) })
    })
  )

export interface MigratedFile {
  readonly from: string
  readonly to: string
  readonly sourceVersion: string
  readonly rows: number
  /** Top-level fields under `extensions`. */
  readonly extensions: ReadonlyArray<string>
  readonly checksum: string | null
}

/** Migrates a 1.x artifact file to a 2.0 one. The input's own checksum must hold; nothing is written when it does not. */
export const migrateFile = Effect.fn("backtest.migrate")(function* (
  from: string,
  to: string,
  options: { readonly checksum: boolean }
) {
  yield* refuseFolder(to)
  yield* refuseSame(from, to)
  const { text, value } = yield* readJson(from)
  const plain = yield* migrateArtifact(from, value)
  yield* checkChecksum(from, text, value)
  const artifact = options.checksum ? withChecksum(plain) : plain
  yield* write(to, artifact)
  const { checksum_sha256: checksum, extensions = {}, replay } = artifact
  const result: MigratedFile = {
    from,
    to,
    sourceVersion: String(value["schema_version"]),
    rows: Array.isArray(replay) ? replay.length : 0,
    extensions: Object.keys(isJsonObject(extensions) ? extensions : {}),
    checksum: typeof checksum === "string" ? checksum : null
  }
  return result
})
