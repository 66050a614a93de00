import { readdirSync, readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import { findShared, root, sharedVariable } from "./scripts/shared.mjs"

/** These take a minute or more, and start first: last, they would keep one core busy while the others idle. */
const longest = ["faultMatrixKilled", "faultMatrix", "kill", "commands", "secrets", "soak", "liveBundle", "liveSession"]
const lengthOf = ({ moduleId }: TestSpecification): number => {
  const at = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
  return at === -1 ? longest.length : at
}

class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => lengthOf(a) - lengthOf(b))
  }
}

const tests = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => `test/${name}`)
/** Files that ask for shared data. */
const asking = tests.filter((name) => /\bdescribeShared\b/.test(readFileSync(join(root, name), "utf8")))

const all = { extends: true as const, test: { name: "all", include: ["test/**/*.test.ts"] } }
/** The files that use shared data once more, as they run in a checkout that has none. */
const withoutShared = {
  extends: true as const,
  test: { name: "without shared data", include: asking, env: { [sharedVariable]: join(root, "no-such-folder") } }
}

export default defineConfig({
  test: {
    projects: findShared("") === undefined ? [all] : [all, withoutShared],
    globalSetup: ["test/globalSetup.ts"],
    // Spawned CLIs, loopback servers and golden replays need room on a two-core machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    // Many tests wait for processes that they started: one worker per core, where the default leaves a core idle.
    // A worker keeps its modules from file to file: loading Effect anew for each of them takes longer than most tests.
    // So no test may change what is global to a process, such as its environment or a module's exports.
    poolOptions: { forks: { maxForks: Math.max(2, availableParallelism()), isolate: false } },
    sequence: { sequencer: LongestFirst },
    reporters: ["default"]
  }
})
