import { MIN_SAMPLES } from "../core/samples.ts"
import { afterCloseText, formatPartOfHours, formatPnl } from "./terminalFormat.ts"

/** Below this many executed signals a rate says little; a convention of statistics, not a law. */
const FEW_SIGNALS = 30

interface Facts {
  readonly signals: { readonly total: number; readonly executed: number }
  readonly pnl: { readonly open: number }
  readonly coverage: {
    readonly coveredHours: number
    readonly windowHours: number
    readonly limited: boolean
    readonly note: string
  } | null
  readonly checksum: string | null
  readonly compat: string | null
  readonly settled: number
  readonly strategies: ReadonlyArray<{ readonly sharpe: number | null }>
  /** Fills after the exchange had closed their market; null: the artifact does not say. */
  readonly afterClose: { readonly fills: number; readonly pnl: number } | null
  /** UTC days of the daily figures; null: the artifact does not say. */
  readonly days: { readonly count: number; readonly firstCut: boolean; readonly lastCut: boolean } | null
}

const sampleRemarks = ({ days, pnl, settled, signals, strategies }: Facts): ReadonlyArray<string> => {
  const { executed, total } = signals
  if (total === 0) return ["There was no signal in the window: nothing was replayed."]
  if (executed === 0) return ["No signal was executed: every figure below is zero; the reject reasons say why."]
  const remarks: Array<string> = []
  if (executed < FEW_SIGNALS) {
    remarks.push(
      `Only ${executed} signal${executed === 1 ? " was" : "s were"} executed: rates and ratios from so few say little.`
    )
  }
  if (settled === 0 && pnl.open !== 0) {
    remarks.push(
      `No position was settled: ${formatPnl(pnl.open)} USDC of the result are open positions at their last marks, not money earned.`
    )
  }
  if (strategies.length > 0 && strategies.every(({ sharpe }) => sharpe === null)) {
    remarks.push(
      `Sharpe and Sortino are n/a: they take at least ${MIN_SAMPLES.changedDays} UTC days on which equity changed.`
    )
  } else if (days !== null) {
    const cut = [days.firstCut ? "the first" : "", days.lastCut ? "the last" : ""].filter((day) => day !== "")
    const said = cut.length === 0 ? "" : `, ${cut.join(" and ")} cut by the window`
    remarks.push(`Sharpe and Sortino are of ${days.count} UTC days${said}.`)
  }
  return remarks
}

const afterCloseRemarks = ({ afterClose }: Facts): ReadonlyArray<string> =>
  afterClose === null || afterClose.fills === 0
    ? []
    : [
        `${afterCloseText(afterClose.fills, afterClose.pnl)} USDC: the exchange had closed the market by then, and an order would not have traded.`
      ]

/** What a reader has to know before trusting the figures. */
export const remarksOf = (facts: Facts): ReadonlyArray<string> => {
  const { checksum, compat, coverage } = facts
  const remarks: Array<string> = []
  if (coverage === null) remarks.push("The artifact does not say how much of the window its data covers.")
  else if (coverage.limited) {
    const hours = formatPartOfHours(coverage.coveredHours, coverage.windowHours)
    remarks.push(`Data covers ${hours} of the window: ${coverage.note}.`)
  }
  remarks.push(...sampleRemarks(facts), ...afterCloseRemarks(facts))
  if (compat === "original") {
    remarks.push("Fills follow the Python original, which trades at the target price whatever the market says.")
  }
  if (checksum === null) remarks.push("The artifact has no checksum: its content could not be verified.")
  return remarks
}
