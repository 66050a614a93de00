import * as Schema from "effect/Schema"
import { type Follower, type RestTerms } from "./RestTerms.ts"
import { price, shares } from "./units.ts"

const text = Schema.String
const side = Schema.Literal("buy", "sell")

const FollowerBody = Schema.Struct({
  strategy: text,
  market: text,
  event: text,
  token: Schema.Literal("YES", "NO"),
  side,
  price: Schema.Int,
  qty: Schema.Int,
  ordered: Schema.Int,
  role: Schema.Literal("primary", "hedge", "sell_leg", "leg"),
  signal: Schema.NullOr(Schema.Int)
})

/** How an order rests, as the journal and `orders.rest_json` keep it: micro-units. */
export const RestBody = Schema.Struct({
  ttl_us: Schema.NullOr(Schema.Int),
  then_take: Schema.Boolean,
  asked: Schema.NullOr(Schema.Struct({ strategy: text, market: text, side })),
  withdrawn_us: Schema.NullOr(Schema.Int),
  followers: Schema.Array(FollowerBody),
  hedges: Schema.Boolean
})
export type RestBody = typeof RestBody.Type

export const restBody = (rest: RestTerms): RestBody => ({
  ttl_us: rest.timeToLiveUs,
  then_take: rest.thenTake,
  asked:
    rest.asked === null ? null : { strategy: rest.asked.strategy, market: rest.asked.marketId, side: rest.asked.side },
  withdrawn_us: rest.withdrawnAtUs,
  followers: rest.followers.map((follower) => ({
    strategy: follower.strategy,
    market: follower.marketId,
    event: follower.eventId,
    token: follower.token,
    side: follower.side,
    price: follower.limitPrice,
    qty: follower.qty,
    ordered: follower.orderedQty,
    role: follower.role,
    signal: follower.signalId
  })),
  hedges: rest.hedges
})

export const restOf = (body: RestBody): RestTerms => ({
  timeToLiveUs: body.ttl_us,
  thenTake: body.then_take,
  asked:
    body.asked === null ? null : { strategy: body.asked.strategy, marketId: body.asked.market, side: body.asked.side },
  withdrawnAtUs: body.withdrawn_us,
  followers: body.followers.map((follower): Follower => ({
    strategy: follower.strategy,
    marketId: follower.market,
    eventId: follower.event,
    token: follower.token,
    side: follower.side,
    limitPrice: price(follower.price),
    qty: shares(follower.qty),
    orderedQty: shares(follower.ordered),
    role: follower.role,
    signalId: follower.signal
  })),
  hedges: body.hedges
})
