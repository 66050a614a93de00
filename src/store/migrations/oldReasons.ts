import { type Cause, type Rejection, reasonText, rejectionText } from "../../domain/rejection.ts"
import { riskCodes, type riskSettings } from "../../domain/rejectionSchema.ts"
import { type SwitchName, switchNames } from "../../domain/Switches.ts"
import { MICRO } from "../../domain/units.ts"

/*
 * The texts of versions that kept no codes, read back into what they were made from. Amounts were printed with two to four
 * decimals, so they come back as exact as they were printed. A text is taken for a rejection only if that makes the very
 * same text again: whatever else was written stays as it is.
 */

const micros = (text: string | undefined): number => Math.round(Number(text) * MICRO)
const NUMBER = String.raw`(-?[\d.]+(?:e[+-]?\d+)?)`

type Setting = (typeof riskSettings)[number]
const settingOf: Readonly<Record<(typeof riskCodes)[number], Setting | null>> = {
  "invalid order qty/price": null,
  "global stop-loss triggered": "max_daily_loss",
  "strategy notional limit exceeded": "max_strategy_notional",
  "event notional limit exceeded": "max_event_notional",
  "circuit breaker open": "circuit_breaker_rejections",
  "order notional limit exceeded": "max_order_notional",
  "open order limit exceeded": "max_open_orders",
  "price collar exceeded": "price_collar",
  "stale quote": "max_quote_age_sec",
  "resolution date notional limit exceeded": "max_resolution_date_notional",
  "scenario loss limit exceeded": "max_scenario_loss",
  "market resolution disputed": "allow_disputed",
  "drawdown stop triggered": "max_drawdown",
  "market notional limit exceeded": "max_market_notional",
  "total notional limit exceeded": "max_total_notional",
  "buying power exceeded": "buying_power"
}

/** What follows the code of a risk rejection. */
const riskNumbers = [
  String.raw`: realized=${NUMBER}`,
  `: rejected=${NUMBER}, threshold=${NUMBER}`,
  `: age ${NUMBER} s > ${NUMBER} s`,
  String.raw`: ${NUMBER} >=? ${NUMBER}(?: \((?:book|event (.*))\))?`,
  ": no (?:mid price|quote) is known",
  String.raw`: risk\.allow_disputed is off`,
  ""
].map((pattern) => new RegExp(`^${pattern}$`, "s"))

const riskReason = (text: string): Cause | null => {
  const code = riskCodes.find((known) => text.startsWith(known))
  if (code === undefined) return null
  const rest = text.slice(code.length)
  const counts = code === "circuit breaker open" || code === "open order limit exceeded"
  const read = (part: string | undefined) => (part === undefined ? null : counts ? Number(part) : micros(part))
  for (const pattern of riskNumbers) {
    const found = pattern.exec(rest)
    if (found === null) continue
    const [, value, limit, event = null] = found
    const setting = event === null ? settingOf[code] : "max_event_scenario_loss"
    return { code, by: "risk", setting, value: read(value), limit: read(limit), event }
  }
  return null
}

type Reader = (...parts: ReadonlyArray<string | undefined>) => Cause | null

const switchOf = (text: string | undefined): SwitchName | null => switchNames.find((name) => name === text) ?? null

const gate =
  (code: Extract<Cause, { readonly origin: string }>["code"]): Reader =>
  (name, origin = "") => {
    const setting = switchOf(name)
    return setting === null ? null : { code, by: "gate", setting, origin }
  }

const rule =
  (code: "below minimum size" | "below minimum notional" | "price not on tick"): Reader =>
  (value, limit) => ({ code, by: "venue", value: micros(value), limit: micros(limit) })

const venueStates = [
  "market resolved",
  "market closed",
  "market not accepting orders",
  "no executable liquidity",
  "filled before it could be canceled",
  "filled by trades that were seen late"
] as const

const noSide =
  (side: "ask" | "bid"): Reader =>
  () => ({ code: "not marketable", by: "market", side, shown: null, limit: 0 })

