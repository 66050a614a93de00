import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { type OrderTrade, type RestingOrder, type SignedLiveOrder } from "../../src/domain/LiveOrder.ts"
import { type OrderRequest } from "../../src/domain/Order.ts"
import { type OrderEvent } from "../../src/domain/OrderLife.ts"
import { MICROS_PER_SECOND } from "../../src/domain/time.ts"
import { shares, type Shares, toMicros, usdc } from "../../src/domain/units.ts"
import { type LiveOrder, LiveOrderRepo } from "../../src/ports/LiveOrderRepo.ts"
import { noon, request } from "./support.ts"

export const second = MICROS_PER_SECOND

export const hashOf = (n: number): string => `0x${n.toString(16).padStart(64, "0")}`

export const SIGNATURE = "0xsignature-nobody-may-see"

/** A signed order for 10 YES at 0.5 that may rest. */
export const signed = (n: number, fields: Partial<OrderRequest> = {}): SignedLiveOrder => ({
  request: { ...request, tif: "gtc", ...fields },
  hash: hashOf(n),
  conditionId: "0xc1",
  tokenId: "7132",
  exchange: "standard",
  orderType: fields.tif === "ioc" ? "FAK" : "GTC",
  fee: { rate: 0.02, exponent: 1, takerOnly: true, rebateRate: 0 },
  fields: { salt: "1", maker: "0xmaker" },
  signature: Redacted.make(SIGNATURE)
})

export const trade = (
  n: number,
  tradeId: string,
  qty: number,
  fields: Partial<OrderTrade> & { readonly price?: number; readonly fee?: number } = {}
): OrderTrade => {
  const { fee = 0, price = 0.5, ...rest } = fields
  return {
    ...{ tradeId, orderHash: hashOf(n), conditionId: "0xc1", role: "taker", state: "provisional", word: "matched" },
    atUs: noon + second,
    parts: [{ key: "m1", price: toMicros(price), qty: toMicros(qty), fee: usdc(fee) }],
    ...rest
  }
}

export const resting = (n: number, fields: Partial<RestingOrder> = {}): RestingOrder => ({
  ...{ hash: hashOf(n), conditionId: "0xc1", tokenId: "7132", side: "buy", price: toMicros(0.5) },
  ...{ qty: toMicros(10), filledQty: shares(0), createdAtUs: noon, ...fields }
})

/** What a look that long after noon brings; 10 seconds without the order are long enough. */
export const looked = (
  afterSec: number,
  trades: ReadonlyArray<OrderTrade> = [],
  rests: RestingOrder | null = null
): OrderEvent => ({
  _tag: "Looked",
  evidence: { atUs: noon + afterSec * second, resting: rests, trades },
  absentAfterUs: 10 * second
})

export const live = (state: "live" | "matched" | "delayed" = "live", filledQty: Shares | null = null): OrderEvent => ({
  _tag: "Accepted",
  state,
  filledQty
})

export const stage = (order: SignedLiveOrder) => Effect.flatMap(LiveOrderRepo, (repo) => repo.stage(order, noon))

export const advance = (orderId: number, event: OrderEvent, afterSec = 1) =>
  Effect.flatMap(LiveOrderRepo, (repo) => repo.advance(orderId, event, noon + afterSec * second))

export const stored = (orderId: number): Effect.Effect<LiveOrder, unknown, LiveOrderRepo> =>
  Effect.flatMap(LiveOrderRepo, (repo) => Effect.map(repo.find(orderId), Option.getOrThrow))
