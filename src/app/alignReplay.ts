import * as Effect from "effect/Effect"
import { type ExecutedLeg } from "../backtest/executionSide.ts"
import { type LedgerEntry, type LedgerRow } from "../backtest/LedgerRow.ts"
import { LedgerTable } from "../backtest/LedgerTable.ts"
import { type BacktestOptions, printedLimits } from "../backtest/options.ts"
import { runBacktest } from "../backtest/runBacktest.ts"
import { type SignalId } from "../domain/ids.ts"
import { type Rejection } from "../domain/rejection.ts"
import { type EpochMicros } from "../domain/time.ts"
import { toMicros } from "../domain/units.ts"
import { HistoryReader, type SignalRow } from "../ports/HistoryReader.ts"

/** Signals by id, and the moment at which each is executed. */
export type Moments = ReadonlyMap<number, EpochMicros>

/**
 * When paper's turn came to each signal, given its legs in the order of its orders. Bundles that were executed within one
 * tick of the clock are kept a microsecond apart, so that baskets of one event do not become one.
 */
export const momentsOf = (legs: ReadonlyArray<ExecutedLeg>, createdUs: Moments): Moments => {
  const moments = new Map<number, EpochMicros>()
  let last = { orderedUs: Number.NEGATIVE_INFINITY, madeUs: 0, atUs: Number.NEGATIVE_INFINITY }
  for (const { atUs: orderedUs, signalId } of legs) {
    if (moments.has(signalId)) continue
    const madeUs = createdUs.get(signalId) ?? orderedUs
    const together = orderedUs === last.orderedUs && madeUs === last.madeUs
    last = { orderedUs, madeUs, atUs: together ? last.atUs : Math.max(orderedUs, last.atUs + 1) }
    moments.set(signalId, last.atUs)
  }
  return moments
}

function* atMoments(signals: Iterable<SignalRow>, moments: Moments): Generator<SignalRow> {
  const rows: Array<SignalRow> = []
  for (const signal of signals) {
    const createdAtUs = moments.get(signal.id)
    if (createdAtUs !== undefined) rows.push({ ...signal, createdAtUs })
  }
  yield* rows.sort((a, b) => a.createdAtUs - b.createdAtUs || a.id - b.id)
}

/** The same history with the signals that have a moment, made at that moment, and no others. */
const withSignals = (reader: HistoryReader["Type"], moments: Moments): HistoryReader["Type"] => ({
  ...reader,
  open: (window) =>
    Effect.map(reader.open(window), (history) => ({
      ...history,
      signals: atMoments(history.signals, moments),
      signalCount: moments.size
    }))
})

/** The ledger with why each row did not trade. */
class ReasonedLedger extends LedgerTable {
  readonly rejections: Array<Rejection | null> = []

  override write(entry: LedgerEntry): void {
    super.write(entry)
    this.rejections.push(entry.rejection ?? null)
  }
}

const legOf = (row: LedgerRow, reason: Rejection | null, signalId: SignalId, atUs: EpochMicros): ExecutedLeg => ({
  atUs,
  signalId,
  strategy: row.strategy,
  eventId: row.event_id,
  marketId: row.market_id,
  token: row.token_id === "NO" ? "NO" : "YES",
  side: row.side === "sell" ? "sell" : "buy",
  qty: toMicros(row.qty),
  limitPrice: toMicros(row.target_price),
  executedQty: toMicros(row.executed_qty),
  fillPrice: toMicros(row.fill_price),
  fee: toMicros(row.fee),
  reason
})

/** Replays the window's signals that have a moment, each at its moment, which may lie behind the end of the window. */
export const replayAt = (options: BacktestOptions, moments: Moments) =>
  Effect.gen(function* () {
    let toUs = options.toUs
    for (const atUs of moments.values()) toUs = Math.max(toUs, atUs)
    const ledger = new ReasonedLedger(printedLimits(options))
    const reader = withSignals(yield* HistoryReader, moments)
    const report = yield* runBacktest({ ...options, toUs }, { ledger, onProgress: null }).pipe(
      Effect.provideService(HistoryReader, reader)
    )
    const legs: Array<ExecutedLeg> = []
    let index = 0
    for (const row of ledger.rows()) {
      const reason = ledger.rejections[index] ?? null
      index += 1
      const { signal_id: id } = row
      if (id !== null) legs.push(legOf(row, reason, id, moments.get(id) ?? options.fromUs))
    }
    return { report, legs }
  })
