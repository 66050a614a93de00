import * as Either from "effect/Either"
import { MIN_SAMPLES } from "../core/samples.ts"
import { InputError } from "../domain/errors.ts"
import { type EpochMicros, MICROS_PER_HOUR, parseTime } from "../domain/time.ts"
import { type Calibration, calibrate } from "./calibration.ts"
import { type Curve, type CurveBuilder, type CurvePoint, downsample, drawdownOf } from "./curves.ts"
import { cutsDay } from "./figureTexts.ts"
import { labelEvents } from "./eventLabels.ts"
import { type LedgerFigures, LedgerReader, roundMicro } from "./readLedger.ts"
import { type ReportArtifact, type ReportHead, type ReportStrategy } from "./ReportArtifact.ts"
import { formatNumber } from "./terminalFormat.ts"
import { type Chart, type Curves, type LegFigures, type ReportModel, type StrategyFigures } from "./ReportModel.ts"
import { remarksOf } from "./remarks.ts"
import { escapeControl } from "./terminalText.ts"

export interface ReportOptions {
  readonly title?: string
  /** Questions by market id, to name events with. */
  readonly questions?: ReadonlyMap<string, string>
  /** What the artifact's own ledger cannot prove of its figures; absent: they were not compared. */
  readonly notCheckable?: ReadonlyArray<string>
}

/** Points of a curve that a page can show. */
const CURVE_POINTS = 480
/** As many curves as there are colours. */
const CURVES = 8
const FEWEST_POINTS = 3
const EVENTS_SHOWN = 20

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const sumOf = <A>(rows: ReadonlyArray<A>, value: (row: A) => number): number =>
  roundMicro(rows.reduce((sum, row) => sum + value(row), 0))

const drawn = <A>(data: A): Chart<A> => ({ _tag: "Drawn", data })
const tooFew = (reason: string): Chart<never> => ({ _tag: "TooFew", reason })

const times = (count: number): string => (count === 1 ? "once" : count === 2 ? "twice" : `${count} times`)

const curveOf = (name: string, points: ReadonlyArray<CurvePoint>): Curve => ({
  name: escapeControl(name),
  points: downsample(points, CURVE_POINTS)
})

/** The strategies that get a curve: those with the largest results, in the order of the results. */
const chooseStrategies = (results: ReadonlyArray<ReportStrategy>): ReadonlyArray<string> => {
  const largest = [...results].sort((a, b) => Math.abs(b.pnl) - Math.abs(a.pnl)).slice(0, CURVES)
  return results.filter((row) => largest.includes(row)).map(({ strategy }) => strategy)
}

const curvesOf = (
  what: string,
  chosen: ReadonlyArray<string>,
  curves: { readonly total: CurveBuilder; readonly byStrategy: ReadonlyMap<string, CurveBuilder> }
): Chart<Curves> => {
  const { moves } = curves.total
  if (moves === 0) return tooFew(`${what} never changed in this window: there is no curve to draw.`)
  if (moves < FEWEST_POINTS) return tooFew(`${what} changed only ${times(moves)}: too few points for a curve.`)
  const moving = [...curves.byStrategy.values()].filter((curve) => curve.moves > 0).length
  const byStrategy = chosen.flatMap((name) => {
    const curve = curves.byStrategy.get(name)
    return curve === undefined || curve.moves === 0 ? [] : [curveOf(name, curve.points)]
  })
  return drawn({ total: curveOf("all", curves.total.points), byStrategy, omitted: moving - byStrategy.length })
}

const legFigures = (row: ReportStrategy): LegFigures | null => {
  const { leg_packages, leg_risk_cost, leg_stranded, leg_unwound } = row
  return leg_packages === undefined
    ? null
    : { bundles: leg_packages, unwound: leg_unwound ?? 0, stranded: leg_stranded ?? 0, cost: leg_risk_cost ?? 0 }
}

const strategyFigures = (results: ReadonlyArray<ReportStrategy>, ledger: LedgerFigures): Array<StrategyFigures> =>
  results.map((row) => {
    const realized = ledger.realized.byStrategy.get(row.strategy)?.value ?? 0
    return {
      strategy: escapeControl(row.strategy),
      pnl: row.pnl,
      winrate: row.winrate,
      max_drawdown: row.max_drawdown_marked ?? row.max_drawdown,
      trade_count: row.trade_count,
      wins: row.wins,
      losses: row.losses,
      realized,
      open: roundMicro(row.pnl - realized),
      sharpe: row.sharpe ?? null,
      sortino: row.sortino ?? null,
      changedDays: row.daily_changed ?? null,
      profitFactor: row.profit_factor ?? null,
      exposure: row.exposure ?? null,
      turnover: row.turnover ?? null,
      fees: row.fees ?? null,
      brier: row.brier ?? null,
      settled: row.settled_positions ?? null,
      legs: legFigures(row)
    }
  })

