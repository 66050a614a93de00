import * as Effect from "effect/Effect"
import { AppConfig } from "../config/AppConfig.ts"
import { venueFee } from "../core/venue/fees.ts"
import { type ExchangeKind, type SignedLiveOrder, type VenueRules } from "../domain/LiveOrder.ts"
import { type FeeSchedule, type Market } from "../domain/Market.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { rejectionText } from "../domain/rejection.ts"
import { type EpochMicros } from "../domain/time.ts"
import { MICRO, type Price, price, shares, toMicros, type Usdc, usdc } from "../domain/units.ts"
import { liveGate } from "../engine/packages/decidePackage.ts"
import { checkPlacement, type PlaceRequest } from "../engine/commands/placeOrder.ts"
import { type ChainId, contracts, defaultMinSize, exchangeDomain, type Hex } from "../polymarket/rulebook.ts"
import { LiveVenue } from "../ports/LiveVenue.ts"
import { TradingSwitches } from "../ports/TradingSwitches.ts"

/** Where tick, minimum, kind of exchange and fee of the market come from. */
export type RulesOrigin =
  | { readonly _tag: "Exchange" }
  | {
      readonly _tag: "Database"
      /** When the market was seen. */
      readonly seenAtUs: EpochMicros
      /** Why the exchange did not give them. */
      readonly because: string
    }

/** What would be sent, and nothing that lets anybody send it. */
export interface SignOnlyReport {
  readonly order: Omit<SignedLiveOrder, "signature">
  readonly chainId: ChainId
  /** The exchange contract that the signature is for, and the version of its signing domain. */
  readonly contract: Hex
  readonly kind: ExchangeKind
  readonly domainVersion: string
  readonly rules: VenueRules
  readonly origin: RulesOrigin
  /** What a buy spends at most, what a sale brings at least, before fees. */
  readonly notional: Usdc
  /** If all of it is taken at once at the dearest price; null: the market's fee is not known. */
  readonly largestFee: Usdc | null
  /** Why the order would be refused if it were placed with a confirmation now; null: the gates are open. */
  readonly gate: string | null
}

const storedRules = (market: Market): VenueRules | undefined =>
  market.tickSize === null
    ? undefined
    : {
        tick: toMicros(market.tickSize),
        exchange: market.negRisk ? "negRisk" : "standard",
        minSize: shares(market.minOrderSize === null ? defaultMinSize : toMicros(market.minOrderSize)),
        fee: market.fee,
        acceptingOrders: market.acceptingOrders ?? market.status === "open",
        delayed: false,
        tokenIds: null
      }

/** The exchange's own word; the stored one where it does not answer, so that this works without a network. */
const rulesOf = (market: Market) =>
  Effect.gen(function* () {
    const venue = yield* LiveVenue
    const asked = yield* Effect.either(venue.rules(market))
    if (asked._tag === "Right") return { rules: asked.right, origin: { _tag: "Exchange" } satisfies RulesOrigin }
    const rules = storedRules(market)
    if (rules === undefined) return yield* asked.left
    const origin: RulesOrigin = { _tag: "Database", seenAtUs: market.updatedAtUs, because: asked.left.detail }
    return { rules, origin }
  })

/**
 * The fee at the worst price at which the order can fill at once. An immediate buy spends its USDC on however many shares
 * there are for it; any other order is for its quantity.
 */
export const largestTakerFee = (
  { limitPrice, qty, side, tif }: Pick<OrderRequest, "limitPrice" | "qty" | "side" | "tif">,
  tick: Price,
  fee: FeeSchedule
): Usdc => {
  const [from, to] = side === "buy" ? [tick, limitPrice] : [limitPrice, MICRO - tick]
  const spend = (limitPrice * qty) / MICRO
  let largest = 0
  for (let at: number = from; at <= to; at += tick) {
    const bought = side === "buy" && tif === "ioc" ? shares(Math.floor((spend * MICRO) / at)) : qty
    largest = Math.max(largest, venueFee(fee, price(at), bought))
  }
  return usdc(largest)
}

/** null fee at the exchange: free. null in the database: the fee was never reported. */
const feeOf = (request: OrderRequest, rules: VenueRules, origin: RulesOrigin): Usdc | null =>
  rules.fee !== null ? largestTakerFee(request, rules.tick, rules.fee) : origin._tag === "Exchange" ? usdc(0) : null

/** Field by field: what is left out is the signature. */
const withoutSignature = (order: SignedLiveOrder): SignOnlyReport["order"] => {
  const { conditionId, exchange, fee, fields, hash, orderType, request, tokenId } = order
  return { conditionId, exchange, fee, fields, hash, orderType, request, tokenId }
}

/**
 * Signs the order that a person typed, and reports what was signed. Nothing is sent or stored, whatever the switches
 * say.
 */
export const signOnly = Effect.fnUntraced(function* (placement: Omit<PlaceRequest, "mode" | "confirmed">) {
  const { live } = yield* AppConfig
  const venue = yield* LiveVenue
  const { leg, market } = yield* checkPlacement({ ...placement, mode: "live", confirmed: false })
  const { rules, origin } = yield* rulesOf(market)
  const { eventId, limitPrice, marketId, qty, side, strategy, tif, token } = leg
  const action = side === "buy" ? "open" : "close"
  const request: OrderRequest = { strategy, marketId, eventId, token, side, action, limitPrice, qty, tif }
  const signed = yield* venue.sign(request, market, rules)
  const switches = yield* Effect.flatMap(TradingSwitches, ({ read }) => read)
  const shut = liveGate(switches)
  const report: SignOnlyReport = {
    order: withoutSignature(signed),
    chainId: live.chain_id,
    contract: contracts[live.chain_id].exchange[signed.exchange],
    kind: signed.exchange,
    domainVersion: exchangeDomain.version,
    rules,
    origin,
    notional: usdc(Math.round((request.limitPrice * request.qty) / MICRO)),
    largestFee: feeOf(request, rules, origin),
    gate: shut === null ? null : rejectionText(shut)
  }
  return report
})
