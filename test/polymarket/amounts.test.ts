import { OrderBuilder, OrderType, Side as OfficialSide } from "@polymarket/clob-client-v2"
import fc from "fast-check"
import { privateKeyToAccount } from "viem/accounts"
import { describe, expect, it } from "vitest"
import {
  type AmountsOutcome,
  type LimitOrderSize,
  limitAmounts,
  lotSize,
  marketBuyAmounts,
  roundToLot
} from "../../src/polymarket/amounts.ts"
import { type Side } from "../../src/domain/ids.ts"
import { fromMicros, MICRO } from "../../src/domain/units.ts"
import { type OrderType as Type, roundings } from "../../src/polymarket/rulebook.ts"

const usdc = (text: string): number => {
  const [whole = "", fraction = ""] = text.split(".")
  return Number(`${whole}${fraction.padEnd(6, "0")}`)
}

const limit = (
  side: Side,
  price: string,
  qty: string,
  tick: string,
  orderType: Type = "GTC",
  minSize = 0
): AmountsOutcome => limitAmounts({ side, orderType, price: usdc(price), qty: usdc(qty), tick: usdc(tick), minSize })

const amounts = (makerAmount: number, takerAmount: number) => ({ amounts: { makerAmount, takerAmount } })
const reasonOf = (outcome: AmountsOutcome): string =>
  "refused" in outcome ? outcome.refused.reason : JSON.stringify(outcome)

describe("amounts that the exchange's own client signs", () => {
  it.each([
    ["buy", "0.57", "21.04", "0.01", 11_992_800, 21_040_000],
    ["sell", "0.57", "21.04", "0.01", 21_040_000, 11_992_800],
    ["buy", "0.999", "17.33", "0.001", 17_312_670, 17_330_000],
    ["sell", "0.123", "7.77", "0.001", 7_770_000, 955_710],
    ["buy", "0.4975", "13.13", "0.0025", 6_532_175, 13_130_000],
    ["buy", "0.29", "57.43", "0.01", 16_654_700, 57_430_000]
  ] as const)("limit %s %s x %s at tick %s", (side, price, qty, tick, maker, taker) => {
    expect(limit(side, price, qty, tick)).toStrictEqual(amounts(maker, taker))
  })

  it("market buy of 10 USDC at 0.57", () => {
    expect(marketBuyAmounts({ spend: 10_000_000, price: 570_000, tick: 10_000 })).toStrictEqual(
      amounts(10_000_000, 17_543_800)
    )
  })

  it("market sale of 21.045 at 0.57: refused as it stands, sold when cut to a lot by the caller", () => {
    const sale: LimitOrderSize = { side: "sell", orderType: "FOK", price: 570_000, qty: 21_045_000, tick: 10_000 }
    expect(reasonOf(limitAmounts(sale))).toBe("size_decimals")
    const sized = lotSize(sale)
    const qty = "lot" in sized ? roundToLot(sale.qty, sized.lot) : 0
    expect(limitAmounts({ ...sale, qty })).toStrictEqual(amounts(21_040_000, 11_992_800))
  })
})

