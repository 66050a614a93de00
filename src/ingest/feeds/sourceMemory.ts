import * as Effect from "effect/Effect"
import { type StoreError } from "../../domain/errors.ts"
import { type SourceId } from "../../domain/ids.ts"
import { type Market } from "../../domain/Market.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { knownMarketsBatch } from "../../policy/ingest.ts"
import { type IngestRepo } from "../../ports/IngestRepo.ts"
import { type MarketRepo } from "../../ports/MarketRepo.ts"
import { type Fetched, type SourceMemory } from "../askSource.ts"
import { type MarketMemory } from "./MarketMemory.ts"

/** What a feed knows of its sources: its own memory, which is ahead of the store, and the store where that has nothing. */
export interface FeedMemory extends SourceMemory {
  /** Before what a source brought becomes events: what the store knows of these markets, and how far the source was read. */
  readonly prepare: (fetched: Fetched) => Effect.Effect<void, StoreError>
}

export const makeFeedMemory = (
  memory: MarketMemory,
  repo: IngestRepo["Type"],
  stored: MarketRepo["Type"]
): FeedMemory => {
  const checkpoints = new Map<SourceId, EpochMicros>()
  const isMissing = ({ marketId, source }: Market) => memory.known(source, marketId) === undefined

  const lookUp = Effect.fnUntraced(function* (markets: ReadonlyArray<Market>) {
    const missing = markets.filter(isMissing)
    for (let from = 0; from < missing.length; from += knownMarketsBatch) {
      const batch = missing.slice(from, from + knownMarketsBatch)
      const found = yield* stored.findAll(batch.map(({ marketId }) => marketId))
      for (const { marketId, source } of batch) {
        const row = found.get(marketId)
        // Two sources may use the same id.
        if (row !== undefined && row.source === source) memory.learn(row)
      }
    }
  })

  return {
    checkpoint: (source) => {
      const own = checkpoints.get(source)
      return own === undefined ? repo.checkpoint(source) : Effect.succeed(own)
    },
    known: (markets) =>
      Effect.map(
        lookUp(markets),
        () =>
          new Map(
            markets.flatMap(({ marketId, source }) => {
              const row = memory.known(source, marketId)
              return row === undefined ? [] : [[marketId, row] as const]
            })
          )
      ),
    prepare: ({ checkpointUs, markets, report: { source } }) =>
      Effect.map(lookUp(markets), () => {
        if (checkpointUs !== null) {
          checkpoints.set(source, Math.max(checkpointUs, checkpoints.get(source) ?? checkpointUs))
        }
      })
  }
}
