import type * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { MIN_SAMPLES } from "../core/samples.ts"
import { type ArtifactError } from "../domain/errors.ts"
import { decodeArtifact } from "./decodeArtifact.ts"

// Descriptions go into the published JSON Schemas. JSON holds neither NaN nor infinities, so a plain number will do.
const num = (description: string) => Schema.Number.annotations({ description })
const text = (description: string) => Schema.String.annotations({ description })
const bool = (description: string) => Schema.Boolean.annotations({ description })
const maybeNum = (description: string) => Schema.NullOr(Schema.Number).annotations({ description })

/** A SHA-256 digest as text. */
export const CheckedHex = (description: string) =>
  Schema.String.pipe(
    Schema.pattern(/^[0-9a-f]{64}$/, { message: () => "must be 64 lower-case hex digits" })
  ).annotations({ description })

export const checksumFields = {
  checksum_algo: Schema.optional(Schema.Literal("sha256").annotations({ description: "How checksum_sha256 is made" })),
  checksum_sha256: Schema.optional(CheckedHex("Over the canonical JSON (RFC 8785) without this field"))
}

export const ExecutionConfigV1 = Schema.Struct({
  slippage_bps: num("Fixed slippage, basis points"),
  fee_bps: num("Fee where the market's own is not used, basis points"),
  enable_partial_fill: bool("Quantities are scaled by liquidity"),
  liquidity_full_fill: num("Liquidity that fills whole orders, USDC"),
  min_fill_ratio: num("Least share that fills, 0 to 1"),
  enable_fill_probability: bool("Quantities are scaled by the chance of a fill"),
  min_fill_probability: num("Least chance, 0 to 1"),
  enable_dynamic_slippage: bool("Slippage grows with incoherent prices and thin liquidity"),
  spread_slippage_weight_bps: num("Weight of |1 - (yes + no)|, basis points"),
  liquidity_slippage_weight_bps: num("Weight of thin liquidity, basis points"),
  liquidity_reference: num("Liquidity that adds no slippage, USDC"),
  fees: Schema.optional(text("1.1: whose fees: venue, bps or none")),
  settlement: Schema.optional(bool("1.1: positions of resolved markets were paid out")),
  leg_delay_ms: Schema.optional(num("1.1: from the report of one leg to the arrival of the next, milliseconds")),
  bundle_deadline_sec: Schema.optional(
    num("1.1: seconds of answers and leg delays after which no further leg is sent")
  ),
  bundle_unwind: Schema.optional(
    text("1.1: sell_back, or hold: what is done with legs that filled without the others")
  ),
  bundle_max_unwind_loss: Schema.optional(num("1.1: what giving back the legs of one bundle may lose, USDC")),
  resting_fills: Schema.optional(
    text("1.2: pessimistic, or optimistic: a later quote fills a resting order beyond its limit, or at it")
  ),
  displayed_liquidity_share: Schema.optional(
    num("1.2: part of a market's liquidity that stands on each side of its book")
  )
}).annotations({ identifier: "ExecutionConfig" })

export const RiskConfigV1 = Schema.Struct({
  max_daily_loss: num("USDC"),
  max_strategy_notional: num("USDC"),
  max_event_notional: num("USDC"),
  circuit_breaker_rejections: num("Rejections that open the circuit breaker"),
  circuit_breaker_window_sec: Schema.optional(num("1.1: how long a rejection counts, seconds")),
  circuit_breaker_cooldown_sec: Schema.optional(num("1.1: time until an open breaker lets one order probe, seconds")),
  max_order_notional: Schema.optional(maybeNum("1.1: USDC; null: off")),
  max_open_orders: Schema.optional(maybeNum("1.1: null: off")),
  price_collar: Schema.optional(maybeNum("1.1: greatest distance from the market, USDC per share; null: off")),
  max_quote_age_sec: Schema.optional(maybeNum("1.1: seconds; null: off")),
  max_resolution_date_notional: Schema.optional(maybeNum("1.1: of markets that end on one day, USDC; null: off")),
  max_scenario_loss: Schema.optional(num("1.1: of the book in its worst outcome, USDC; absent: off")),
  max_event_scenario_loss: Schema.optional(num("1.1: of one event in its worst outcome, USDC; absent: off")),
  buying_power: Schema.optional(num("1.2: the bankroll, USDC; absent: off")),
  max_market_notional: Schema.optional(num("1.2: of one market over all strategies, USDC; absent: off")),
  max_total_notional: Schema.optional(num("1.2: of everything, USDC; absent: off")),
  max_drawdown: Schema.optional(num("1.2: fall of equity that stops all opening, USDC; absent: off")),
  allow_disputed: Schema.optional(bool("1.2: positions may be opened in disputed markets; absent: they may not"))
}).annotations({ identifier: "RiskConfig" })

