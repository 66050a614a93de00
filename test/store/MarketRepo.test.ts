import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Market } from "../../src/domain/Market.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { inStore, market, noon, run } from "./support.ts"

const commit = (source: "gamma" | "clob", markets: ReadonlyArray<Market>) =>
  Effect.flatMap(IngestRepo, (repo) =>
    repo.commitRun({ run: run({ source }), markets, capturedAtUs: noon, confirmed: [], checkpointUs: null })
  )

/** The same id at two sources, seen last at clob. */
const stored = Effect.gen(function* () {
  yield* commit("gamma", [
    market({ marketId: "b", updatedAtUs: noon }),
    market({ marketId: "a", updatedAtUs: noon + 3 }),
    market({ marketId: "c", updatedAtUs: noon + 1, status: "closed" })
  ])
  yield* commit("clob", [market({ marketId: "b", source: "clob", updatedAtUs: noon + 2 })])
  return yield* MarketRepo
})

const names = (markets: ReadonlyArray<Market>) => markets.map(({ marketId, source }) => `${source} ${marketId}`)

describe("MarketRepo", () => {
  it.effect("gives open markets by source and id", () =>
    inStore(
      Effect.gen(function* () {
        expect(names(yield* (yield* stored).open)).toEqual(["clob b", "gamma a", "gamma b"])
      })
    )
  )

  it.effect("lists the newest first, within limit and status", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* stored
        expect(names(yield* repo.list({ limit: 3, status: "all" }))).toEqual(["gamma a", "clob b", "gamma c"])
        expect(names(yield* repo.list({ limit: 9, status: "open" }))).toEqual(["gamma a", "clob b", "gamma b"])
        expect(names(yield* repo.list({ limit: 9, status: "closed" }))).toEqual(["gamma c"])
      })
    )
  )

  it.effect("finds the row seen last when several sources have the id", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* stored
        expect(Option.getOrThrow(yield* repo.find("b")).source).toBe("clob")
        expect((yield* repo.findAll(["b", "x"])).get("b")?.source).toBe("clob")
        expect((yield* repo.findAll([])).size).toBe(0)
      })
    )
  )
})
