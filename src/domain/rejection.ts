import { type CauseSchema, type RejectionSchema, type RiskRejectionSchema } from "./rejectionSchema.ts"
import { type EpochMicros } from "./time.ts"
import { MICRO, type MicroUnits, type Shares } from "./units.ts"

/** Why an order did not trade, or not in full, and who decided that. */
export type Rejection = typeof RejectionSchema.Type
/** One that is not about another: every rejection but those of a whole package. */
export type Cause = typeof CauseSchema.Type
export type RejectionCode = Rejection["code"]
export type RiskRejection = typeof RiskRejectionSchema.Type
/** The member of the union to which a code belongs. */
export type RejectionOf<Code extends RejectionCode, Of extends Rejection = Rejection> = Of extends unknown
  ? Code extends Of["code"]
    ? Of
    : never
  : never

/** What needs no numbers is made once. */
const stateOf = (code: RejectionOf<"market closed">["code"]): Cause => ({ code, by: "venue" })
export const marketResolved = stateOf("market resolved")
export const marketClosed = stateOf("market closed")
export const notAcceptingOrders = stateOf("market not accepting orders")
export const noLiquidity = stateOf("no executable liquidity")
export const shortage = stateOf("closing more than is held")
export const noAnswerInTime = stateOf("no answer in time")
export const filledBeforeCancel = stateOf("filled before it could be canceled")
export const filledLate = stateOf("filled by trades that were seen late")
export const noMarketDataYet: Cause = { code: "no market data at or before signal time", by: "market" }
export const noMarketData: Cause = { code: "no market data", by: "market" }
/** An order of an earlier such signal rests. */
export const restingAlready: Cause = { code: "an order rests already", by: "market" }
/** An order still rested when the window ended. */
export const notFilledInWindow: Cause = { code: "not filled in the window", by: "market" }
export const canceledByHand: Cause = { code: "canceled by hand", by: "person" }
export const canceledByStrategy: Cause = { code: "canceled by its strategy", by: "strategy" }
/** The strategy no longer gives the signal for which the order rests. */
export const signalGone: Cause = { code: "signal gone", by: "strategy" }
export const unwindRefused: Cause = { code: "unwinding refused", by: "risk" }

/** What was said from outside. */
export const reported = (code: RejectionOf<"not sent">["code"], detail: string): Cause => ({
  code,
  by: "venue",
  detail
})
export const ordersUnseen = (detail: string): Cause => ({ code: "own orders cannot be seen", by: "gate", detail })
export const answerLost = (detail: string): Cause => reported("answer lost", detail)
/** Shares that filled at once, of those that were ordered. */
export const immediateOrCancel = (value: Shares, limit: Shares): Cause => ({
  code: "immediate or cancel",
  by: "market",
  value,
  limit
})
/** A leg was sent for fewer shares than were planned, as its package needed no more. */
export const sizedToPackage = (value: Shares, limit: Shares): Cause => ({
  code: "sized to the bundle",
  by: "package",
  value,
  limit
})
export const deadlinePassed = (limitUs: EpochMicros): Cause => ({
  code: "deadline passed",
  by: "package",
  limit: limitUs
})
/** An order that takes what is offered has not been answered as long as it works. */
export const immediateStillWorks = (status: string): Cause => answerLost(`an immediate order is still ${status}`)
/** Another process carries out the signals of the package. */
export const takenByAnother: Cause = reported("not sent", "another process executed the signal first")

/** The time to live of a resting order is over, microseconds. */
export const timeToLiveOver = (limitUs: EpochMicros): Cause => ({
  code: "time to live over",
  by: "package",
  limit: limitUs
})
/** A hedge ended with `value` of its `limit` shares filled. */
export const partlyUnhedged = (value: Shares, limit: Shares): Cause => ({
  code: "partly unhedged",
  by: "package",
  value,
  limit
})
/** All shares that a side of the market displayed were taken since its newest snapshot. */
export const displayedTaken = (value: Shares, limit: Shares): Cause => ({
  code: "displayed size taken",
  by: "market",
  value,
  limit
})

/** A text that no code stands for; its reader shows it as it is. */
export const otherReason = (detail: string): Cause => ({ code: "other", by: "unknown", detail })

/** What a rejection comes down to: itself, or what it says of another order. */
export const causeOf = (rejection: Rejection): Cause | null => ("cause" in rejection ? rejection.cause : rejection)

