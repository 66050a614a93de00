import { Tinypool } from "tinypool"
import { defineConfig } from "vitest/config"

// Stryker asks one worker to run tests some thousand times. Vitest would start a new one each time, and loading the
// libraries anew takes longer than the tests; setup.mjs does what is needed instead.
Tinypool.prototype.recycleWorkers = () => Promise.resolve()

const listed = (variable) => JSON.parse(process.env[variable] ?? "[]")

export default defineConfig({
  test: {
    include: listed("MUTATION_TESTS"),
    exclude: ["node_modules/**", ...listed("MUTATION_LEFT_OUT")],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    setupFiles: ["scripts/mutation/setup.mjs"],
    poolOptions: { threads: { isolate: false } }
  }
})
