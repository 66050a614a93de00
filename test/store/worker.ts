// Run by processes.test.ts as a process of its own: `worker.js <path> <task>`. Prints one JSON line per result.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { storeLayer } from "../../src/store/layer.ts"
import { fill, market, noon, result, run } from "./support.ts"

const [, , path = "", task = ""] = process.argv
const say = (value: unknown) => Effect.sync(() => console.log(JSON.stringify(value)))
const settings = { failureThreshold: 3, cooldownUs: 1_000 }

const tasks: Record<string, Effect.Effect<unknown, unknown, IngestRepo | SignalRepo | TradeRepo>> = {
  open: say("open"),
  admit: Effect.flatMap(IngestRepo, (repo) =>
    Effect.flatMap(repo.stepBreaker("gamma", noon, settings, { _tag: "asked" }), ({ admission }) => say(admission))
  ),
  execute: Effect.gen(function* () {
    const pending = yield* Effect.flatMap(SignalRepo, (repo) => repo.pending(100))
    const trades = yield* TradeRepo
    let executed = 0
    for (const { id } of pending) {
      const input = { results: [result({ signalId: id })], signals: [{ id, status: "executed" as const }], atUs: noon }
      if (Option.isSome(yield* trades.record(input))) executed++
    }
    yield* say(executed)
  }),
  // Writes until it is killed; the same fills again and again, as a venue that repeats itself would report them.
  churn: Effect.gen(function* () {
    const trades = yield* TradeRepo
    const ingest = yield* IngestRepo
    for (let n = 0; ; n++) {
      const fills = [0, 1, 2].map((k) =>
        fill({ externalFillId: `x${process.pid}-${n + k}`, side: k === 1 ? "sell" : "buy" })
      )
      yield* trades.record({ results: [result({ fills }), result({ fills: [] })], signals: [], atUs: noon + n })
      const markets = Array.from({ length: 50 }, (_, m) => market({ marketId: `m${m}` }))
      yield* ingest.commitRun({ run: run(), markets, capturedAtUs: noon + n, confirmed: [], checkpointUs: noon + n })
      if (n === 0) yield* say("churning")
      yield* Effect.sleep(0)
    }
  })
}

const program = tasks[task] ?? Effect.fail(`no task ${task}`)
Effect.runPromise(Effect.provide(program, storeLayer(path, { create: true }))).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
