import { randomInt } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { VenueUnavailable } from "../domain/errors.ts"
import { type RestingOrder, type SignedLiveOrder, type VenueRules } from "../domain/LiveOrder.ts"
import { type Instrument } from "../domain/instrument.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
import { postSchedule } from "../policy/venue.ts"
import { limitAmounts } from "../polymarket/amounts.ts"
import { rejectionAdvice } from "../polymarket/rejections.ts"
import { type SignedOrder, StoredFields } from "../polymarket/signedOrder.ts"
import { type AccessProblem, type ExchangeAccount, TradingAccess } from "../polymarket/TradingAccess.ts"
import { type CancelOutcome, type PlacedOrder } from "../polymarket/tradingClient.ts"
import { type OpenOrder } from "../polymarket/tradingWire.ts"
import { type VenueFailure } from "../polymarket/VenueFailure.ts"
import { type CancelAnswer, LiveVenue, type LiveVenueShape, type Placement } from "../ports/LiveVenue.ts"
import { orderTypeOf } from "./fitOrder.ts"
import { nowUs } from "./now.ts"
import { hashOf, reportedTrades } from "./venueTrades.ts"
import { type MicroUnits, price, type Shares, shares, usdc } from "../domain/units.ts"

/** Salts below this are whole numbers in JSON, and all different in practice. */
const SALTS = 2 ** 48 - 1

const refused = (operation: string, detail: string) => new VenueUnavailable({ operation, detail, nothingSent: true })

const withAdvice = ({ code, detail }: VenueFailure): string => {
  const advice = rejectionAdvice(code)
  return advice === "" ? detail : `${detail} (${advice})`
}

const unavailable =
  (operation: string) =>
  (problem: AccessProblem): VenueUnavailable =>
    problem._tag === "InputError"
      ? refused(operation, problem.message)
      : new VenueUnavailable({ operation, detail: withAdvice(problem), nothingSent: problem.nothingSent })

const restingOf = (found: OpenOrder, clockSkewSec: number): RestingOrder => ({
  hash: hashOf(found.id),
  conditionId: found.market,
  tokenId: found.asset_id,
  side: found.side,
  price: price(found.price),
  qty: shares(found.original_size),
  filledQty: shares(found.size_matched),
  createdAtUs: Math.round((found.created_at - clockSkewSec) * MICROS_PER_SECOND)
})

const cancelAnswer = ({ canceled, notCanceled }: CancelOutcome): CancelAnswer => ({
  canceled: canceled.map(hashOf),
  notCanceled: new Map(Object.entries(notCanceled).map(([id, reason]) => [hashOf(id), reason]))
})

const sharesIn = (amount: MicroUnits | null): Shares | null => (amount === null ? null : shares(amount))

/** A buy takes shares, a sale makes them. */
const placementOf = (placed: PlacedOrder, side: OrderRequest["side"]): Placement => ({
  _tag: "Taken",
  state: placed.status,
  filledQty: sharesIn(side === "buy" ? placed.takingAmount : placed.makingAmount)
})

/** What only the state of things forbids for a moment; the same signed order may be offered again. */
const passes = ({ kind, nothingSent }: VenueFailure): boolean =>
  nothingSent && (kind === "restarting" || kind === "rate_limited" || kind === "network")

/** The exchange has seen the order and does not want it. */
const isRefusal = ({ kind, nothingSent }: VenueFailure): boolean => nothingSent && kind === "refused"

const refusalOf = (failure: VenueFailure): Placement => ({
  _tag: "Refused",
  code: failure.code,
  reason: withAdvice(failure),
  notFilled: failure.code === "not_filled"
})

const tokenOf = (order: OrderRequest, market: Instrument): string | null =>
  order.token === "YES" ? market.yesTokenId : market.noTokenId

/** What the exchange would make of the order, or why it is not signed. */
const signable = (order: OrderRequest, market: Instrument, rules: VenueRules) => {
  const tokenId = tokenOf(order, market)
  const { conditionId, marketId } = market
  if (conditionId === null || tokenId === null)
    return { refused: `market ${marketId} has no token ids: ingest it anew` }
  if (rules.tokenIds !== null && !rules.tokenIds.includes(tokenId)) {
    return { refused: `the exchange knows other tokens of market ${marketId} than the database` }
  }
  if (!rules.acceptingOrders) return { refused: `market ${marketId} takes no orders at the moment` }
  const { limitPrice: price, qty, side } = order
  const { minSize, tick } = rules
  const sized = limitAmounts({ side, orderType: orderTypeOf(order), price, qty, tick, minSize })
  return "refused" in sized ? { refused: sized.refused.detail } : { amounts: sized.amounts, conditionId, tokenId }
}

const textFields = (order: SignedOrder): SignedLiveOrder["fields"] =>
  Object.fromEntries(
    Object.entries(order).flatMap(([name, value]) =>
      name === "signature" || name === "hash" ? [] : [[name, String(value)] as const]
    )
  )

