import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { gunzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { afterAll, expect, it } from "vitest"
import { rollingBacktest } from "../../src/app/rolling.ts"
import { parseRollingSummaryV1 } from "../../src/backtest/rollingSchema.ts"
import { type RollingOptions } from "../../src/backtest/rollingWindows.ts"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { storeLayer } from "../../src/store/layer.ts"
import { expectClose } from "../backtest/close.ts"
import { at } from "../backtest/memoryHistory.ts"
import { builtCli } from "../cli/cli.ts"
import { describeShared } from "../shared.ts"

interface Case {
  readonly db: string
  readonly artifact: string
  readonly kind?: string
  readonly strategies: ReadonlyArray<string>
  readonly window_hours: number
  readonly step_hours: number
}

const folder = mkdtempSync(join(tmpdir(), "monomarket-rolling-golden-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describeShared("golden", "backtest-rolling --compat original meets the original's summaries to 1e-9", (golden) => {
  const index: ReadonlyArray<Case> = JSON.parse(readFileSync(join(golden, "index.json"), "utf8"))
  const cases = index.filter(({ kind }) => kind === "rolling")

  it("covers every rolling case of the index", () => {
    expect(cases).toHaveLength(9)
  })

  for (const { artifact, db, step_hours, strategies, window_hours } of cases) {
    it.each([1, 2])(`${artifact}, %i at a time`, async (workers) => {
      const wanted = JSON.parse(gunzipSync(readFileSync(join(golden, `${artifact}.gz`))).toString("utf8"))
      const database = join(folder, `${artifact}.${workers}.db`)
      copyFileSync(join(golden, db), database)
      const options: RollingOptions = {
        fromUs: at(wanted.from_ts),
        toUs: at(wanted.to_ts),
        windowHours: window_hours,
        stepHours: step_hours,
        strategies,
        compat: "original",
        settlement: true,
        execution: { ...defaultConfig.execution, ...wanted.execution_config },
        risk: { ...defaultConfig.risk, ...wanted.risk_config }
      }
      const entry = pathToFileURL(join(dirname(builtCli()), "backtestWorker.js"))
      const summary = await Effect.runPromise(
        rollingBacktest(options, { database, workers, entry, onProgress: null }).pipe(
          Effect.provide(storeLayer(database, { create: false }))
        )
      )
      expectClose(summary, { ...wanted, generated_at: summary.generated_at }, "summary")
      // No reason more than the original has, and in the same order.
      const reasons = (from: typeof summary) =>
        from.windows.map((window) => Object.entries(window.risk_rejection_reasons))
      expect(reasons(summary)).toEqual(reasons(wanted))
      expect(Object.entries(summary.summary.risk_rejection_reasons)).toEqual(
        Object.entries(wanted.summary.risk_rejection_reasons)
      )
      expect(parseRollingSummaryV1(artifact, wanted)._tag).toBe("Right")
      expect(parseRollingSummaryV1(artifact, summary)._tag).toBe("Right")
    })
  }
})
