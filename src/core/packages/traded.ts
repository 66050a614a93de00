import { type ReportedFill } from "../../domain/Execution.ts"
import { notionalOf } from "../account/portfolio.ts"
import { type Traded } from "./PackageMachine.ts"
import { shares, usdc } from "../../domain/units.ts"

export const nothingTraded: Traded = { qty: shares(0), notional: usdc(0), fee: usdc(0) }

/** What the fills of one order come to. */
export const tradedIn = (fills: ReadonlyArray<ReportedFill>): Traded => {
  let [qty, notional, fee] = [0, 0, 0]
  for (const fill of fills) {
    qty += fill.qty
    notional += notionalOf(fill.price, fill.qty)
    fee += fill.fee
  }
  return { qty: shares(qty), notional: usdc(notional), fee: usdc(fee) }
}