const make = Effect.gen(function* () {
  const access = yield* TradingAccess

  const complete = (operation: string) =>
    Effect.flatMap(Effect.mapError(access.missing, unavailable(operation)), (names) =>
      names.length === 0
        ? Effect.void
        : Effect.fail(refused(operation, `missing credentials ${names.join(", ")}; nothing was sent`))
    )

  const withAccount = <A>(operation: string, use: (account: ExchangeAccount) => Effect.Effect<A, VenueFailure>) =>
    complete(operation).pipe(
      Effect.zipRight(access.account),
      Effect.flatMap((account) =>
        Effect.tapError(use(account), ({ kind }) => (kind === "unauthorized" ? access.forget(account) : Effect.void))
      ),
      Effect.mapError((problem) => (problem._tag === "VenueUnavailable" ? problem : unavailable(operation)(problem)))
    )

  const rules: LiveVenueShape["rules"] = (market) =>
    market.conditionId === null
      ? Effect.fail(refused("market rules", `market ${market.marketId} has no condition id: ingest it anew`))
      : access.publicClient.market(market.conditionId).pipe(
          Effect.map(({ fee, tokens, ...found }): VenueRules => ({
            ...found,
            tick: price(found.tick),
            minSize: shares(found.minSize),
            fee: fee === null ? null : { ...fee, takerOnly: true, rebateRate: 0 },
            tokenIds: tokens.map(({ tokenId }) => tokenId)
          })),
          Effect.mapError((failure) => refused("market rules", withAdvice(failure)))
        )

  const sign: LiveVenueShape["sign"] = (order, market, found) =>
    Effect.gen(function* () {
      const what = "sign order"
      const terms = signable(order, market, found)
      if ("refused" in terms) return yield* refused(what, terms.refused)
      const signer = yield* Effect.mapError(access.signer, unavailable(what))
      const { amounts, conditionId, tokenId } = terms
      const salt = yield* Effect.sync(() => randomInt(SALTS))
      const createdAtUs = yield* nowUs
      const signed = yield* Effect.mapError(
        signer.sign({ side: order.side, tokenId, amounts, salt, createdAtUs }, found.exchange),
        unavailable(what)
      )
      return {
        request: order,
        hash: hashOf(signed.hash),
        conditionId,
        tokenId,
        exchange: found.exchange,
        orderType: orderTypeOf(order),
        fee: found.fee,
        fields: textFields(signed),
        signature: Redacted.make<string>(signed.signature)
      }
    })

  let checkedPlace = false
  /** Asked before the first order. No answer is no refusal: the exchange itself refuses what comes from a blocked place. */
  const checkPlace = Effect.gen(function* () {
    if (checkedPlace) return
    const place = yield* Effect.either(access.geoblock)
    if (place._tag === "Left") {
      yield* Effect.logWarning(`whether orders are accepted from here is not known: ${place.left.message}`)
      return
    }
    const { blocked, country, region } = place.right
    if (blocked) {
      const where = [country, region].filter((name) => name !== "").join(" ")
      return yield* refused("live order", `the exchange takes no orders from here (${where}); nothing was sent`)
    }
    checkedPlace = true
  })

  const post: LiveVenueShape["post"] = (order) =>
    Effect.zipRight(
      checkPlace,
      withAccount("live order", ({ client }) =>
        Effect.gen(function* () {
          const { fields, hash, orderType, request, signature } = order
          const signed = yield* Effect.orDie(
            Schema.decodeUnknown(StoredFields)({ ...fields, hash, signature: Redacted.value(signature) })
          )
          return yield* client.postOrder(signed, { orderType }).pipe(
            Effect.retry({ schedule: postSchedule, while: passes }),
            Effect.map((placed) => placementOf(placed, request.side)),
            Effect.catchIf(isRefusal, (failure) => Effect.succeed(refusalOf(failure)))
          )
        })
      )
    )

  return LiveVenue.of({
    ready: Effect.zipRight(
      complete("live order"),
      Effect.asVoid(Effect.mapError(access.signer, unavailable("live order")))
    ),
    rules,
    sign,
    post,
    account: withAccount("account", ({ client, signatureType, signer }) =>
      Effect.gen(function* () {
        const { balance } = yield* client.balance(null)
        const closedOnly = yield* client.closedOnly
        const address = signer?.address ?? null
        return { address, wallet: signer?.maker ?? null, signatureType, balance: usdc(Number(balance)), closedOnly }
      })
    ),
    resting: withAccount("open orders", ({ client, clockSkewSec }) =>
      Effect.map(client.openOrders(), (found) => found.map((order) => restingOf(order, clockSkewSec)))
    ),
    order: (hash) =>
      withAccount("order", ({ client, clockSkewSec }) =>
        Effect.map(client.order(hash), (found) => (found === null ? null : restingOf(found, clockSkewSec)))
      ),
    trades: (afterUs) =>
      withAccount("trades", ({ apiKey, client, clockSkewSec }) => {
        const afterSec = Math.max(0, Math.floor(afterUs / MICROS_PER_SECOND) + clockSkewSec)
        const own = { apiKey: Redacted.value(apiKey), clockSkewSec }
        return Effect.map(client.trades({ afterSec }), (found) => found.flatMap((trade) => reportedTrades(trade, own)))
      }),
    cancel: (hashes) =>
      withAccount("cancel", ({ client }) =>
        Effect.map(
          hashes.length === 1 && hashes[0] !== undefined ? client.cancelOrder(hashes[0]) : client.cancelOrders(hashes),
          cancelAnswer
        )
      ),
    cancelAll: withAccount("cancel all", ({ client }) => Effect.map(client.cancelAll, cancelAnswer)),
    cancelMarket: (conditionId) =>
      withAccount("cancel market", ({ client }) => Effect.map(client.cancelMarket({ conditionId }), cancelAnswer))
  })
})

export const layer: Layer.Layer<LiveVenue, never, TradingAccess> = Layer.effect(LiveVenue, make)
