import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { booleanWords, parseBoolean } from "../domain/Switches.ts"

/** Limits may be as large as this: "no limit" in the original's configurations. */
const greatest = 1e18

interface Range {
  readonly min: number
  readonly max: number
  readonly above?: boolean
  readonly whole?: boolean
}

const describeRange = ({ above, max, min, whole }: Range): string => {
  const kind = whole === true ? "a whole number" : "a number"
  const low = above === true ? `above ${min}` : `of at least ${min}`
  return max === greatest ? `${kind} ${low} (at most 1e18)` : `${kind} ${low} and at most ${max}`
}

const number = (range: Range) => {
  const message = () => `must be ${describeRange(range)}`
  return Schema.Number.annotations({ message }).pipe(
    Schema.filter(
      (value) =>
        Number.isFinite(value) &&
        (range.above === true ? value > range.min : value >= range.min) &&
        value <= range.max &&
        (range.whole !== true || Number.isInteger(value)),
      { message }
    )
  )
}

const positive = number({ min: 0, max: greatest, above: true })
const atLeastZero = number({ min: 0, max: greatest })
const seconds = number({ min: 0, max: 1e8, above: true })
/** A delay adds up over the legs, and the times of all of them have to be dates still. */
const milliseconds = number({ min: 0, max: 86_400_000 })
const count = number({ min: 1, max: greatest, whole: true })
const share = number({ min: 0, max: 1 })
const bps = number({ min: 0, max: 10_000 })

/** Yes and no in every spelling the switches take: the original's YAML reader took `yes` and `on` for true. */
const flag = Schema.transformOrFail(Schema.Union(Schema.Boolean, Schema.String), Schema.Boolean, {
  strict: true,
  decode: (input, _, ast) => {
    const value = typeof input === "boolean" ? input : parseBoolean(input)
    return value === undefined ? ParseResult.fail(new ParseResult.Type(ast, input)) : ParseResult.succeed(value)
  },
  encode: (value) => ParseResult.succeed(value)
}).annotations({ message: () => ({ message: `must be ${booleanWords}`, override: true }) })

const oneOf = <const A extends ReadonlyArray<string>>(...values: A) =>
  Schema.Literal<A>(...values).annotations({
    message: () => ({ message: `must be ${values.slice(0, -1).join(", ")} or ${values.at(-1)}`, override: true })
  })

const text = Schema.String.annotations({ message: () => "must be text" }).pipe(
  Schema.filter((value) => value.trim() !== "", { message: () => "must not be empty" })
)

/** What is wrong with a base URL; `undefined` when nothing is. Plain http goes to this machine only. */
export const baseUrlProblem = (value: string): string | undefined => {
  if (!URL.canParse(value)) return "must be a URL such as https://host/path"
  const { hash, hostname, password, protocol, search, username } = new URL(value)
  if (username !== "" || password !== "") return "must not contain a user name or password"
  if (search !== "" || hash !== "") return "must not have a query or fragment"
  if (protocol === "https:") return undefined
  const loopback = hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname)
  if (protocol === "http:" && loopback) return undefined
  return "must be https; plain http is accepted for localhost only"
}

const baseUrl = Schema.String.annotations({ message: () => "must be text" }).pipe(
  Schema.filter((value) => baseUrlProblem(value) ?? true)
)

const orOff = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.NullOr(schema).annotations({
    message: (issue) => ({
      message: `${innermost(issue)} or null (off)`,
      override: true
    })
  })

/** The message of the first leaf of an issue: what the number itself would have said. */
const innermost = (issue: ParseResult.ParseIssue): string =>
  ParseResult.ArrayFormatter.formatIssueSync(stripUnion(issue))[0]?.message ?? "is not acceptable"

const stripUnion = (issue: ParseResult.ParseIssue): ParseResult.ParseIssue => {
  if (issue._tag !== "Composite") return issue
  const first = Array.isArray(issue.issues) ? issue.issues[0] : issue.issues
  return first ?? issue
}

/** The message of a list stands for the list; what is wrong with an item is said by the item. */
const files = Schema.Array(text).annotations({ message: () => "must be a list of files" })

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** Seconds, `auto`, or off: the words `off` and null mean the same. */
const quoteAge = Schema.Union(
  seconds,
  Schema.Literal("auto"),
  Schema.Null,
  Schema.transform(Schema.Literal("off"), Schema.Null, {
    strict: true,
    decode: () => null,
    encode: () => "off" as const
  })
).annotations({
  message: () => ({ message: "must be a number above 0 and at most 100000000, auto, or off (null)", override: true })
})

const AppSection = Schema.Struct({
  db_path: optional(text),
  log_level: optional(oneOf("DEBUG", "INFO", "WARNING", "ERROR"))
})

const TradingSection = Schema.Struct({
  mode: optional(oneOf("paper", "live")),
  enable_live_trading: optional(flag),
  require_manual_confirm: optional(flag),
  kill_switch: optional(flag)
})

