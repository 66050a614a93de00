// The folders of src/ that have a score, and the tests that are asked about their mutants: those near them that run in a
// few seconds, because they run some hundred times. `leftOut` are the slow ones among them, and those that need recorded
// data which a checkout may not have.

export const folders = {
  core: { tests: ["test/core"], leftOut: [] },
  risk: { tests: ["test/risk"], leftOut: [] },
  strategies: {
    tests: ["test/strategies"],
    leftOut: ["test/strategies/golden.test.ts", "test/strategies/recorded.test.ts"]
  },
  engine: {
    tests: [
      ...["Sequencer", "packageExecution", "setExecution", "storedPackage", "runningProgram", "lookahead"].map(
        (name) => `test/engine/${name}.test.ts`
      ),
      ...["otherProcesses", "placeOrder", "generateSignals", "liveReports"].map(
        (name) => `test/engine/${name}.test.ts`
      ),
      "test/engine/handlers",
      "test/engine/state"
    ],
    leftOut: ["test/engine/handlers/engine.test.ts"]
  },
  execution: {
    tests: ["test/execution"],
    leftOut: ["gates", "risk", "scenario", "paperOrders"].map((name) => `test/execution/${name}.test.ts`)
  },
  backtest: {
    tests: ["test/backtest"],
    leftOut: ["golden", "verify", "migrate", "jsonSchemas"].map((name) => `test/backtest/${name}.test.ts`)
  }
}
