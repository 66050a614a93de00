import { type EpochMicros } from "../domain/time.ts"

export interface CurvePoint {
  readonly atUs: EpochMicros
  readonly value: number
}

/** A step curve: a value holds until the next point. */
export interface Curve {
  readonly name: string
  readonly points: ReadonlyArray<CurvePoint>
}

/** Collects a step curve in time order; points of one moment become the last of them. The first point stays. */
export class CurveBuilder {
  readonly points: Array<CurvePoint> = []

  add(atUs: EpochMicros, value: number): void {
    if (this.points.length > 1 && this.points.at(-1)?.atUs === atUs) this.points.pop()
    this.points.push({ atUs, value })
  }

  get value(): number {
    return this.points.at(-1)?.value ?? 0
  }

  /** How often the value moved after the first point. */
  get moves(): number {
    let moves = 0
    for (let index = 1; index < this.points.length; index += 1) {
      if (this.points[index]?.value !== this.points[index - 1]?.value) moves += 1
    }
    return moves
  }
}

/**
 * At most `limit` points that look the same: the first, the last, and of each stretch between them its lowest and
 * highest point, so that no spike is lost.
 */
export const downsample = (points: ReadonlyArray<CurvePoint>, limit: number): ReadonlyArray<CurvePoint> => {
  const first = points[0]
  const last = points.at(-1)
  if (points.length <= limit || first === undefined || last === undefined) return points
  const stretches = Math.max(1, Math.floor((limit - 2) / 2))
  const inner = points.length - 2
  const kept: Array<CurvePoint> = [first]
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const start = 1 + Math.floor((stretch * inner) / stretches)
    const end = 1 + Math.floor(((stretch + 1) * inner) / stretches)
    let low = start
    let high = start
    for (let index = start; index < end; index += 1) {
      const value = points[index]?.value ?? 0
      if (value < (points[low]?.value ?? 0)) low = index
      if (value > (points[high]?.value ?? 0)) high = index
    }
    for (const index of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) {
      const point = points[index]
      if (point !== undefined) kept.push(point)
    }
  }
  kept.push(last)
  return kept
}

/** How far below its running peak the curve is, as values <= 0; the peak starts at 0. */
export const drawdownOf = (points: ReadonlyArray<CurvePoint>): ReadonlyArray<CurvePoint> => {
  let peak = 0
  return points.map(({ atUs, value }) => {
    peak = Math.max(peak, value)
    return { atUs, value: value - peak }
  })
}

/** The value that holds at `atUs`; null before the first point. */
export const valueAt = (points: ReadonlyArray<CurvePoint>, atUs: EpochMicros): number | null => {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle]?.atUs ?? 0) <= atUs) low = middle + 1
    else high = middle
  }
  return points[low - 1]?.value ?? null
}
