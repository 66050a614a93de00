import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Market, type Payout, type ResolutionState } from "../../src/domain/Market.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { inStore, market, noon, olderOriginal, run, temporaryFolder, using, withSqlite } from "./support.ts"

const HOUR = 3_600_000_000
let clock = noon

/** An hour later, a source says so about its markets. */
const commit = (...markets: ReadonlyArray<Market>) =>
  Effect.flatMap(IngestRepo, (repo) => {
    clock += HOUR
    const source = markets[0]?.source === "clob" ? "clob" : "gamma"
    return repo.commitRun({ run: run({ source }), markets, capturedAtUs: clock, confirmed: [], checkpointUs: null })
  })

const says = (state: ResolutionState | null, payout: Payout | null = null, fields: Partial<Market> = {}): Market => {
  const seen = clock + HOUR
  return market({
    marketId: "m1",
    status: "closed",
    conditionId: "0xc1",
    yesTokenId: "11",
    noTokenId: "12",
    updatedAtUs: seen,
    payout,
    resolvedAtUs: payout === null ? null : seen - 5,
    resolution:
      state === null
        ? null
        : {
            state,
            proposedAtUs: state === "proposed" ? seen : null,
            disputedAtUs: state === "disputed" ? seen : null,
            finalAtUs: state === "final" ? seen : null,
            contradiction: null
          },
    ...fields
  })
}

/** The same contract as the CLOB lists it, the tokens the other way round. */
const clobSays = (payout: Payout | null): Market =>
  says(payout === null ? null : "final", payout, {
    source: "clob",
    marketId: "0xc1",
    yesTokenId: "12",
    noTokenId: "11"
  })

const stored = (marketId = "m1") =>
  Effect.map(
    Effect.flatMap(MarketRepo, (repo) => repo.find(marketId)),
    Option.getOrThrow
  )

const rows = (query: string) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(query).values)
const contradictions = rows("SELECT market_id, source, report FROM resolution_contradictions ORDER BY 1, 2, 3")

