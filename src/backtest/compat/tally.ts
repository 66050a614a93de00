import { addEquityPoint, type Drawdown, emptyDrawdown } from "../../core/metrics.ts"
import { type MicroUnits } from "../../domain/units.ts"
import { type FillEffect } from "./position.ts"

/** What one strategy, or one strategy in one event, did: sums kept as fills and marks come in. Micro-USDC. */
export interface Tally {
  realized: MicroUnits
  unrealized: MicroUnits
  /** Sum of |quantity * average price| over its positions. */
  notional: MicroUnits
  peakNotional: MicroUnits
  tradeCount: number
  wins: number
  losses: number
  grossWin: MicroUnits
  grossLoss: MicroUnits
  fees: MicroUnits
  turnover: MicroUnits
  readonly drawdown: Drawdown
  /** The original takes points at signals only. */
  readonly marked: null
}

export const emptyTally = (): Tally => ({
  realized: 0,
  unrealized: 0,
  notional: 0,
  peakNotional: 0,
  tradeCount: 0,
  wins: 0,
  losses: 0,
  grossWin: 0,
  grossLoss: 0,
  fees: 0,
  turnover: 0,
  drawdown: emptyDrawdown(),
  marked: null
})

/** Adds the current equity to the tally's curve, and returns it. */
export const sampleEquity = (tally: Tally): MicroUnits => {
  const equity = tally.realized + tally.unrealized
  addEquityPoint(tally.drawdown, equity)
  return equity
}

/** Counts a fill. Only one that closed quantity can win or lose; its fee is in `realizedChange`. */
export const countFill = (tally: Tally, effect: FillEffect, notional: MicroUnits, fee: MicroUnits): void => {
  tally.realized += effect.realizedChange
  tally.fees += fee
  tally.turnover += notional
  tally.tradeCount += 1
  if (effect.closedQty <= 0) return
  if (effect.realizedChange > 0) {
    tally.wins += 1
    tally.grossWin += effect.realizedChange
  } else if (effect.realizedChange < 0) {
    tally.losses += 1
    tally.grossLoss -= effect.realizedChange
  }
}
