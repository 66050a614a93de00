import { emptyTally, equityOf } from "../core/account/attribution.ts"
import { changedDays, ratio, riskAdjusted } from "../core/metrics.ts"
import { fromSample, MIN_SAMPLES, winRate } from "../core/samples.ts"
import { longestQuoteAge } from "../domain/Freshness.ts"
import { type JsonObject } from "../domain/json.ts"
import { type EpochMicros, formatTime, MICROS_PER_HOUR, MICROS_PER_SECOND } from "../domain/time.ts"
import { fromMicros } from "../domain/units.ts"
import { type BacktestOptions } from "./options.ts"
import { type Covered, type MarketCoverage } from "./Coverage.ts"
import { type LegRisk, type ReplayOutcome, type TallyOutcome } from "./ReplayOutcome.ts"

export const SCHEMA_VERSION = "1.2"

/** The original's seven columns. Money in USDC. */
export interface AttributionRow {
  readonly strategy: string
  readonly pnl: number
  readonly winrate: number
  readonly max_drawdown: number
  readonly trade_count: number
  readonly wins: number
  readonly losses: number
  /** Greatest fall of equity with a point for every moment of the window; absent under the original's arithmetic. */
  readonly max_drawdown_marked?: number
}

/** A strategy's row; null where the sample is too small to say (`MIN_SAMPLES`): its size stands beside it. */
export interface StrategyRow extends AttributionRow {
  /** Wins over closed trades. */
  readonly closed_winrate: number | null
  /** Positions (open ones at their mark) that are in profit, over those in profit or loss. */
  readonly mtm_winrate: number | null
  /** How many positions that is. */
  readonly mtm_positions: number
  /** Of the equity changes of all UTC days of the window, those that it cuts included. */
  readonly sharpe: number | null
  readonly sortino: number | null
  /** UTC days that the window touches, and on how many of them equity changed. */
  readonly daily_samples: number
  readonly daily_changed: number
  /** Gross profit over gross loss of closing fills; null without a loss, too. */
  readonly profit_factor: number | null
  /** Highest sum of |quantity * average price| at any time, USDC. */
  readonly exposure: number
  /** Sum of price * quantity over all fills, USDC. */
  readonly turnover: number
  readonly fees: number
  /** Mean squared distance of the price paid from the payout, over settled positions. */
  readonly brier: number | null
  readonly settled_positions: number
  /** Packages of several legs that were sent; all four are absent where there were none. */
  readonly leg_packages?: number
  /** Of these, packages whose filled legs were given back. */
  readonly leg_unwound?: number
  /** Of these, packages of which legs are, or may be, held without their counter legs. */
  readonly leg_stranded?: number
  /** What unwinding lost, and what stranded legs were worth less than was paid for them, USDC; negative: it gained. */
  readonly leg_risk_cost?: number
}

export interface EventRow extends AttributionRow {
  readonly event_id: string
}

/** A position that is held at the end of the window. USDC and shares. */
export interface ClosingPosition {
  readonly strategy: string
  readonly event_id: string
  readonly market_id: string
  readonly token_id: string
  readonly qty: number
  readonly cost: number
  /** Newest price of the token; null: none was ever seen, and the position counts at its cost. */
  readonly mark: number | null
  /** Time of the quote that showed it. */
  readonly mark_ts: string | null
}

/** How much of the window there is data for. */
export interface SampleCoverage {
  readonly window_hours: number
  /** Counted by gaps (`Coverage`). */
  readonly covered_hours: number
  readonly coverage_ratio: number
  readonly observations: number
  readonly spacing_sec: number | null
  /** Of the markets in the ledger, by id; absent in a window of a rolling backtest. */
  readonly markets?: ReadonlyArray<MarketCoverage>
  readonly history_limited: boolean
  readonly note: string
}

/** How the trading program was run over recorded data. */
export interface StrategyReplay {
  readonly interval_sec: number
  readonly max_signals_per_cycle: number
  readonly cooldown_sec: number
  readonly cycles: number
  /** Signals that were left: in their cooldown, or beyond the limit of a cycle. */
  readonly skipped_signals: number
}

