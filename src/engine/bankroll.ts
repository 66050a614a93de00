import { type Account } from "../core/account/account.ts"
import { notionalOf } from "../core/account/portfolio.ts"
import { makerFee, takerFee } from "../core/venue/fees.ts"
import { type VenueModel } from "../core/venue/simulateFill.ts"
import { type Estimate } from "../domain/Execution.ts"
import { type MarketId } from "../domain/ids.ts"
import { type FeeSchedule } from "../domain/instrument.ts"
import { type Order, type OrderRequest } from "../domain/Order.ts"
import { type BankrollUse } from "../domain/RiskVerdict.ts"
import { shares, type Usdc, usdc } from "../domain/units.ts"
import { type PackageRun } from "./packages/PackageRun.ts"

/** What may still be spent, as the engine's state has it. */
export interface Spending {
  readonly settings: { readonly model: VenueModel }
  readonly account: Account
  readonly working: ReadonlyMap<number, Order>
  readonly packages: ReadonlyMap<number, PackageRun>
  readonly board: { readonly feeOf: (marketId: MarketId) => FeeSchedule | null }
}

/** The fee of a resting order when it fills: only the exchange's own schedule has one. */
const restingFee = ({ board, settings }: Spending, order: Pick<Order, "marketId" | "limitPrice">, qty: number): Usdc =>
  settings.model.fees.kind === "venue" ? makerFee(board.feeOf(order.marketId), order.limitPrice, shares(qty)) : usdc(0)

/** What the purchases that follow a resting order may still cost, at their limits and with a taker's fee. */
const followersCost = ({ board, settings }: Spending, { rest }: Pick<OrderRequest, "rest">): number => {
  if (rest === undefined || rest === null) return 0
  let cost = 0
  for (const { limitPrice, marketId, orderedQty, qty, side } of rest.followers) {
    const left = shares(qty - orderedQty)
    if (side !== "buy" || left <= 0) continue
    cost += notionalOf(limitPrice, left) + takerFee(settings.model.fees, board.feeOf(marketId), limitPrice, left)
  }
  return cost
}

const workingCost = (spending: Spending): number => {
  let cost = 0
  for (const order of spending.working.values()) {
    cost += followersCost(spending, order)
    if (order.action !== "open") continue
    const rest = order.qty - order.filledQty
    cost += notionalOf(order.limitPrice, shares(rest)) + restingFee(spending, order, rest)
  }
  return cost
}

/** A leg may cost more than its limit where slippage comes on top: then what was expected of it counts. */
const unsentCost = (spending: Spending): number => {
  const { board, packages, settings } = spending
  let cost = 0
  for (const run of packages.values()) {
    for (const [leg, order] of run.orders.entries()) {
      if (run.ends[leg] !== null) continue
      cost += followersCost(spending, order)
      if (order.action !== "open") continue
      const expected = run.judged.estimates[leg]?.price ?? order.limitPrice
      const price = expected > order.limitPrice ? expected : order.limitPrice
      const fee = takerFee(settings.model.fees, board.feeOf(order.marketId), price, order.qty)
      cost += notionalOf(price, order.qty) + fee
    }
  }
  return cost
}

/** What of the bankroll is in use, counted when it is asked for: see `BankrollUse`. */
export const bankrollUseOf = (spending: Spending): BankrollUse => ({
  // The account's cash starts at 0: it is what was realized less the cost of what is held.
  used: () => usdc(workingCost(spending) + unsentCost(spending) - spending.account.cash),
  costOf: ({ order, price, shown }: Estimate) => {
    const { board, settings } = spending
    const notional = Math.abs(notionalOf(price, order.qty))
    if (order.tif === "ioc") {
      return usdc(notional + takerFee(settings.model.fees, board.feeOf(order.marketId), price, order.qty))
    }
    const filled = shown?.qty ?? 0
    return usdc(notional + (shown?.fee ?? 0) + restingFee(spending, order, order.qty - filled))
  }
})
