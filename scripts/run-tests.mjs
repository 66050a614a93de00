// Runs all tests and ends with one plain line: "N passed, N failed[, N skipped]".
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")
const folder = mkdtempSync(join(tmpdir(), "monomarket-tests-"))
const report = join(folder, "report.json")
const vitest = join(root, "node_modules", "vitest", "vitest.mjs")
const run = spawnSync(
  process.execPath,
  [vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit" }
)
let counts = { passed: 0, failed: 1, skipped: 0 }
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
    readFileSync(report, "utf8")
  )
  // A file that does not even load fails as a suite without a failed test.
  const failed = numFailedTests > 0 ? numFailedTests : run.status === 0 ? 0 : Math.max(1, numFailedTestSuites)
  counts = { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests }
} catch (error) {
  console.error(`no test report: ${error instanceof Error ? error.message : error}`)
}
rmSync(folder, { recursive: true, force: true })
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`)
process.exit(run.status === 0 && counts.failed === 0 ? 0 : 1)
