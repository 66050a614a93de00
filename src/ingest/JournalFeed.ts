import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { StoreError } from "../domain/errors.ts"
import { type JournalRecord } from "../domain/Journal.ts"
import { type FeedPoll, MarketFeed } from "../ports/MarketFeed.ts"
import { decodeMarkets, type KnownMarkets } from "./decodeMarkets.ts"

/** What the feed reads of a record. */
export type FeedRecord = Pick<JournalRecord, "seq" | "kind" | "body">

const ended: FeedPoll = { events: [], ended: true, problems: [] }

/**
 * What a session was told, told again: each poll gives the next `markets` record, with the problems of that poll. The
 * records are one session's from its first on, and are read as they are needed, one ahead, so that the last poll knows
 * that it is the last. Others than `markets` are passed over. The Clock is not asked: whoever replays a session moves
 * it along the records.
 */
export const layer = (records: Stream.Stream<FeedRecord, StoreError>): Layer.Layer<MarketFeed, StoreError> =>
  Layer.scoped(
    MarketFeed,
    Effect.gen(function* () {
      const pull = yield* Stream.toPull(
        records.pipe(
          Stream.filter(({ kind }) => kind === "markets"),
          Stream.rechunk(1)
        )
      )
      const read: Effect.Effect<FeedRecord | null, StoreError> = pull.pipe(
        Effect.map((chunk) => Chunk.unsafeHead(chunk)),
        Effect.catchAll(Option.match({ onNone: () => Effect.succeed(null), onSome: (error) => Effect.fail(error) }))
      )
      const known: Array<KnownMarkets[number]> = []
      const next = yield* Ref.make(yield* read)
      return MarketFeed.of({
        poll: Effect.gen(function* () {
          const record = yield* Ref.get(next)
          if (record === null) return ended
          const decoded = decodeMarkets(record.body, known)
          if (Either.isLeft(decoded)) {
            return yield* new StoreError({
              operation: "read journal",
              detail: `record ${record.seq} (markets): ${decoded.left}`
            })
          }
          const following = yield* read
          const { added, events, problems } = decoded.right
          for (const market of added) known.push(market)
          yield* Ref.set(next, following)
          return { events, ended: following === null, problems }
          // A record that was taken is told.
        }).pipe(Effect.uninterruptible)
      })
    })
  )
