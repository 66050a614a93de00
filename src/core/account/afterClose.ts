import { type Side, type Token } from "../../domain/ids.ts"
import { type Payout } from "../../domain/Market.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type MicroUnits, type Usdc, usdc } from "../../domain/units.ts"
import { payoutOf } from "./settlement.ts"

/** How a market ended at the exchange: when (closed or resolved there, not when that was learnt), and what it pays. */
export interface MarketEnd {
  readonly endedUs: EpochMicros
  readonly payout: Payout
}

/** A trade as far as its gain at the payout depends on it. Micro-units. */
export interface ClosedFill {
  readonly atUs: EpochMicros
  readonly token: Token
  readonly side: Side
  readonly price: MicroUnits
  readonly qty: MicroUnits
  readonly fee: MicroUnits
}

const MICRO = 1e6

/** Fills at or after the end of their market, and what they gain at its payout, fees taken off. */
export class AfterClose {
  fills = 0
  pnl: Usdc = usdc(0)

  /** Counts a fill that came after the end; false: it did not. `end` undefined: the market's end is not known. */
  take(fill: ClosedFill, end: MarketEnd | undefined): boolean {
    if (end === undefined || fill.atUs < end.endedUs) return false
    const gained = Math.round(((payoutOf(fill.token, end.payout) - fill.price) * fill.qty) / MICRO)
    this.fills += 1
    this.pnl = usdc(this.pnl + (fill.side === "buy" ? gained : -gained) - fill.fee)
    return true
  }
}
