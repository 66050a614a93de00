import { plotOf, scale, valueTicks } from "./axes.ts"
import { type Mark, roughWidth, type Scene, type SceneSize, shortName } from "./scene.ts"
import { formatPnl } from "./terminalFormat.ts"

export interface Bar {
  readonly name: string
  readonly value: number
}

/** Height of a bar with the gap below it, in font sizes. */
const PITCH = 2.1

/** Horizontal bars from a common zero, one a name, with their values at the end. The height follows from their number. */
export const barChart = (bars: ReadonlyArray<Bar>, width: number, fontSize: number): Scene => {
  const pitch = fontSize * PITCH
  const size: SceneSize = { width, height: bars.length * pitch + fontSize * 2.4, fontSize }
  const values = bars.map(({ value }) => value)
  const low = Math.min(0, ...values)
  const high = Math.max(0, ...values)
  const names = bars.map(({ name, value }) => ({ text: shortName(name), value }))
  const plot = plotOf(size, names)
  // Room for the value that stands beyond the end of the longest bar.
  const room = Math.max(...bars.map(({ value }) => roughWidth(formatPnl(value), fontSize))) + fontSize
  const right = values.some((value) => value >= 0) ? plot.right - room : plot.right
  const x = scale(low, high, plot.left + (low < 0 ? room : 0), right)
  const bottom = plot.top + bars.length * pitch
  const ticks = valueTicks(low, high, 5).filter(({ value }) => value >= low && value <= high)
  const grid = ticks.flatMap(({ text, value }): ReadonlyArray<Mark> => [
    {
      _tag: "Line",
      from: [x(value), plot.top],
      to: [x(value), bottom],
      paint: value === 0 ? "axis" : "grid",
      width: 0.6
    },
    { _tag: "Text", at: [x(value), bottom + fontSize * 1.3], text, paint: "muted", anchor: "middle" }
  ])
  const marks = bars.flatMap(({ name, value }, index): ReadonlyArray<Mark> => {
    const top = plot.top + index * pitch + pitch * 0.16
    const height = pitch * 0.68
    const start = Math.min(x(0), x(value))
    const length = value === 0 ? 0 : Math.max(Math.abs(x(value) - x(0)), 0.8)
    const baseline = top + height / 2 + fontSize * 0.35
    const gap = fontSize * 0.5
    const paint = value < 0 ? "loss" : "gain"
    return [
      ...(value === 0 ? [] : [{ _tag: "Rect", at: [start, top], width: length, height, paint } as const]),
      { _tag: "Text", at: [plot.left - gap, baseline], text: shortName(name), paint: "ink", anchor: "end" },
      value < 0
        ? { _tag: "Text", at: [start - gap, baseline], text: formatPnl(value), paint: "ink", anchor: "end" }
        : { _tag: "Text", at: [start + length + gap, baseline], text: formatPnl(value), paint: "ink", anchor: "start" }
    ]
  })
  const hovers = bars.map(({ name, value }, index) => ({
    at: [plot.left, plot.top + index * pitch] as const,
    width: plot.right - plot.left,
    height: pitch,
    marks: [],
    title: shortName(name),
    lines: [{ text: `${formatPnl(value)} USDC`, paint: value < 0 ? ("loss" as const) : ("gain" as const) }]
  }))
  return { ...size, marks: [...grid, ...marks], hovers, legend: [] }
}