const attribution = {
  strategy: text("Strategy id"),
  pnl: num("Realized and unrealized at the end of the window, fees taken off, USDC"),
  winrate: num("wins / (wins + losses); 0 when neither"),
  max_drawdown: num("Greatest fall from a running peak of equity at signals and at the end of the window, USDC"),
  trade_count: num("Fills"),
  wins: num("Fills that closed quantity with a gain"),
  losses: num("Fills that closed quantity with a loss"),
  max_drawdown_marked: Schema.optional(
    num("1.2: greatest fall from a running peak of equity, at the marks of every moment of the window, USDC")
  )
}

export const StrategyResultV1 = Schema.Struct({
  ...attribution,
  closed_winrate: Schema.optional(
    maybeNum(`1.1: wins / (wins + losses); null from fewer than ${MIN_SAMPLES.closedFills}`)
  ),
  mtm_winrate: Schema.optional(
    maybeNum(
      `1.1: positions in profit over those in profit or loss, open ones at the mark; null from fewer than ${MIN_SAMPLES.markedPositions}`
    )
  ),
  mtm_positions: Schema.optional(num("1.2: how many positions that is")),
  sharpe: Schema.optional(
    maybeNum(`1.1: of daily equity changes, annualized; null from fewer than ${MIN_SAMPLES.changedDays} changed days`)
  ),
  sortino: Schema.optional(maybeNum("1.1: as sharpe, over downward changes")),
  daily_samples: Schema.optional(num("1.2: UTC days that the window touches; a first or last one that it cuts counts")),
  daily_changed: Schema.optional(num("1.2: days of these on which equity changed")),
  profit_factor: Schema.optional(
    maybeNum(
      `1.1: gross profit over gross loss; null without a loss, and from fewer than ${MIN_SAMPLES.closedFills} wins and losses`
    )
  ),
  exposure: Schema.optional(num("1.1: highest sum of |quantity * average price| at any time, USDC")),
  turnover: Schema.optional(num("1.1: sum of price * quantity over all fills, USDC")),
  fees: Schema.optional(num("1.1: fees paid, USDC")),
  brier: Schema.optional(
    maybeNum(
      `1.1: mean squared distance of the price paid from the payout; null from fewer than ${MIN_SAMPLES.settledPositions} settled positions`
    )
  ),
  settled_positions: Schema.optional(num("1.2: how many positions settled")),
  leg_packages: Schema.optional(num("1.1: bundles of several legs that were sent; absent, as the next three: none")),
  leg_unwound: Schema.optional(num("1.1: of these, those whose filled legs were given back")),
  leg_stranded: Schema.optional(num("1.1: of these, those of which legs are held without their counter legs")),
  leg_risk_cost: Schema.optional(
    num("1.1: lost by giving legs back, and by what held ones are worth less than was paid, USDC; negative: gained")
  )
}).annotations({ identifier: "StrategyResult" })

export const EventResultV1 = Schema.Struct({
  ...attribution,
  event_id: text("Event that groups markets")
}).annotations({ identifier: "EventResult" })

