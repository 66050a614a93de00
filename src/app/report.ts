import { existsSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { ArtifactFile } from "../backtest/artifacts/ArtifactFile.ts"
import { type ByteSource, fileSource } from "../backtest/artifacts/ByteSource.ts"
import { sumContent } from "../backtest/artifacts/contentSum.ts"
import { type Findings } from "../backtest/artifacts/LedgerChecker.ts"
import { type Steps, runSteps } from "../backtest/artifacts/steps.ts"
import { checkerOf } from "../backtest/checkArtifact.ts"
import { checkSum, claimedChecksum } from "../backtest/checksum.ts"
import { refuseFolder, writeBytes, writeText } from "../backtest/files.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { ArtifactError, type InputError } from "../domain/errors.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { renderHtml } from "../reports/html.ts"
import { ReportBuilder } from "../reports/model.ts"
import { type ReportModel } from "../reports/ReportModel.ts"
import { parseReportHead } from "../reports/parseReportHead.ts"
import { renderPdf } from "../reports/pdf.ts"
import { storeLayer } from "../store/layer.ts"

export interface ReportRequest {
  /** The JSON artifact of a backtest. */
  readonly input: string
  /** Files to write; null leaves one out. */
  readonly pdf: string | null
  readonly html: string | null
  readonly title: string | null
}

export interface WrittenReport {
  readonly model: ReportModel
  readonly files: ReadonlyArray<{ readonly path: string; readonly bytes: number }>
  /** Whether the artifact had a checksum, which was then right. */
  readonly verified: boolean
  /** Figures that the artifact's own ledger cannot prove; all others agree with it. */
  readonly notCheckable: ReadonlyArray<string>
  /** Markets whose question is known, of those in the ledger; null when there is no database. */
  readonly named: { readonly known: number; readonly markets: number } | null
}

const inFile =
  (file: string) =>
  ({ field, problem }: InputError): ArtifactError =>
    new ArtifactError({ file, at: field, detail: problem })

/** An artifact whose rows were walked once: what a report needs of it, and what was checked on the way. */
interface WalkedArtifact {
  readonly builder: ReportBuilder
  readonly verified: boolean
  readonly findings: Findings
}

/**
 * Walks an artifact of schema 1.x. A checksum in it must be that of its content, and its figures must be what its ledger
 * gives: a report that says something else than its own rows is refused.
 */
function* walkArtifact(source: ByteSource): Steps<WalkedArtifact> {
  const orThrow = <A>(either: Either.Either<A, ArtifactError>): A => Either.getOrThrowWith(either, (error) => error)
  const inSource = inFile(source.file)
  const artifact = yield* ArtifactFile.open(source)
  const head = orThrow(Either.mapLeft(parseReportHead(artifact.head), inSource))
  const builder = orThrow(Either.mapLeft(ReportBuilder.of(head), inSource))
  const claimed = claimedChecksum(artifact)
  const checker = checkerOf(artifact)
  const content = yield* sumContent(artifact, ({ value }, index) => {
    const row = checker.row(value, index)
    if (row !== null) builder.ledger.add(row)
  })
  if (claimed !== null) yield* checkSum(artifact, claimed, content)
  return { builder, verified: claimed !== null, findings: orThrow(checker.finish()) }
}

/** Questions of markets by id, from the configured database; null when there is none. */
const questionsOf = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
  const { app } = yield* AppConfig
  if (!existsSync(app.db_path)) return null
  const markets = yield* Effect.flatMap(MarketRepo, (repo) => repo.findAll(ids)).pipe(
    Effect.provide(storeLayer(app.db_path, { create: false }))
  )
  return new Map([...markets].map(([id, { question }]) => [id, question]))
})

/** Turns a backtest artifact into a PDF, an HTML page, or both. Nothing is written unless all of it could be made. */
export const writeReport = Effect.fn("app.report")(function* (request: ReportRequest) {
  const { html, input, pdf, title } = request
  for (const path of [pdf, html]) if (path !== null) yield* refuseFolder(path)
  const { builder, findings, verified } = yield* Effect.scoped(
    Effect.flatMap(fileSource(input), (source) => runSteps(source, () => walkArtifact(source)))
  )
  const ids = [...builder.ledger.marketIds].sort()
  const questions = yield* questionsOf(ids)
  const options = {
    notCheckable: findings.notCheckable,
    ...(title === null ? {} : { title }),
    ...(questions === null ? {} : { questions })
  }
  const model = yield* Effect.mapError(builder.model(options), inFile(input))
  const page = html === null ? null : renderHtml(model)
  const paper = pdf === null ? null : yield* renderPdf(model)
  const files: Array<{ path: string; bytes: number }> = []
  if (pdf !== null && paper !== null) {
    yield* writeBytes(pdf, paper)
    files.push({ path: pdf, bytes: paper.length })
  }
  if (html !== null && page !== null) {
    yield* writeText(html, page)
    files.push({ path: html, bytes: Buffer.byteLength(page) })
  }
  const written: WrittenReport = {
    model,
    files,
    verified,
    notCheckable: findings.notCheckable,
    named: questions === null ? null : { known: questions.size, markets: ids.length }
  }
  return written
})