const eventFigures = (
  artifact: ReportHead,
  ledger: LedgerFigures,
  questions: ReadonlyMap<string, string>
): ReportModel["events"] => {
  const traded = artifact.event_results.filter(({ pnl, trade_count }) => trade_count > 0 || pnl !== 0)
  const sorted = traded.sort(
    (a, b) => Math.abs(b.pnl) - Math.abs(a.pnl) || compare(a.strategy, b.strategy) || compare(a.event_id, b.event_id)
  )
  const shown = sorted.slice(0, EVENTS_SHOWN)
  const labels = labelEvents(
    shown.map(({ event_id }) => event_id),
    ledger.marketsOfEvent,
    questions
  )
  return {
    shown: shown.map(({ event_id, ...row }) => ({
      ...row,
      max_drawdown: row.max_drawdown_marked ?? row.max_drawdown,
      strategy: escapeControl(row.strategy),
      eventId: escapeControl(event_id),
      label: labels.get(event_id) ?? null
    })),
    hidden: sorted.length - shown.length,
    hiddenPnl: sumOf(sorted.slice(EVENTS_SHOWN), ({ pnl }) => pnl),
    untraded: artifact.event_results.length - traded.length
  }
}

/** The artifact counts signals by reason since 1.1; before, only rejected ledger rows can be counted. */
const rejectionsOf = (artifact: ReportHead, ledger: LedgerFigures): ReportModel["rejections"] => {
  const counts: ReadonlyArray<readonly [string, unknown]> =
    artifact.reject_reasons === undefined ? [...ledger.rejectedRows] : Object.entries(artifact.reject_reasons)
  return counts
    .flatMap(([reason, count]) => (typeof count === "number" ? [{ reason: escapeControl(reason), count }] : []))
    .sort((a, b) => b.count - a.count || compare(a.reason, b.reason))
}

const settingText = (value: unknown): string =>
  value === true
    ? "yes"
    : value === false
      ? "no"
      : value === null
        ? "none"
        : typeof value === "string"
          ? value
          : (JSON.stringify(value) ?? "")

const settings = (config: Readonly<Record<string, unknown>>): ReadonlyArray<readonly [string, string]> =>
  Object.entries(config).map(([key, value]) => [
    escapeControl(key.replaceAll("_", " ")),
    escapeControl(settingText(value))
  ])

const comparedText = (notCheckable: ReadonlyArray<string>): string =>
  notCheckable.length === 0
    ? "agree with the ledger"
    : `agree with the ledger; not checkable: ${notCheckable.join("; ")}`

const provenanceOf = (
  artifact: ReportHead,
  rows: number,
  notCheckable: ReportOptions["notCheckable"]
): ReportModel["provenance"] => {
  const { checksum_sha256, ledger_sha256, program } = artifact
  const entries: ReadonlyArray<readonly [string, string | undefined]> = [
    ["artifact schema", artifact.schema_version],
    ["generated", artifact.generated_at],
    ["program", program === undefined ? undefined : `monomarket ${program.version}`],
    ["ledger rows", formatNumber(rows, 0)],
    ["figures", notCheckable === undefined ? undefined : comparedText(notCheckable)],
    ["checksum (sha256)", checksum_sha256 ?? "none: export with --with-checksum"],
    ["ledger (sha256)", ledger_sha256],
    ["data (sha256)", program?.data_digest],
    ["configuration (sha256)", program?.config_digest]
  ]
  return entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, escapeControl(value)]]))
}

const calibrationOf = (ledger: LedgerFigures): Chart<Calibration> => {
  const { settled } = ledger
  if (settled.length === 0) return tooFew("No position was settled in this window: forecasts cannot be judged yet.")
  const n = settled.length
  return n < MIN_SAMPLES.settledPositions
    ? tooFew(
        `n/a: only ${n} settled position${n === 1 ? "" : "s"}, of at least ${MIN_SAMPLES.settledPositions} that judging forecasts takes.`
      )
    : drawn(calibrate(settled))
}

const coverageOf = ({ sample_coverage: found }: ReportHead): ReportModel["coverage"] =>
  found === undefined
    ? null
    : {
        ratio: found.coverage_ratio,
        observations: found.observations ?? null,
        coveredHours: found.covered_hours,
        windowHours: found.window_hours,
        limited: found.history_limited,
        note: escapeControl(found.note)
      }

/** The days that Sharpe and Sortino are made of; null: the artifact does not say. */
const daysOf = ({ from_ts, results, to_ts }: ReportHead) => {
  const count = results[0]?.daily_samples
  return count === undefined ? null : { count, firstCut: cutsDay(from_ts), lastCut: cutsDay(to_ts) }
}

