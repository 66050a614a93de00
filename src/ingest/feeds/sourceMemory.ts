import * as Effect from "effect/Effect"
import { type StoreError } from "../../domain/errors.ts"
import { type MarketId, type SourceId } from "../../domain/ids.ts"
import { knownMarketsBatch } from "../../policy/ingest.ts"
import { type LookRepo } from "../../ports/LookRepo.ts"
import { type MarketRepo } from "../../ports/MarketRepo.ts"
import { type Fetched } from "../askSource.ts"
import { type SourceMemory } from "../readSource.ts"
import { type MarketMemory } from "./MarketMemory.ts"

/** What a feed knows of its sources: its own memory, which is ahead of the store, and the store where that has nothing. */
export interface FeedMemory extends SourceMemory {
  /** Before what a source brought becomes events: what the store knows of these markets. */
  readonly prepare: (fetched: Fetched) => Effect.Effect<void, StoreError>
}

export const makeFeedMemory = (
  memory: MarketMemory,
  stored: MarketRepo["Type"],
  looks: LookRepo["Type"]
): FeedMemory => {
  const lookUp = Effect.fnUntraced(function* (source: SourceId, marketIds: ReadonlyArray<MarketId>) {
    const missing = marketIds.filter((marketId) => memory.known(source, marketId) === undefined)
    for (let from = 0; from < missing.length; from += knownMarketsBatch) {
      const found = yield* stored.shownBy(source, missing.slice(from, from + knownMarketsBatch))
      for (const row of found.values()) memory.learn(row)
    }
  })

  return {
    known: (source, marketIds) =>
      Effect.map(
        lookUp(source, marketIds),
        () =>
          new Map(
            marketIds.flatMap((marketId) => {
              const row = memory.known(source, marketId)
              return row === undefined ? [] : [[marketId, row] as const]
            })
          )
      ),
    watched: looks.watched,
    prepare: ({ markets, report: { source } }) =>
      lookUp(
        source,
        markets.map(({ marketId }) => marketId)
      )
  }
}
