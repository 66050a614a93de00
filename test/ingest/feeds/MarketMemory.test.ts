import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { type SourceId } from "../../../src/domain/ids.ts"
import { type Market } from "../../../src/domain/Market.ts"
import { MarketMemory } from "../../../src/ingest/feeds/MarketMemory.ts"
import { isSameRow } from "../../../src/ingest/feeds/seenMarket.ts"
import { IngestRepo } from "../../../src/ports/IngestRepo.ts"
import { MarketRepo } from "../../../src/ports/MarketRepo.ts"
import { inStore, market, noon, run } from "../../store/support.ts"

const maybe = <A>(values: fc.Arbitrary<A>) => fc.option(values, { nil: null })
const word = fc.constantFrom("a", "b", "c")
const fee = fc.record({
  rate: fc.constantFrom(0, 0.02),
  exponent: fc.constantFrom(1, 2),
  takerOnly: fc.boolean(),
  rebateRate: fc.constantFrom(0, 0.25)
})

/** What a source says of a market this time, or leaves out. */
const saying = fc.record({
  marketId: fc.constantFrom("m1", "m2", "m3"),
  canonicalId: word,
  eventId: word,
  question: word,
  status: fc.constantFrom("open", "closed"),
  yesPrice: maybe(fc.constantFrom(0.1, 0.2, 0.7)),
  noPrice: maybe(fc.constantFrom(0.9, 0.3)),
  bestBid: maybe(fc.constantFrom(0.1, 0.15)),
  yesTokenId: maybe(word),
  noTokenId: maybe(word),
  yesLabel: maybe(word),
  noLabel: maybe(word),
  tickSize: maybe(fc.constantFrom(0.01, 0.001)),
  minOrderSize: maybe(fc.constantFrom(5, 15)),
  fee: maybe(fee),
  acceptingOrders: maybe(fc.boolean()),
  slug: maybe(word),
  endDateUs: maybe(fc.constantFrom(noon, noon + 5)),
  sourceUpdatedUs: maybe(fc.constantFrom(noon - 5, noon - 6)),
  hasCondition: fc.boolean()
})

/** Runs of sources, one after another; a market belongs to one contract, which several sources list. */
const runs = fc.array(
  fc.record({
    source: fc.constantFrom<SourceId>("gamma", "clob", "data"),
    said: fc.uniqueArray(saying, { minLength: 1, maxLength: 3, selector: ({ marketId }) => marketId })
  }),
  { minLength: 1, maxLength: 12 }
)

const contractOf: Readonly<Record<string, string>> = { m1: "0xa", m2: "0xa", m3: "0xb" }

const marketsOf = (
  source: SourceId,
  said: ReadonlyArray<typeof saying extends fc.Arbitrary<infer A> ? A : never>,
  nth: number
) =>
  said.map(({ hasCondition, ...fields }): Market =>
    market({
      ...fields,
      source,
      conditionId: hasCondition ? (contractOf[fields.marketId] ?? null) : null,
      updatedAtUs: noon + nth
    })
  )

describe("MarketMemory", () => {
  it.effect("knows, ahead of the store, what the store will have", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(runs, (all) =>
          Effect.runPromise(
            inStore(
              Effect.gen(function* () {
                const repo = yield* IngestRepo
                const stored = yield* MarketRepo
                const memory = new MarketMemory()
                for (const [nth, { said, source }] of all.entries()) {
                  const markets = marketsOf(source, said, nth)
                  const capturedAtUs = memory.captureTime(noon + nth)
                  memory.observe(markets, capturedAtUs)
                  yield* repo.commitRun({
                    run: run({ source }),
                    markets,
                    capturedAtUs,
                    confirmed: [],
                    checkpointUs: null
                  })
                  const { markets: rows } = yield* stored.changedSince(null, ["m1", "m2", "m3"])
                  for (const row of rows) {
                    const known = memory.known(row.source, row.marketId)
                    if (known === undefined || !isSameRow(row, known)) expect(known).toEqual(row)
                  }
                  // So nothing of it comes again when the store is read.
                  expect(memory.observeStored({ markets: rows, resolutions: [], cursor: 0 }, noon + nth)).toEqual([])
                }
              })
            )
          )
        ),
        { numRuns: 12 }
      )
    )
  )
})