export const ReplayRowV1 = Schema.Struct({
  ts: text("When it traded, was refused or was paid out, ISO 8601"),
  strategy: text("Strategy id"),
  event_id: text("Event that groups markets"),
  market_id: text("Id of the market at its source"),
  token_id: text("YES or NO"),
  side: text("buy or sell"),
  qty: num("Shares asked for"),
  executed_qty: num("Shares filled; 0 when rejected"),
  fill_ratio: num("Part that liquidity lets fill"),
  fill_probability: num("Chance of a fill"),
  slippage_bps_applied: num("Fixed and dynamic slippage, basis points"),
  target_price: num("Price that the signal wished for, USDC per share"),
  fill_price: num("Price of the fill, USDC per share"),
  realized_change: num("Change of realized PnL by this row, USDC"),
  strategy_equity: num("Equity of the strategy after this row, USDC"),
  event_equity: num("Equity of (strategy, event) after this row, USDC"),
  risk_allowed: bool("Whether it traded"),
  risk_reason: text("ok, settlement, or why it did not trade"),
  risk_notional: num("What risk was asked to allow, USDC"),
  risk_realized_pnl_before: num("Realized PnL that counts against the daily loss, USDC"),
  risk_strategy_notional_before: num("At stake in the strategy before this row, USDC"),
  risk_event_notional_before: num("At stake in the event before this row, USDC"),
  risk_rejections_before: num("Rejections that count for the circuit breaker"),
  risk_max_daily_loss: num("The limit, USDC"),
  risk_max_strategy_notional: num("The limit, USDC"),
  risk_max_event_notional: num("The limit, USDC"),
  risk_circuit_breaker_rejections: num("The limit"),
  fee: Schema.optional(num("1.1: fee of the fill, USDC")),
  leg: Schema.optional(text("1.1: primary, hedge, sell_leg, leg, unwind or settlement")),
  signal_id: Schema.optional(maybeNum("1.1: id of the signal; null where none asked for the order, as in settlements")),
  quote_age_sec: Schema.optional(maybeNum("1.2: age of the quote that decided the row, seconds; null: not known")),
  after_close: Schema.optional(
    bool("1.2: a fill after the exchange had closed or resolved the market, whenever that was learnt")
  )
}).annotations({ identifier: "ReplayRow" })

export const ClosingPositionV1 = Schema.Struct({
  strategy: text("Strategy id"),
  event_id: text("Event that groups markets"),
  market_id: text("Id of the market at its source"),
  token_id: text("YES or NO"),
  qty: num("Shares held; below zero only in the original's arithmetic"),
  cost: num("Paid for them, USDC"),
  mark: maybeNum("Newest price of the token, USDC per share; null: never seen, the position counts at its cost"),
  mark_ts: Schema.NullOr(Schema.String).annotations({ description: "Time of the quote that showed it, ISO 8601" })
}).annotations({ identifier: "ClosingPosition" })

export const SampleCoverageV1 = Schema.Struct({
  window_hours: num("Length of the window"),
  covered_hours: num("Covered by data. 1.2: by gaps; 1.1: from the first to the last snapshot in it"),
  coverage_ratio: num("covered_hours / window_hours"),
  observations: Schema.optional(num("1.2: moments of the window at which a source showed something")),
  spacing_sec: Schema.optional(
    maybeNum("1.2: the regular spacing of observations, seconds; each covers up to 1.5 of it; null: too few to tell")
  ),
  markets: Schema.optional(
    Schema.Array(
      Schema.Struct({
        market_id: text("Id of the market at its source"),
        observations: num("Moments of the window at which a source showed it"),
        covered_hours: num("As above, of this market alone"),
        coverage_ratio: num("covered_hours / window_hours")
      }).annotations({ identifier: "MarketCoverage" })
    ).annotations({ description: "1.2: the same of the markets in replay, by id; absent in rolling summaries" })
  ),
  history_limited: bool("Less than 95 % is covered, or more than a quarter of the window passed without a snapshot"),
  note: text("The same in words")
}).annotations({ identifier: "SampleCoverage" })

