import * as Effect from "effect/Effect"
import { type StoreError } from "../../domain/errors.ts"
import { type TradingClient } from "../../polymarket/tradingClient.ts"
import { type VenueFailure } from "../../polymarket/VenueFailure.ts"
import { venueAdvice } from "./credentials.ts"
import { type Finding, ok, problem, skipped, warning } from "./finding.ts"
import { StoredState, type StoredStateShape } from "./StoredState.ts"

const check = "open_orders"

/** What rests at the exchange beside what this database believes. */
interface Compared {
  readonly resting: number
  /** Of this account, but not of this database. */
  readonly foreign: number
  /** Open in this database only. */
  readonly gone: number
  /** Sent, perhaps, and never heard of since. */
  readonly unresolved: number
}

const compare = (
  client: TradingClient,
  { liveOrders }: NonNullable<StoredStateShape["repositories"]>
): Effect.Effect<Compared, VenueFailure | StoreError> =>
  Effect.gen(function* () {
    const hashes = new Set((yield* client.openOrders()).map(({ id }) => id.toLowerCase()))
    const known = yield* liveOrders.byHash([...hashes])
    const unresolved = yield* liveOrders.unresolved
    const open = (yield* liveOrders.tracked).filter(({ order }) => /^(open|partially_filled)$/.test(order.status))
    return {
      resting: hashes.size,
      foreign: hashes.size - known.size,
      gone: open.filter(({ hash }) => !hashes.has(hash)).length,
      unresolved: unresolved.length
    }
  })

const judge = ({ foreign, gone, resting, unresolved }: Compared): Finding => {
  const found = `${resting === 0 ? "none" : resting} at the exchange`
  if (unresolved > 0) return warning(check, `${found}; of ${unresolved} it is not known`, "run `monomarket live-sync`")
  if (gone > 0) return warning(check, `${found}; ${gone} more only in the database`, "run `monomarket live-sync`")
  return foreign > 0
    ? warning(
        check,
        `${found}, ${foreign} not of this database`,
        "somebody else trades with the account: no limit counts it"
      )
    : ok(check, resting === 0 ? found : `${found}, all of this database`)
}

/** Whether this database knows what the account has at stake. */
export const orderFinding = (client: TradingClient): Effect.Effect<Finding, never, StoredState> =>
  Effect.gen(function* () {
    const { repositories } = yield* StoredState
    if (repositories === null) return skipped(check, "see database")
    return yield* Effect.match(compare(client, repositories), {
      onFailure: (failure) =>
        failure._tag === "StoreError"
          ? skipped(check, failure.detail)
          : problem(check, failure.message, venueAdvice(failure)),
      onSuccess: judge
    })
  })