/** One leg of a package failed, and took this one along. `leg` null: the package as a whole did. */
export const packageIncomplete = (
  leg: { readonly marketId: string; readonly token: "YES" | "NO" } | null,
  reason: Rejection | null
): Rejection => ({
  code: "bundle incomplete",
  by: "package",
  leg: leg === null ? null : { market: leg.marketId, token: leg.token },
  cause: reason === null ? null : causeOf(reason)
})

const usdcText = (micros: MicroUnits): string => (micros / MICRO).toFixed(2)

/** The most decimals that a micro-unit has. */
const ALL_DECIMALS = 6

/**
 * The two sides of a comparison in natural units, with as many decimals as it takes to see which is greater: two, or all,
 * so that no text says `1000.00 > 1000.00`.
 */
const compared = (value: MicroUnits, sign: string, limit: MicroUnits, decimals = 2): string => {
  const [left, right] = [value / MICRO, limit / MICRO]
  const digits = value !== limit && left.toFixed(decimals) === right.toFixed(decimals) ? ALL_DECIMALS : decimals
  const texts = [left.toFixed(digits), right.toFixed(digits)]
  // A limit may have more decimals than a micro-unit.
  return value !== limit && texts[0] === texts[1] ? `${left} ${sign} ${right}` : texts.join(` ${sign} `)
}
const inMillions = (micros: number): string => String(micros / MICRO)

/** Texts of whole hundreds of micro-units, made when they are first printed. */
const decimals: Array<string | undefined> = []
const HUNDRED: MicroUnits = 100
/** Nearer than this to a tie (of 1e-4 USDC), binary noise decides how `toFixed` rounds. */
const NEAR_TIE = 1e-6

/** `toFixed(4)` of the price in USDC: a replay prints two for every order without a counterparty. */
const decimals4 = (price: MicroUnits): string => {
  const hundreds = price / HUNDRED
  const whole = Math.floor(hundreds)
  const rest = hundreds - whole
  if (!(price >= 0 && price <= MICRO) || Math.abs(rest - 0.5) < NEAR_TIE) return (price / MICRO).toFixed(4)
  const nearest = rest < 0.5 ? whole : whole + 1
  return (decimals[nearest] ??= ((nearest * HUNDRED) / MICRO).toFixed(4))
}

const gateText = ({ code, origin, setting }: RejectionOf<"kill switch">): string => {
  switch (code) {
    case "kill switch":
      return `${code}: ${setting} is on (${origin}), no new orders`
    case "live trading disabled":
      return `${code}: ${setting} is off (${origin})`
    case "manual confirmation missing":
      return `${code}: ${setting} is on (${origin}), use --confirm-live`
  }
}

const riskText = ({ code, event, limit, setting, value }: RiskRejection): string => {
  switch (code) {
    case "invalid order qty/price":
      return code
    case "global stop-loss triggered":
      return `${code}: realized=${usdcText(value ?? 0)}`
    case "circuit breaker open":
      return `${code}: rejected=${value ?? 0}, threshold=${limit ?? 0}`
    case "open order limit exceeded":
      return `${code}: ${(value ?? 0).toFixed(2)} >= ${(limit ?? 0).toFixed(2)}`
    case "stale quote":
      return value === null ? `${code}: no quote is known` : `${code}: age ${compared(value, "s >", limit ?? 0)} s`
    case "scenario loss limit exceeded": {
      const of = setting === "max_scenario_loss" ? "book" : `event ${event ?? ""}`
      return `${code}: ${compared(value ?? 0, ">", limit ?? 0)} (${of})`
    }
    case "price collar exceeded":
    case "strategy notional limit exceeded":
    case "event notional limit exceeded":
    case "order notional limit exceeded":
    case "resolution date notional limit exceeded":
    case "market notional limit exceeded":
    case "total notional limit exceeded":
    case "buying power exceeded":
      return value === null ? `${code}: no mid price is known` : `${code}: ${compared(value, ">", limit ?? 0)}`
    case "drawdown stop triggered":
      return `${code}: ${compared(value ?? 0, ">=", limit ?? 0)}`
    case "market resolution disputed":
      return `${code}: risk.${setting ?? ""} is off`
  }
}

const ruleText = ({ code, limit, value }: RejectionOf<"price outside">): string => {
  switch (code) {
    case "below minimum size":
    case "below minimum notional":
      return `${code}: ${compared(value, "<", limit)}`
    case "price not on tick":
      return `${code}: ${inMillions(value)} is no multiple of ${inMillions(limit)}`
    case "price outside":
      return `${code} ${inMillions(limit)}..${inMillions(MICRO - limit)}: ${inMillions(value)}`
  }
}