describe("what it signs without a word is refused", () => {
  it.each([
    ["0.555 at tick 0.01 would become 0.56", limit("buy", "0.555", "10", "0.01"), "price_off_tick", /0\.55 and 0\.56/],
    ["0.498 is no multiple of 0.0025", limit("buy", "0.498", "13.13", "0.0025"), "price_off_tick", /0\.4975 and 0\.5$/],
    ["0.0001 shares would become none", limit("buy", "0.1", "0.0001", "0.1"), "size_decimals", /2 decimals/],
    ["no shares", limit("buy", "0.1", "0", "0.1"), "zero_amount", /not above zero/],
    ["negative shares", limit("sell", "0.1", "-5", "0.1"), "zero_amount", /-5/],
    ["0.995 is outside the grid", limit("buy", "0.995", "10", "0.01"), "price_out_of_range", /0\.01\.\.0\.99/],
    ["a price of 1", limit("sell", "1", "10", "0.1"), "price_out_of_range", /0\.1\.\.0\.9/],
    [
      "a price that is no number",
      limitAmounts({ side: "buy", orderType: "GTC", price: NaN, qty: 1, tick: 100 }),
      "price_out_of_range",
      /NaN/
    ],
    ["a tick nobody knows", limit("buy", "0.5", "10", "0.02"), "unknown_tick", /0\.1, 0\.01, 0\.005, 0\.0025/],
    ["a third decimal of shares", limit("buy", "0.5", "10.125", "0.01"), "size_decimals", /GTC buy/],
    [
      "half a micro-share",
      limitAmounts({ side: "buy", orderType: "GTC", price: 500_000, qty: 0.5, tick: 100 }),
      "size_decimals",
      /whole/
    ],
    [
      "FAK sale of five decimals",
      limit("sell", "0.573", "21.04", "0.001", "FAK"),
      "amount_decimals",
      /multiple of 0\.1$/
    ],
    ["FOK buy of four decimals", limit("buy", "0.57", "21.04", "0.01", "FOK"), "amount_decimals", /multiple of 1$/],
    ["four shares that rest", limit("buy", "0.5", "4", "0.01", "GTC", 5_000_000), "below_min_size", /minimum of 5/],
    ["an immediate buy below a dollar", limit("buy", "0.5", "1.98", "0.01", "FAK"), "below_min_notional", /0\.99 USDC/]
  ] as const)("%s", (_, outcome, reason, detail) => {
    expect(reasonOf(outcome)).toBe(reason)
    expect("refused" in outcome ? outcome.refused.detail : "").toMatch(detail)
  })

  it.each([
    ["a fraction of a cent", 10_005_000, 570_000, 10_000, "amount_decimals"],
    ["nothing", 0, 570_000, 10_000, "zero_amount"],
    ["less than a dollar", 990_000, 570_000, 10_000, "below_min_notional"],
    ["a price off the tick", 10_000_000, 573_000, 10_000, "price_off_tick"],
    ["more than a double holds", 9e15, 100, 100, "amount_too_large"]
  ] as const)("market buy of %s", (_, spend, price, tick, reason) => {
    expect(reasonOf(marketBuyAmounts({ spend, price, tick }))).toBe(reason)
  })

  it("takes the usual minimum where the market does not say its own", () => {
    const order = { side: "buy", orderType: "GTC", price: 500_000, tick: 10_000 } as const
    expect(reasonOf(limitAmounts({ ...order, qty: 4_990_000 }))).toBe("below_min_size")
    expect(limitAmounts({ ...order, qty: 5_000_000 })).toStrictEqual(amounts(2_500_000, 5_000_000))
  })
})

const ruled = fc.record({
  side: fc.constantFrom<Side>("buy", "sell"),
  orderType: fc.constantFrom<Type>("GTC", "GTD", "FOK", "FAK"),
  rounding: fc.constantFrom(...roundings),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  /** Up to ten million shares. */
  qty: fc.oneof(
    fc.integer({ min: 1, max: 10 ** 13 }),
    fc.integer({ min: 1, max: 1_000_000 }).map((n) => n * 10_000)
  )
})
const orderOf = ({
  at,
  orderType,
  qty,
  rounding: { tick },
  side
}: typeof ruled extends fc.Arbitrary<infer A> ? A : never) => ({
  side,
  orderType,
  tick,
  price: tick * (1 + Math.floor(at * (MICRO / tick - 2))),
  qty,
  minSize: 0
})
const decimals = (micros: number): number => {
  let n = 6
  let rest = micros
  while (n > 0 && rest % 10 === 0) {
    rest /= 10
    n -= 1
  }
  return n
}

