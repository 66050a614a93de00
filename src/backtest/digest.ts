import { createHash, type Hash } from "node:crypto"
import { canonicalJson } from "../domain/canonicalJson.ts"
import { type JsonObject } from "../domain/json.ts"
import { type Instrument } from "../domain/instrument.ts"
import { type Quote } from "../domain/quote.ts"
import { type LedgerEntry, type LedgerSink } from "./LedgerRow.ts"
import { ADDED_NUMBERS, ENTRY_NUMBERS, packAdded, packNumbers, packWords } from "./LedgerTable.ts"
import { type ResolutionRow, type SignalRow, type SnapshotRow } from "../ports/HistoryReader.ts"

export const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex")

export const configDigest = (config: JsonObject): string => sha256(canonicalJson(config))

const NUMBERS = 8_192
const TEXT_BYTES = 1 << 18
/** Most bytes that one UTF-16 unit takes in UTF-8. */
const BYTES_PER_UNIT = 3
const LINE_FEED = 10
/** Up to this many units a loop is faster than a call into native code. */
const SHORT_TEXT = 48
const ASCII_END = 128

/**
 * A running digest of rows: the sha256 of two sha256 (hex), one over all numbers as little-endian doubles, one over all
 * texts in UTF-8, each ended by a line feed. A name is a text when it first comes, and from then on its number, counted
 * from 0.
 */
class RowHash {
  private readonly numberHash: Hash = createHash("sha256")
  private readonly textHash: Hash = createHash("sha256")
  private readonly numbers = new Float64Array(NUMBERS)
  private readonly bytes = Buffer.allocUnsafe(TEXT_BYTES)
  private readonly names = new Map<string, number>()
  private usedNumbers = 0
  private usedBytes = 0

  /** Room for `count` numbers: the place in the buffer to write them to. */
  reserve(count: number): number {
    if (this.usedNumbers + count > NUMBERS) this.flushNumbers()
    this.usedNumbers += count
    return this.usedNumbers - count
  }

  get buffer(): Float64Array {
    return this.numbers
  }

  name(text: string): number {
    const known = this.names.get(text)
    if (known !== undefined) return known
    this.text(text)
    const number = this.names.size
    this.names.set(text, number)
    return number
  }

  text(text: string): void {
    const room = text.length * BYTES_PER_UNIT + 1
    if (this.usedBytes + room > TEXT_BYTES) this.flushTexts()
    if (room > TEXT_BYTES) {
      this.textHash.update(`${text}\n`, "utf8")
      return
    }
    if (!this.writeShort(text)) this.usedBytes += this.bytes.write(text, this.usedBytes, "utf8")
    this.bytes[this.usedBytes] = LINE_FEED
    this.usedBytes += 1
  }

  /** Writes a short text of ASCII; false, and nothing counted, for any other. */
  private writeShort(text: string): boolean {
    const { length } = text
    if (length > SHORT_TEXT) return false
    const { bytes, usedBytes } = this
    for (let index = 0; index < length; index += 1) {
      const unit = text.charCodeAt(index)
      if (unit >= ASCII_END) return false
      bytes[usedBytes + index] = unit
    }
    this.usedBytes = usedBytes + length
    return true
  }

  hex(): string {
    this.flushNumbers()
    this.flushTexts()
    return sha256(this.numberHash.copy().digest("hex") + this.textHash.copy().digest("hex"))
  }

  private flushNumbers(): void {
    this.numberHash.update(Buffer.from(this.numbers.buffer, 0, this.usedNumbers * Float64Array.BYTES_PER_ELEMENT))
    this.usedNumbers = 0
  }

  private flushTexts(): void {
    this.textHash.update(this.bytes.subarray(0, this.usedBytes))
    this.usedBytes = 0
  }
}

/** Strategy, event, market and words of an entry stand before its numbers. */
const ENTRY_NAMES = 4

