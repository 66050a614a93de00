import { type LedgerEntry, type LedgerRow, ledgerRow, type LedgerSink, type PrintedLimits } from "./LedgerRow.ts"

/** How many numbers `packNumbers` writes. */
export const ENTRY_NUMBERS = 19
/** How many more `packAdded` writes: the columns of schema 1.2. */
export const ADDED_NUMBERS = 2
const NUMBERS = ENTRY_NUMBERS + ADDED_NUMBERS

/**
 * Writes an entry's numbers into `target` from `offset` on; NaN stands for no signal. `+ 0` makes a negative zero, which
 * JSON cannot hold, the zero that rows print: a digest can be made again from an artifact.
 */
export const packNumbers = (entry: LedgerEntry, target: Float64Array, offset: number): void => {
  target[offset] = entry.atUs
  target[offset + 1] = entry.signalId ?? Number.NaN
  target[offset + 2] = entry.qty + 0
  target[offset + 3] = entry.executedQty + 0
  target[offset + 4] = entry.fillRatio
  target[offset + 5] = entry.fillProbability
  target[offset + 6] = entry.slippageBps
  target[offset + 7] = entry.targetPrice
  target[offset + 8] = entry.fillPrice
  target[offset + 9] = entry.fee + 0
  target[offset + 10] = entry.realizedChange + 0
  target[offset + 11] = entry.strategyEquity + 0
  target[offset + 12] = entry.eventEquity + 0
  target[offset + 13] = entry.allowed ? 1 : 0
  target[offset + 14] = entry.risk.notional + 0
  target[offset + 15] = entry.risk.realizedBefore + 0
  target[offset + 16] = entry.risk.strategyNotionalBefore + 0
  target[offset + 17] = entry.risk.eventNotionalBefore + 0
  target[offset + 18] = entry.risk.rejectionsBefore
}

/** Writes the numbers that schema 1.2 added; NaN stands for a quote whose age is not known. */
export const packAdded = (entry: LedgerEntry, target: Float64Array, offset: number): void => {
  target[offset] = entry.quoteAgeUs ?? Number.NaN
  target[offset + 1] = entry.afterClose ? 1 : 0
}

/** Words of which there are few, as numbers: `row` and `entry` turn them back. Ledger hashes hold the numbers: append only. */
const legWords = ["primary", "hedge", "sell_leg", "settlement", "leg", "unwind"] as const

/** Token (1), side (2) and leg (4 and up) of an entry in one small number. */
export const packWords = (entry: LedgerEntry): number =>
  (entry.token === "NO" ? 1 : 0) + (entry.side === "sell" ? 2 : 0) + 4 * legWords.indexOf(entry.leg)

/** strategy, event, market, words */
const NAMES = 4

const FIRST_ROWS = 1_024

/** Keeps a whole ledger in columns: a few typed arrays instead of an object per row, so that keeping it costs little. */
export class LedgerTable implements LedgerSink {
  length = 0
  private numbers = new Float64Array(FIRST_ROWS * NUMBERS)
  private names = new Int32Array(FIRST_ROWS * NAMES)
  /** Reasons carry numbers and rarely repeat; names do. */
  private readonly reasons: Array<string> = []
  private readonly texts: Array<string> = []
  private readonly indexes = new Map<string, number>()
  private readonly limits: PrintedLimits

  constructor(limits: PrintedLimits) {
    this.limits = limits
  }

  write(entry: LedgerEntry): void {
    if ((this.length + 1) * NUMBERS > this.numbers.length) this.grow()
    packNumbers(entry, this.numbers, this.length * NUMBERS)
    packAdded(entry, this.numbers, this.length * NUMBERS + ENTRY_NUMBERS)
    const at = this.length * NAMES
    this.names[at] = this.intern(entry.strategy)
    this.names[at + 1] = this.intern(entry.eventId)
    this.names[at + 2] = this.intern(entry.marketId)
    this.names[at + 3] = packWords(entry)
    this.reasons.push(entry.reason)
    this.length += 1
  }

  /** The row as the artifact has it; undefined outside the table. */
  row(index: number): LedgerRow | undefined {
    return index < 0 || index >= this.length ? undefined : ledgerRow(this.entry(index), this.limits)
  }

  *rows(from = 0): Generator<LedgerRow> {
    for (let index = from; index < this.length; index += 1) yield ledgerRow(this.entry(index), this.limits)
  }

  private entry(index: number): LedgerEntry {
    const n = (column: number): number => this.numbers[index * NUMBERS + column] ?? 0
    const t = (column: number): string => this.texts[this.names[index * NAMES + column] ?? 0] ?? ""
    const words = this.names[index * NAMES + 3] ?? 0
    return {
      atUs: n(0),
      signalId: Number.isNaN(n(1)) ? null : n(1),
      qty: n(2),
      executedQty: n(3),
      fillRatio: n(4),
      fillProbability: n(5),
      slippageBps: n(6),
      targetPrice: n(7),
      fillPrice: n(8),
      fee: n(9),
      realizedChange: n(10),
      strategyEquity: n(11),
      eventEquity: n(12),
      allowed: n(13) === 1,
      risk: {
        notional: n(14),
        realizedBefore: n(15),
        strategyNotionalBefore: n(16),
        eventNotionalBefore: n(17),
        rejectionsBefore: n(18)
      },
      strategy: t(0),
      eventId: t(1),
      marketId: t(2),
      token: words % 2 === 1 ? "NO" : "YES",
      side: words % 4 >= 2 ? "sell" : "buy",
      leg: legWords[Math.floor(words / 4)] ?? "primary",
      reason: this.reasons[index] ?? "",
      quoteAgeUs: Number.isNaN(n(19)) ? null : n(19),
      afterClose: n(20) === 1
    }
  }

  private intern(text: string): number {
    let index = this.indexes.get(text)
    if (index === undefined) {
      index = this.texts.push(text) - 1
      this.indexes.set(text, index)
    }
    return index
  }

  private grow(): void {
    const numbers = new Float64Array(this.numbers.length * 2)
    numbers.set(this.numbers)
    this.numbers = numbers
    const names = new Int32Array(this.names.length * 2)
    names.set(this.names)
    this.names = names
  }
}