describe("resolutions in the store", () => {
  it.effect("keeps when each state was first seen, through a dispute to the final word", () =>
    inStore(
      Effect.gen(function* () {
        const start = clock
        yield* commit(says(null))
        expect((yield* stored()).resolution).toBeNull()
        yield* commit(says("proposed"))
        yield* commit(says("proposed"))
        yield* commit(says("disputed"))
        expect(yield* stored()).toMatchObject({ payout: null, resolution: { state: "disputed", finalAtUs: null } })
        yield* commit(says("proposed"))
        expect((yield* stored()).resolution?.state).toBe("proposed")
        yield* commit(says("final", { yes: 0.5, no: 0.5 }))
        yield* commit(says("final", { yes: 0.5, no: 0.5 }))
        expect(yield* stored()).toMatchObject({
          payout: { yes: 0.5, no: 0.5 },
          resolvedAtUs: start + 6 * HOUR - 5,
          resolution: {
            state: "final",
            proposedAtUs: start + 2 * HOUR,
            disputedAtUs: start + 4 * HOUR,
            finalAtUs: start + 6 * HOUR,
            contradiction: null
          }
        })
      })
    )
  )

  it.effect("forgets a proposal that the venue takes back", () =>
    inStore(
      Effect.gen(function* () {
        yield* commit(says("proposed", null, { status: "open" }))
        yield* commit(says(null, null, { status: "open" }))
        expect((yield* stored()).resolution).toBeNull()
        expect(yield* contradictions).toEqual([])
      })
    )
  )

  it.effect("lets the first final word stand, and keeps every later one that disagrees beside it", () =>
    inStore(
      Effect.gen(function* () {
        yield* commit(says("final", { yes: 1, no: 0 }))
        const first = yield* stored()
        for (const report of [
          says("final", { yes: 0, no: 1 }),
          says("disputed"),
          says("proposed"),
          says(null, null, { status: "open" }),
          says("final", { yes: 0, no: 1 }),
          says("final", { yes: 1, no: 0 })
        ]) {
          yield* commit({ ...report, updatedAtUs: clock + HOUR })
          const { payout, resolution, resolvedAtUs } = yield* stored()
          expect({ payout, resolvedAtUs }).toEqual({ payout: first.payout, resolvedAtUs: first.resolvedAtUs })
          expect(resolution).toMatchObject({ state: "final", finalAtUs: first.resolution?.finalAtUs })
        }
        expect(yield* contradictions).toEqual([
          ["m1", "gamma", "disputed"],
          ["m1", "gamma", "final 0/1"],
          ["m1", "gamma", "open"],
          ["m1", "gamma", "proposed"]
        ])
        expect((yield* stored()).resolution?.contradiction).toBe("gamma later: final 0/1")
        expect(yield* rows("SELECT payout_yes, payout_no, basis FROM market_resolutions")).toEqual([[1, 0, "venue"]])
      })
    )
  )

  it.effect("takes [1, 1] and [0.5, 0.5] for the same payout: half each", () =>
    inStore(
      Effect.gen(function* () {
        yield* commit(says("final", { yes: 1, no: 1 }))
        yield* commit(says("final", { yes: 0.5, no: 0.5 }))
        expect((yield* stored()).payout).toEqual({ yes: 0.5, no: 0.5 })
        expect(yield* contradictions).toEqual([])
        // The report itself is kept as it came.
        expect(yield* rows("SELECT payout_yes, payout_no FROM market_resolutions")).toEqual([[1, 1]])
      })
    )
  )

  it.effect("resolves a contract for every source that lists it, before or after, and hears them all", () =>
    inStore(
      Effect.gen(function* () {
        yield* commit(says("proposed"))
        yield* commit(clobSays({ yes: 0, no: 1 }))
        // Gamma still says proposed, as it does for good for hundreds of markets of 2024: no contradiction.
        yield* commit(says("proposed"))
        expect(yield* stored()).toMatchObject({ payout: { yes: 1, no: 0 }, resolution: { state: "final" } })
        expect(yield* contradictions).toEqual([])
        yield* commit(says("final", { yes: 0, no: 1 }))
        expect((yield* stored()).payout).toEqual({ yes: 1, no: 0 })
        expect(yield* contradictions).toEqual([
          ["0xc1", "gamma", "final 1/0"],
          ["m1", "gamma", "final 0/1"]
        ])
      })
    )
  )

  it.effect("does not let a source that comes later pay the other way", () =>
    inStore(
      Effect.gen(function* () {
        yield* commit(says("final", { yes: 1, no: 0 }))
        yield* commit(clobSays({ yes: 1, no: 0 }))
        expect((yield* stored("0xc1")).payout).toEqual({ yes: 0, no: 1 })
        expect(yield* contradictions).toEqual([
          ["0xc1", "clob", "final 1/0"],
          ["m1", "clob", "final 0/1"]
        ])
      })
    )
  )

  it.effect("withdraws what final-looking prices suggested once the venue says that it is not final", () =>
    inStore(
      Effect.gen(function* () {
        yield* rows(
          "INSERT INTO market_resolutions (market_id, payout_yes, payout_no, resolved_us, basis) VALUES ('m1', 0, 1, 5, 'price')"
        )
        yield* commit(says(null, null, { yesPrice: 0, noPrice: 1 }))
        expect((yield* stored()).payout).toBeNull()
        expect(yield* rows("SELECT basis FROM market_resolutions")).toEqual([["price"]])
        yield* commit(says("disputed", null, { yesPrice: 0, noPrice: 1 }))
        expect(yield* rows("SELECT basis FROM market_resolutions")).toEqual([])
      })
    )
  )

  it.scoped("opens older databases: a payout that the venue reported is final, prices alone are nothing", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "older.db")
      withSqlite(path, (db) => db.exec(olderOriginal))
      const won = yield* using(path, stored("won"))
      expect(won).toMatchObject({ status: "closed", yesPrice: 1, payout: null, resolution: null })
      yield* using(path, commit({ ...won, payout: { yes: 1, no: 0 }, resolvedAtUs: noon }))
      withSqlite(path, (db) => {
        db.exec("DELETE FROM schema_migrations WHERE migration_id >= 9")
        db.exec("UPDATE markets SET resolution_state = NULL; DROP TABLE resolution_contradictions")
      })
      expect(yield* using(path, stored("won"))).toMatchObject({
        payout: { yes: 1, no: 0 },
        resolution: { state: "final", finalAtUs: null, contradiction: null }
      })
      expect(
        withSqlite(path, (db) =>
          db.prepare("SELECT resolution_state FROM markets WHERE market_id = 'won'").pluck().get()
        )
      ).toBe("final")
    })
  )
})
