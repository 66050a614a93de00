import { type ReportRow } from "./ReportArtifact.ts"

/** One settled position: the average price paid for it and what a share paid, both 0..1. */
export interface Settled {
  readonly forecast: number
  readonly outcome: number
}

/** Settled positions whose price paid lies in [from, to). */
export interface CalibrationBin {
  readonly from: number
  readonly to: number
  readonly count: number
  readonly meanForecast: number
  readonly meanOutcome: number
}

export interface Calibration {
  readonly bins: ReadonlyArray<CalibrationBin>
  readonly count: number
  /** Mean squared distance of price paid and payout. */
  readonly brier: number
}

const BINS = 10

const clamp = (value: number): number => Math.min(1, Math.max(0, value))

/** The price paid follows from the payout and the gain: a settlement closes the whole position and costs nothing. */
export const settledOf = (row: ReportRow): Settled | null => {
  if (row.leg !== "settlement" || row.executed_qty <= 0) return null
  const gain = row.realized_change / row.executed_qty
  const forecast = row.side === "buy" ? row.fill_price + gain : row.fill_price - gain
  return { forecast: clamp(forecast), outcome: clamp(row.fill_price) }
}

/** Settled positions in ten bins by price paid; empty bins are left out. */
export const calibrate = (settled: ReadonlyArray<Settled>): Calibration => {
  const sums = Array.from({ length: BINS }, () => ({ count: 0, forecast: 0, outcome: 0 }))
  let squares = 0
  for (const { forecast, outcome } of settled) {
    // A price such as 0.3 may come out a hair below its bin.
    const sum = sums[Math.min(BINS - 1, Math.floor(forecast * BINS + 1e-9))]
    if (sum === undefined) continue
    sum.count += 1
    sum.forecast += forecast
    sum.outcome += outcome
    squares += (forecast - outcome) ** 2
  }
  const bins = sums.flatMap(({ count, forecast, outcome }, index) =>
    count === 0
      ? []
      : [
          {
            from: index / BINS,
            to: (index + 1) / BINS,
            count,
            meanForecast: forecast / count,
            meanOutcome: outcome / count
          }
        ]
  )
  return { bins, count: settled.length, brier: settled.length === 0 ? 0 : squares / settled.length }
}
