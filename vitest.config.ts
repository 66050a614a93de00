import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

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
    reporters: ["default"]
  }
})
