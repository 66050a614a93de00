import { coverageText, winRateText } from "./figureTexts.ts"
import { notAvailable, samplesNote } from "./samples.ts"
import { barChart } from "./barChart.ts"
import { calibrationChart } from "./calibrationChart.ts"
import { curvesChart, drawdownChart } from "./curveChart.ts"
import { type Chart, type ReportModel } from "./ReportModel.ts"
import {
  eventTable,
  legTable,
  rejectionTable,
  type ReportTable,
  riskAdjustedTable,
  strategyTable
} from "./reportTables.ts"
import { type Paint, type Scene, strategyPaint } from "./scene.ts"
import { formatNumber, formatPartOfHours, formatPercent, formatPnl, formatUsdc } from "./terminalFormat.ts"

export type Tone = "good" | "bad" | "plain"

/** A headline figure. */
export interface Tile {
  readonly label: string
  readonly value: string
  readonly below: string
  readonly tone: Tone
}

/** A section of the report, in the order in which it is read; PDF and HTML show the same ones. */
export type Block =
  | {
      readonly _tag: "Chart"
      readonly title: string
      readonly caption: string
      readonly chart: Chart<(width: number, fontSize: number) => Scene>
    }
  | { readonly _tag: "Table"; readonly title: string; readonly caption: string; readonly table: ReportTable }
  | {
      readonly _tag: "Pairs"
      readonly title: string
      readonly caption: string
      readonly pairs: ReadonlyArray<readonly [key: string, value: string]>
      /** Long values take a whole line each. */
      readonly wide: boolean
    }

const toneOf = (value: number): Tone => (value > 0 ? "good" : value < 0 ? "bad" : "plain")

const winTile = ({ trades }: ReportModel): Tile => {
  const closed = trades.wins + trades.losses
  return closed === 0
    ? { label: "Win rate", value: notAvailable(0), below: "no position was closed", tone: "plain" }
    : {
        label: "Win rate",
        value: winRateText(trades),
        below: `${formatNumber(trades.wins, 0)} won, ${formatNumber(trades.losses, 0)} lost`,
        tone: "plain"
      }
}

const coverageTile = ({ coverage, window }: ReportModel): Tile =>
  coverage === null
    ? {
        label: "Data coverage",
        value: notAvailable(),
        below: `${formatNumber(window.hours, 1)} h window`,
        tone: "plain"
      }
    : {
        label: "Data coverage",
        value: coverageText(coverage.ratio, coverage.observations ?? undefined),
        below: formatPartOfHours(coverage.coveredHours, coverage.windowHours),
        tone: coverage.limited ? "bad" : "plain"
      }

/** The figures that stand on top. */
export const tilesOf = (model: ReportModel): ReadonlyArray<Tile> => {
  const { fees, maxDrawdown, pnl, signals, trades, turnover } = model
  const rate = signals.total === 0 ? null : signals.executed / signals.total
  return [
    {
      label: "PnL, USDC",
      value: formatPnl(pnl.total),
      below: `${formatPnl(pnl.realized)} realized, ${formatPnl(pnl.open)} open`,
      tone: toneOf(pnl.total)
    },
    {
      label: "Max drawdown, USDC",
      value: formatUsdc(maxDrawdown),
      below: `all strategies together, ${model.drawdownMarked ? "at every moment" : "at ledger rows"}`,
      tone: "plain"
    },
    winTile(model),
    {
      label: "Signals executed",
      value: `${formatNumber(signals.executed, 0)} of ${formatNumber(signals.total, 0)}`,
      below: rate === null ? "no signal in the window" : `${formatPercent(rate)}; the rest was rejected`,
      tone: "plain"
    },
    {
      label: "Turnover, USDC",
      value: formatUsdc(turnover),
      below: `${formatNumber(trades.count, 0)} trades, fees ${formatUsdc(fees)}`,
      tone: "plain"
    },
    coverageTile(model)
  ]
}

/** How far a chart is from square, as paper wants it. */
const CURVE_ASPECT = 0.31
const CALIBRATION_ASPECT = 0.46

const mapChart = <A, B>(chart: Chart<A>, f: (data: A) => B): Chart<B> =>
  chart._tag === "Drawn" ? { _tag: "Drawn", data: f(chart.data) } : chart

const leftOut = (chart: ReportModel["equity"]): string =>
  chart._tag === "Drawn" && chart.data.omitted > 0
    ? ` Drawn are the ${chart.data.byStrategy.length} strategies with the largest results; "all" holds every one.`
    : ""

