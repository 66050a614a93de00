import { expect, it } from "vitest"
import { submissionOrder } from "../../../src/core/packages/submissionOrder.ts"
import { type Estimate, type ShownFill } from "../../../src/domain/Execution.ts"
import { type OrderRequest } from "../../../src/domain/Order.ts"
import { price, shares, usdc } from "../../../src/domain/units.ts"

const showing = (qty: number): ShownFill => ({
  ...{ price: price(400_000), qty: shares(qty), fee: usdc(0) },
  ...{ fillRatio: 1, fillProbability: 1, slippageBps: 0 }
})

const estimate = (fields: Partial<Omit<Estimate, "order">> & { order?: Partial<OrderRequest> }): Estimate => ({
  price: price(400_000),
  midPrice: null,
  source: "gamma",
  quoteAgeUs: 0,
  resolvesAtUs: null,
  noMatch: null,
  refusal: null,
  shown: showing(10_000_000),
  ...fields,
  order: {
    strategy: "s2",
    marketId: "m",
    eventId: "e",
    token: "YES",
    side: "buy",
    action: "open",
    limitPrice: price(500_000),
    qty: shares(10_000_000),
    tif: "ioc",
    ...fields.order
  }
})

it("keeps the order of legs that are alike", () => {
  expect(submissionOrder([estimate({}), estimate({}), estimate({})])).toStrictEqual([0, 1, 2])
})

it.each([
  ["the thinnest market", estimate({ shown: showing(4_000_000) })],
  ["a market that shows nothing beforehand", estimate({ shown: null })],
  ["a purchase close to its limit", estimate({ price: price(490_000) })],
  ["the oldest quote", estimate({ quoteAgeUs: 5_000_000 })],
  ["a market without a quote", estimate({ quoteAgeUs: null })],
  ["the largest order", estimate({ order: { qty: shares(20_000_000) }, shown: showing(20_000_000) })]
])("%s goes first", (_, hard) => {
  expect(submissionOrder([estimate({}), estimate({}), hard])).toStrictEqual([2, 0, 1])
})

it("a sale is close to its limit from above", () => {
  const sale = (at: number) => estimate({ price: price(at), order: { side: "sell", limitPrice: price(300_000) } })
  expect(submissionOrder([sale(400_000), sale(310_000), sale(350_000)])).toStrictEqual([1, 2, 0])
})

it("thinness weighs more than everything else", () => {
  const thin = estimate({ shown: showing(9_000_000), price: price(100_000) })
  expect(submissionOrder([estimate({ price: price(499_999), quoteAgeUs: 9e9 }), thin])).toStrictEqual([1, 0])
})
