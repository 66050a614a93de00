import { describe, expect, expectTypeOf, it } from "vitest"
import { type ApprovedOrder } from "../../src/domain/ApprovedOrder.ts"
import { type Fill, type NewFill } from "../../src/domain/Fill.ts"
import { type EventId, type StrategyId, type TokenId } from "../../src/domain/ids.ts"
import { type OrderHash } from "../../src/domain/LiveOrder.ts"
import { type Order, type OrderRequest } from "../../src/domain/Order.ts"
import { type OrderIntent } from "../../src/domain/OrderIntent.ts"
import { type PackageLeg } from "../../src/domain/OrderPackage.ts"
import { type Position } from "../../src/domain/Position.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../../src/domain/time.ts"
import {
  fromMicros,
  type Micros,
  type Price,
  price,
  type Shares,
  shares,
  toMicros,
  usdc
} from "../../src/domain/units.ts"
import { approve } from "../../src/risk/approve.ts"
import { market } from "../strategies/market.ts"

const request: OrderRequest = {
  strategy: "s4",
  marketId: "m1",
  eventId: "e1",
  token: "YES",
  side: "buy",
  action: "open",
  limitPrice: toMicros(0.5),
  qty: toMicros(10),
  tif: "ioc"
}
const approved = approve(request)
const seen = market({ yesPrice: 0.4, updatedAtUs: 1e15 })

/** Takes what compiles: what is asked of the compiler needs no run. */
const accept = <A>(value: A): A => value

describe("money in the types", () => {
  it("lets no order have a quantity for a price, a price for a quantity, or a plain number for either", () => {
    // @ts-expect-error the price that a strategy sees is a natural number
    accept<OrderRequest>({ ...request, limitPrice: seen.yesPrice ?? 0 })
    // @ts-expect-error a plain number is no price
    accept<OrderRequest>({ ...request, limitPrice: 0.4 })
    // @ts-expect-error a quantity is no price
    accept<OrderRequest>({ ...request, limitPrice: request.qty })
    // @ts-expect-error a price is no quantity
    accept<OrderRequest>({ ...request, qty: request.limitPrice })
    // @ts-expect-error a plain number is no quantity
    accept<OrderRequest>({ ...request, qty: 10_000_000 })
    // @ts-expect-error a time is no quantity
    accept<OrderRequest>({ ...request, qty: seen.updatedAtUs })
    // @ts-expect-error the sum of two quantities has to be called a quantity
    accept<OrderRequest>({ ...request, qty: request.qty + request.qty })
    // @ts-expect-error a copy of an approved order is none, and its quantity is no quantity
    accept<ApprovedOrder>({ ...approved, qty: 1e15 })
    // @ts-expect-error an approved order shrinks to a quantity
    accept<ApprovedOrder>(approved.shrinkTo(5))
    accept<OrderRequest>({ ...request, limitPrice: price(400_000), qty: shares(request.qty + request.qty) })
    accept<ApprovedOrder>(approved.shrinkTo(shares(5)))
  })

  it("holds for intents, legs, fills and positions as well", () => {
    // @ts-expect-error a natural price
    accept<Pick<OrderIntent, "limitPrice">>({ limitPrice: seen.yesPrice ?? 0 })
    // @ts-expect-error a price is no quantity
    accept<Pick<PackageLeg, "qty">>({ qty: request.limitPrice })
    // @ts-expect-error a quantity is no fee
    accept<Pick<NewFill, "fee">>({ fee: request.qty })
    // @ts-expect-error a price is no amount of money
    accept<Pick<Position, "cost">>({ cost: request.limitPrice })
    accept<Pick<NewFill, "price" | "qty" | "fee">>({ price: price(1), qty: shares(1), fee: usdc(1) })
  })

  it("leaves it to whoever converts a natural number which unit it is", () => {
    expectTypeOf(toMicros(1)).toEqualTypeOf<Micros>()
    accept<Price>(toMicros(0.4))
    accept<Shares>(toMicros(10))
    expect([toMicros(0.4), toMicros(10), fromMicros(request.limitPrice)]).toStrictEqual([400_000, 10_000_000, 0.5])
  })

  it("is no more than a type: a branded number is the number", () => {
    expect([price(400_000), shares(-1), usdc(0)]).toStrictEqual([400_000, -1, 0])
  })
})

describe("times and ids in the types", () => {
  it("takes neither money for a time, nor a time for money", () => {
    const { updatedAtUs } = seen
    // @ts-expect-error a quantity is no time
    accept<EpochMicros>(request.qty)
    // @ts-expect-error nor is what a natural number was converted to
    accept<EpochMicros>(toMicros(1))
    // @ts-expect-error a time is no price
    accept<Price>(updatedAtUs)
    accept<EpochMicros>(updatedAtUs + 5 * MICROS_PER_SECOND)
  })

  it("takes an id of one kind for none of another, and text or numbers for any", () => {
    const { marketId } = request
    // @ts-expect-error a market is no event
    accept<EventId>(marketId)
    // @ts-expect-error nor a strategy
    accept<StrategyId>(marketId)
    // @ts-expect-error nor an outcome's token
    accept<TokenId>(marketId)
    // @ts-expect-error nor a live order
    accept<OrderHash>(marketId)
    // @ts-expect-error nor the number of one that is stored
    accept<Order["id"]>(marketId)
    // @ts-expect-error an event is no market
    accept<OrderRequest>({ ...request, marketId: request.eventId })
    // @ts-expect-error the signal that an order came from is no order
    accept<(order: Order) => Fill["orderId"] | null>((order) => order.signalId)
    // @ts-expect-error a token is no market
    accept<OrderRequest>({ ...request, marketId: seen.yesTokenId ?? "" })
    accept<OrderRequest>({ ...request, marketId: "m2", eventId: "e2", strategy: "s1" })
    accept<(order: Order) => Fill["orderId"]>((order) => order.id)
  })
})
