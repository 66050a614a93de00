import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { alignPaper } from "../../app/align.ts"
import { strategiesLayer } from "../../app/layers.ts"
import { stamp } from "../../app/stamp.ts"
import { existingStore } from "../../app/store.ts"
import { type Alignment, alignmentJson } from "../../backtest/alignmentJson.ts"
import { alignmentText } from "../../backtest/alignmentText.ts"
import { sha256 } from "../../backtest/digest.ts"
import { refuseFolder, writeText } from "../../backtest/files.ts"
import { canonicalJson } from "../../domain/canonicalJson.ts"
import { formatTime } from "../../domain/time.ts"
import { renderPairs, type Screen } from "../../reports/terminal.ts"
import { formatNumber, formatPercent, formatPnl } from "../../reports/terminalFormat.ts"
import { backtestOptionsOf, replayOptions } from "../backtestOptions.ts"
import { defineCommand } from "../command.ts"
import { parsed } from "../options.ts"
import { Output } from "../Output.ts"

const text = (alignment: Alignment, out: string, screen: Screen): string => {
  const { backtest, match, paper, verdict } = alignment
  const sides = (a: string, b: string) => `${a} in the backtest, ${b} on paper`
  return renderPairs(
    [
      ["window", `${formatTime(alignment.fromUs)} to ${formatTime(alignment.toUs)}`],
      ["verdict", verdict, verdict === "aligned" ? "good" : "bad"],
      ["signals", `${alignment.signalsMade} made, ${paper.signals} tried on paper, ${alignment.expired} too old`],
      ["executed", sides(String(backtest.executed), String(paper.executed))],
      ["same outcome", formatPercent(match.agreement)],
      ["pnl", sides(formatPnl(backtest.total.pnl), formatPnl(paper.total.pnl))],
      ["paper's price", `${formatNumber(match.priceGapBps, 1)} bps worse over ${match.comparedLegs} legs`],
      ["report", out]
    ],
    screen
  )
}

export const command = defineCommand({
  name: "align",
  description:
    "Compares a backtest with what paper really did with the same signals, and writes the alignment report with a verdict, as Markdown and JSON.",
  settings: {
    ...replayOptions,
    out: parsed(
      "out",
      "file",
      "Report to write; the JSON goes beside it (default artifacts/align/<from>-<to>.md)",
      (path) =>
        path.trim().endsWith(".md")
          ? { value: path.trim() }
          : { problem: `must be a file that ends in .md, not "${path}"` }
    ).pipe(Options.optional)
  },
  decidesRisk: true,
  layer: Layer.merge(existingStore, strategiesLayer),
  handler: (input) =>
    Effect.gen(function* () {
      const output = yield* Output
      const options = yield* backtestOptionsOf(input)
      const out =
        input.out._tag === "Some"
          ? input.out.value
          : `artifacts/align/${stamp(options.fromUs)}-${stamp(options.toUs)}.md`
      const json = out.replace(/\.md$/, ".json")
      for (const path of [out, json]) yield* refuseFolder(path)
      const { alignment } = yield* alignPaper(options)
      const content = { ...alignmentJson(alignment), checksum_algo: "sha256" }
      const checked = { ...content, checksum_sha256: sha256(canonicalJson(content)) }
      yield* writeText(json, `${JSON.stringify(checked, null, 2)}\n`)
      yield* writeText(out, alignmentText(alignment))
      for (const path of [out, json]) yield* output.note(`wrote ${path}`)
      yield* output.result(checked, (screen) => text(alignment, out, screen))
    })
})
