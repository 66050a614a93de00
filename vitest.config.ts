import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

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

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/globalSetup.ts"],
    // Spawned CLIs, loopback servers and golden replays need room on a two-core machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    // Many tests wait for processes that they started: one worker per core, where the default leaves a core idle.
    poolOptions: { forks: { maxForks: Math.max(2, availableParallelism()) } },
    sequence: { sequencer: LongestFirst },
    reporters: ["default"]
  }
})
