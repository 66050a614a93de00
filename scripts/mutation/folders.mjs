// The folders of src/ that have a score, and the tests that are asked about their mutants: those near them that run in a
// few seconds. `leftOut` are the slow ones among them.

/** What holds for all: processes, servers and whole data sets are no tests to run a thousand times. */
export const folders = {
  core: {
    tests: ["test/core", "test/risk", "test/strategies"],
    leftOut: []
  },
  risk: {
    tests: ["test/risk"],
    leftOut: []
  },
  strategies: {
    tests: ["test/strategies"],
    leftOut: ["test/strategies/golden.test.ts", "test/strategies/recorded.test.ts"]
  },
  engine: { tests: ["test/engine"], leftOut: [] },
  execution: { tests: ["test/execution"], leftOut: [] },
  backtest: { tests: ["test/backtest"], leftOut: [] }
}