/** The minor version of schema 1.x that added columns to the ledger. */
export const WIDER_LEDGER_MINOR = 2

/**
 * `ledger_sha256`: over every entry's names and numbers, in ledger order, micro-units. `minor` of the artifact's schema
 * 1.x chooses the columns; this program writes the newest.
 */
export class LedgerDigest implements LedgerSink {
  rows = 0
  private readonly hash = new RowHash()
  private readonly wide: boolean

  constructor(minor: number = WIDER_LEDGER_MINOR) {
    this.wide = minor >= WIDER_LEDGER_MINOR
  }

  write(entry: LedgerEntry): void {
    this.rows += 1
    const { hash } = this
    // Names first: a new one may take room of its own.
    const strategy = hash.name(entry.strategy)
    const event = hash.name(entry.eventId)
    const market = hash.name(entry.marketId)
    hash.text(entry.reason)
    const at = hash.reserve(ENTRY_NAMES + ENTRY_NUMBERS + (this.wide ? ADDED_NUMBERS : 0))
    const { buffer } = hash
    buffer[at] = strategy
    buffer[at + 1] = event
    buffer[at + 2] = market
    buffer[at + 3] = packWords(entry)
    packNumbers(entry, buffer, at + ENTRY_NAMES)
    if (this.wide) packAdded(entry, buffer, at + ENTRY_NAMES + ENTRY_NUMBERS)
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
    const strategy = hash.name(row.strategy)
    const market = hash.name(row.marketId)
    const event = hash.name(row.eventId)
    hash.text(row.payloadJson)
    const at = hash.reserve(8)
    const { buffer } = hash
    buffer[at] = strategy
    buffer[at + 1] = market
    buffer[at + 2] = event
    buffer[at + 3] = row.side === "buy" ? 1 : -1
    buffer[at + 4] = row.id
    buffer[at + 5] = row.targetPrice
    buffer[at + 6] = row.sizeHint
    buffer[at + 7] = row.createdAtUs
  }

  snapshot(row: SnapshotRow): void {
    const { hash } = this
    const market = hash.name(row.marketId)
    const at = hash.reserve(7)
    const { buffer } = hash
    buffer[at] = market
    buffer[at + 1] = row.atUs
    buffer[at + 2] = row.yes ?? Number.NaN
    buffer[at + 3] = row.no ?? Number.NaN
    buffer[at + 4] = row.bid ?? Number.NaN
    buffer[at + 5] = row.ask ?? Number.NaN
    buffer[at + 6] = row.liquidity
  }

  /** A whole market as a strategy replay sees it: everything that strategies and the venue look at. */
  market({ marketId, source: from }: Instrument, quote: Quote): void {
    const { hash } = this
    const source = hash.name(from)
    const id = hash.name(marketId)
    const at = hash.reserve(12)
    const { buffer } = hash
    buffer[at] = source
    buffer[at + 1] = id
    buffer[at + 2] = quote.atUs
    buffer[at + 3] = quote.status === "open" ? 1 : 0
    buffer[at + 4] = quote.acceptingOrders === null ? Number.NaN : quote.acceptingOrders ? 1 : 0
    buffer[at + 5] = quote.yes ?? Number.NaN
    buffer[at + 6] = quote.no ?? Number.NaN
    buffer[at + 7] = quote.bid ?? Number.NaN
    buffer[at + 8] = quote.ask ?? Number.NaN
    buffer[at + 9] = quote.mid ?? Number.NaN
    buffer[at + 10] = quote.liquidityUsdc
    buffer[at + 11] = quote.volumeUsdc
  }

  resolution({ atUs, marketId, payout }: ResolutionRow): void {
    const id = this.hash.name(marketId)
    const at = this.hash.reserve(4)
    const { buffer } = this.hash
    buffer[at] = id
    buffer[at + 1] = atUs
    buffer[at + 2] = payout.yes
    buffer[at + 3] = payout.no
  }

  hex(): string {
    return this.hash.hex()
  }
}
