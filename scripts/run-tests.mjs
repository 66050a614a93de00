// Runs all tests, those that use shared data once more without them (vitest.config.ts), and ends with one plain line
// over both: "N passed, N failed[, N skipped]".
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { findShared, root, sharedFolder } from "./shared.mjs"

const folder = mkdtempSync(join(tmpdir(), "monomarket-tests-"))
const report = join(folder, "report.json")
const vitest = join(root, "node_modules", "vitest", "vitest.mjs")
if (findShared("") === undefined) {
  console.log(`${sharedFolder} is not there: every test runs without shared data, and none needs to run twice.`)
}
const run = spawnSync(
  process.execPath,
  [vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit" }
)

/** A file that does not even load, or fails in a hook, is a failure without a failed test. */
const failedByItself = ({ assertionResults, status }) =>
  status === "failed" && assertionResults.every((test) => test.status !== "failed")

let counts = { passed: 0, failed: 1, skipped: 0 }
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, "utf8")
  )
  const failed = numFailedTests + testResults.filter(failedByItself).length
  counts = {
    passed: numPassedTests,
    failed: run.status === 0 ? failed : Math.max(1, failed),
    skipped: numPendingTests + numTodoTests
  }
} catch (error) {
  console.error(`no test report: ${error instanceof Error ? error.message : error}`)
}
rmSync(folder, { recursive: true, force: true })
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`)
process.exit(run.status === 0 && counts.failed === 0 ? 0 : 1)
