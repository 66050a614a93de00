import * as Effect from "effect/Effect"
import { unreadText, type WatchedMarket } from "../../domain/watched.ts"
import { type Finding, ok, skipped, warning } from "./finding.ts"
import { StoredState } from "./StoredState.ts"

const check = "held_markets"

const judge = (unread: ReadonlyArray<WatchedMarket>): Finding => {
  const [first] = unread
  if (first === undefined)
    return ok(check, "every market with a position or a resting order was seen by the last ingest")
  const more = unread.length === 1 ? "" : ` (and ${unread.length - 1} more; pnl-report names them)`
  return warning(
    check,
    `${unreadText(first)}${more}`,
    "run `monomarket ingest`, and look at the market at the exchange"
  )
}

/** Whether the markets that money is in were read when their sources were asked last. */
export const heldMarkets: Effect.Effect<Finding, never, StoredState> = Effect.gen(function* () {
  const { repositories } = yield* StoredState
  if (repositories === null) return skipped(check, "see database")
  return yield* Effect.match(repositories.looks.unread, {
    onFailure: ({ detail }) => skipped(check, detail),
    onSuccess: judge
  })
})