const marketableText = ({ code, limit, shown, side }: RejectionOf<"not marketable">): string => {
  if (shown === null) return `${code}: no ${side}`
  const [left, right] = [decimals4(shown), decimals4(limit)]
  const sign = side === "ask" ? ">" : "<"
  // Two prices on a grid finer than a hundredth of a cent.
  return left === right && shown !== limit
    ? `${code}: ${side} ${inMillions(shown)} ${sign} limit ${inMillions(limit)}`
    : `${code}: ${side} ${left} ${sign} limit ${right}`
}

const incompleteText = ({ cause, code, leg }: RejectionOf<"bundle incomplete">): string =>
  `${code}: ${leg === null ? "" : `${leg.market} ${leg.token}: `}${cause === null ? "" : rejectionText(cause)}`

const SHORTAGE_HINT = "there is no naked short, buy the other token instead"

/** What the venue says in words of its own, or of things that need more than their code. */
const venueText = (rejection: Extract<Rejection, { readonly by: "venue" }>): string => {
  const { code } = rejection
  switch (code) {
    case "closing more than is held":
      return `${code}: ${SHORTAGE_HINT}`
    case "unknown market":
      return `${code} ${rejection.market}`
    case "same contract":
      return `${code}: ${rejection.other} and ${rejection.market} share one order book`
    case "no answer in time":
      return `answer lost: ${code}`
    case "answer lost":
    case "cancel refused":
      return `${code}: ${rejection.detail}`
    case "not sent":
    case "not stored":
    case "exchange refused":
      return rejection.detail
    case "canceled":
    case "no longer on the book":
      return rejection.partly ? `${code}, partly filled` : code
    case "trade reversed":
      return `trade failed on chain and was reversed: ${rejection.trades.join(", ")}`
    case "partly filled, though":
      return `${code}: ${rejection.cause === null ? "" : rejectionText(rejection.cause)}`
    case "below minimum size":
    case "below minimum notional":
    case "price not on tick":
    case "price outside":
      return ruleText(rejection)
    case "market resolved":
    case "market closed":
    case "market not accepting orders":
    case "no executable liquidity":
    case "filled before it could be canceled":
    case "filled by trades that were seen late":
    case "never seen at the exchange":
    case "nothing traded":
    case "partly filled":
      return code
  }
}

const amounts = ({
  code,
  limit,
  value
}: RejectionOf<"immediate or cancel"> | RejectionOf<"sized to the bundle"> | RejectionOf<"partly unhedged">): string =>
  `${code}: ${compared(value, "of", limit)} filled`

const marketText = (rejection: Extract<Rejection, { readonly by: "market" }>): string => {
  switch (rejection.code) {
    case "not marketable":
      return marketableText(rejection)
    case "immediate or cancel":
      return amounts(rejection)
    case "displayed size taken":
      return `${rejection.code}: ${compared(rejection.value, "of", rejection.limit)}`
    case "an order rests already":
    case "not filled in the window":
    case "no market data":
    case "no market data at or before signal time":
      return rejection.code
  }
}

const packageText = (rejection: Extract<Rejection, { readonly by: "package" }>): string => {
  switch (rejection.code) {
    case "bundle incomplete":
      return incompleteText(rejection)
    case "deadline passed":
      return `deadline of ${inMillions(rejection.limit)} s passed`
    case "time to live over":
      return `${rejection.code}: ${inMillions(rejection.limit)} s`
    case "sized to the bundle":
    case "partly unhedged":
      return amounts(rejection)
  }
}

/** One line for people. Nothing reads it but people: whoever decides looks at the code. */
export const rejectionText = (rejection: Rejection): string => {
  switch (rejection.by) {
    case "gate":
      return rejection.code === "own orders cannot be seen"
        ? `${rejection.code}: ${rejection.detail}`
        : gateText(rejection)
    case "market":
      return marketText(rejection)
    case "risk":
      return rejection.code === "unwinding refused" ? "refused by risk" : riskText(rejection)
    case "venue":
      return venueText(rejection)
    case "package":
      return packageText(rejection)
    case "person":
    case "strategy":
      return rejection.code
    case "unknown":
      return rejection.detail
  }
}

/** The text, or "" where nothing went wrong. */
export const reasonText = (reason: Rejection | null): string => (reason === null ? "" : rejectionText(reason))

/** The name under which rejections are counted: what the exchange refused goes by the exchange's own code. */
export const rejectionLabel = (rejection: Rejection): string =>
  rejection.code === "exchange refused"
    ? rejection.venueCode
    : rejection.code === "other"
      ? rejection.detail
      : rejection.code
