import * as Either from "effect/Either"
import { ArtifactError } from "../domain/errors.ts"
import { type JsonObject } from "../domain/json.ts"
import { ALIGNMENT_KIND, type AlignmentV1, parseAlignmentV1 } from "./alignmentSchema.ts"
import { majorOf } from "./decodeArtifact.ts"
import { ledgerSha256Of } from "./ledgerDigest.ts"
import { MIGRATION_MAP_KIND, parseMigrationMap } from "./migrationMap.ts"
import { NIGHTLY_KIND, parseNightlySummary } from "./nightlySchema.ts"
import { ROLLING_KIND } from "./RollingSummary.ts"
import { parseRollingSummaryV1 } from "./rollingSchema.ts"
import { type BacktestArtifactV1, parseArtifactV1 } from "./schema.ts"
import { parseArtifactV2 } from "./schemaV2.ts"

type Checks = Either.Either<ReadonlyArray<string>, ArtifactError>

const wrong = (file: string, at: string, detail: string): Either.Either<never, ArtifactError> =>
  Either.left(new ArtifactError({ file, at, detail }))

/** `schema_version` is that of schema 1.x, also where the artifact was migrated since. */
type Ledger = Pick<BacktestArtifactV1, "replay" | "ledger_rows" | "ledger_sha256" | "compat" | "schema_version">

/** Rows against their count and digest; `under` is where those two stand in the artifact. */
const checkLedger = (file: string, ledger: Ledger, under: string): Checks => {
  const { ledger_rows, ledger_sha256, replay } = ledger
  const checks = [`${replay.length} ledger rows`]
  if (ledger_rows !== undefined && ledger_rows !== replay.length) {
    return wrong(file, `${under}ledger_rows`, `is ${ledger_rows}, but replay has ${replay.length} rows`)
  }
  const actual = ledger_sha256 === undefined ? null : ledgerSha256Of(ledger)
  if (actual === null) return Either.right(checks)
  return actual === ledger_sha256
    ? Either.right([...checks, "ledger digest"])
    : wrong(file, `${under}ledger_sha256`, `is ${String(ledger_sha256)}, but the rows have ${actual}`)
}

const checkV1 = (file: string, value: JsonObject): Checks =>
  Either.flatMap(parseArtifactV1(file, value), (artifact) =>
    Either.map(checkLedger(file, artifact, ""), (checks) => [`schema ${artifact.schema_version}`, ...checks])
  )

const checkV2 = (file: string, value: JsonObject): Checks =>
  Either.flatMap(parseArtifactV2(file, value), ({ extensions, meta, replay, schema_version }) =>
    Either.map(
      checkLedger(file, { ...extensions, replay, schema_version: meta.source_schema_version }, "extensions."),
      (checks) => [`schema ${schema_version}`, ...checks]
    )
  )

const checkMap = (file: string, value: JsonObject): Checks =>
  Either.flatMap(parseMigrationMap(file, value), ({ mappings, schema_version, summary }) => {
    const reversible = mappings.filter((mapping) => mapping.reversible).length
    const counts = [mappings.length, reversible, mappings.length - reversible]
    const claimed = [summary.total_fields, summary.reversible_fields, summary.non_reversible_fields]
    return counts.join() === claimed.join()
      ? Either.right([`schema ${schema_version}`, `${mappings.length} mappings`])
      : wrong(file, "summary", `counts ${claimed.join(", ")}, but mappings have ${counts.join(", ")}`)
  })

const checkRolling = (file: string, value: JsonObject): Checks =>
  Either.map(parseRollingSummaryV1(file, value), ({ schema_version, windows }) => [
    `schema ${schema_version}`,
    `${windows.length} windows`
  ])

const checkNightly = (file: string, value: JsonObject): Checks =>
  Either.flatMap(parseNightlySummary(file, value), ({ files, schema_version, signals }) => {
    const { executed, rejected, total } = signals
    return executed + rejected === total
      ? Either.right([`schema ${schema_version}`, `${files.length} files named`])
      : wrong(file, "signals.total", `is ${total}, but executed and rejected are ${executed + rejected}`)
  })

const grades: ReadonlyArray<AlignmentV1["verdict"]> = ["aligned", "partially_aligned", "not_aligned"]

const checkAlignment = (file: string, value: JsonObject): Checks =>
  Either.flatMap(parseAlignmentV1(file, value), ({ criteria, schema_version, verdict }) => {
    const worst = grades.findLast((grade) => criteria.some((criterion) => criterion.verdict === grade)) ?? "aligned"
    return worst === verdict
      ? Either.right([`schema ${schema_version}`, `${criteria.length} criteria`])
      : wrong(file, "verdict", `is ${verdict}, but the worst of the criteria is ${worst}`)
  })

/** Holds an artifact against the schema of its kind and version. A JSON of a kind that is not known passes as it is. */
export const checkArtifact = (file: string, value: JsonObject): Checks => {
  const kind = value["kind"]
  if (kind === MIGRATION_MAP_KIND) return checkMap(file, value)
  if (kind === ROLLING_KIND) return checkRolling(file, value)
  if (kind === NIGHTLY_KIND) return checkNightly(file, value)
  if (kind === ALIGNMENT_KIND) return checkAlignment(file, value)
  if (kind !== undefined || !("replay" in value)) return Either.right([])
  const major = majorOf(value)
  if (major === 1) return checkV1(file, value)
  if (major === 2) return checkV2(file, value)
  return wrong(
    file,
    "schema_version",
    major === null
      ? "must be a schema version such as 1.0"
      : `is ${String(value["schema_version"])}; this version reads 1.x and 2.x`
  )
}
