import { ratio } from "../core/metrics.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { adverseBps, type ExecutedLeg, type ExecutionSide, legsBySignal, type SideFigures } from "./executionSide.ts"

export type AlignmentVerdict = "aligned" | "partially_aligned" | "not_aligned"

/** One question of the verdict: a value, and up to where it counts as aligned and as partially aligned. */
export interface Criterion {
  readonly name: string
  readonly value: number
  readonly unit: "ratio" | "bps" | "signals"
  /** Whether more is better. */
  readonly direction: "at_least" | "at_most"
  readonly aligned: number
  readonly partial: number
  readonly verdict: AlignmentVerdict
}

/** A signal that both tried, as the two executions compare. */
export interface ExecutionMatch {
  readonly bothExecuted: number
  readonly onlyBacktest: number
  readonly onlyPaper: number
  readonly neither: number
  /** Signals with the same outcome / signals that paper tried. */
  readonly agreement: number
  /** Signals that both executed / signals that either did; 1 when neither executed any. */
  readonly overlap: number
  /** Legs that both filled. */
  readonly comparedLegs: number
  /** How much worse paper's price was than the replay's, weighted by quantity, basis points of the replay's price. */
  readonly priceGapBps: number
  /** Shares on paper / shares in the replay, over those legs. */
  readonly quantityRatio: number
  /** From the signal to its order on paper, seconds. */
  readonly medianDelaySec: number
  readonly maxDelaySec: number
}

/** One strategy or event, both ways; a side without it is zeros. */
export interface Pair {
  readonly id: string
  readonly backtest: SideFigures
  readonly paper: SideFigures
  /** paper - backtest, USDC */
  readonly pnlDifference: number
}

const LIMITS = [
  { name: "signals tried on paper", unit: "signals", direction: "at_least", aligned: 20, partial: 1 },
  { name: "same outcome", unit: "ratio", direction: "at_least", aligned: 0.95, partial: 0.8 },
  { name: "executed by both / by either", unit: "ratio", direction: "at_least", aligned: 0.9, partial: 0.6 },
  { name: "fill rate difference", unit: "ratio", direction: "at_most", aligned: 0.05, partial: 0.15 },
  { name: "PnL difference / turnover", unit: "ratio", direction: "at_most", aligned: 0.02, partial: 0.1 },
  { name: "price difference", unit: "bps", direction: "at_most", aligned: 25, partial: 100 }
] as const

const grades: ReadonlyArray<AlignmentVerdict> = ["aligned", "partially_aligned", "not_aligned"]

const gradeOf = (value: number, limit: (typeof LIMITS)[number]): AlignmentVerdict => {
  const holds = (bound: number): boolean => (limit.direction === "at_least" ? value >= bound : value <= bound)
  return holds(limit.aligned) ? "aligned" : holds(limit.partial) ? "partially_aligned" : "not_aligned"
}

/** Where fewer signals were executed, one of them decides the whole ratio. */
export const FEW_EXECUTED = 5

/** An overlap of a handful of signals is a doubt, not a verdict. */
const leniently = (grade: AlignmentVerdict, name: string, match: ExecutionMatch): AlignmentVerdict => {
  const executed = match.bothExecuted + match.onlyBacktest + match.onlyPaper
  const few = name === "executed by both / by either" && executed < FEW_EXECUTED
  return few && grade === "not_aligned" ? "partially_aligned" : grade
}

/** The criteria with their stated limits; the verdict is the worst of them. */
export const judge = (
  backtest: ExecutionSide,
  paper: ExecutionSide,
  match: ExecutionMatch
): { readonly verdict: AlignmentVerdict; readonly criteria: ReadonlyArray<Criterion> } => {
  const turnover = Math.max(backtest.total.turnover, paper.total.turnover)
  const values: { readonly [name in (typeof LIMITS)[number]["name"]]: number } = {
    "signals tried on paper": paper.signals,
    "same outcome": match.agreement,
    "executed by both / by either": match.overlap,
    "fill rate difference": Math.abs(paper.fillRate - backtest.fillRate),
    "PnL difference / turnover": ratio(Math.abs(paper.total.pnl - backtest.total.pnl), turnover, 0),
    "price difference": Math.abs(match.priceGapBps)
  }
  const criteria = LIMITS.map((limit) => ({
    ...limit,
    value: values[limit.name],
    verdict: leniently(gradeOf(values[limit.name], limit), limit.name, match)
  }))
  const worst = Math.max(...criteria.map(({ verdict }) => grades.indexOf(verdict)))
  return { verdict: grades[worst] ?? "not_aligned", criteria }
}

