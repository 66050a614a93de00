import * as Schema from "effect/Schema"
import { switchNames } from "./Switches.ts"

/*
 * What can keep an order from trading, or from trading in full: a stable code, who decided, and the numbers that were
 * compared. Money, prices and shares are micro-units. domain/rejection.ts makes the texts that people read.
 */

const text = Schema.String
const number = Schema.Finite
const maybe = Schema.NullOr(number)

/** A switch is shut. `origin` says where its value came from. */
const Gate = Schema.Struct({
  code: Schema.Literal("kill switch", "live trading disabled", "manual confirmation missing"),
  by: Schema.Literal("gate"),
  setting: Schema.Literal(...switchNames),
  origin: text
})
const OwnOrdersUnseen = Schema.Struct({
  code: Schema.Literal("own orders cannot be seen"),
  by: Schema.Literal("gate"),
  detail: text
})

/** The quote is worse than the limit; `shown` is null where the market shows no such side. */
const NotMarketable = Schema.Struct({
  code: Schema.Literal("not marketable"),
  by: Schema.Literal("market"),
  side: Schema.Literal("ask", "bid"),
  shown: maybe,
  limit: number
})
const NoMarketData = Schema.Struct({
  code: Schema.Literal(
    "no market data at or before signal time",
    "no market data",
    "not filled in the window",
    "an order rests already"
  ),
  by: Schema.Literal("market")
})
/** An immediate order that filled `value` of `limit` shares. */
const Remainder = Schema.Struct({
  code: Schema.Literal("immediate or cancel"),
  by: Schema.Literal("market"),
  value: number,
  limit: number
})
/** Of `limit` shares that a side of the market showed, orders have taken `value` since its newest snapshot. */
const DisplayedTaken = Schema.Struct({
  code: Schema.Literal("displayed size taken"),
  by: Schema.Literal("market"),
  value: number,
  limit: number
})

export const riskCodes = [
  "invalid order qty/price",
  "global stop-loss triggered",
  "strategy notional limit exceeded",
  "event notional limit exceeded",
  "circuit breaker open",
  "order notional limit exceeded",
  "open order limit exceeded",
  "price collar exceeded",
  "stale quote",
  "resolution date notional limit exceeded",
  "scenario loss limit exceeded",
  "market resolution disputed",
  "drawdown stop triggered",
  "market notional limit exceeded",
  "total notional limit exceeded",
  "buying power exceeded"
] as const

/** The settings that hold the limits, as the configuration spells them. */
export const riskSettings = [
  "max_daily_loss",
  "max_strategy_notional",
  "max_event_notional",
  "circuit_breaker_rejections",
  "max_order_notional",
  "max_open_orders",
  "price_collar",
  "max_quote_age_sec",
  "max_resolution_date_notional",
  "max_scenario_loss",
  "max_event_scenario_loss",
  "allow_disputed",
  "max_drawdown",
  "max_market_notional",
  "max_total_notional",
  "buying_power"
] as const

/**
 * A limit of risk. `value` is what the order would have made of it: micro-USDC, a count of orders or rejections, or
 * microseconds of a quote's age; null where it is not known. The setting and the limit are null for an order that is not
 * valid at all. `event` is the event whose limit it is, where the limit is one of an event's scenarios. A disputed market
 * is a yes or no: there `value` and `limit` are null.
 */
export const RiskRejectionSchema = Schema.Struct({
  code: Schema.Literal(...riskCodes),
  by: Schema.Literal("risk"),
  setting: Schema.NullOr(Schema.Literal(...riskSettings)),
  value: maybe,
  limit: maybe,
  event: Schema.NullOr(text)
})
/** Risk did not let an order go that was to give back a leg of a package. */
const UnwindRefused = Schema.Struct({ code: Schema.Literal("unwinding refused"), by: Schema.Literal("risk") })