export const ProgramV1 = Schema.Struct({
  version: text("Version of the program"),
  config_digest: CheckedHex("Of configuration, window and strategies"),
  data_digest: CheckedHex("Of every signal and snapshot that was read")
}).annotations({ identifier: "Program" })

export const QuoteAgeV1 = Schema.Struct({
  setting: text("As configured: auto, off, or seconds"),
  limit_sec: num("How old a quote could be, seconds; with `off`, what `auto` would have given"),
  limit_sec_by_source: Schema.Record({ key: Schema.String, value: Schema.Number }).annotations({
    description: "Sources with a limit of their own, seconds"
  }),
  older_fills: num("Ledger rows that traded on a quote that was older")
}).annotations({ identifier: "QuoteAge", description: "1.2: how old quotes could be, and what traded on older ones" })

/** The fields that 1.1 added at the top level. */
export const addedFieldsV1 = {
  compat: Schema.optional(text("1.1: market, or original for the original's arithmetic")),
  strategy_replay: Schema.optional(
    Schema.Struct({
      interval_sec: num("From the end of a cycle to the start of the next, virtual time"),
      max_signals_per_cycle: num("Signals traded per cycle, best score first"),
      cooldown_sec: num("What a strategy asks for in one market and side is not tried again for this long"),
      cycles: num("Cycles of the trading program"),
      skipped_signals: num("Signals left alone: in their cooldown, or beyond the limit of a cycle")
    }).annotations({ description: "1.1: present when the strategies were run again over recorded data" })
  ),
  max_drawdown_marked: Schema.optional(
    num("1.2: greatest fall from a running peak of the equity of all strategies together, at every moment, USDC")
  ),
  after_close: Schema.optional(
    Schema.Struct({
      fills: num("Ledger rows of trades that have after_close"),
      pnl: num("What they gain at the payout of their markets, fees taken off, USDC")
    }).annotations({ description: "1.2: fills after the exchange had closed or resolved the market" })
  ),
  reject_reasons: Schema.optional(
    Schema.Record({ key: Schema.String, value: Schema.Number }).annotations({
      description: "1.1: rejected signals by reason"
    })
  ),
  quote_age: Schema.optional(QuoteAgeV1),
  sample_coverage: Schema.optional(SampleCoverageV1),
  program: Schema.optional(ProgramV1),
  closing_positions: Schema.optional(
    Schema.Array(ClosingPositionV1).annotations({
      description: "1.2: what is held at the end of the window, by strategy, event, market and token"
    })
  ),
  ledger_rows: Schema.optional(num("1.1: rows of replay")),
  ledger_sha256: Schema.optional(CheckedHex("1.1: digest of replay in micro-units"))
}

export const windowFields = {
  generated_at: text("When the artifact was made, ISO 8601"),
  from_ts: text("Start of the window, included, ISO 8601"),
  to_ts: text("End of the window, included, ISO 8601"),
  total_signals: num("Signals in the window"),
  executed_signals: num("Signals that traded"),
  rejected_signals: num("Signals that did not")
}

/** A backtest artifact of schema 1.x: what every 1.x has, and what this version knows later ones to have added. */
export const BacktestArtifactV1 = Schema.Struct({
  schema_version: Schema.String.pipe(
    Schema.pattern(/^1\.\d+$/, { message: () => "must be a schema version 1.x" })
  ).annotations({ description: "1.0, or a later 1.x: fields are only ever added" }),
  ...windowFields,
  execution_config: ExecutionConfigV1,
  risk_config: RiskConfigV1,
  results: Schema.Array(StrategyResultV1),
  event_results: Schema.Array(EventResultV1),
  replay: Schema.Array(ReplayRowV1),
  ...addedFieldsV1,
  ...checksumFields
})
export type BacktestArtifactV1 = Schema.Schema.Type<typeof BacktestArtifactV1>

/** The artifact as schema 1.x, or an error that names the path inside it. */
export const parseArtifactV1: (file: string, value: unknown) => Either.Either<BacktestArtifactV1, ArtifactError> =
  decodeArtifact(BacktestArtifactV1, { major: 1, what: "a backtest artifact" })
