import * as fc from "fast-check"
import { wholeLot } from "../../src/core/priceTimeBook.ts"
import { type TradeCourse, type VenueOrder } from "../../src/simulator/TradingEngine.ts"
import { NO, SECOND, type Shown, YES } from "./tradingSupport.ts"

export const TICK = 5_000
export const accounts = ["a", "b"] as const
const fates: ReadonlyArray<TradeCourse> = ["confirm", "fail", "fail", "fail", "retry_then_confirm", "stay_matched"]
export type Account = (typeof accounts)[number]
export const walletOf = (account: Account) => `0x${account.repeat(4)}`

export interface Place {
  readonly kind: "place"
  readonly account: Account
  readonly tokenId: string
  readonly side: "buy" | "sell"
  readonly ticks: number
  readonly size: number
  readonly orderType: VenueOrder["orderType"]
  readonly postOnly: boolean
}
export type Step =
  | Place
  | { readonly kind: "cancel"; readonly account: Account; readonly which: number }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "sellAll" }
  | {
      readonly kind: "outsider"
      readonly tokenId: string
      readonly side: "buy" | "sell"
      readonly ticks: number
      readonly size: number
    }
  | { readonly kind: "fate"; readonly fate: TradeCourse }
  | { readonly kind: "delay"; readonly seconds: number }

const tokenId = fc.constantFrom(YES, NO)
const side = fc.constantFrom("buy" as const, "sell" as const)
const account = fc.constantFrom(...accounts)
const ticks = fc.integer({ min: 85, max: 115 })
const size = fc.oneof(
  fc.integer({ min: 5_000, max: 60_000 }),
  fc.integer({ min: 5, max: 60 }).map((n) => n * 1_000)
)

const place: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("place" as const),
  account,
  tokenId,
  side,
  ticks,
  size,
  orderType: fc.constantFrom(
    "GTC" as const,
    "GTC" as const,
    "GTC" as const,
    "GTD" as const,
    "FAK" as const,
    "FOK" as const
  ),
  postOnly: fc.integer({ min: 0, max: 7 }).map((n) => n === 0)
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: place },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel" as const), account, which: fc.nat(50) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), seconds: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("outsider" as const), tokenId, side, ticks, size }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("fate" as const),
      fate: fc.constantFrom(...fates)
    })
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delay" as const), seconds: fc.nat(3) }) }
)

/** One account that buys, in trades of which some fail, and sells all that it has, in trades that need not. */
const churn: fc.Arbitrary<ReadonlyArray<Step>> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc
      .record({ shares: fc.integer({ min: 6, max: 15 }), fails: fc.boolean() })
      .map(({ fails, shares }): ReadonlyArray<Step> => [
        { kind: "fate", fate: fails ? "fail" : "confirm" },
        {
          kind: "place",
          account: "a",
          tokenId: YES,
          side: "buy",
          ticks: 118,
          size: shares * 1_000,
          orderType: "GTC",
          postOnly: false
        }
      ])
  },
  { weight: 1, arbitrary: fc.constant<ReadonlyArray<Step>>([{ kind: "fate", fate: "confirm" }, { kind: "sellAll" }]) },
  { weight: 1, arbitrary: fc.constant<ReadonlyArray<Step>>([{ kind: "wait", seconds: 1 }]) }
)

/** A book around a price that walks, a new one every other second. */
const shown = fc
  .array(
    fc.record({
      bid: fc.integer({ min: 85, max: 112 }),
      spread: fc.integer({ min: 1, max: 4 }),
      sizes: fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 6, maxLength: 6 })
    }),
    { minLength: 1, maxLength: 12 }
  )
  .map((quotes) =>
    quotes.map(({ bid, spread, sizes }, i): Shown => {
      const level = (ticksOf: number, n: number) => [(ticksOf * TICK) / 1e6, (sizes[n] ?? 1) / 100] as const
      return {
        fromUs: i * 2 * SECOND,
        bids: [level(bid, 0), level(bid - 1, 1), level(bid - 3, 2)],
        asks: [level(bid + spread, 3), level(bid + spread + 1, 4), level(bid + spread + 2, 5)]
      }
    })
  )

export const orderOf = (one: Place, id: string, nowUs: number): VenueOrder => {
  const price = one.ticks * TICK
  const immediate = one.orderType === "FOK" || one.orderType === "FAK"
  // A limit order's value is whole at its price; another price may leave fractions of it.
  const lot = immediate ? 10_000 : wholeLot(price)
  const qty = Math.ceil((one.size * 1_000) / lot) * lot
  const money = immediate ? Math.max(10_000, Math.floor((qty * one.ticks) / 2e6) * 10_000) : (price * qty) / 1e6
  const shares = immediate && one.side === "buy" ? Math.floor((money * 1e6) / price / 100) * 100 : qty
  const value = immediate && one.side === "sell" ? Math.floor((qty * price) / 1e8) * 100 : money
  return {
    id,
    owner: one.account,
    maker: walletOf(one.account),
    tokenId: one.tokenId,
    side: one.side,
    makerAmount: one.side === "buy" ? money : shares,
    takerAmount: one.side === "buy" ? shares : value,
    orderType: one.orderType,
    postOnly: one.postOnly,
    expirationSec: one.orderType === "GTD" ? Math.floor(nowUs / SECOND) + 66 : 0,
    negRisk: false
  }
}

export interface World {
  readonly states: ReadonlyArray<Shown>
  readonly steps: ReadonlyArray<Step>
  /** That each wallet begins with: with none, what is sold was bought here. */
  readonly pairs: number
}

export const world: fc.Arbitrary<World> = fc.record({
  states: shown,
  steps: fc.oneof(
    { weight: 2, arbitrary: fc.array(step, { minLength: 20, maxLength: 50, size: "max" }) },
    {
      weight: 1,
      arbitrary: fc.array(churn, { minLength: 10, maxLength: 30, size: "max" }).map((parts) => parts.flat())
    }
  ),
  pairs: fc.constantFrom(0, 30_000_000)
})
