import * as Context from "effect/Context"
import { type QuoteAgeSetting } from "../domain/Freshness.ts"
import { type Mode } from "../domain/ids.ts"

/** The resolved configuration, natural units (USDC, shares, seconds). Sections and names are the original's. */
export interface AppConfigShape {
  readonly app: {
    /** SQLite file. */
    readonly db_path: string
    readonly log_level: "DEBUG" | "INFO" | "WARNING" | "ERROR"
  }
  readonly trading: {
    readonly mode: Exclude<Mode, "backtest">
    readonly enable_live_trading: boolean
    readonly require_manual_confirm: boolean
    readonly kill_switch: boolean
  }
  readonly risk: {
    readonly max_daily_loss: number
    readonly max_strategy_notional: number
    readonly max_event_notional: number
    readonly circuit_breaker_rejections: number
    readonly circuit_breaker_window_sec: number
    readonly circuit_breaker_cooldown_sec: number
    readonly max_order_notional: number | null
    readonly max_open_orders: number | null
    readonly price_collar: number | null
    readonly max_quote_age_sec: QuoteAgeSetting
    readonly max_resolution_date_notional: number | null
    readonly max_scenario_loss: number | null
    readonly max_event_scenario_loss: number | null
    readonly buying_power: number | null
    readonly max_market_notional: number | null
    readonly max_total_notional: number | null
    readonly max_drawdown: number | null
    readonly allow_disputed: boolean
  }
  readonly data: {
    readonly gamma_base_url: string
    readonly data_base_url: string
    readonly clob_base_url: string
    readonly timeout_sec: number
    readonly max_retries: number
    readonly backoff_base_sec: number
    readonly rate_limit_per_sec: number
    readonly breaker_failure_threshold: number
    readonly breaker_cooldown_sec: number
    /** Greatest response body, megabytes. */
    readonly max_body_mb: number
    /** CLOB listing: `sampling-markets` (live, reward-eligible) or `markets` (the whole history). */
    readonly clob_listing: "sampling-markets" | "markets"
    /** Also ask Gamma for markets that closed, so that resolutions are recorded. */
    readonly include_closed: boolean
  }
  /** The account at the exchange; its secrets come from the environment only. */
  readonly live: {
    /** 137 is Polygon, where the money is; 80002 its test chain Amoy. */
    readonly chain_id: 137 | 80002
    /** Seconds for which an order must be found neither on the book nor in a trade before it counts as gone. */
    readonly absent_after_sec: number
    /** What says whether orders from this place are accepted. */
    readonly geoblock_url: string
  }
  /** The fill model that paper trading and backtests share. */
  readonly execution: {
    readonly slippage_bps: number
    readonly fee_bps: number
    /** `venue`: the market's own schedule, else fee_bps. `bps`: fee_bps. `none`: free. */
    readonly fees: "venue" | "bps" | "none"
    readonly enable_partial_fill: boolean
    readonly liquidity_full_fill: number
    readonly min_fill_ratio: number
    readonly enable_fill_probability: boolean
    readonly min_fill_probability: number
    readonly enable_dynamic_slippage: boolean
    readonly spread_slippage_weight_bps: number
    readonly liquidity_slippage_weight_bps: number
    readonly liquidity_reference: number
    /** A soak rejects new signals that are older, seconds; null: it executes them however old they are. */
    readonly max_signal_age_sec: number | null
    /** Which later quote fills a resting order: one beyond its limit, or one that touches it. */
    readonly resting_fills: "pessimistic" | "optimistic"
    /** The part of a market's liquidity that stands on each side of its book at the quoted price. */
    readonly displayed_liquidity_share: number
    /** Between the report of one leg of a package and the arrival of the next at the simulated venue. */
    readonly leg_delay_ms: number
    /** No leg of a bundle is sent later than this after the first one, seconds. */
    readonly bundle_deadline_sec: number
    /** What happens to legs that filled without the others: given back, or kept and reported. */
    readonly bundle_unwind: "sell_back" | "hold"
    /** USDC that giving back the legs of one bundle may lose. */
    readonly bundle_max_unwind_loss: number
  }
  readonly strategies: {
    readonly s1: StyleSettings & { readonly min_spread: number; readonly max_order_notional: number }
    readonly s2: StyleSettings & { readonly prob_sum_tolerance: number }
    readonly s4: StyleSettings & {
      readonly yes_price_min: number
      readonly yes_price_max: number
      readonly max_order_notional: number
    }
    readonly s8: StyleSettings & {
      readonly yes_price_max_for_no: number
      readonly hedge_budget_ratio: number
      readonly max_order_notional: number
    }
    readonly s9: SetLimits &
      StyleSettings & {
        readonly enabled: boolean
        readonly min_profit: number
        readonly shown_prices: boolean
      }
    readonly s10: SetLimits &
      StyleSettings & {
        readonly enabled: boolean
        readonly min_edge: number
        readonly yes_sets: boolean
        readonly max_yes_gap: number
      }
    /** Files of the user's own strategies. */
    readonly modules: ReadonlyArray<string>
    readonly edge_gate: { readonly enabled: boolean; readonly min_net_edge: number }
  }
}