/** Every strategy has one colour on all charts; the curves of a report are of at most as many as there are colours. */
const paintsOf = ({ equity, realized, strategies }: ReportModel): ReadonlyMap<string, Paint> => {
  const names = new Set(
    [equity, realized].flatMap((chart) => (chart._tag === "Drawn" ? chart.data.byStrategy.map(({ name }) => name) : []))
  )
  const drawn = strategies.filter(({ strategy }) => names.has(strategy))
  return new Map(drawn.map(({ strategy }, index) => [strategy, strategyPaint(index)]))
}

const charts = (model: ReportModel): ReadonlyArray<Block> => {
  const { window } = model
  const paints = paintsOf(model)
  const size = (width: number, fontSize: number) => ({ width, fontSize, height: width * CURVE_ASPECT })
  return [
    {
      _tag: "Chart",
      title: "Cumulative realized PnL",
      caption: `USDC, after fees. A fee is paid at the fill; a gain or loss counts when a position is reduced or settled.${leftOut(model.realized)}`,
      chart: mapChart(model.realized, (curves) => (w, f) => curvesChart(curves, window, size(w, f), paints))
    },
    {
      _tag: "Chart",
      title: "Equity",
      caption: `USDC: realized PnL and open positions at their marks, as of each row of the ledger.${leftOut(model.equity)}`,
      chart: mapChart(model.equity, (curves) => (w, f) => curvesChart(curves, window, size(w, f), paints))
    },
    {
      _tag: "Chart",
      title: "Drawdown",
      caption: "USDC below the running peak of equity, all strategies together, as of each row of the ledger.",
      chart: mapChart(
        model.drawdown,
        (curve) => (w, f) => drawdownChart(curve, window, { ...size(w, f), height: w * CURVE_ASPECT * 0.75 })
      )
    },
    {
      _tag: "Chart",
      title: "PnL by strategy",
      caption: "USDC: realized and open together.",
      chart: mapChart(model.pnlByStrategy, (bars) => (w, f) => barChart(bars, w, f))
    },
    {
      _tag: "Chart",
      title: "Calibration",
      caption:
        "Average price paid (across) against what a share paid out (up) for settled positions. On the dashed line prices were right; above it the buys were cheap. Numbers count positions.",
      chart: mapChart(
        model.calibration,
        (calibration) => (width, fontSize) =>
          calibrationChart(calibration, { width, fontSize, height: width * CALIBRATION_ASPECT })
      )
    }
  ]
}

const eventCaption = ({ events }: ReportModel): string => {
  const { hidden, shown, untraded } = events
  const more =
    hidden === 0 ? "" : ` The ${shown.length} largest of ${formatNumber(shown.length + hidden, 0)} are listed.`
  const rejected =
    untraded === 0
      ? ""
      : ` Left out for want of a trade: ${formatNumber(untraded, 0)}, whose signals were all rejected.`
  return `By strategy and event, largest result first.${more}${rejected}`
}

const legBlock = ({ strategies }: ReportModel): ReadonlyArray<Block> => {
  const table = legTable(strategies)
  const caption =
    "USDC. Legs of a bundle fill one after the other: unwound, what filled was given back; stranded, a leg is held without the others. Cost: what giving back lost, and what stranded legs are worth less than was paid. It is in the PnL."
  return table === null ? [] : [{ _tag: "Table", title: "Leg risk", caption, table }]
}

/** Everything below the headline figures. */
export const blocksOf = (model: ReportModel): ReadonlyArray<Block> => [
  ...charts(model),
  {
    _tag: "Table",
    title: "Strategies",
    caption:
      "USDC. Max drawdown: from a running peak of equity at the marks. Realized: reduced and settled positions after fees; open: what is still held, at its marks.",
    table: strategyTable(model.strategies, model.maxDrawdown)
  },
  {
    _tag: "Table",
    title: "Quality and cost",
    caption:
      "Sharpe and Sortino: per year, from daily changes. Exposure: most capital in positions at one time. Brier: mean squared distance of price paid and payout; 0 is perfect. " +
      samplesNote,
    table: riskAdjustedTable(model.strategies)
  },
  ...legBlock(model),
  { _tag: "Table", title: "Events", caption: eventCaption(model), table: eventTable(model.events) },
  {
    _tag: "Table",
    title: "Rejected signals",
    caption: `${formatNumber(model.signals.rejected, 0)} of ${formatNumber(model.signals.total, 0)} signals, by reason.`,
    table: rejectionTable(model.rejections, model.signals.total)
  },
  { _tag: "Pairs", title: "Execution", caption: "How fills were simulated.", pairs: model.execution, wide: false },
  { _tag: "Pairs", title: "Risk limits", caption: "USDC where it is money.", pairs: model.risk, wide: false },
  {
    _tag: "Pairs",
    title: "Provenance",
    caption: "The same data, configuration and version give the same digests.",
    pairs: model.provenance,
    wide: true
  }
]
