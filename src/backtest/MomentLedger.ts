import { byLedgerOrder, type LedgerEntry, type LedgerSink } from "./LedgerRow.ts"

/** Holds the entries of one moment, which come in the order of the replay, and hands them on in ledger order. */
export class MomentLedger {
  /** The first `used` are of this moment: an array that is emptied gives its memory away. */
  private readonly entries: Array<LedgerEntry> = []
  private used = 0
  private readonly sink: LedgerSink

  constructor(sink: LedgerSink) {
    this.sink = sink
  }

  add(entry: LedgerEntry): void {
    this.entries[this.used] = entry
    this.used += 1
  }

  /** Ends the moment. */
  flush(): void {
    if (this.used === 0) return
    const [first, second] = this.entries
    if (this.used === 1 && first !== undefined) this.sink.write(first)
    else if (this.used === 2 && first !== undefined && second !== undefined) {
      const inOrder = byLedgerOrder(first, second) <= 0
      this.sink.write(inOrder ? first : second)
      this.sink.write(inOrder ? second : first)
    } else for (const entry of this.entries.slice(0, this.used).sort(byLedgerOrder)) this.sink.write(entry)
    this.used = 0
  }
}