/** How the orders of a strategy's signals find their price. */
interface StyleSettings {
  readonly style: "aggressive" | "passive" | "passive_then_aggressive"
  /** For how long orders that rest do so, seconds. */
  readonly time_to_live_sec: number
}

const takes: StyleSettings = { style: "aggressive", time_to_live_sec: 3600 }
const rests: StyleSettings = { style: "passive", time_to_live_sec: 3600 }

/** What limits the orders of a set of purchases that trade together. */
interface SetLimits {
  readonly min_price: number
  readonly max_price: number
  readonly max_order_notional: number
  readonly liquidity_share: number
}

/** What runs when nothing is configured: paper, every protection on. */
export const defaultConfig: AppConfigShape = {
  app: { db_path: "data/monomarket.db", log_level: "INFO" },
  trading: { mode: "paper", enable_live_trading: false, require_manual_confirm: true, kill_switch: false },
  risk: {
    max_daily_loss: 250,
    max_strategy_notional: 1000,
    max_event_notional: 1500,
    circuit_breaker_rejections: 5,
    circuit_breaker_window_sec: 3600,
    circuit_breaker_cooldown_sec: 900,
    max_order_notional: null,
    max_open_orders: null,
    price_collar: null,
    max_quote_age_sec: "auto",
    max_resolution_date_notional: null,
    max_scenario_loss: null,
    max_event_scenario_loss: null,
    buying_power: null,
    max_market_notional: null,
    max_total_notional: null,
    max_drawdown: null,
    allow_disputed: false
  },
  data: {
    gamma_base_url: "https://gamma-api.polymarket.com",
    data_base_url: "https://data-api.polymarket.com",
    clob_base_url: "https://clob.polymarket.com",
    timeout_sec: 15,
    max_retries: 2,
    backoff_base_sec: 0.5,
    rate_limit_per_sec: 4,
    breaker_failure_threshold: 3,
    breaker_cooldown_sec: 90,
    max_body_mb: 32,
    clob_listing: "sampling-markets",
    include_closed: true
  },
  live: {
    chain_id: 137,
    absent_after_sec: 10,
    geoblock_url: "https://polymarket.com/api/geoblock"
  },
  execution: {
    slippage_bps: 5,
    fee_bps: 0,
    fees: "venue",
    enable_partial_fill: false,
    liquidity_full_fill: 1000,
    min_fill_ratio: 0.1,
    enable_fill_probability: false,
    min_fill_probability: 0.05,
    enable_dynamic_slippage: false,
    spread_slippage_weight_bps: 50,
    liquidity_slippage_weight_bps: 25,
    liquidity_reference: 1000,
    max_signal_age_sec: null,
    resting_fills: "pessimistic",
    displayed_liquidity_share: 0.5,
    leg_delay_ms: 250,
    bundle_deadline_sec: 10,
    bundle_unwind: "sell_back",
    bundle_max_unwind_loss: 5
  },
  strategies: {
    s1: { min_spread: 0.03, max_order_notional: 25, ...takes },
    s2: { prob_sum_tolerance: 0.04, ...takes },
    s4: { yes_price_min: 0.01, yes_price_max: 0.15, max_order_notional: 20, ...rests },
    s8: { yes_price_max_for_no: 0.25, hedge_budget_ratio: 0.15, max_order_notional: 25, ...rests },
    s9: {
      enabled: false,
      min_profit: 0.005,
      min_price: 0.02,
      max_price: 0.98,
      max_order_notional: 25,
      liquidity_share: 0.02,
      shown_prices: false,
      ...takes
    },
    s10: {
      enabled: false,
      min_edge: 0.01,
      min_price: 0.02,
      max_price: 0.98,
      max_order_notional: 25,
      liquidity_share: 0.02,
      yes_sets: false,
      max_yes_gap: 0.1,
      ...takes
    },
    modules: [],
    edge_gate: { enabled: false, min_net_edge: 0 }
  }
}

/** The configuration of this run. `Layer.succeed(AppConfig, record)` in tests. */
export class AppConfig extends Context.Tag("monomarket/config/AppConfig")<AppConfig, AppConfigShape>() {}
