import { type MicroUnits, type Usdc, usdc } from "../../domain/units.ts"
import { type FillEffect } from "./portfolio.ts"
import { addEquityPoint, type Drawdown, emptyDrawdown } from "../metrics.ts"

/** What one strategy, or one strategy in one event, did: sums kept as fills and marks come in. Micro-USDC. */
export interface Tally {
  realized: Usdc
  unrealized: Usdc
  /** Sum of |quantity * average price| over its positions. */
  notional: Usdc
  peakNotional: Usdc
  tradeCount: number
  wins: number
  losses: number
  grossWin: Usdc
  grossLoss: Usdc
  fees: Usdc
  turnover: Usdc
  /** Of the equity points that `sampleEquity` adds: at orders, and at the end. */
  readonly drawdown: Drawdown
  /** Of equity after every moment in which it moved (`Account.endMoment`). */
  readonly marked: Drawdown
  /** Equity moved in this moment; `Account` keeps it. */
  moved: boolean
}

export const emptyTally = (): Tally => ({
  realized: usdc(0),
  unrealized: usdc(0),
  notional: usdc(0),
  peakNotional: usdc(0),
  tradeCount: 0,
  wins: 0,
  losses: 0,
  grossWin: usdc(0),
  grossLoss: usdc(0),
  fees: usdc(0),
  turnover: usdc(0),
  drawdown: emptyDrawdown(),
  marked: emptyDrawdown(),
  moved: false
})

/** Of a tally, or of one under the original's rules, which has fractions of micro-units. */
export const equityOf = (tally: { readonly realized: MicroUnits; readonly unrealized: MicroUnits }): MicroUnits =>
  tally.realized + tally.unrealized

/** Adds the current equity to the tally's curve. */
export const sampleEquity = (tally: Tally): MicroUnits => {
  const equity = equityOf(tally)
  addEquityPoint(tally.drawdown, equity)
  return equity
}

/**
 * Counts a fill. Only one that closed quantity can win or lose; its fee is in `realizedChange`. A settlement wins or
 * loses, but is no trade.
 */
export const countFill = (tally: Tally, effect: FillEffect, notional: Usdc, fee: Usdc, settlement: boolean): void => {
  tally.realized = usdc(tally.realized + effect.realizedChange)
  tally.fees = usdc(tally.fees + fee)
  if (!settlement) {
    tally.turnover = usdc(tally.turnover + notional)
    tally.tradeCount += 1
  }
  if (effect.closedQty <= 0) return
  if (effect.realizedChange > 0) {
    tally.wins += 1
    tally.grossWin = usdc(tally.grossWin + effect.realizedChange)
  } else if (effect.realizedChange < 0) {
    tally.losses += 1
    tally.grossLoss = usdc(tally.grossLoss - effect.realizedChange)
  }
}
