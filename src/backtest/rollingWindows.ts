import * as Either from "effect/Either"
import { InputError } from "../domain/errors.ts"
import { type EpochMicros, MICROS_PER_HOUR } from "../domain/time.ts"
import { type BacktestOptions } from "./options.ts"

/** More windows than this are a slip of the hand: a year of hourly steps has 8,760. */
export const MAX_WINDOWS = 10_000

/** A backtest over and over: `from` and `to` bound the whole range. */
export interface RollingOptions extends BacktestOptions {
  readonly windowHours: number
  readonly stepHours: number
}

export interface Window {
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
  readonly excludesEnd?: boolean
}

export type OverlapMode = "overlap" | "tiled" | "gapped"

/** How much of the range the windows cover, in hours. */
export interface WindowCoverage {
  readonly range_hours: number
  /** Sum of the windows' lengths. */
  readonly sampled_hours: number
  /** Time that lies in at least one window. */
  readonly covered_hours: number
  /** What was sampled beyond the first time. */
  readonly overlap_hours: number
}

/** To the nearest microsecond, halves to the even one: as Python's timedelta rounds, so that windows are the original's. */
const hoursToMicros = (hours: number): number => {
  const whole = Math.trunc(hours)
  const rest = (hours - whole) * MICROS_PER_HOUR
  const below = Math.floor(rest)
  const up = rest - below > 0.5 || (rest - below === 0.5 && below % 2 === 1)
  return whole * MICROS_PER_HOUR + (up ? below + 1 : below)
}

const positive = (hours: number): boolean => Number.isFinite(hours) && hoursToMicros(hours) >= 1

/**
 * Windows from `from`, one every step, the last ones cut at `to`. All but the last leave their end out, so that what
 * happens on the edge of two tiles counts once; the original's keep both ends.
 */
export const rollingWindows = (options: RollingOptions): Either.Either<ReadonlyArray<Window>, InputError> => {
  const { compat, fromUs, stepHours, toUs, windowHours } = options
  const refuse = (field: string, problem: string) => Either.left(new InputError({ field, problem }))
  if (!(fromUs < toUs)) return refuse("--from", "must be before --to")
  if (!positive(windowHours)) return refuse("--window-hours", `must be above 0, not ${windowHours}`)
  if (!positive(stepHours)) return refuse("--step-hours", `must be above 0, not ${stepHours}`)
  const windowUs = hoursToMicros(windowHours)
  const stepUs = hoursToMicros(stepHours)
  const count = Math.ceil((toUs - fromUs) / stepUs)
  if (count > MAX_WINDOWS) {
    return refuse(
      "--step-hours",
      `${stepHours} makes ${count} windows; at most ${MAX_WINDOWS} are run, take longer steps`
    )
  }
  return Either.right(
    Array.from({ length: count }, (_, index) => {
      const start = fromUs + index * stepUs
      const window = { fromUs: start, toUs: Math.min(start + windowUs, toUs) }
      return compat === "original" || index === count - 1 ? window : { ...window, excludesEnd: true }
    })
  )
}

export const overlapMode = ({ stepHours, windowHours }: RollingOptions): OverlapMode =>
  stepHours < windowHours ? "overlap" : stepHours === windowHours ? "tiled" : "gapped"

/** Windows must be in order of their start, as `rollingWindows` makes them. */
export const windowCoverage = (range: Window, windows: ReadonlyArray<Window>): WindowCoverage => {
  let sampled = 0
  let covered = 0
  let reachedUs = range.fromUs
  for (const { fromUs, toUs } of windows) {
    sampled += toUs - fromUs
    covered += Math.max(0, toUs - Math.max(fromUs, reachedUs))
    reachedUs = Math.max(reachedUs, toUs)
  }
  return {
    range_hours: (range.toUs - range.fromUs) / MICROS_PER_HOUR,
    sampled_hours: sampled / MICROS_PER_HOUR,
    covered_hours: covered / MICROS_PER_HOUR,
    overlap_hours: (sampled - covered) / MICROS_PER_HOUR
  }
}
