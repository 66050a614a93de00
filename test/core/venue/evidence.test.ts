import { expect, it } from "vitest"
import { fillModelOf } from "../../../src/core/venue/fillModel.ts"
import { SimulatedVenue } from "../../../src/core/venue/SimulatedVenue.ts"
import { defaultConfig } from "../../../src/config/AppConfig.ts"
import { MICROS_PER_SECOND } from "../../../src/domain/time.ts"
import { approve } from "../../../src/risk/approve.ts"
import { price } from "../../../src/domain/units.ts"
import { atUs, boardOf, market, order, partial } from "./markets.ts"

const model = { ...partial, fills: fillModelOf({ ...defaultConfig.execution, slippage_bps: 100 }) }
const reportOf = (
  keeps: boolean,
  fields: Parameters<typeof market>[2] = {},
  changes: Parameters<typeof order>[2] = {}
) => {
  const venue = new SimulatedVenue(boardOf(market("a", 700, fields)).find, model, keeps)
  const wanted = order("a", 10, changes)
  const sent = { order: approve(wanted), plannedQty: wanted.qty, strictLimit: false }
  return venue.execute(sent, atUs + 3 * MICROS_PER_SECOND, 0)
}

it("a fill carries what a person needs to check it, in natural units", () => {
  expect(JSON.parse(reportOf(true).fills[0]?.report ?? "")).toStrictEqual({
    ...{ model: "snapshot", rule: "taken", quote_age_sec: 3, bid: 0.49, ask: 0.5, yes_price: 0.495, no_price: 0.505 },
    ...{ reference_price: 0.5, slippage_bps: 100, slippage: 0.005, fill_ratio: 1, fill_probability: 1, liquidity: 700 }
  })
  const sale = reportOf(true, {}, { side: "sell", action: "close", limitPrice: price(100_000) })
  expect(JSON.parse(sale.fills[0]?.report ?? "")).toMatchObject({ reference_price: 0.49, slippage: 0.0049 })
})

it("what the quote does not say stays unknown in it", () => {
  const bare = reportOf(true, { bestBid: null, noPrice: null })
  expect(JSON.parse(bare.fills[0]?.report ?? "")).toMatchObject({ bid: null, no_price: null, ask: 0.5 })
})

it("a replay keeps none", () => {
  expect(reportOf(false).fills).toMatchObject([{ report: "", qty: 10_000_000 }])
})