const RiskSection = Schema.Struct({
  max_daily_loss: optional(positive),
  max_strategy_notional: optional(positive),
  max_event_notional: optional(positive),
  circuit_breaker_rejections: optional(count),
  circuit_breaker_window_sec: optional(seconds),
  circuit_breaker_cooldown_sec: optional(seconds),
  max_order_notional: optional(orOff(positive)),
  max_open_orders: optional(orOff(count)),
  price_collar: optional(orOff(number({ min: 0, max: 1, above: true }))),
  max_quote_age_sec: optional(quoteAge),
  max_resolution_date_notional: optional(orOff(positive)),
  max_scenario_loss: optional(orOff(positive)),
  max_event_scenario_loss: optional(orOff(positive)),
  buying_power: optional(orOff(positive)),
  max_market_notional: optional(orOff(positive)),
  max_total_notional: optional(orOff(positive)),
  max_drawdown: optional(orOff(positive)),
  allow_disputed: optional(flag)
})

const DataSection = Schema.Struct({
  gamma_base_url: optional(baseUrl),
  data_base_url: optional(baseUrl),
  clob_base_url: optional(baseUrl),
  timeout_sec: optional(number({ min: 0, max: 3600, above: true })),
  max_retries: optional(number({ min: 0, max: 20, whole: true })),
  backoff_base_sec: optional(number({ min: 0, max: 3600 })),
  rate_limit_per_sec: optional(number({ min: 0, max: 1000, above: true })),
  breaker_failure_threshold: optional(count),
  breaker_cooldown_sec: optional(seconds),
  max_body_mb: optional(number({ min: 0, max: 1024, above: true })),
  clob_listing: optional(oneOf("sampling-markets", "markets")),
  include_closed: optional(flag)
})

const LiveSection = Schema.Struct({
  chain_id: optional(
    Schema.Literal(137, 80002).annotations({ message: () => ({ message: "must be 137 or 80002", override: true }) })
  ),
  absent_after_sec: optional(number({ min: 0, max: 3600 })),
  geoblock_url: optional(baseUrl)
})

const ExecutionSection = Schema.Struct({
  slippage_bps: optional(bps),
  fee_bps: optional(bps),
  fees: optional(oneOf("venue", "bps", "none")),
  enable_partial_fill: optional(flag),
  liquidity_full_fill: optional(positive),
  min_fill_ratio: optional(share),
  enable_fill_probability: optional(flag),
  min_fill_probability: optional(share),
  enable_dynamic_slippage: optional(flag),
  spread_slippage_weight_bps: optional(bps),
  liquidity_slippage_weight_bps: optional(bps),
  liquidity_reference: optional(positive),
  max_signal_age_sec: optional(orOff(seconds)),
  resting_fills: optional(oneOf("pessimistic", "optimistic")),
  displayed_liquidity_share: optional(number({ min: 0, max: 1, above: true })),
  leg_delay_ms: optional(milliseconds),
  bundle_deadline_sec: optional(seconds),
  bundle_unwind: optional(oneOf("sell_back", "hold")),
  bundle_max_unwind_loss: optional(atLeastZero)
})

const style = {
  style: optional(oneOf("aggressive", "passive", "passive_then_aggressive")),
  time_to_live_sec: optional(seconds)
}

const setLimits = {
  min_price: optional(share),
  max_price: optional(share),
  max_order_notional: optional(atLeastZero),
  liquidity_share: optional(number({ min: 0, max: 1, above: true }))
}

const StrategiesSection = Schema.Struct({
  s1: optional(Schema.Struct({ min_spread: optional(share), max_order_notional: optional(atLeastZero), ...style })),
  s2: optional(Schema.Struct({ prob_sum_tolerance: optional(atLeastZero), ...style })),
  s4: optional(
    Schema.Struct({
      yes_price_min: optional(share),
      yes_price_max: optional(share),
      max_order_notional: optional(atLeastZero),
      ...style
    })
  ),
  s8: optional(
    Schema.Struct({
      yes_price_max_for_no: optional(share),
      hedge_budget_ratio: optional(share),
      max_order_notional: optional(atLeastZero),
      ...style
    })
  ),
  s9: optional(
    Schema.Struct({
      enabled: optional(flag),
      min_profit: optional(share),
      ...setLimits,
      shown_prices: optional(flag),
      ...style
    })
  ),
  s10: optional(
    Schema.Struct({
      enabled: optional(flag),
      min_edge: optional(share),
      ...setLimits,
      yes_sets: optional(flag),
      max_yes_gap: optional(share),
      ...style
    })
  ),
  modules: optional(files),
  edge_gate: optional(Schema.Struct({ enabled: optional(flag), min_net_edge: optional(share) }))
})

/** A configuration file: every section and key may be left out. Units are those of AppConfigShape. */
export const ConfigFile = Schema.Struct({
  app: optional(AppSection),
  trading: optional(TradingSection),
  risk: optional(RiskSection),
  data: optional(DataSection),
  live: optional(LiveSection),
  execution: optional(ExecutionSection),
  strategies: optional(StrategiesSection)
})
export type ConfigFile = typeof ConfigFile.Type