/** How old quotes could be, and what traded on older ones. */
export interface QuoteAgeReport {
  /** As configured: `auto`, `off`, or seconds. With `off` nothing was refused by age, and the limits are those that `auto` would have given. */
  readonly setting: string
  /** Seconds, of sources that `limit_sec_by_source` does not name. */
  readonly limit_sec: number
  readonly limit_sec_by_source: { readonly [source: string]: number }
  /** Ledger rows that traded on a quote that was older. */
  readonly older_fills: number
}

/** Everything in the artifact but the ledger rows and the checksum. */
export interface BacktestReport {
  readonly schema_version: string
  readonly generated_at: string
  readonly from_ts: string
  readonly to_ts: string
  readonly total_signals: number
  readonly executed_signals: number
  readonly rejected_signals: number
  readonly compat: string
  /** Present when the strategies were run again over recorded data; absent: stored signals were replayed. */
  readonly strategy_replay?: StrategyReplay
  readonly execution_config: JsonObject
  readonly risk_config: JsonObject
  /** Absent by the original's rules. */
  readonly quote_age?: QuoteAgeReport
  readonly results: ReadonlyArray<StrategyRow>
  readonly event_results: ReadonlyArray<EventRow>
  /** Greatest fall of the equity of all strategies together; absent under the original's arithmetic. */
  readonly max_drawdown_marked?: number
  /** Fills after the exchange had closed their market, and what they gain at its payout; absent under the original's arithmetic. */
  readonly after_close?: { readonly fills: number; readonly pnl: number }
  readonly reject_reasons: JsonObject
  readonly sample_coverage: SampleCoverage
  readonly closing_positions: ReadonlyArray<ClosingPosition>
  readonly program: { readonly version: string; readonly config_digest: string; readonly data_digest: string }
  readonly ledger_rows: number
  readonly ledger_sha256: string
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const attribution = (strategy: string, tally: TallyOutcome): AttributionRow => ({
  strategy,
  pnl: fromMicros(equityOf(tally)),
  winrate: ratio(tally.wins, tally.wins + tally.losses, 0),
  max_drawdown: fromMicros(tally.drawdown.max),
  trade_count: tally.tradeCount,
  wins: tally.wins,
  losses: tally.losses,
  ...(tally.marked === null ? {} : { max_drawdown_marked: fromMicros(tally.marked.max) })
})

const markedPositions = (outcome: ReplayOutcome): ReadonlyMap<string, { up: number; down: number }> => {
  const counts = new Map<string, { up: number; down: number }>()
  for (const { position, strategy, unrealized } of outcome.holdings) {
    const pnl = position.realized + unrealized
    if (pnl === 0) continue
    const count = counts.get(strategy) ?? { up: 0, down: 0 }
    if (pnl > 0) count.up += 1
    else count.down += 1
    counts.set(strategy, count)
  }
  return counts
}

/** What it cost that legs fill one after the other; nothing of a strategy that sent no packages of several legs. */
const legRiskOf = (risk: LegRisk | undefined) =>
  risk === undefined
    ? {}
    : {
        leg_packages: risk.packages,
        leg_unwound: risk.unwound,
        leg_stranded: risk.stranded,
        leg_risk_cost: fromMicros(risk.cost)
      }

/** Of a strategy that was asked for and had no signal. */
const nothingDone: TallyOutcome = emptyTally()
const untouched: TallyOutcome = { ...nothingDone, marked: null }

/** Result rows by strategy; every strategy that was asked for has one. */
export const strategyRows = (outcome: ReplayOutcome, asked: ReadonlyArray<string>): ReadonlyArray<StrategyRow> => {
  const ids = [...new Set([...asked, ...outcome.byStrategy.keys()])].sort(compare)
  const marked = markedPositions(outcome)
  return ids.map((strategy) => {
    const tally = outcome.byStrategy.get(strategy) ?? (outcome.marked === null ? untouched : nothingDone)
    const settled = outcome.settled.get(strategy) ?? { count: 0, squares: 0 }
    const { down, up } = marked.get(strategy) ?? { up: 0, down: 0 }
    const changes = outcome.dailyChanges.get(strategy) ?? []
    return {
      ...attribution(strategy, tally),
      closed_winrate: winRate(tally),
      mtm_winrate: fromSample(up + down, MIN_SAMPLES.markedPositions, () => up / (up + down)),
      mtm_positions: up + down,
      ...riskAdjusted(changes),
      daily_samples: outcome.days,
      daily_changed: changedDays(changes),
      profit_factor:
        tally.grossLoss === 0
          ? null
          : fromSample(tally.wins + tally.losses, MIN_SAMPLES.closedFills, () => tally.grossWin / tally.grossLoss),
      exposure: fromMicros(tally.peakNotional),
      turnover: fromMicros(tally.turnover),
      fees: fromMicros(tally.fees),
      brier: fromSample(settled.count, MIN_SAMPLES.settledPositions, () => settled.squares / settled.count),
      settled_positions: settled.count,
      ...legRiskOf(outcome.legRisk.get(strategy))
    }
  })
}

/** Result rows by (strategy, event). */
export const eventRows = (outcome: ReplayOutcome): ReadonlyArray<EventRow> =>
  [...outcome.byEvent]
    .flatMap(([strategy, events]) => [...events].map(([eventId, tally]) => ({ strategy, eventId, tally })))
    .sort((a, b) => compare(a.strategy, b.strategy) || compare(a.eventId, b.eventId))
    .map(({ eventId, strategy, tally }) => ({ ...attribution(strategy, tally), event_id: eventId }))

/** Positions that are held at the end, by strategy, event, market and token. */
export const closingPositions = ({ holdings }: ReplayOutcome): ReadonlyArray<ClosingPosition> =>
  holdings
    .filter(({ position }) => position.qty !== 0)
    .map(({ eventId, mark, markUs, marketId, position, strategy, token }) => ({
      strategy,
      event_id: eventId,
      market_id: marketId,
      token_id: token,
      qty: fromMicros(position.qty),
      cost: fromMicros(position.cost),
      mark: mark === null ? null : fromMicros(mark),
      mark_ts: markUs === null ? null : formatTime(markUs)
    }))
    .sort(
      (a, b) =>
        compare(a.strategy, b.strategy) ||
        compare(a.event_id, b.event_id) ||
        compare(a.market_id, b.market_id) ||
        compare(a.token_id, b.token_id)
    )

const COVERED = 0.95
/** The report mentions a time without any snapshot that is longer than this share of the window. */
const MAX_GAP = 0.25

/** What the recorded snapshots say about the window. */
export interface Recorded {
  /** First and last in the window; null without any. */
  readonly coverage: { readonly firstUs: EpochMicros; readonly lastUs: EpochMicros } | null
  /** Time of the newest up to the end of the window; null without any. */
  readonly newestUs: EpochMicros | null
  readonly covered: Covered
  /** The longest time without one between the first and the last in the window. */
  readonly gap: { readonly fromUs: EpochMicros; readonly toUs: EpochMicros } | null
}

const noteOf = ({ coverage, covered, gap, newestUs }: Recorded, ends: boolean, holds: boolean): string => {
  if (coverage === null) {
    return newestUs === null
      ? "no snapshot in the window or before it: nothing can be marked or filled"
      : `no snapshot in the window; the quotes are from before it, the newest of ${formatTime(newestUs)}`
  }
  const hole = gap === null || holds ? null : `nothing from ${formatTime(gap.fromUs)} to ${formatTime(gap.toUs)}`
  if (!ends) {
    const span = `data only from ${formatTime(coverage.firstUs)} to ${formatTime(coverage.lastUs)}`
    return hole === null ? span : `${span}, and ${hole}`
  }
  if (hole !== null) return `data at both ends of the window, but ${hole}`
  return covered.coverage_ratio >= COVERED
    ? "the window is covered by data"
    : "data at both ends of the window, with gaps"
}

/** How much of [from, to] observations cover, and whether there is a hole between the first and the last of them. */
export const coverageOf = (
  window: { readonly fromUs: EpochMicros; readonly toUs: EpochMicros },
  recorded: Recorded
): SampleCoverage => {
  const { coverage, covered, gap } = recorded
  const window_hours = (window.toUs - window.fromUs) / MICROS_PER_HOUR
  const span = coverage === null ? 0 : (coverage.lastUs - coverage.firstUs) / MICROS_PER_HOUR
  const ends = ratio(span, window_hours, 0) >= COVERED
  const holds = gap === null || (gap.toUs - gap.fromUs) / MICROS_PER_HOUR <= MAX_GAP * window_hours
  const note = noteOf(recorded, ends, holds)
  const history_limited = !(ends && holds && covered.coverage_ratio >= COVERED)
  return { window_hours, ...covered, history_limited, note }
}

/** How packages of several legs are carried out; the original sends one leg of each. */
const packageConfigOf = (execution: BacktestOptions["execution"]): JsonObject => ({
  leg_delay_ms: execution.leg_delay_ms,
  bundle_deadline_sec: execution.bundle_deadline_sec,
  bundle_unwind: execution.bundle_unwind,
  bundle_max_unwind_loss: execution.bundle_max_unwind_loss,
  resting_fills: execution.resting_fills,
  displayed_liquidity_share: execution.displayed_liquidity_share
})

/** The artifact's execution_config: the original's fields, then this project's. */
export const executionConfigOf = ({ execution, compat, settlement }: BacktestOptions): JsonObject => ({
  slippage_bps: execution.slippage_bps,
  fee_bps: execution.fee_bps,
  enable_partial_fill: execution.enable_partial_fill,
  liquidity_full_fill: execution.liquidity_full_fill,
  min_fill_ratio: execution.min_fill_ratio,
  enable_fill_probability: execution.enable_fill_probability,
  min_fill_probability: execution.min_fill_probability,
  enable_dynamic_slippage: execution.enable_dynamic_slippage,
  spread_slippage_weight_bps: execution.spread_slippage_weight_bps,
  liquidity_slippage_weight_bps: execution.liquidity_slippage_weight_bps,
  liquidity_reference: execution.liquidity_reference,
  fees: compat === "original" ? "bps" : execution.fees,
  settlement,
  ...(compat === "original" ? {} : packageConfigOf(execution))
})

type RiskOptions = Pick<BacktestOptions, "risk"> & Partial<Pick<BacktestOptions, "compat" | "freshness">>

/** The limit in force, seconds: of sources with different ones the longest; null: off, as always by the original's rules. */
const maxQuoteAgeOf = ({ compat, freshness, risk }: RiskOptions): number | null => {
  if (compat === "original") return null
  if (freshness !== undefined) {
    return freshness.setting === null ? null : longestQuoteAge(freshness.limit) / MICROS_PER_SECOND
  }
  return typeof risk.max_quote_age_sec === "number" ? risk.max_quote_age_sec : null
}

/** The artifact's risk_config. Limits that were added later are left out while off: a run gives the bytes it gave before. */
export const riskConfigOf = (options: RiskOptions): JsonObject => {
  const later = [
    ...["max_scenario_loss", "max_event_scenario_loss", "buying_power", "max_market_notional", "max_total_notional"],
    ...["max_drawdown", "allow_disputed"]
  ]
  const settings = { ...options.risk, max_quote_age_sec: maxQuoteAgeOf(options) }
  return Object.fromEntries(
    Object.entries(settings).filter(([name, value]) => !(later.includes(name) && (value === null || value === false)))
  )
}

/** The limit of quotes by their age, and what traded beyond it; nothing by the original's rules. */
export const quoteAgeOf = (
  { compat, freshness }: BacktestOptions,
  { oldFills }: Pick<ReplayOutcome, "oldFills">
): { readonly quote_age?: QuoteAgeReport } => {
  if (compat === "original" || freshness === undefined) return {}
  const { limit, setting } = freshness
  return {
    quote_age: {
      setting: setting === null ? "off" : String(setting),
      limit_sec: limit.otherUs / MICROS_PER_SECOND,
      limit_sec_by_source: Object.fromEntries(
        limit.bySource.map(({ maxUs, source }) => [source, maxUs / MICROS_PER_SECOND])
      ),
      older_fills: oldFills
    }
  }
}
