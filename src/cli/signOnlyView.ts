import { type SignOnlyReport } from "../app/signOnly.ts"
import { type JsonObject } from "../domain/json.ts"
import { formatTime } from "../domain/time.ts"
import { fromMicros } from "../domain/units.ts"
import { renderPairs, renderTitle, type Screen } from "../reports/terminal.ts"
import { formatInstant, formatNumber, formatPrice, formatShares } from "../reports/terminalFormat.ts"
import { natural } from "./tradeJson.ts"

/** What was signed, as --json prints it. Without the signature: whoever has it can send the order. */
export const signOnlyJson = (report: SignOnlyReport): JsonObject => {
  const { order, origin, rules } = report
  const { request } = order
  return {
    sent: false,
    hash: order.hash,
    chain_id: report.chainId,
    exchange: report.kind,
    exchange_contract: report.contract,
    domain_version: report.domainVersion,
    order_type: order.orderType,
    condition_id: order.conditionId,
    token_id: order.tokenId,
    price: fromMicros(request.limitPrice),
    qty: fromMicros(request.qty),
    notional: fromMicros(report.notional),
    largest_fee: natural(report.largestFee),
    rules_from: origin._tag === "Exchange" ? "exchange" : "database",
    rules_seen_at: origin._tag === "Exchange" ? null : formatTime(origin.seenAtUs),
    tick_size: fromMicros(rules.tick),
    min_order_size: fromMicros(rules.minSize),
    gate: report.gate,
    order: { ...order.fields }
  }
}

const rulesText = ({ origin, rules }: SignOnlyReport): string => {
  const found = `tick ${fromMicros(rules.tick)}, at least ${formatShares(fromMicros(rules.minSize))} shares to rest`
  return origin._tag === "Exchange"
    ? `${found}; from the exchange, now`
    : `${found}; from the database, of ${formatInstant(origin.seenAtUs)} (${origin.because})`
}

const feeText = ({ largestFee, order }: SignOnlyReport): string => {
  if (largestFee === null) return "not known: the database has no fee schedule of the market"
  const at = `${formatNumber(fromMicros(largestFee), 5)} USDC`
  return order.orderType === "GTC" ? `${at} if it is taken at once; what rests pays none` : at
}

/** The same for people. */
export const signOnlyText = (report: SignOnlyReport, screen: Screen): string => {
  const { gate, order } = report
  const { limitPrice, qty, side } = order.request
  const kind = report.kind === "negRisk" ? "neg-risk exchange" : "exchange"
  return [
    "Signed; nothing was sent, nothing was stored. The switches have no say in this.",
    "",
    renderPairs(
      [
        ["hash", order.hash],
        ["contract", `${report.contract} (${kind}, version ${report.domainVersion}, chain ${report.chainId})`],
        ["type", order.orderType],
        [side, `${formatShares(fromMicros(qty))} ${order.request.token} at ${formatPrice(fromMicros(limitPrice))}`],
        [side === "buy" ? "spends" : "brings", `${formatNumber(fromMicros(report.notional), 4)} USDC before fees`],
        ["largest fee", feeText(report)],
        ["rules", rulesText(report)],
        ["placed now", gate === null ? "it would pass the switches with --confirm-live" : `refused: ${gate}`]
      ],
      screen
    ),
    "",
    renderTitle("Signed fields", screen),
    renderPairs(Object.entries(order.fields), screen),
    "",
    "The signature is not shown: whoever has it can send the order. An order that is placed is signed anew, with another",
    "salt and time, and so has another hash."
  ].join("\n")
}
