import { createHash } from "node:crypto"
import type * as Effect from "effect/Effect"
import { canonicalJson } from "../domain/canonicalJson.ts"
import { type FileError } from "../domain/errors.ts"
import { type BacktestReport } from "./BacktestReport.ts"
import { type AtomicFile, writeWhole } from "./files.ts"

const CHECKSUM_ALGO = "sha256"

/** Walks the canonical JSON of report and ledger piece by piece, in the order of sorted keys. */
function* canonicalPieces(
  report: BacktestReport,
  extra: Record<string, string>,
  rows: Iterable<string>
): Generator<string> {
  const fields: Record<string, unknown> = { ...report, ...extra }
  const keys = [...Object.keys(fields), "replay"].sort()
  let separator = "{"
  for (const key of keys) {
    yield `${separator}${JSON.stringify(key)}:`
    separator = ","
    if (key !== "replay") {
      yield canonicalJson(fields[key])
      continue
    }
    let comma = "["
    for (const row of rows) {
      yield `${comma}${row}`
      comma = ","
    }
    yield comma === "[" ? "[]" : "]"
  }
  yield "}"
}

/** sha256 over the artifact's canonical JSON without `checksum_sha256`. */
export const artifactChecksum = (report: BacktestReport, rows: Iterable<string>): string => {
  const hash = createHash(CHECKSUM_ALGO)
  for (const piece of canonicalPieces(report, { checksum_algo: CHECKSUM_ALGO }, rows)) hash.update(piece, "utf8")
  return hash.digest("hex")
}

/** One field a line and one ledger row a line: readable, and the checksum does not depend on it. */
const writeFields = (
  file: AtomicFile,
  report: BacktestReport,
  extra: Record<string, string>,
  rows: Iterable<string>
): void => {
  const fields: Record<string, unknown> = { ...report, ...extra }
  file.write("{\n")
  for (const [key, value] of Object.entries(fields)) file.write(`${JSON.stringify(key)}: ${JSON.stringify(value)},\n`)
  file.write(`"replay": [`)
  let comma = "\n"
  for (const row of rows) {
    file.write(`${comma}${row}`)
    comma = ",\n"
  }
  file.write("\n]\n}\n")
}

/**
 * Writes the JSON artifact. `rows` gives each ledger row's canonical JSON and may be walked twice. The file appears
 * whole or not at all.
 */
export const writeArtifact = (
  path: string,
  report: BacktestReport,
  rows: () => Iterable<string>,
  options: { readonly checksum: boolean }
): Effect.Effect<{ readonly checksum: string | null }, FileError> =>
  writeWhole(path, (file) => {
    const checksum = options.checksum ? artifactChecksum(report, rows()) : null
    const extra: Record<string, string> =
      checksum === null ? {} : { checksum_algo: CHECKSUM_ALGO, checksum_sha256: checksum }
    writeFields(file, report, extra, rows())
    return { checksum }
  })
