import { existsSync, readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import { refuseFolder, writeBytes, writeText } from "../backtest/files.ts"
import { verifyFile } from "../backtest/verify.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { ArtifactError, FileError, type InputError } from "../domain/errors.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { renderHtml } from "../reports/html.ts"
import { buildReportModel } from "../reports/model.ts"
import { type ReportModel } from "../reports/ReportModel.ts"
import { parseReportArtifact } from "../reports/parseReportArtifact.ts"
import { renderPdf } from "../reports/pdf.ts"
import { type ReportArtifact } from "../reports/ReportArtifact.ts"
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
  /** Markets whose question is known, of those in the ledger; null when there is no database. */
  readonly named: { readonly known: number; readonly markets: number } | null
}

const detailOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const inFile =
  (file: string) =>
  ({ field, problem }: InputError): ArtifactError =>
    new ArtifactError({ file, at: field, detail: problem })

/** Reads an artifact of schema 1.x; one that carries a checksum must match it. */
export const readArtifact = Effect.fnUntraced(function* (file: string) {
  const text = yield* Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: (cause) => new FileError({ path: file, operation: "read", detail: detailOf(cause) })
  })
  const value = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => new ArtifactError({ file, at: "", detail: `not JSON: ${detailOf(cause)}` })
  })
  const artifact = yield* Effect.mapError(parseReportArtifact(value), inFile(file))
  if (artifact.checksum_sha256 !== undefined) yield* verifyFile(file)
  return artifact
})

const marketIds = ({ replay }: ReportArtifact): ReadonlyArray<string> => {
  const ids = new Set<string>()
  for (const { market_id } of replay) ids.add(market_id)
  return [...ids].sort()
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
  const artifact = yield* readArtifact(input)
  const ids = marketIds(artifact)
  const questions = yield* questionsOf(ids)
  const options = {
    ...(title === null ? {} : { title }),
    ...(questions === null ? {} : { questions })
  }
  const model = yield* Effect.mapError(buildReportModel(artifact, options), inFile(input))
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
    verified: artifact.checksum_sha256 !== undefined,
    named: questions === null ? null : { known: questions.size, markets: ids.length }
  }
  return written
})
