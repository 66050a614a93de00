import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Market } from "../../src/domain/Market.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { inStore, market, noon, run } from "./support.ts"

const commit = (
  markets: ReadonlyArray<Market>,
  fields: Parameters<typeof run>[0] = {},
  checkpointUs: number | null = null
) =>
  Effect.flatMap(IngestRepo, (repo) =>
    repo.commitRun({ run: run(fields), markets, capturedAtUs: noon, confirmed: [], checkpointUs })
  )

const rows = (query: string) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(query).values)

const full = market({
  marketId: "m1",
  conditionId: "0xc1",
  yesTokenId: "11",
  noTokenId: "12",
  yesLabel: "Up",
  noLabel: "Down",
  tickSize: 0.001,
  minOrderSize: 5,
  fee: { rate: 0.25, exponent: 2, takerOnly: true, rebateRate: 0.2 },
  acceptingOrders: true,
  slug: "m-1",
  endDateUs: noon + 1,
  resolution: { state: "final", proposedAtUs: null, disputedAtUs: null, finalAtUs: noon, contradiction: null },
  payout: { yes: 0.5, no: 0.5 },
  resolvedAtUs: noon - 5,
  sourceUpdatedUs: noon - 7
})

describe("IngestRepo.commitRun", () => {
  it.effect("stores markets as they were given", () =>
    inStore(
      Effect.gen(function* () {
        const bare = market({ marketId: "m2", yesPrice: null, noPrice: null, negRisk: true, status: "closed" })
        yield* commit([full, bare])
        const markets = yield* MarketRepo
        expect(yield* markets.findAll(["m1", "m2", "m3"])).toEqual(
          new Map([
            ["m1", full],
            ["m2", bare]
          ])
        )
        expect(yield* markets.open).toEqual([full])
        expect((yield* markets.list({ limit: 5, status: "closed" })).map(({ marketId }) => marketId)).toEqual(["m2"])
        expect(Option.isNone(yield* markets.find("m3"))).toBe(true)
      })
    )
  )

  it.effect("writes one snapshot for each market of a run, whatever the pages repeat", () =>
    inStore(
      Effect.gen(function* () {
        yield* commit([full, market({ marketId: "m2" }), { ...full, yesPrice: 0.45 }])
        expect(
          yield* rows(
            "SELECT market_id, yes_price, best_bid, captured_at, captured_us FROM market_snapshots ORDER BY market_id"
          )
        ).toEqual([
          ["m1", 0.45, 0.39, "2026-03-01T12:00:00Z", noon],
          ["m2", 0.4, 0.39, "2026-03-01T12:00:00Z", noon]
        ])
      })
    )
  )

  it.effect("keeps what a later run does not say, and takes new prices as they come", () =>
    inStore(
      Effect.gen(function* () {
        yield* commit([full])
        const { canonicalId } = full
        yield* commit([market({ marketId: "m1", yesPrice: null, bestBid: null, canonicalId, status: "closed" })])
        const stored = Option.getOrThrow(yield* Effect.flatMap(MarketRepo, (repo) => repo.find("m1")))
        expect(stored).toEqual({ ...full, yesPrice: null, bestBid: null, status: "closed" })
      })
    )
  )

  it.effect("ties sources by condition id, gamma's canonical id leading whoever came first", () =>
    inStore(
      Effect.gen(function* () {
        const clob = market({ marketId: "0xc1", source: "clob", conditionId: "0xc1", canonicalId: "clob's" })
        const canonicals = rows("SELECT source, canonical_id FROM markets WHERE condition_id = '0xc1' ORDER BY source")
        yield* commit([clob], { source: "clob" })
        yield* commit([market({ marketId: "x", conditionId: "0xother" }), full])
        expect(yield* canonicals).toEqual([
          ["clob", full.canonicalId],
          ["gamma", full.canonicalId]
        ])
        yield* commit([clob], { source: "clob" })
        yield* commit([{ ...full, canonicalId: "renamed" }])
        expect(yield* canonicals).toEqual([
          ["clob", "renamed"],
          ["gamma", "renamed"]
        ])
      })
    )
  )

  it.effect("records a resolution once, for every source's row, and turns it where the tokens are turned", () =>
    inStore(
      Effect.gen(function* () {
        const twin = market({
          marketId: "0xc1",
          source: "clob",
          conditionId: "0xc1",
          yesTokenId: "12",
          noTokenId: "11"
        })
        yield* commit([twin], { source: "clob" })
        const won = { ...full, payout: { yes: 1, no: 0 } }
        yield* commit([won])
        yield* commit([{ ...won, payout: { yes: 0, no: 1 } }])
        expect(
          yield* rows("SELECT market_id, payout_yes, payout_no, resolved_us, basis FROM market_resolutions ORDER BY 1")
        ).toEqual([
          ["0xc1", 0, 1, noon - 5, "venue"],
          ["m1", 1, 0, noon - 5, "venue"]
        ])
      })
    )
  )

  it.effect("lets the venue's word replace what prices suggested", () =>
    inStore(
      Effect.gen(function* () {
        yield* rows("INSERT INTO market_resolutions VALUES ('m1', 1, 0, 5, 'price', 5)")
        yield* commit([full])
        expect(yield* rows("SELECT payout_yes, resolved_us, basis FROM market_resolutions")).toEqual([
          [0.5, noon - 5, "venue"]
        ])
      })
    )
  )

  it.effect("moves the checkpoint forward only", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* IngestRepo
        expect(yield* repo.checkpoint("gamma")).toBe(null)
        yield* commit([], {}, noon)
        yield* commit([], {}, noon - 1)
        yield* commit([], {}, null)
        expect(yield* repo.checkpoint("gamma")).toBe(noon)
        expect(yield* repo.checkpoint("clob")).toBe(null)
      })
    )
  )

  it.effect("adds up requests, failures and buckets, and keeps each run and its events", () =>
    inStore(
      Effect.gen(function* () {
        const buckets = [{ bucket: "http_5xx", count: 2, lastError: "HTTP 503" }] as const
        yield* commit([], { status: "partial", failureCount: 2, retryCount: 1, buckets, error: "e" })
        yield* commit([], { status: "error", failureCount: 2, buckets: [{ ...buckets[0], lastError: "HTTP 502" }] })
        expect(yield* rows("SELECT total_requests, total_failures FROM ingestion_state")).toEqual([[4, 4]])
        expect(
          yield* rows("SELECT source, error_bucket, total_count, last_error FROM ingestion_error_buckets")
        ).toEqual([["gamma", "http_5xx", 4, "HTTP 502"]])
        expect(yield* rows("SELECT count, last_error FROM ingestion_error_bucket_events ORDER BY id")).toEqual([
          [2, "HTTP 503"],
          [2, "HTTP 502"]
        ])
        expect(
          yield* rows(
            "SELECT status, started_us, finished_us, retry_count, error_buckets_json, error FROM ingestion_runs"
          )
        ).toEqual([
          ["partial", noon, noon + 2_000_000, 1, '{"http_5xx":2}', "e"],
          ["error", noon, noon + 2_000_000, 0, '{"http_5xx":2}', ""]
        ])
      })
    )
  )

  it.effect("stores nothing of a run when a part of it fails", () =>
    inStore(
      Effect.gen(function* () {
        yield* rows("CREATE TRIGGER refuse BEFORE INSERT ON ingestion_runs BEGIN SELECT RAISE(ABORT, 'no'); END")
        const failed = yield* Effect.flip(commit([full], {}, noon))
        expect(failed._tag).toBe("StoreError")
        expect(failed.message).toMatch(/^database: store the gamma run: no/)
        expect(yield* rows("SELECT (SELECT COUNT(*) FROM markets), (SELECT COUNT(*) FROM market_snapshots)")).toEqual([
          [0, 0]
        ])
        expect(yield* Effect.flatMap(IngestRepo, (repo) => repo.checkpoint("gamma"))).toBe(null)
      })
    )
  )

  it.effect("stores thousands of markets in one run, hostile questions included", () =>
    inStore(
      Effect.gen(function* () {
        const question = "'); DROP TABLE markets; -- \u001b[31m\u0000 ?"
        const many = Array.from({ length: 3_001 }, (_, index) => market({ marketId: `m${index}`, question }))
        yield* commit(many)
        yield* commit(many)
        expect(yield* rows("SELECT COUNT(*), COUNT(DISTINCT market_id) FROM markets")).toEqual([[3_001, 3_001]])
        expect(yield* rows("SELECT COUNT(*) FROM market_snapshots")).toEqual([[6_002]])
        const found = yield* Effect.flatMap(MarketRepo, (repo) => repo.find("m3000"))
        expect(Option.getOrThrow(found).question).toBe(question)
      })
    )
  )
})