/** What needs no numbers. */
const VenueState = Schema.Struct({
  code: Schema.Literal(
    "market resolved",
    "market closed",
    "market not accepting orders",
    "no executable liquidity",
    "closing more than is held",
    "no answer in time",
    "filled before it could be canceled",
    "filled by trades that were seen late"
  ),
  by: Schema.Literal("venue")
})
const UnknownMarket = Schema.Struct({
  code: Schema.Literal("unknown market"),
  by: Schema.Literal("venue"),
  market: text
})
/** Two markets of one package are one contract, with one order book. */
const SameContract = Schema.Struct({
  code: Schema.Literal("same contract"),
  by: Schema.Literal("venue"),
  market: text,
  other: text
})
/** A rule of the exchange. The limit of the two price rules is the tick. */
const VenueRule = Schema.Struct({
  code: Schema.Literal("below minimum size", "below minimum notional", "price not on tick", "price outside"),
  by: Schema.Literal("venue"),
  value: number,
  limit: number
})
/** The exchange has seen the order and does not want it: its reason as a stable code, and in its own words. */
const ExchangeRefused = Schema.Struct({
  code: Schema.Literal("exchange refused"),
  by: Schema.Literal("venue"),
  venueCode: text,
  detail: text
})
/** `detail` comes from outside: the exchange, the network or the database. */
const Reported = Schema.Struct({
  code: Schema.Literal("not sent", "answer lost", "cancel refused", "not stored"),
  by: Schema.Literal("venue"),
  detail: text
})
/** How an order ended that was not refused and did not get all its shares; `partly`: it got some. */
const Ended = Schema.Struct({
  code: Schema.Literal(
    "canceled",
    "never seen at the exchange",
    "nothing traded",
    "partly filled",
    "no longer on the book"
  ),
  by: Schema.Literal("venue"),
  partly: Schema.Boolean
})
/** Trades that were reported and then failed on chain, by their ids. */
const Reversed = Schema.Struct({
  code: Schema.Literal("trade reversed"),
  by: Schema.Literal("venue"),
  trades: Schema.Array(text)
})
const Deadline = Schema.Struct({
  code: Schema.Literal("deadline passed"),
  by: Schema.Literal("package"),
  /** Microseconds. */
  limit: number
})
/** A resting order ended with its time to live; `limit` is that time, microseconds. */
const TimeOver = Schema.Struct({
  code: Schema.Literal("time to live over"),
  by: Schema.Literal("package"),
  limit: number
})
/** An order that hedges what another one filled ended with `value` of its `limit` shares: the rest has no hedge. */
const Unhedged = Schema.Struct({
  code: Schema.Literal("partly unhedged"),
  by: Schema.Literal("package"),
  value: number,
  limit: number
})
/** A leg was sent for `value` of the `limit` shares that were wanted, as much as the other legs filled. */
const Sized = Schema.Struct({
  code: Schema.Literal("sized to the bundle"),
  by: Schema.Literal("package"),
  value: number,
  limit: number
})
const CanceledByHand = Schema.Struct({ code: Schema.Literal("canceled by hand"), by: Schema.Literal("person") })
/** The strategy that placed the order took it back. */
const CanceledByStrategy = Schema.Struct({
  code: Schema.Literal("canceled by its strategy", "signal gone"),
  by: Schema.Literal("strategy")
})
/** A text of an older version or of the original that no code stands for. */
const Other = Schema.Struct({ code: Schema.Literal("other"), by: Schema.Literal("unknown"), detail: text })

const causes = [
  ...[
    Gate,
    OwnOrdersUnseen,
    NotMarketable,
    NoMarketData,
    Remainder,
    DisplayedTaken,
    RiskRejectionSchema,
    UnwindRefused
  ],
  ...[VenueState, UnknownMarket, SameContract, VenueRule, ExchangeRefused, Reported, Ended, Reversed],
  ...[Deadline, TimeOver, Unhedged, Sized, CanceledByHand, CanceledByStrategy, Other]
] as const

/** What stands for itself. */
export const CauseSchema = Schema.Union(...causes)

/** Another leg of the package failed, or the whole of it did: the leg that it was (null: no leg of its own), and why. */
const PackageIncomplete = Schema.Struct({
  code: Schema.Literal("bundle incomplete"),
  by: Schema.Literal("package"),
  leg: Schema.NullOr(Schema.Struct({ market: text, token: Schema.Literal("YES", "NO") })),
  cause: Schema.NullOr(CauseSchema)
})
/** A refused order of which trades were seen all the same. */
const PartlyFilledThough = Schema.Struct({
  code: Schema.Literal("partly filled, though"),
  by: Schema.Literal("venue"),
  cause: Schema.NullOr(CauseSchema)
})

export const RejectionSchema = Schema.Union(...causes, PackageIncomplete, PartlyFilledThough)

/** A rejection as JSON text, as the database and journals keep it. */
export const RejectionJson = Schema.parseJson(RejectionSchema)
