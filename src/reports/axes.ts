import { type EpochMicros, formatTime, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_SECOND } from "../domain/time.ts"
import { type Mark, roughWidth, type SceneSize } from "./scene.ts"
import { formatNumber } from "./terminalFormat.ts"

/** Where the data is drawn inside a scene. */
export interface Plot {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

export interface Tick {
  readonly value: number
  readonly text: string
}

const steps = [1, 2, 2.5, 5, 10]

/** Round values that span low to high, about `count` of them. */
export const valueTicks = (low: number, high: number, count: number): ReadonlyArray<Tick> => {
  const span = high - low || Math.max(Math.abs(high), 1)
  const raw = span / count
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = (steps.find((candidate) => candidate * power >= raw * 0.999) ?? 10) * power
  const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9) + (step / power === 2.5 ? 1 : 0)))
  const first = Math.floor(low / step + 1e-9)
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9))
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const value = (first + index) * step
    return { value, text: formatNumber(value, digits) }
  })
}

const MINUTE = 60 * MICROS_PER_SECOND
const timeSteps = [
  ...[1, 5, 10, 30].map((seconds) => seconds * MICROS_PER_SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * MICROS_PER_HOUR),
  ...[1, 2, 5, 7, 14, 30, 60, 90, 180, 365].map((days) => days * MICROS_PER_DAY)
]

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

const timeText = (atUs: EpochMicros, step: number): string => {
  const text = formatTime(atUs)
  if (step >= 30 * MICROS_PER_DAY) return text.slice(0, 10)
  const day = `${months[Number(text.slice(5, 7)) - 1] ?? ""} ${Number(text.slice(8, 10))}`
  const clock = step < MINUTE ? text.slice(11, 19) : text.slice(11, 16)
  return atUs % MICROS_PER_DAY === 0 ? day : clock
}

/** Round moments (UTC) inside the window, at most `count`; a midnight shows its date. */
export const timeTicks = (fromUs: EpochMicros, toUs: EpochMicros, count: number): ReadonlyArray<Tick> => {
  const span = toUs - fromUs
  const step = timeSteps.find((candidate) => span / candidate <= count) ?? Math.ceil(span / count)
  const ticks: Array<Tick> = []
  for (let value = Math.ceil(fromUs / step) * step; value <= toUs; value += step) {
    ticks.push({ value, text: timeText(value, step) })
  }
  return ticks
}

/** A linear map of [from, to] onto pixels. */
export const scale =
  (from: number, to: number, start: number, end: number): ((value: number) => number) =>
  (value) =>
    start + ((value - from) / (to - from || 1)) * (end - start)

/** Room for the widest value label at the left and one line of labels below. */
export const plotOf = (size: SceneSize, labels: ReadonlyArray<Tick>): Plot => ({
  left: Math.max(...labels.map(({ text }) => roughWidth(text, size.fontSize))) + size.fontSize,
  right: size.width - size.fontSize,
  top: size.fontSize * 0.8,
  bottom: size.height - size.fontSize * 2
})

/** Horizontal grid lines with their labels; zero stands out. */
export const valueAxis = (
  plot: Plot,
  ticks: ReadonlyArray<Tick>,
  y: (value: number) => number,
  fontSize: number
): ReadonlyArray<Mark> =>
  ticks.flatMap(({ text, value }): ReadonlyArray<Mark> => [
    {
      _tag: "Line",
      from: [plot.left, y(value)],
      to: [plot.right, y(value)],
      paint: value === 0 ? "axis" : "grid",
      width: 0.6
    },
    { _tag: "Text", at: [plot.left - fontSize * 0.5, y(value) + fontSize * 0.35], text, paint: "muted", anchor: "end" }
  ])

/** Labels under the plot; the outer ones are kept inside the scene. */
export const lowerAxis = (
  plot: Plot,
  ticks: ReadonlyArray<Tick>,
  x: (value: number) => number,
  size: SceneSize
): ReadonlyArray<Mark> =>
  ticks.flatMap(({ text, value }): ReadonlyArray<Mark> => {
    const half = roughWidth(text, size.fontSize) / 2
    const at = Math.min(Math.max(x(value), half), size.width - half)
    return [
      { _tag: "Line", from: [x(value), plot.bottom], to: [x(value), plot.bottom + 3], paint: "axis", width: 0.6 },
      { _tag: "Text", at: [at, plot.bottom + size.fontSize * 1.5], text, paint: "muted", anchor: "middle" }
    ]
  })
