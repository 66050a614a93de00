import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { type BreakerInput, type BreakerSettings } from "../../src/domain/Breaker.ts"
import { type SourceId } from "../../src/domain/ids.ts"
import { type EpochMicros } from "../../src/domain/time.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { inStore, noon, temporaryFolder, using, withSqlite } from "./support.ts"

const settings: BreakerSettings = { failureThreshold: 3, cooldownUs: 1_000 }
const failure: BreakerInput = { _tag: "failed", reason: "http_5xx" }
const success: BreakerInput = { _tag: "succeeded" }

/** The stored breaker, asked before an attempt and stepped after one. */
const breakers = Effect.map(IngestRepo, ({ stepBreaker }) => ({
  admit: (source: SourceId, atUs: EpochMicros, by: BreakerSettings) =>
    Effect.map(stepBreaker(source, atUs, by, { _tag: "asked" }), ({ admission }) => admission),
  settle: (source: SourceId, atUs: EpochMicros, by: BreakerSettings, outcome: BreakerInput) =>
    Effect.map(stepBreaker(source, atUs, by, outcome), ({ state: { consecutiveFailures, openUntilUs } }) => ({
      consecutiveFailures,
      openUntilUs
    }))
}))

const transitions = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.map(sql`SELECT state, transition_count FROM ingestion_breaker_transitions ORDER BY state`.values, (rows) =>
    Object.fromEntries(rows)
  )
)

/** Three failures in a row at `noon`. */
const opened = Effect.gen(function* () {
  const repo = yield* breakers
  for (let n = 0; n < 3; n++) yield* repo.settle("gamma", noon, settings, failure)
  return repo
})

describe("the breaker of a source", () => {
  it.effect("opens at the threshold of failures in a row, not before", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* breakers
        yield* repo.settle("gamma", noon, settings, failure)
        yield* repo.settle("gamma", noon, settings, failure)
        yield* repo.settle("gamma", noon, settings, success)
        yield* repo.settle("gamma", noon, settings, failure)
        expect(yield* repo.settle("gamma", noon, settings, failure)).toEqual({
          consecutiveFailures: 2,
          openUntilUs: null
        })
        expect(yield* repo.admit("gamma", noon, settings)).toEqual({ _tag: "closed" })
        expect(yield* repo.settle("gamma", noon, settings, failure)).toEqual({
          consecutiveFailures: 3,
          openUntilUs: noon + 1_000
        })
        expect(yield* repo.admit("gamma", noon + 999, settings)).toEqual({ _tag: "refused", openUntilUs: noon + 1_000 })
        expect(yield* repo.admit("clob", noon, settings)).toEqual({ _tag: "closed" })
        expect(yield* transitions).toEqual({ open: 1 })
      })
    )
  )

  it.effect("lets one probe out after the cooldown, and closes when it succeeds", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* opened
        expect(yield* repo.admit("gamma", noon + 1_000, settings)).toEqual({ _tag: "probe" })
        expect(yield* repo.admit("gamma", noon + 1_000, settings)).toEqual({
          _tag: "refused",
          openUntilUs: noon + 2_000
        })
        expect(yield* repo.settle("gamma", noon + 1_001, settings, success)).toEqual({
          consecutiveFailures: 0,
          openUntilUs: null
        })
        expect(yield* repo.admit("gamma", noon + 1_001, settings)).toEqual({ _tag: "closed" })
        expect(yield* transitions).toEqual({ open: 1, half_open: 1, closed: 1 })
      })
    )
  )

  it.effect("opens again at once when the probe fails", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* opened
        yield* repo.admit("gamma", noon + 1_000, settings)
        expect(yield* repo.settle("gamma", noon + 1_500, settings, failure)).toEqual({
          consecutiveFailures: 4,
          openUntilUs: noon + 2_500
        })
        expect(yield* transitions).toEqual({ open: 2, half_open: 1 })
      })
    )
  )

  it.effect("lets another probe out when the first one's process died", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* opened
        yield* repo.admit("gamma", noon + 1_000, settings)
        expect(yield* repo.admit("gamma", noon + 2_000, settings)).toEqual({ _tag: "probe" })
        expect(yield* transitions).toEqual({ open: 1, half_open: 2 })
      })
    )
  )

  it.effect("is not pushed on by a fetch that began before it opened", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* opened
        expect(yield* repo.settle("gamma", noon + 900, settings, failure)).toEqual({
          consecutiveFailures: 4,
          openUntilUs: noon + 1_000
        })
        expect(yield* transitions).toEqual({ open: 1 })
      })
    )
  )

  it.effect("counts `closed` only when it was not", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* breakers
        yield* repo.settle("gamma", noon, settings, success)
        expect(yield* transitions).toEqual({})
      })
    )
  )

  it.scoped("gives the probe to one of two connections", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      yield* using(path, opened)
      const ask = using(
        path,
        Effect.flatMap(breakers, (repo) => repo.admit("gamma", noon + 1_000, settings))
      )
      const answers = yield* Effect.all([ask, ask], { concurrency: 2 })
      expect(answers.map(({ _tag }) => _tag).sort()).toEqual(["probe", "refused"])
    })
  )

  it.scoped("reads a breaker that the original opened, and one whose time is no time as closed", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      yield* using(path, Effect.void)
      withSqlite(path, (db) =>
        db.exec(`INSERT INTO ingestion_breakers (source, consecutive_failures, open_until_ts, updated_at) VALUES
          ('gamma', 3, '2026-03-01T12:00:00.000500+00:00', ''), ('clob', 3, 'soon', '')`)
      )
      const answers = yield* using(
        path,
        Effect.flatMap(breakers, (repo) =>
          Effect.all([repo.admit("gamma", noon, settings), repo.admit("clob", noon, settings)])
        )
      )
      expect(answers).toEqual([{ _tag: "refused", openUntilUs: noon + 500 }, { _tag: "closed" }])
    })
  )
})
