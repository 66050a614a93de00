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

/** More points than a page can show are thinned out to half as many: what a curve takes does not grow with the ledger. */
const MOST_POINTS = 1 << 16

/** Collects a step curve in time order; points of one moment become the last of them. The first point stays. */
export class CurveBuilder {
  /** How often the value moved after the first point. */
  moves = 0
  private collected: Array<CurvePoint> = []
  private readonly most: number

  constructor(most = MOST_POINTS) {
    this.most = most
  }

  /** All points, or of very many those that look the same. */
  get points(): ReadonlyArray<CurvePoint> {
    return this.collected
  }

  add(atUs: EpochMicros, value: number): void {
    const { collected } = this
    const last = collected.at(-1)
    if (collected.length > 1 && last?.atUs === atUs) {
      collected.pop()
      if (last.value !== collected.at(-1)?.value) this.moves -= 1
    }
    const before = collected.at(-1)
    if (before !== undefined && before.value !== value) this.moves += 1
    collected.push({ atUs, value })
    if (collected.length > this.most) this.collected = [...downsample(collected, this.most >> 1)]
  }

  get value(): number {
    return this.collected.at(-1)?.value ?? 0
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
