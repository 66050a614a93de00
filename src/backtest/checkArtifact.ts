import * as Either from "effect/Either"
import { ArtifactError } from "../domain/errors.ts"
import { type Json, type JsonObject } from "../domain/json.ts"
import { ALIGNMENT_KIND, type AlignmentV1, parseAlignmentV1 } from "./alignmentSchema.ts"
import { type ArtifactFile, LEDGER } from "./artifacts/ArtifactFile.ts"
import { type ArtifactFacts, factsOfV1, factsOfV2 } from "./artifacts/facts.ts"
import { type Findings, LedgerChecker } from "./artifacts/LedgerChecker.ts"
import { type ReplayRow } from "./artifacts/rowShape.ts"
import { majorOf } from "./decodeArtifact.ts"
import { MIGRATION_MAP_KIND, parseMigrationMap } from "./migrationMap.ts"
import { NIGHTLY_KIND, parseNightlySummary } from "./nightlySchema.ts"
import { ROLLING_KIND } from "./RollingSummary.ts"
import { parseRollingSummaryV1 } from "./rollingSchema.ts"
import { parseArtifactV1 } from "./schema.ts"
import { parseArtifactV2 } from "./schemaV2.ts"

type Checks = Either.Either<ReadonlyArray<string>, ArtifactError>

const wrong = (file: string, at: string, detail: string): Either.Either<never, ArtifactError> =>
  Either.left(new ArtifactError({ file, at, detail }))

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

const checksByKind = new Map<Json | undefined, (file: string, value: JsonObject) => Checks>([
  [MIGRATION_MAP_KIND, checkMap],
  [ROLLING_KIND, checkRolling],
  [NIGHTLY_KIND, checkNightly],
  [ALIGNMENT_KIND, checkAlignment]
])

/** Holds an artifact against what it says of itself, while its rows come by. */
export interface ArtifactChecker {
  /** The row that was read, when it is one and what the schema says. */
  readonly row: (value: Json, index: number) => ReplayRow | null
  readonly finish: () => Either.Either<Findings, ArtifactError>
}

const withoutLedger = (checks: () => Checks): ArtifactChecker => ({
  row: () => null,
  finish: () => Either.map(checks(), (found) => ({ checks: found, notCheckable: [] }))
})

/** The fields of a backtest artifact, but for its ledger, or an error that names the first one that is not what it must be. */
export const readFacts = ({ hasLedger, head, source }: ArtifactFile): Either.Either<ArtifactFacts, ArtifactError> => {
  const { file } = source
  const value: JsonObject = hasLedger ? { ...head, [LEDGER]: [] } : head
  const major = majorOf(value)
  if (major === 1) return Either.map(parseArtifactV1(file, value), factsOfV1)
  if (major === 2) return Either.map(parseArtifactV2(file, value), factsOfV2)
  return wrong(
    file,
    "schema_version",
    major === null
      ? "must be a schema version such as 1.0"
      : `is ${String(value["schema_version"])}; this version reads 1.x and 2.x`
  )
}

/** A JSON of a kind that is not known passes as it is. */
export const checkerOf = (artifact: ArtifactFile): ArtifactChecker => {
  const { hasLedger, head, source } = artifact
  const { kind } = head
  const byKind = checksByKind.get(kind)
  if (byKind !== undefined) return withoutLedger(() => byKind(source.file, head))
  if (kind !== undefined || !(hasLedger || LEDGER in head)) return withoutLedger(() => Either.right([]))
  const facts = readFacts(artifact)
  return Either.isLeft(facts)
    ? { row: () => null, finish: () => Either.left(facts.left) }
    : new LedgerChecker(source.file, String(head["schema_version"]), facts.right)
}
