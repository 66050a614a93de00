import * as Effect from "effect/Effect"
import { type StoreError } from "../../domain/errors.ts"
import { type Market } from "../../domain/Market.ts"
import { toMicros } from "../../domain/units.ts"
import { comparedMarkets } from "../../policy/doctor.ts"
import { TradingAccess } from "../../polymarket/TradingAccess.ts"
import { type Finding, ok, skipped, warning } from "./finding.ts"
import { StoredState } from "./StoredState.ts"

/** A market whose stored rules can be held against the exchange's. */
type Comparable = Market & { readonly conditionId: string; readonly tickSize: number }

const isComparable = (market: Market): market is Comparable => market.conditionId !== null && market.tickSize !== null

/** Rows to look through for the few that are compared: each source lists a contract once. */
const LOOKED_THROUGH = 200

/** Markets that live orders are in, then open ones seen last; one row for each contract. */
export const knownMarkets: Effect.Effect<ReadonlyArray<Comparable>, StoreError, StoredState> = Effect.gen(function* () {
  const { repositories } = yield* StoredState
  if (repositories === null) return []
  const { liveOrders, markets } = repositories
  const traded = yield* markets.findAll([...new Set((yield* liveOrders.tracked).map(({ order }) => order.marketId))])
  const open = yield* markets.list({ limit: LOOKED_THROUGH, status: "open" })
  const contracts = new Map<string, Comparable>()
  for (const market of [...traded.values(), ...open]) {
    if (isComparable(market) && !contracts.has(market.conditionId)) contracts.set(market.conditionId, market)
  }
  return [...contracts.values()].slice(0, Math.max(comparedMarkets, traded.size))
})

const check = "tick_sizes"

const compared = (market: Comparable) =>
  Effect.gen(function* () {
    const { publicClient } = yield* TradingAccess
    const answer = yield* Effect.either(publicClient.market(market.conditionId))
    if (answer._tag === "Left") return { market, failure: answer.left.detail, now: null }
    return { market, failure: null, now: answer.right.tick }
  })

/** A market's tick changes while it is open, and an order off the new one is refused. */
export const tickFinding = (markets: ReadonlyArray<Comparable>): Effect.Effect<Finding, never, TradingAccess> =>
  Effect.gen(function* () {
    if (markets.length === 0) return skipped(check, "no market is known yet")
    const results = yield* Effect.forEach(markets, compared, { concurrency: comparedMarkets })
    const answered = results.flatMap(({ market, now }) => (now === null ? [] : [{ market, now }]))
    const [failed] = results.filter(({ failure }) => failure !== null)
    if (answered.length === 0) return skipped(check, failed?.failure ?? "no answer")
    const changed = answered.filter(({ market, now }) => toMicros(market.tickSize) !== now)
    const asked = `${answered.length} of ${markets.length} markets compared`
    if (changed.length === 0) return ok(check, `${asked}, all as stored`)
    const list = changed.map(({ market, now }) => `${market.marketId} ${market.tickSize} now ${now / 1e6}`).join(", ")
    return warning(check, `${asked}; changed: ${list}`, "run `monomarket ingest`")
  })
