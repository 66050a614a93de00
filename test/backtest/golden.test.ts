import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { afterAll, expect, it } from "vitest"
import { LedgerTable } from "../../src/backtest/LedgerTable.ts"
import { type BacktestOptions, printedLimits } from "../../src/backtest/options.ts"
import { runBacktest } from "../../src/backtest/runBacktest.ts"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { storeLayer } from "../../src/store/layer.ts"
import { describeShared } from "../shared.ts"
import { expectClose } from "./close.ts"
import { at } from "./memoryHistory.ts"

interface Case {
  readonly db: string
  readonly artifact: string
  readonly strategies: ReadonlyArray<string>
}

const folder = mkdtempSync(join(tmpdir(), "monomarket-golden-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const compared = [
  "from_ts",
  "to_ts",
  "total_signals",
  "executed_signals",
  "rejected_signals",
  "results",
  "event_results"
] as const

describeShared("golden", "--compat original meets the original's artifacts to 1e-9", (golden) => {
  const cases: ReadonlyArray<Case> = JSON.parse(readFileSync(join(golden, "index.json"), "utf8"))
  const replays = cases.filter(({ artifact }) => !artifact.includes("rolling") && !artifact.includes("signals"))

  it("covers every backtest case of the index", () => {
    expect(replays).toHaveLength(22)
  })

  for (const { artifact, db, strategies } of replays) {
    it(artifact, async () => {
      const wanted = JSON.parse(gunzipSync(readFileSync(join(golden, `${artifact}.gz`))).toString("utf8"))
      const path = join(folder, `${artifact}.db`)
      copyFileSync(join(golden, db), path)
      const options: BacktestOptions = {
        fromUs: at(wanted.from_ts),
        toUs: at(wanted.to_ts),
        strategies,
        compat: "original",
        settlement: true,
        execution: { ...defaultConfig.execution, ...wanted.execution_config },
        risk: { ...defaultConfig.risk, ...wanted.risk_config }
      }
      const ledger = new LedgerTable(printedLimits(options))
      const report = await Effect.runPromise(
        runBacktest(options, { ledger, onProgress: null }).pipe(Effect.provide(storeLayer(path, { create: false })))
      )
      for (const key of compared) expectClose(report[key], wanted[key], key)
      expectClose([...ledger.rows()], wanted.replay, "replay")
    })
  }
})