describe("any order", () => {
  it("has amounts whose ratio is the limit price to the last unit, within the decimals of its kind", () => {
    let taken = 0
    fc.assert(
      fc.property(ruled, (random) => {
        const order = orderOf(random)
        const sized = lotSize(order)
        if ("refused" in sized) throw new Error(sized.refused.detail)
        for (const qty of [order.qty, roundToLot(order.qty, sized.lot)]) {
          const outcome = limitAmounts({ ...order, qty })
          // A quantity is taken exactly when it is a whole number of lots, but for the minimums.
          const fits = qty > 0 && qty % sized.lot === 0
          if ("refused" in outcome) {
            expect([fits, outcome.refused.reason]).toStrictEqual(
              fits ? [true, "below_min_notional"] : [false, expect.stringMatching(/_decimals$|zero_amount/)]
            )
            continue
          }
          expect(fits).toBe(true)
          taken += 1
          const { makerAmount, takerAmount } = outcome.amounts
          const [paid, shares] = order.side === "buy" ? [makerAmount, takerAmount] : [takerAmount, makerAmount]
          expect(shares).toBe(qty)
          expect(BigInt(paid) * BigInt(MICRO)).toBe(BigInt(shares) * BigInt(order.price))
          const immediate = order.orderType === "FOK" || order.orderType === "FAK"
          expect(decimals(makerAmount)).toBeLessThanOrEqual(immediate ? 2 : random.rounding.amountDecimals)
          expect(decimals(takerAmount)).toBeLessThanOrEqual(immediate ? 4 : random.rounding.amountDecimals)
        }
      }),
      { numRuns: 2_000 }
    )
    expect(taken).toBeGreaterThan(1_000)
  })

  it("to spend USDC never allows a price of the grid above its limit, and gives away less than a step of shares", () => {
    let sized = 0
    const spends = fc.integer({ min: 100, max: 100_000_000 }).map((cents) => cents * 10_000)
    fc.assert(
      fc.property(ruled, spends, (random, spend) => {
        const { price, tick } = orderOf(random)
        const outcome = marketBuyAmounts({ spend, price, tick })
        if ("refused" in outcome) {
          expect(outcome.refused.reason).toBe("amount_too_large")
          return
        }
        sized += 1
        const { makerAmount, takerAmount } = outcome.amounts
        expect(makerAmount).toBe(spend)
        const step = tick === 100_000 ? 1_000 : 100
        expect(takerAmount % step).toBe(0)
        const exact = BigInt(spend) * BigInt(MICRO)
        expect(BigInt(takerAmount) * BigInt(price) <= exact).toBe(true)
        expect(BigInt(takerAmount + step) * BigInt(price) > exact).toBe(true)
        expect(BigInt(takerAmount) * BigInt(price + tick) > exact).toBe(true)
      }),
      { numRuns: 2_000 }
    )
    expect(sized).toBeGreaterThan(1_000)
  })
})

describe("beside the exchange's own client", () => {
  const account = privateKeyToAccount("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
  const signer = { account, signTypedData: async () => "0x" }
  const builder = new OrderBuilder(signer as never, 137)
  const tokenID = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
  const sideOf = { buy: OfficialSide.BUY, sell: OfficialSide.SELL }

  it("any order that is taken here has its amounts", async () => {
    let taken = 0
    await fc.assert(
      fc.asyncProperty(ruled, async (random) => {
        const order = orderOf(random)
        const sized = lotSize(order)
        const qty = "lot" in sized ? roundToLot(order.qty % 10 ** 10, sized.lot) : 0
        const outcome = limitAmounts({ ...order, qty })
        if ("refused" in outcome) return
        taken += 1
        const options = { tickSize: String(fromMicros(order.tick)) as "0.01", negRisk: false }
        const price = fromMicros(order.price)
        const side = sideOf[order.side]
        const immediate = order.orderType === "FOK" || order.orderType === "FAK"
        const amount = fromMicros(outcome.amounts.makerAmount)
        const orderType = OrderType.FOK
        const theirs = immediate
          ? await builder.buildMarketOrder({ tokenID, price, amount, side, orderType }, options, 2)
          : await builder.buildOrder({ tokenID, price, size: fromMicros(qty), side }, options, 2)
        expect([Number(theirs.makerAmount), Number(theirs.takerAmount)]).toStrictEqual([
          outcome.amounts.makerAmount,
          outcome.amounts.takerAmount
        ])
      }),
      { numRuns: 1_000 }
    )
    expect(taken).toBeGreaterThan(500)
  })
})
