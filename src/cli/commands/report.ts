import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { writeReport, type WrittenReport } from "../../app/report.ts"
import { AppConfig } from "../../config/AppConfig.ts"
import { InputError } from "../../domain/errors.ts"
import { type Json } from "../../domain/json.ts"
import { renderPairs } from "../../reports/terminal.ts"
import { formatNumber, formatPnl } from "../../reports/terminalFormat.ts"
import { defineCommand } from "../command.ts"
import { parsed } from "../options.ts"
import { Output } from "../Output.ts"

const file = (name: string, description: string) =>
  parsed(name, "file", description, (text) =>
    text.trim() === "" ? { problem: "must be the path of a file" } : { value: text }
  )

const summary = ({ files, model, named, notCheckable, verified }: WrittenReport): Json => ({
  title: model.title,
  from_ts: model.window.from,
  to_ts: model.window.to,
  total_signals: model.signals.total,
  executed_signals: model.signals.executed,
  rejected_signals: model.signals.rejected,
  pnl: model.pnl.total,
  max_drawdown: model.maxDrawdown,
  checksum_sha256: model.checksum,
  verified,
  not_checkable: notCheckable,
  remarks: model.remarks,
  markets_named: named === null ? null : named.known,
  files: files.map(({ bytes, path }) => ({ path, bytes }))
})

export const command = defineCommand({
  name: "report",
  description:
    "Turns the JSON artifact of a backtest into a PDF and a self-contained HTML page. Markets are named by their questions when the database knows them.",
  settings: {
    in: file("in", "Artifact of monomarket backtest --out-json; its checksum is checked when it has one"),
    outPdf: file("out-pdf", "Write the report as PDF").pipe(Options.optional),
    outHtml: file("out-html", "Write the report as one HTML file that loads nothing").pipe(Options.optional),
    title: parsed("title", "text", 'Heading of the report (default "Backtest report")', (text) =>
      text.trim() === "" ? { problem: "must not be empty" } : { value: text.trim() }
    ).pipe(Options.optional)
  },
  layer: Layer.empty,
  handler: (input) =>
    Effect.gen(function* () {
      const output = yield* Output
      const { app } = yield* AppConfig
      const pdf = Option.getOrNull(input.outPdf)
      const html = Option.getOrNull(input.outHtml)
      if (pdf === null && html === null) {
        return yield* new InputError({ field: "--out-pdf", problem: "name a file here, at --out-html, or both" })
      }
      if (pdf === html || pdf === input.in || html === input.in) {
        return yield* new InputError({
          field: "--out-pdf",
          problem: "--in, --out-pdf and --out-html must be different files"
        })
      }
      const written = yield* writeReport({ input: input.in, pdf, html, title: Option.getOrNull(input.title) })
      if (written.named === null) yield* output.note(`no database at ${app.db_path}: events are shown by their ids`)
      if (!written.verified) yield* output.note("the artifact has no checksum; backtest --with-checksum adds one")
      for (const what of written.notCheckable) yield* output.note(`not checkable: ${what}`)
      const { model } = written
      yield* output.result(summary(written), (screen) =>
        renderPairs(
          [
            ["window", `${model.window.from} to ${model.window.to}`],
            ["pnl", `${formatPnl(model.pnl.total)} USDC`],
            ["checksum", model.checksum ?? "none"],
            ...written.files.map(
              ({ bytes, path }) => ["wrote", `${path} (${formatNumber(bytes / 1024, 0)} KiB)`] as const
            )
          ],
          screen
        )
      )
    })
})
