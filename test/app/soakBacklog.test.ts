import { join } from "node:path"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { alignPaper } from "../../src/app/align.ts"
import { alignmentText } from "../../src/backtest/alignmentText.ts"
import { runSoak } from "../../src/app/soak.ts"
import { readLatest, soakPaths } from "../../src/app/soakFiles.ts"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { MICROS_PER_SECOND } from "../../src/domain/time.ts"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { inSoakWorld, maxSignalAge } from "./soakWorld.ts"

const soak = (folder: string, hours: number) =>
  Effect.flatMap(Deferred.make<void>(), (stop) =>
    runSoak(
      {
        hours,
        intervalSec: 300,
        maxSignalsPerCycle: 5,
        ingestLimit: 60,
        retryMax: 1,
        retryBackoffSec: 1,
        outDir: join(folder, "out")
      },
      stop
    )
  )

/** Seconds between each executed signal and its first order. */
const delays = Effect.gen(function* () {
  const repo = yield* SignalRepo
  const signals = yield* repo.list({ limit: Number.MAX_SAFE_INTEGER, status: "all", strategy: null })
  const made = new Map(signals.map(({ createdAtUs, id }) => [id, createdAtUs]))
  const orders = yield* (yield* TradeRepo).orders({ limit: Number.MAX_SAFE_INTEGER, status: "all", strategy: null })
  // A signal whose order rested may have further ones long after: what follows a fill, or takes at the end.
  const first = new Map<number, number>()
  for (const { createdAtUs, signalId } of orders) {
    if (signalId !== null) first.set(signalId, Math.min(createdAtUs, first.get(signalId) ?? createdAtUs))
  }
  return [...first].map(([id, atUs]) => (atUs - (made.get(id) ?? 0)) / MICROS_PER_SECOND)
})

const window = (fromUs: number, toUs: number) =>
  Effect.map(AppConfig, ({ execution, risk }) => {
    const shared = { compat: "market", settlement: true, strategies: [] } as const
    return { ...shared, execution, risk, fromUs, toUs }
  })

describe("a soak that finds more signals than it executes", () => {
  it("lets the old ones go when it is told how old they may be, and agrees with the replay of what it did", () =>
    Effect.runPromise(
      inSoakWorld(9, ({ clock, folder }) =>
        Effect.gen(function* () {
          const fromUs = clock.nowUs
          yield* soak(folder, 2).pipe(Effect.provide(maxSignalAge(600)))
          const waited = yield* delays
          expect(waited.length).toBeGreaterThan(80)
          // Two intervals, and a retry's time on top of it.
          expect(Math.max(...waited)).toBeLessThan(620)
          const repo = yield* SignalRepo
          const fresh = yield* repo.list({ limit: Number.MAX_SAFE_INTEGER, status: "new", strategy: null })
          const old = fresh.filter(({ createdAtUs }) => clock.nowUs - createdAtUs > 1_200 * MICROS_PER_SECOND)
          expect(old).toEqual([])
          const rejected = yield* repo.list({ limit: Number.MAX_SAFE_INTEGER, status: "rejected", strategy: null })
          const expired = rejected.filter(({ reason }) => reason?.startsWith("signal expired: ") === true)
          expect(expired.length).toBeGreaterThan(100)
          const latest = yield* readLatest(soakPaths(join(folder, "out")).latest)
          expect(latest?.value).toMatchObject({ expired_count: expect.any(Number) })

          const { alignment } = yield* alignPaper(yield* window(fromUs, clock.nowUs))
          expect(alignment.expired).toBe(expired.length)
          expect(alignment.criteria.map(({ name, verdict }) => `${name}: ${verdict}`)).toEqual(
            alignment.criteria.map(({ name }) => `${name}: aligned`)
          )
          expect(alignment.verdict).toBe("aligned")
          expect(alignment.paper.executed).toBeGreaterThan(0)
          expect(alignmentText(alignment)).toContain(`(${expired.length} of them grew too old before their turn came`)
        })
      )
    ))

  it("executes them all the same by default, however old", () =>
    Effect.runPromise(
      inSoakWorld(9, ({ folder }) =>
        Effect.gen(function* () {
          yield* soak(folder, 1.5)
          expect(Math.max(...(yield* delays))).toBeGreaterThan(3_600)
          const repo = yield* SignalRepo
          const rejected = yield* repo.list({ limit: Number.MAX_SAFE_INTEGER, status: "rejected", strategy: null })
          expect(rejected.filter(({ reason }) => reason !== undefined)).toEqual([])
        })
      )
    ))
})
