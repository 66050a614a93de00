import { type Order } from "../domain/Order.ts"
import { formatTime } from "../domain/time.ts"
import { fromMicros } from "../domain/units.ts"
import { VERSION } from "../domain/version.ts"
import { type AlignmentVerdict, type Criterion, type Pair } from "./alignment.ts"
import { type Alignment } from "./alignmentJson.ts"
import { fillTemplate } from "./alignmentTemplate.ts"
import { cellText } from "./cycleSummary.ts"

/** Events in the table; the JSON has all of them. */
const EVENTS = 20
const MANUAL_ORDERS = 50

const count = (value: number): string => String(value)
const money = (value: number): string => (Math.abs(value) < 0.005 ? 0 : value).toFixed(2)
const percent = (value: number): string => `${(value * 100).toFixed(2)} %`
const bps = (value: number): string => `${value.toFixed(1)} bps`
const seconds = (value: number): string => `${value.toFixed(1)} s`

const row = (...cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const compared = (name: string, a: number, b: number, format: (value: number) => string): string =>
  row(name, format(a), format(b), format(b - a))

const orNone = (lines: ReadonlyArray<string>, columns: number): string =>
  lines.length === 0 ? row("none", ...Array.from({ length: columns - 1 }, () => "")) : lines.join("\n")

const criterionValue = (unit: Criterion["unit"], value: number): string =>
  unit === "ratio" ? percent(value) : unit === "bps" ? bps(value) : count(value)

const criterionLine = (criterion: Criterion): string => {
  const { aligned, direction, name, partial, unit, value, verdict } = criterion
  const bound = (limit: number): string =>
    `${direction === "at_least" ? "at least" : "at most"} ${criterionValue(unit, limit)}`
  return row(name, criterionValue(unit, value), bound(aligned), bound(partial), verdict)
}

const pairLine = ({ backtest, id, paper, pnlDifference }: Pair): string =>
  row(
    cellText(id),
    money(backtest.pnl),
    money(paper.pnl),
    money(pnlDifference),
    count(backtest.trades),
    count(paper.trades)
  )

const manualLine = (order: Order): string =>
  row(
    count(order.id),
    formatTime(order.createdAtUs),
    cellText(order.marketId),
    `${order.side} ${fromMicros(order.qty)} ${order.token} at ${fromMicros(order.limitPrice)}`,
    order.status,
    String(fromMicros(order.filledQty))
  )

const sentences: { readonly [verdict in AlignmentVerdict]: string } = {
  aligned: "Paper did what the replay of the same signals at the same moments says, within the limits below.",
  partially_aligned: "Paper and the replay agree in the main; the table says where they do not.",
  not_aligned: "The replay does not describe what paper did; the table says where they part."
}

const reasonLines = ({ backtest, paper }: Alignment): ReadonlyArray<string> =>
  [...new Set([...backtest.reasons.keys(), ...paper.reasons.keys()])].map((reason) =>
    row(cellText(reason), count(backtest.reasons.get(reason) ?? 0), count(paper.reasons.get(reason) ?? 0))
  )

const waitingLines = ({ atOnce, backtest }: Alignment): string =>
  [
    compared("signals executed", atOnce.executed, backtest.executed, count),
    compared("fill rate", atOnce.fillRate, backtest.fillRate, percent),
    compared("price against the limit (negative: better)", atOnce.slippageBps, backtest.slippageBps, bps),
    compared("PnL", atOnce.total.pnl, backtest.total.pnl, money),
    compared("turnover", atOnce.total.turnover, backtest.total.turnover, money)
  ].join("\n")

/** The filled-in template. */
export const alignmentText = (alignment: Alignment): string => {
  const { backtest, match, paper } = alignment
  const shownEvents = alignment.events.slice(0, EVENTS)
  const left = alignment.events.length - shownEvents.length
  const values: ReadonlyArray<readonly [string, string]> = [
    ["from", formatTime(alignment.fromUs)],
    ["to", formatTime(alignment.toUs)],
    ["strategies", alignment.strategies.map(cellText).join(", ")],
    ["generated_at", formatTime(alignment.generatedAtUs)],
    ["version", VERSION],
    ["database", cellText(alignment.database)],
    ["verdict", alignment.verdict],
    [
      "verdict_text",
      alignment.paper.signals === 0
        ? "Paper tried no signal of the window: there is nothing to compare."
        : sentences[alignment.verdict]
    ],
    ["criteria", alignment.criteria.map(criterionLine).join("\n")],
    ["median_delay", seconds(match.medianDelaySec)],
    ["max_delay", seconds(match.maxDelaySec)],
    [
      "counts",
      [
        compared("signals tried", backtest.signals, paper.signals, count),
        compared("signals executed", backtest.executed, paper.executed, count),
        compared("signals rejected", backtest.rejected, paper.rejected, count),
        compared("orders (legs)", backtest.legs, paper.legs, count),
        compared("orders filled", backtest.filledLegs, paper.filledLegs, count)
      ].join("\n")
    ],
    [
      "signal_counts",
      [
        row("made", count(alignment.signalsMade)),
        row("left alone by paper", count(alignment.signalsMade - paper.signals)),
        row("of those, grown too old", count(alignment.expired)),
        row("executed by both", count(match.bothExecuted)),
        row("executed in the backtest only", count(match.onlyBacktest)),
        row("executed on paper only", count(match.onlyPaper)),
        row("executed by neither", count(match.neither))
      ].join("\n")
    ],
    [
      "execution",
      [
        compared("fill rate", backtest.fillRate, paper.fillRate, percent),
        compared("fill ratio", backtest.fillRatio, paper.fillRatio, percent),
        compared("price against the limit (negative: better)", backtest.slippageBps, paper.slippageBps, bps)
      ].join("\n")
    ],
    [
      "legs",
      [
        row("legs that both filled", count(match.comparedLegs)),
        row("paper's price worse by", bps(match.priceGapBps)),
        row("shares on paper / in the backtest", percent(match.quantityRatio))
      ].join("\n")
    ],
    [
      "result",
      [
        compared("PnL", backtest.total.pnl, paper.total.pnl, money),
        compared("realized", backtest.total.realized, paper.total.realized, money),
        compared("greatest fall of realized PnL", backtest.total.maxDrawdown, paper.total.maxDrawdown, money),
        compared("fees", backtest.total.fees, paper.total.fees, money),
        compared("turnover", backtest.total.turnover, paper.total.turnover, money)
      ].join("\n")
    ],
    ["waiting", waitingLines(alignment)],
    ["by_strategy", orNone(alignment.strategyPairs.map(pairLine), 6)],
    ["by_event", orNone(shownEvents.map(pairLine), 6)],
    ["events_left_out", left > 0 ? `${left} more events are in the JSON beside this file.` : "These are all events."],
    ["reasons", orNone(reasonLines(alignment), 3)],
    ["manual_orders", orNone(alignment.manualOrders.slice(0, MANUAL_ORDERS).map(manualLine), 6)],
    ["remarks", alignment.remarks.length === 0 ? "None." : alignment.remarks.map((text) => `- ${text}`).join("\n")]
  ]
  return fillTemplate(new Map(values))
}
