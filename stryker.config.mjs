// Mutation testing: how StrykerJS changes the sources and runs the tests. `npm run test:mutation` sets what it reads here
// (scripts/test-mutation.mjs): the files to change, the tests to run, and where the report goes.
import { availableParallelism } from "node:os"

const { MUTATION_FILES, MUTATION_NAME = "all" } = process.env
const reports = "reports/mutation"

export default {
  packageManager: "npm",
  mutate: JSON.parse(MUTATION_FILES ?? '["src/risk/**/*.ts"]'),
  testRunner: "vitest",
  vitest: { configFile: "scripts/mutation/vitest.config.mjs", related: false },
  plugins: ["@stryker-mutator/vitest-runner", "./scripts/mutation/ignoreTexts.mjs"],
  ignorers: ["texts"],
  coverageAnalysis: "perTest",
  concurrency: Math.max(1, availableParallelism() - 1),
  timeoutMS: 20_000,
  dryRunTimeoutMinutes: 15,
  tempDirName: ".stryker-tmp",
  incrementalFile: `${reports}/${MUTATION_NAME}.incremental.json`,
  jsonReporter: { fileName: `${reports}/${MUTATION_NAME}.json` },
  htmlReporter: { fileName: `${reports}/${MUTATION_NAME}.html` },
  reporters: ["json", "html"],
  ignorePatterns: ["dist", "reports", "artifacts", "data", "coverage", "docs/*.svg"],
  allowEmpty: true,
  disableTypeChecks: false,
  cleanTempDir: "always"
}
