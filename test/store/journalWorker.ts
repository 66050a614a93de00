// Run by journalProcesses.test.ts as a process of its own: `journalWorker.js <path> <appends>`. Prints a line when it is
// open, then the number of each append once it has succeeded.
import { writeSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Journal } from "../../src/ports/Journal.ts"
import * as JournalLayer from "../../src/store/Journal.ts"
import { storeLayer } from "../../src/store/layer.ts"
import { entry, longBody } from "./journalSupport.ts"

const [, , path = "", appends = "0"] = process.argv

const program = Effect.gen(function* () {
  const journal = yield* Journal
  writeSync(1, "open\n")
  for (let n = 0; n < Number(appends); n++) {
    const added = [entry(n === 0 ? "session" : "timer", n), entry("markets", longBody(n)), entry("signals", [n])]
    yield* journal.append(() => added)
    writeSync(1, `${n}\n`)
    yield* Effect.sleep(0)
  }
})
const layer = JournalLayer.layer.pipe(Layer.provideMerge(storeLayer(path, { create: true })))
Effect.runPromise(Effect.provide(program, layer)).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
