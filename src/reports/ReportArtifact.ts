/** What a report needs of a ledger row. Natural units. Fields that schema 1.0 lacks may be missing. */
export interface ReportRow {
  readonly ts: string
  readonly strategy: string
  readonly event_id: string
  readonly market_id: string
  readonly side: string
  readonly executed_qty: number
  readonly fill_price: number
  readonly realized_change: number
  readonly strategy_equity: number
  readonly risk_allowed: boolean
  readonly risk_reason: string
  readonly leg?: string | undefined
}

/** The seven columns that every 1.x has. Money in USDC. */
export interface ReportAttribution {
  readonly strategy: string
  readonly pnl: number
  readonly winrate: number
  readonly max_drawdown: number
  readonly trade_count: number
  readonly wins: number
  readonly losses: number
  readonly max_drawdown_marked?: number
}

/** A strategy's result; what schema 1.0 lacks may be missing, and null says that the sample is too thin. */
export interface ReportStrategy extends ReportAttribution {
  readonly sharpe?: number | null
  readonly sortino?: number | null
  readonly daily_samples?: number
  readonly daily_changed?: number
  readonly profit_factor?: number | null
  readonly exposure?: number
  readonly turnover?: number
  readonly fees?: number
  readonly brier?: number | null
  readonly settled_positions?: number
  readonly leg_packages?: number
  readonly leg_unwound?: number
  readonly leg_stranded?: number
  readonly leg_risk_cost?: number
}

export interface ReportEvent extends ReportAttribution {
  readonly event_id: string
}

export interface ReportCoverage {
  readonly window_hours: number
  readonly covered_hours: number
  readonly coverage_ratio: number
  readonly observations?: number
  readonly history_limited: boolean
  readonly note: string
}

/**
 * A backtest artifact of schema 1.x as reports read it. A report and its ledger rows in memory fit as well:
 * `{ ...report, replay: rows }`.
 */
export interface ReportArtifact {
  readonly schema_version: string
  readonly generated_at: string
  readonly from_ts: string
  readonly to_ts: string
  readonly total_signals: number
  readonly executed_signals: number
  readonly rejected_signals: number
  readonly execution_config: Readonly<Record<string, unknown>>
  readonly risk_config: Readonly<Record<string, unknown>>
  readonly results: ReadonlyArray<ReportStrategy>
  readonly event_results: ReadonlyArray<ReportEvent>
  readonly replay: Iterable<ReportRow>
  readonly compat?: string
  readonly max_drawdown_marked?: number
  readonly after_close?: { readonly fills: number; readonly pnl: number }
  /** Signals by reason code; each value is a count. */
  readonly reject_reasons?: Readonly<Record<string, unknown>>
  readonly sample_coverage?: ReportCoverage
  readonly program?: { readonly version: string; readonly config_digest: string; readonly data_digest: string }
  readonly ledger_sha256?: string
  readonly checksum_sha256?: string
}

/** All of it but the ledger: rows come one by one. */
export type ReportHead = Omit<ReportArtifact, "replay">
