import { createHash, type Hash } from "node:crypto"
import { type JsonObject } from "../domain/json.ts"
import canonicalizeJson from "canonicalize"
import { type LedgerEntry, type LedgerSink } from "./LedgerRow.ts"
import { ENTRY_NUMBERS, packNumbers } from "./LedgerTable.ts"
import { type SignalRow, type SnapshotRow } from "../ports/HistoryReader.ts"

/** RFC 8785: sorted keys, no blanks, numbers as ECMAScript writes them. Artifacts hold nothing that JSON cannot. */
export const canonicalJson = (value: unknown): string => {
  const text = canonicalizeJson(value)
  if (text === undefined) throw new TypeError("not a JSON value")
  return text
}

export const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex")

export const configDigest = (config: JsonObject): string => sha256(canonicalJson(config))

const NUMBERS = 8_192
const TEXT_CHARS = 1 << 15

/**
 * A running digest of rows: the sha256 of two sha256 (hex), one over all numbers as little-endian doubles, one over all
 * texts in UTF-8, each ended by a line feed.
 */
class RowHash {
  private readonly numberHash: Hash = createHash("sha256")
  private readonly textHash: Hash = createHash("sha256")
  private readonly numbers = new Float64Array(NUMBERS)
  private used = 0
  private texts = ""

  /** Room for `count` numbers: the place in the buffer to write them to. */
  reserve(count: number): number {
    if (this.used + count > NUMBERS) this.flushNumbers()
    this.used += count
    return this.used - count
  }

  get buffer(): Float64Array {
    return this.numbers
  }

  text(text: string): void {
    this.texts += text
    this.texts += "\n"
    if (this.texts.length > TEXT_CHARS) this.flushTexts()
  }

  hex(): string {
    this.flushNumbers()
    this.flushTexts()
    return sha256(this.numberHash.copy().digest("hex") + this.textHash.copy().digest("hex"))
  }

  private flushNumbers(): void {
    this.numberHash.update(Buffer.from(this.numbers.buffer, 0, this.used * Float64Array.BYTES_PER_ELEMENT))
    this.used = 0
  }

  private flushTexts(): void {
    this.textHash.update(this.texts, "utf8")
    this.texts = ""
  }
}

/** `ledger_sha256`: over every entry's names and numbers, in ledger order, micro-units. */
export class LedgerDigest implements LedgerSink {
  rows = 0
  private readonly hash = new RowHash()

  write(entry: LedgerEntry): void {
    this.rows += 1
    const { hash } = this
    hash.text(entry.strategy)
    hash.text(entry.eventId)
    hash.text(entry.marketId)
    hash.text(entry.token)
    hash.text(entry.side)
    hash.text(entry.leg)
    hash.text(entry.reason)
    packNumbers(entry, hash.buffer, hash.reserve(ENTRY_NUMBERS))
  }

  hex(): string {
    return this.hash.hex()
  }
}

/** Over the rows a replay was fed with, so that two reports can be known to rest on the same data. */
export class DataDigest {
  private readonly hash = new RowHash()

  signal(row: SignalRow): void {
    const { hash } = this
    hash.text(row.strategy)
    hash.text(row.marketId)
    hash.text(row.eventId)
    hash.text(row.side)
    hash.text(row.payloadJson)
    const at = hash.reserve(4)
    hash.buffer[at] = row.id
    hash.buffer[at + 1] = row.targetPrice
    hash.buffer[at + 2] = row.sizeHint
    hash.buffer[at + 3] = row.createdAtUs
  }

  snapshot(row: SnapshotRow): void {
    const { hash } = this
    hash.text(row.marketId)
    const at = hash.reserve(6)
    hash.buffer[at] = row.atUs
    hash.buffer[at + 1] = row.yes ?? Number.NaN
    hash.buffer[at + 2] = row.no ?? Number.NaN
    hash.buffer[at + 3] = row.bid ?? Number.NaN
    hash.buffer[at + 4] = row.ask ?? Number.NaN
    hash.buffer[at + 5] = row.liquidity
  }

  hex(): string {
    return this.hash.hex()
  }
}
