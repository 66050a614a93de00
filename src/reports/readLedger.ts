import * as Either from "effect/Either"
import { InputError } from "../domain/errors.ts"
import { type EpochMicros, parseTime } from "../domain/time.ts"
import { type Settled, settledOf } from "./calibration.ts"
import { CurveBuilder } from "./curves.ts"
import { type ReportRow } from "./ReportArtifact.ts"

/** What one walk over the ledger yields. Money in USDC. */
export interface LedgerFigures {
  readonly realized: { readonly total: CurveBuilder; readonly byStrategy: ReadonlyMap<string, CurveBuilder> }
  readonly equity: { readonly total: CurveBuilder; readonly byStrategy: ReadonlyMap<string, CurveBuilder> }
  readonly settled: ReadonlyArray<Settled>
  /** Greatest fall of the equity of all strategies together from its running peak. */
  readonly maxDrawdown: number
  /** Sum of price * quantity of all trades. */
  readonly turnover: number
  /** Ledger rows by market, for each event. */
  readonly marketsOfEvent: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** Rejected ledger rows by reason code. */
  readonly rejectedRows: ReadonlyMap<string, number>
  readonly rows: number
}

const MICRO = 1e6

/** Sums of micro-units as USDC would drift in the last digits. */
export const roundMicro = (value: number): number => Math.round(value * MICRO) / MICRO

class Walk {
  readonly realized = { total: new CurveBuilder(), byStrategy: new Map<string, CurveBuilder>() }
  readonly equity = { total: new CurveBuilder(), byStrategy: new Map<string, CurveBuilder>() }
  readonly settled: Array<Settled> = []
  turnover = 0
  readonly marketsOfEvent = new Map<string, Map<string, number>>()
  readonly rejectedRows = new Map<string, number>()
  rows = 0
  maxDrawdown = 0
  private peak = 0
  private drawdownUs: EpochMicros | null = null
  private readonly fromUs: EpochMicros

  constructor(fromUs: EpochMicros) {
    this.fromUs = fromUs
    this.realized.total.add(fromUs, 0)
    this.equity.total.add(fromUs, 0)
  }

  curve(curves: Map<string, CurveBuilder>, strategy: string): CurveBuilder {
    let curve = curves.get(strategy)
    if (curve === undefined) {
      curves.set(strategy, (curve = new CurveBuilder()))
      curve.add(this.fromUs, 0)
    }
    return curve
  }

  setEquity(atUs: EpochMicros, strategy: string, value: number): void {
    const curve = this.curve(this.equity.byStrategy, strategy)
    const change = value - curve.value
    curve.add(atUs, value)
    const total = roundMicro(this.equity.total.value + change)
    if (atUs !== this.drawdownUs) this.endMoment()
    this.drawdownUs = atUs
    this.equity.total.add(atUs, total)
  }

  /** Points of one moment count as the last of them, as the curve has it. */
  endMoment(): void {
    const { value } = this.equity.total
    this.peak = Math.max(this.peak, value)
    this.maxDrawdown = Math.max(this.maxDrawdown, this.peak - value)
  }

  row(atUs: EpochMicros, row: ReportRow): void {
    this.rows += 1
    const markets = this.marketsOfEvent.get(row.event_id) ?? new Map<string, number>()
    this.marketsOfEvent.set(row.event_id, markets.set(row.market_id, (markets.get(row.market_id) ?? 0) + 1))
    this.setEquity(atUs, row.strategy, row.strategy_equity)
    if (row.realized_change !== 0) {
      const own = this.curve(this.realized.byStrategy, row.strategy)
      own.add(atUs, roundMicro(own.value + row.realized_change))
      this.realized.total.add(atUs, roundMicro(this.realized.total.value + row.realized_change))
    }
    const settled = settledOf(row)
    if (settled !== null) this.settled.push(settled)
    else if (row.risk_allowed) this.turnover += row.executed_qty * row.fill_price
    else {
      const code = row.risk_reason.split(":", 1)[0] ?? ""
      this.rejectedRows.set(code, (this.rejectedRows.get(code) ?? 0) + 1)
    }
  }
}

/** Takes a ledger row by row, and gives what the report shows of it. */
export class LedgerReader {
  private readonly walk: Walk
  private readonly toUs: EpochMicros
  private text = ""
  private atUs: EpochMicros | undefined
  private problem: InputError | null = null

  constructor(window: { readonly fromUs: EpochMicros; readonly toUs: EpochMicros }) {
    this.walk = new Walk(window.fromUs)
    this.toUs = window.toUs
  }

  /** The markets that rows were about so far. */
  get marketIds(): ReadonlySet<string> {
    const ids = new Set<string>()
    for (const markets of this.walk.marketsOfEvent.values()) for (const id of markets.keys()) ids.add(id)
    return ids
  }

  add(row: ReportRow): void {
    if (row.ts !== this.text) {
      this.text = row.ts
      this.atUs = parseTime(row.ts)
    }
    if (this.atUs === undefined) {
      const field = `replay[${this.walk.rows}].ts`
      this.problem ??= new InputError({ field, problem: `must be a time, not "${row.ts}"` })
      return
    }
    // What was on its way when the window ended comes to its end after it, and belongs to the window's last moment.
    this.walk.row(Math.min(this.atUs, this.toUs), row)
  }

  /**
   * `finalEquity` is each strategy's PnL at the end of the window: the marks of that moment are in the results, but in no
   * row.
   */
  finish(finalEquity: ReadonlyMap<string, number>): Either.Either<LedgerFigures, InputError> {
    const { problem, toUs, walk } = this
    if (problem !== null) return Either.left(problem)
    for (const [strategy, value] of finalEquity) {
      walk.setEquity(toUs, strategy, value)
      walk.curve(walk.realized.byStrategy, strategy)
    }
    walk.endMoment()
    for (const curve of [walk.realized.total, ...walk.realized.byStrategy.values()]) curve.add(toUs, curve.value)
    return Either.right(walk)
  }
}