interface Times {
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
  readonly generatedUs: EpochMicros
}

const timesOf = (artifact: ReportHead): Either.Either<Times, InputError> => {
  const read = (field: "from_ts" | "to_ts" | "generated_at"): Either.Either<EpochMicros, InputError> =>
    Either.fromNullable(
      parseTime(artifact[field]),
      () => new InputError({ field, problem: `must be a time, not "${artifact[field]}"` })
    )
  return Either.all({ fromUs: read("from_ts"), toUs: read("to_ts"), generatedUs: read("generated_at") })
}

const modelOf = (artifact: ReportHead, ledger: LedgerFigures, window: Times, options: ReportOptions): ReportModel => {
  const strategies = strategyFigures(artifact.results, ledger)
  const total = sumOf(strategies, ({ pnl }) => pnl)
  const realized = ledger.realized.total.value
  const drawdown = drawdownOf(ledger.equity.total.points)
  const chosen = chooseStrategies(artifact.results)
  const equity = curvesOf("Equity", chosen, ledger.equity)
  const facts = {
    signals: {
      total: artifact.total_signals,
      executed: artifact.executed_signals,
      rejected: artifact.rejected_signals
    },
    pnl: { total, realized, open: roundMicro(total - realized) },
    coverage: coverageOf(artifact),
    checksum: artifact.checksum_sha256 ?? null
  }
  return {
    ...facts,
    title: escapeControl(options.title ?? "Backtest report"),
    generatedAt: artifact.generated_at,
    generatedUs: window.generatedUs,
    window: {
      from: artifact.from_ts,
      to: artifact.to_ts,
      fromUs: window.fromUs,
      toUs: window.toUs,
      hours: (window.toUs - window.fromUs) / MICROS_PER_HOUR
    },
    trades: {
      count: sumOf(strategies, ({ trade_count }) => trade_count),
      wins: sumOf(strategies, ({ wins }) => wins),
      losses: sumOf(strategies, ({ losses }) => losses)
    },
    maxDrawdown: artifact.max_drawdown_marked ?? roundMicro(ledger.maxDrawdown),
    drawdownMarked: artifact.max_drawdown_marked !== undefined,
    turnover: roundMicro(ledger.turnover),
    fees: strategies.some(({ fees }) => fees === null) ? null : sumOf(strategies, ({ fees }) => fees ?? 0),
    remarks: remarksOf({
      ...facts,
      compat: artifact.compat ?? null,
      settled: ledger.settled.length,
      strategies,
      afterClose: artifact.after_close ?? null,
      days: daysOf(artifact)
    }),
    realized: curvesOf("Realized PnL", chosen, ledger.realized),
    equity,
    pnlByStrategy: strategies.some(({ trade_count }) => trade_count > 0)
      ? drawn(strategies.map(({ pnl, strategy }) => ({ name: strategy, value: pnl })))
      : tooFew("No strategy traded in this window."),
    drawdown: equity._tag === "Drawn" ? drawn(curveOf("drawdown", drawdown)) : equity,
    calibration: calibrationOf(ledger),
    strategies,
    events: eventFigures(artifact, ledger, options.questions ?? new Map()),
    rejections: rejectionsOf(artifact, ledger),
    execution: settings(artifact.execution_config),
    risk: settings(artifact.risk_config),
    provenance: provenanceOf(artifact, ledger.rows, options.notCheckable)
  }
}

/** Makes a report of an artifact whose rows come one by one. */
export class ReportBuilder {
  readonly ledger: LedgerReader
  private readonly head: ReportHead
  private readonly times: Times

  private constructor(head: ReportHead, times: Times) {
    this.head = head
    this.times = times
    this.ledger = new LedgerReader(times)
  }

  static of(head: ReportHead): Either.Either<ReportBuilder, InputError> {
    return Either.map(timesOf(head), (times) => new ReportBuilder(head, times))
  }

  /** After the last row. An error names the field that is not what it must be. */
  model(options: ReportOptions = {}): Either.Either<ReportModel, InputError> {
    const finals = new Map(this.head.results.map(({ pnl, strategy }) => [strategy, pnl]))
    return Either.map(this.ledger.finish(finals), (ledger) => modelOf(this.head, ledger, this.times, options))
  }
}

/** What a report says about an artifact; an error names the field that is not what it must be. */
export const buildReportModel = (
  artifact: ReportArtifact,
  options: ReportOptions = {}
): Either.Either<ReportModel, InputError> =>
  Either.flatMap(ReportBuilder.of(artifact), (builder) => {
    for (const row of artifact.replay) builder.ledger.add(row)
    return builder.model(options)
  })
