import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type InputError, type StoreError } from "../domain/errors.ts"
import { type MarketEvent } from "../domain/MarketEvent.ts"

export interface FeedPoll {
  /** What became known since the last poll, in total order (`compareEvents`); nothing later than the Clock's now. */
  readonly events: ReadonlyArray<MarketEvent>
  /** Nothing will come after this: recorded data is at its end. A live feed never ends. */
  readonly ended: boolean
  /** What could not be collected this time, one line each; the next poll tries again. */
  readonly problems: ReadonlyArray<string>
}

/**
 * Where market data comes from: the exchange (recorded while it is read), or a recording. The trading program cannot
 * tell which; the Clock says how far a recording may be read.
 */
export class MarketFeed extends Context.Tag("monomarket/ports/MarketFeed")<
  MarketFeed,
  { readonly poll: Effect.Effect<FeedPoll, StoreError | InputError> }
>() {}