const traded = (legs: ReadonlyArray<ExecutedLeg> | undefined): boolean =>
  legs?.some(({ executedQty }) => executedQty > 0) ?? false

const legKey = ({ marketId, side, signalId, token }: ExecutedLeg): string => `${signalId} ${marketId} ${token} ${side}`

const median = (sorted: ReadonlyArray<number>): number => {
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

const prices = (backtest: ReadonlyArray<ExecutedLeg>, paper: ReadonlyArray<ExecutedLeg>) => {
  const replayed = new Map(backtest.filter(({ executedQty }) => executedQty > 0).map((leg) => [legKey(leg), leg]))
  let comparedLegs = 0
  let weighted = 0
  let onPaper = 0
  let inReplay = 0
  for (const leg of paper) {
    const twin = leg.executedQty > 0 ? replayed.get(legKey(leg)) : undefined
    if (twin === undefined) continue
    comparedLegs += 1
    weighted += adverseBps(leg.side, leg.fillPrice, twin.fillPrice) * leg.executedQty
    onPaper += leg.executedQty
    inReplay += twin.executedQty
  }
  return { comparedLegs, priceGapBps: ratio(weighted, onPaper, 0), quantityRatio: ratio(onPaper, inReplay, 0) }
}

/** Lays the executions of the same signals side by side. `createdUs` is when each signal was made. */
export const matchExecutions = (
  backtest: ReadonlyArray<ExecutedLeg>,
  paper: ReadonlyArray<ExecutedLeg>,
  createdUs: ReadonlyMap<number, EpochMicros>
): ExecutionMatch => {
  const replayed = legsBySignal(backtest)
  const tried = legsBySignal(paper)
  let bothExecuted = 0
  let onlyBacktest = 0
  let onlyPaper = 0
  let neither = 0
  const delays: Array<number> = []
  for (const [id, legs] of tried) {
    const there = traded(replayed.get(id))
    const here = traded(legs)
    if (there && here) bothExecuted += 1
    else if (there) onlyBacktest += 1
    else if (here) onlyPaper += 1
    else neither += 1
    const first = legs[0]?.atUs ?? 0
    delays.push((first - (createdUs.get(id) ?? first)) / MICROS_PER_SECOND)
  }
  delays.sort((a, b) => a - b)
  return {
    bothExecuted,
    onlyBacktest,
    onlyPaper,
    neither,
    agreement: ratio(bothExecuted + neither, tried.size, 0),
    overlap: ratio(bothExecuted, bothExecuted + onlyBacktest + onlyPaper, 1),
    ...prices(backtest, paper),
    medianDelaySec: median(delays),
    maxDelaySec: delays.at(-1) ?? 0
  }
}

/** Signals that trade in one execution and not in the other. */
export const countChanged = (a: ReadonlyArray<ExecutedLeg>, b: ReadonlyArray<ExecutedLeg>): number => {
  const other = legsBySignal(b)
  return [...legsBySignal(a)].filter(([id, legs]) => traded(legs) !== traded(other.get(id))).length
}

const nothing: SideFigures = { pnl: 0, realized: 0, fees: 0, turnover: 0, maxDrawdown: 0, trades: 0 }

/** Both sides by id. Differences are rounded to the micro-USDC that both are made of. */
export const pairsOf = (
  backtest: ReadonlyMap<string, SideFigures>,
  paper: ReadonlyMap<string, SideFigures>
): ReadonlyArray<Pair> =>
  [...new Set([...backtest.keys(), ...paper.keys()])].sort().map((id) => {
    const [a, b] = [backtest.get(id) ?? nothing, paper.get(id) ?? nothing]
    return { id, backtest: a, paper: b, pnlDifference: Math.round((b.pnl - a.pnl) * 1e6) / 1e6 }
  })

/** Largest differences first; among equal ones the event with the most at stake. */
export const byDifference = (pairs: ReadonlyArray<Pair>): ReadonlyArray<Pair> =>
  [...pairs].sort(
    (a, b) =>
      Math.abs(b.pnlDifference) - Math.abs(a.pnlDifference) ||
      Math.abs(b.paper.pnl) - Math.abs(a.paper.pnl) ||
      (a.id < b.id ? -1 : 1)
  )
