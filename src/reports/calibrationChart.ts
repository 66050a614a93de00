import { lowerAxis, plotOf, scale, valueAxis } from "./axes.ts"
import { type Calibration } from "./calibration.ts"
import { type Hover, type Mark, type Scene, type SceneSize } from "./scene.ts"
import { formatPercent } from "./terminalFormat.ts"

const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map((value) => ({ value, text: `${value * 100}%` }))
const SMALLEST = 3
const LARGEST = 11

/** Price paid against payout, a dot a bin, its area by the number of positions; on the diagonal prices were right. */
export const calibrationChart = ({ bins }: Calibration, size: SceneSize): Scene => {
  const plot = plotOf(size, ticks)
  const x = scale(0, 1, plot.left, plot.right)
  const y = scale(0, 1, plot.bottom, plot.top)
  const most = Math.max(...bins.map(({ count }) => count))
  const radius = (count: number): number => Math.max(SMALLEST, LARGEST * Math.sqrt(count / most))
  const dots = bins.flatMap(({ count, meanForecast, meanOutcome }): ReadonlyArray<Mark> => {
    const r = radius(count)
    const beside = x(meanForecast) + r + size.fontSize * 2 < plot.right
    return [
      { _tag: "Dot", at: [x(meanForecast), y(meanOutcome)], radius: r, paint: "s0", opacity: 0.75 },
      {
        _tag: "Text",
        at: [x(meanForecast) + (beside ? r + 3 : -r - 3), y(meanOutcome) + size.fontSize * 0.35],
        text: String(count),
        paint: "ink",
        anchor: beside ? "start" : "end"
      }
    ]
  })
  const hovers = bins.map(({ count, from, meanForecast, meanOutcome, to }): Hover => {
    const r = radius(count) + 3
    return {
      at: [x(meanForecast) - r, y(meanOutcome) - r],
      width: r * 2,
      height: r * 2,
      marks: [],
      title: `Price paid ${formatPercent(from)} to ${formatPercent(to)}`,
      lines: [
        { text: `${count} settled`, paint: "ink" },
        { text: `paid ${formatPercent(meanForecast)}`, paint: "ink" },
        { text: `paid out ${formatPercent(meanOutcome)}`, paint: "ink" }
      ]
    }
  })
  const diagonal: Mark = {
    _tag: "Line",
    from: [x(0), y(0)],
    to: [x(1), y(1)],
    paint: "muted",
    width: 0.8,
    dashed: true
  }
  return {
    ...size,
    marks: [...valueAxis(plot, ticks, y, size.fontSize), ...lowerAxis(plot, ticks, x, size), diagonal, ...dots],
    hovers,
    legend: []
  }
}
