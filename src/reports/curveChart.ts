import { type EpochMicros } from "../domain/time.ts"
import { lowerAxis, type Plot, plotOf, scale, timeTicks, valueAxis, valueTicks } from "./axes.ts"
import { type Curve, type CurvePoint, valueAt } from "./curves.ts"
import { type Curves } from "./ReportModel.ts"
import { type Hover, type Mark, type Paint, type Point, type Scene, type SceneSize, shortName } from "./scene.ts"
import { formatInstant, formatPnl, formatUsdc } from "./terminalFormat.ts"

interface Series {
  readonly curve: Curve
  readonly paint: Paint
  readonly width: number
}

interface Window {
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
}

/** How many moments a pointer can ask for. */
const HOVERS = 120

const stepPoints = (
  points: ReadonlyArray<CurvePoint>,
  x: (atUs: number) => number,
  y: (value: number) => number
): Array<Point> => {
  const path: Array<Point> = []
  for (const { atUs, value } of points) {
    const last = path.at(-1)
    if (last !== undefined) path.push([x(atUs), last[1]])
    path.push([x(atUs), y(value)])
  }
  return path
}

/** The last moment of change in each of HOVERS equal stretches of the window. */
const hoverTimes = (series: ReadonlyArray<Series>, { fromUs, toUs }: Window): ReadonlyArray<EpochMicros> => {
  const span = toUs - fromUs || 1
  const byStretch = new Map<number, EpochMicros>()
  for (const { curve } of series) {
    for (const { atUs } of curve.points) {
      const stretch = Math.floor(((atUs - fromUs) / span) * HOVERS)
      byStretch.set(stretch, Math.max(byStretch.get(stretch) ?? 0, atUs))
    }
  }
  return [...byStretch.values()].sort((a, b) => a - b)
}

const hoversOf = (
  series: ReadonlyArray<Series>,
  window: Window,
  plot: Plot,
  x: (atUs: number) => number,
  y: (value: number) => number,
  text: (value: number) => string
): ReadonlyArray<Hover> => {
  const times = hoverTimes(series, window)
  return times.map((atUs, index): Hover => {
    const at = x(atUs)
    const left = index === 0 ? plot.left : (x(times[index - 1] ?? atUs) + at) / 2
    const right = index === times.length - 1 ? plot.right : (x(times[index + 1] ?? atUs) + at) / 2
    const marks: Array<Mark> = [
      { _tag: "Line", from: [at, plot.top], to: [at, plot.bottom], paint: "muted", width: 0.6 }
    ]
    const lines = series.flatMap(({ curve, paint }) => {
      const value = valueAt(curve.points, atUs)
      if (value === null) return []
      marks.push({ _tag: "Dot", at: [at, y(value)], radius: 3, paint, opacity: 1 })
      return [{ text: `${shortName(curve.name)}  ${text(value)}`, paint }]
    })
    return {
      at: [left, plot.top],
      width: right - left,
      height: plot.bottom - plot.top,
      marks,
      title: formatInstant(atUs),
      lines
    }
  })
}

const drawCurves = (
  series: ReadonlyArray<Series>,
  window: Window,
  size: SceneSize,
  text: (value: number) => string,
  filled: boolean
): Scene => {
  let low = 0
  let high = 0
  for (const { curve } of series) {
    for (const { value } of curve.points) {
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  }
  const ticks = valueTicks(low, high, 5)
  const plot = plotOf(size, ticks)
  const x = scale(window.fromUs, window.toUs, plot.left, plot.right)
  const y = scale(ticks[0]?.value ?? 0, ticks.at(-1)?.value ?? 1, plot.bottom, plot.top)
  const moments = timeTicks(window.fromUs, window.toUs, Math.floor((plot.right - plot.left) / (size.fontSize * 7)))
  const lines = series.flatMap(({ curve, paint, width }): ReadonlyArray<Mark> => {
    const points = stepPoints(curve.points, x, y)
    const path: Mark = { _tag: "Path", points, paint, width }
    const first = points[0]
    const last = points.at(-1)
    if (!filled || first === undefined || last === undefined) return [path]
    const area: ReadonlyArray<Point> = [[first[0], y(0)], ...points, [last[0], y(0)]]
    return [{ _tag: "Area", points: area, paint, opacity: 0.15 }, path]
  })
  return {
    ...size,
    marks: [...valueAxis(plot, ticks, y, size.fontSize), ...lowerAxis(plot, moments, x, size), ...lines],
    hovers: hoversOf(series, window, plot, x, y, text),
    legend: series.length === 1 ? [] : series.map(({ curve, paint }) => ({ name: shortName(curve.name), paint }))
  }
}

/** Step curves of all strategies together and of each; `paints` gives every strategy its colour on all charts. */
export const curvesChart = (
  { byStrategy, total }: Curves,
  window: Window,
  size: SceneSize,
  paints: ReadonlyMap<string, Paint>
): Scene => {
  const strategies = byStrategy.map((curve): Series => ({ curve, paint: paints.get(curve.name) ?? "s0", width: 1.1 }))
  // The total comes last, so that it lies on top; of one strategy it would say the same again.
  const series: ReadonlyArray<Series> =
    strategies.length === 1 ? strategies : [...strategies, { curve: total, paint: "total", width: 1.8 }]
  return drawCurves(series, window, size, formatPnl, false)
}

/** How far equity was below its peak. */
export const drawdownChart = (curve: Curve, window: Window, size: SceneSize): Scene =>
  drawCurves([{ curve, paint: "loss", width: 1.2 }], window, size, formatUsdc, true)