/** Whole texts, and how to read the parts in them. */
const patterns: ReadonlyArray<readonly [pattern: string, read: Reader]> = [
  [String.raw`kill switch: (\w+) is on \((.*)\), no new orders`, gate("kill switch")],
  [String.raw`live trading disabled: (\w+) is off \((.*)\)`, gate("live trading disabled")],
  [
    String.raw`manual confirmation missing: (\w+) is on \((.*)\), use --confirm-live`,
    gate("manual confirmation missing")
  ],
  ["own orders cannot be seen: (.*)", (detail = "") => ({ code: "own orders cannot be seen", by: "gate", detail })],
  ["not marketable: no ask", noSide("ask")],
  ["not marketable: no bid", noSide("bid")],
  [
    `not marketable: (ask|bid) ${NUMBER} [<>] limit ${NUMBER}`,
    (side, shown, limit) => ({
      code: "not marketable",
      by: "market",
      side: side === "ask" ? "ask" : "bid",
      shown: micros(shown),
      limit: micros(limit)
    })
  ],
  [
    "(no market data(?: at or before signal time)?)",
    (code) => ({
      code: code === "no market data" ? code : "no market data at or before signal time",
      by: "market"
    })
  ],
  [
    `immediate or cancel: ${NUMBER} of ${NUMBER} filled`,
    (value, limit) => ({ code: "immediate or cancel", by: "market", value: micros(value), limit: micros(limit) })
  ],
  [
    `sized to the bundle: ${NUMBER} of ${NUMBER} filled`,
    (value, limit) => ({ code: "sized to the bundle", by: "package", value: micros(value), limit: micros(limit) })
  ],
  [`deadline of ${NUMBER} s passed`, (limit) => ({ code: "deadline passed", by: "package", limit: micros(limit) })],
  [`below minimum size: ${NUMBER} < ${NUMBER}`, rule("below minimum size")],
  [`below minimum notional: ${NUMBER} < ${NUMBER}`, rule("below minimum notional")],
  [`price not on tick: ${NUMBER} is no multiple of ${NUMBER}`, rule("price not on tick")],
  [
    String.raw`price outside ([\d.e-]+?)\.\.[\d.]+: ${NUMBER}`,
    (limit, value) => ({ code: "price outside", by: "venue", value: micros(value), limit: micros(limit) })
  ],
  ["closing more than is held: .*", () => ({ code: "closing more than is held", by: "venue" })],
  ["unknown market (.*)", (market = "") => ({ code: "unknown market", by: "venue", market })],
  [
    "same contract: (.*) and (.*) share one order book",
    (other = "", market = "") => ({ code: "same contract", by: "venue", market, other })
  ],
  ["answer lost: no answer in time", () => ({ code: "no answer in time", by: "venue" })],
  ["answer lost: (.*)", (detail = "") => ({ code: "answer lost", by: "venue", detail })],
  ["cancel refused: (.*)", (detail = "") => ({ code: "cancel refused", by: "venue", detail })],
  [
    "(canceled|no longer on the book)(, partly filled)?",
    (code, partly) => ({
      code: code === "canceled" ? code : "no longer on the book",
      by: "venue",
      partly: partly !== undefined
    })
  ],
  ["nothing traded", () => ({ code: "nothing traded", by: "venue", partly: false })],
  ["never seen at the exchange", () => ({ code: "never seen at the exchange", by: "venue", partly: false })],
  ["partly filled", () => ({ code: "partly filled", by: "venue", partly: true })],
  [
    "trade failed on chain and was reversed: (.*)",
    (ids = "") => ({ code: "trade reversed", by: "venue", trades: ids.split(", ") })
  ],
  ["refused by risk", () => ({ code: "unwinding refused", by: "risk" })],
  ["canceled by hand", () => ({ code: "canceled by hand", by: "person" })],
  ["canceled by its strategy", () => ({ code: "canceled by its strategy", by: "strategy" })],
  ...venueStates.map((code): readonly [string, Reader] => [code, () => ({ code, by: "venue" })])
]
const compiled = patterns.map(([pattern, read]) => [new RegExp(`^${pattern}$`, "s"), read] as const)

const other = (detail: string): Cause => ({ code: "other", by: "unknown", detail })

const causeIn = (text: string): Cause => {
  for (const [pattern, read] of compiled) {
    const found = pattern.exec(text)
    const cause = found === null ? null : read(...found.slice(1))
    if (cause !== null && rejectionText(cause) === text) return cause
  }
  const risk = riskReason(text)
  return risk !== null && rejectionText(risk) === text ? risk : other(text)
}

const PACKAGE = "bundle incomplete: "
const THOUGH = "partly filled, though: "
const namedLeg = /^(.*?) (YES|NO): (.*)$/s

const packageReason = (text: string): Rejection => {
  const [, market, token, reason] = namedLeg.exec(text) ?? []
  const leg = market === undefined ? null : { market, token: token === "NO" ? ("NO" as const) : ("YES" as const) }
  const why = leg === null ? text : (reason ?? "")
  return { code: "bundle incomplete", by: "package", leg, cause: why === "" ? null : causeIn(why) }
}

/** What an order's old message was made from. */
export const oldReason = (text: string): Rejection => {
  const reason: Rejection = text.startsWith(PACKAGE)
    ? packageReason(text.slice(PACKAGE.length))
    : text.startsWith(THOUGH)
      ? { code: "partly filled, though", by: "venue", cause: causeIn(text.slice(THOUGH.length)) }
      : causeIn(text)
  return reasonText(reason) === text ? reason : other(text)
}
