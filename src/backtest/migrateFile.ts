import { createHash } from "node:crypto"
import { realpathSync, statSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type ArtifactError, InputError } from "../domain/errors.ts"
import { isJsonObject, type Json, type JsonObject } from "../domain/json.ts"
import { ArtifactFile, LEDGER } from "./artifacts/ArtifactFile.ts"
import { fileSource } from "./artifacts/ByteSource.ts"
import { sumContent } from "./artifacts/contentSum.ts"
import { canonicalText } from "./artifacts/jsonPiece.ts"
import { readRow } from "./artifacts/rowShape.ts"
import { type Steps, runSteps } from "./artifacts/steps.ts"
import { checkSum, claimedChecksum } from "./checksum.ts"
import { type AtomicFile, refuseFolder, writeAtomically } from "./files.ts"
import { migrateArtifact, unmigrateArtifact } from "./migrate.ts"

/** The source is evidence: it is never written over. */
const refuseSame = (from: string, to: string): Effect.Effect<void, InputError> =>
  Effect.suspend(() => {
    const there = statSync(to, { throwIfNoEntry: false }) !== undefined && statSync(from, { throwIfNoEntry: false })
    return there !== undefined && there !== false && realpathSync(from) === realpathSync(to)
      ? new InputError({ field: "--out", problem: "must be another file than --in" })
      : Effect.void
  })

/** Writes an artifact whose rows come later: what stands in front of the ledger, the rows, and what stands behind. */
class ArtifactWriter {
  private readonly file: AtomicFile
  private readonly fields: ReadonlyArray<readonly [name: string, value: Json]>
  private rows = 0
  private separator = "{\n"

  constructor(file: AtomicFile, artifact: JsonObject) {
    this.file = file
    this.fields = Object.entries(artifact)
  }

  /** One top-level field a line and one ledger row a line, as backtest artifacts are written. */
  start(): void {
    for (const [name, value] of this.fields) {
      if (name === LEDGER) break
      this.field(name, JSON.stringify(value))
    }
    this.field(LEDGER, "[")
  }

  row(row: Json): void {
    this.file.write(`${this.rows === 0 ? "\n" : ",\n"}${JSON.stringify(row)}`)
    this.rows += 1
  }

  /** `more` stands behind everything else. */
  end(more: JsonObject): void {
    this.file.write(this.rows === 0 ? "]" : "\n]")
    const behind = this.fields.findIndex(([name]) => name === LEDGER) + 1
    for (const [name, value] of [...this.fields.slice(behind), ...Object.entries(more)]) {
      this.field(name, JSON.stringify(value))
    }
    this.file.write("\n}\n")
  }

  private field(name: string, text: string): void {
    this.file.write(`${this.separator}${JSON.stringify(name)}: ${text}`)
    this.separator = ",\n"
  }
}

/** sha256 over the canonical JSON of an artifact whose rows come one by one, in the order of the ledger. */
class ResultSum {
  private readonly hash = createHash("sha256")
  private readonly behind: string
  private rows = 0

  constructor(artifact: JsonObject) {
    const names = Object.keys(artifact).sort()
    const texts = names.map((name) =>
      name === LEDGER ? `${JSON.stringify(name)}:[` : `${JSON.stringify(name)}:${canonicalText(artifact[name] ?? null)}`
    )
    const ledger = names.indexOf(LEDGER)
    this.hash.update(`{${texts.slice(0, ledger + 1).join(",")}`, "utf8")
    this.behind = ["]", ...texts.slice(ledger + 1)].join(",")
  }

  row(row: Json): void {
    this.hash.update(`${this.rows === 0 ? "" : ","}${canonicalText(row)}`, "utf8")
    this.rows += 1
  }

  hex(): string {
    return this.hash.update(`${this.behind}}`, "utf8").digest("hex")
  }
}

export interface MigratedFile {
  readonly from: string
  readonly to: string
  readonly sourceVersion: string
  /** schema_version of the result. */
  readonly version: string
  readonly rows: number
  /** Top-level fields under `extensions`. */
  readonly extensions: ReadonlyArray<string>
  readonly checksum: string | null
}

/** Turns an artifact without its rows into one of the other version. */
type Conversion = (file: string, value: Json) => Either.Either<JsonObject, ArtifactError>

/**
 * Checks the source and writes the result in one walk over the rows, which are the same on both sides. `checksum`: the
 * result gets one of its own.
 */
function* convert(
  source: ArtifactFile,
  convertHead: Conversion,
  to: AtomicFile,
  checksum: boolean
): Steps<MigratedFile> {
  const { file } = source.source
  const orThrow = <A>(either: Either.Either<A, ArtifactError>): A => Either.getOrThrowWith(either, (error) => error)
  const head = orThrow(convertHead(file, source.hasLedger ? { ...source.head, [LEDGER]: [] } : source.head))
  const claimed = claimedChecksum(source)
  const sum = checksum ? new ResultSum({ ...head, checksum_algo: "sha256" }) : null
  const writer = new ArtifactWriter(to, head)
  writer.start()
  const content = yield* sumContent(source, ({ value }, index) => {
    orThrow(readRow(file, value, index))
    writer.row(value)
    sum?.row(value)
  })
  if (claimed !== null) yield* checkSum(source, claimed, content)
  const sha256 = sum?.hex() ?? null
  writer.end(sha256 === null ? {} : { checksum_algo: "sha256", checksum_sha256: sha256 })
  const { extensions = {} } = head
  return {
    from: file,
    to: to.path,
    sourceVersion: String(source.head["schema_version"]),
    version: String(head["schema_version"]),
    rows: content.rows,
    extensions: Object.keys(isJsonObject(extensions) ? extensions : {}),
    checksum: sha256 ?? stringOrNull(head["checksum_sha256"])
  }
}

const stringOrNull = (value: Json | undefined): string | null => (typeof value === "string" ? value : null)

const convertFile = (from: string, to: string, conversion: Conversion, checksum: boolean) =>
  Effect.gen(function* () {
    yield* refuseFolder(to)
    yield* refuseSame(from, to)
    const source = yield* fileSource(from)
    const artifact = yield* runSteps(source, () => ArtifactFile.open(source))
    return yield* writeAtomically(to, (file) => runSteps(source, () => convert(artifact, conversion, file, checksum)))
  }).pipe(Effect.scoped)

/**
 * Migrates a 1.x artifact file of any size to a 2.0 one. The input's own checksum must hold; nothing is written when it does
 * not.
 */
export const migrateFile = (from: string, to: string, options: { readonly checksum: boolean }) =>
  convertFile(from, to, migrateArtifact, options.checksum).pipe(Effect.withSpan("backtest.migrate"))

/** The 1.x artifact file that a migrated one was made from, with the checksum that it had. */
export const unmigrateFile = (from: string, to: string) =>
  convertFile(from, to, unmigrateArtifact, false).pipe(Effect.withSpan("backtest.unmigrate"))
