import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { type InputError, type StoreError } from "../domain/errors.ts"
import { type MarketId } from "../domain/ids.ts"
import { type MarketEvent } from "../domain/MarketEvent.ts"
import { type EpochMicros } from "../domain/time.ts"

/** What asking one source once came to. */
export interface Look {
  readonly source: string
  readonly atUs: EpochMicros
  /** The source listed what there is, all or a part of it. */
  readonly answered: boolean
  /** Markets that it listed and that are as they were known. */
  readonly confirmed: ReadonlyArray<MarketId>
  /** Why it did not answer in full, in one line. */
  readonly problem: string | null
}

/** What became known together. */
export interface FeedBatch {
  /** In total order (`compareEvents`), none earlier than an event of a batch before. */
  readonly events: ReadonlyArray<MarketEvent>
  /** What came of asking sources; a feed that asks none leaves it empty, and its events count as an answer. */
  readonly looks: ReadonlyArray<Look>
  /** The events are rows that were stored before, by this process or another: no source shows them now. */
  readonly stored?: boolean
  /** What could not be collected, one line each. */
  readonly problems: ReadonlyArray<string>
  /** Every source of the round has answered, or was waited for long enough: the moment to ask the strategies. */
  readonly roundEnded: boolean
}

/** Where market data comes from, as it comes. The engine cannot tell whether it is the exchange or a recording. */
export class Feed extends Context.Tag("monomarket/ports/Feed")<
  Feed,
  {
    /** One feed, to be run once: what is behind it begins and ends with the stream. A live one does not end by itself. */
    readonly batches: Stream.Stream<FeedBatch, StoreError | InputError>
    /** Returns when every row that the stream has given so far is recorded: what was decided on it may not leave before. */
    readonly recorded: Effect.Effect<void, StoreError>
  }
>() {}
