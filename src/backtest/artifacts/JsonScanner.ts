import { ArtifactError } from "../../domain/errors.ts"
import { type ByteSource } from "./ByteSource.ts"
import { type Steps } from "./steps.ts"

const CHUNK_BYTES = 1 << 20
/** A single value is held whole; one that is larger is refused. */
export const MAX_VALUE_BYTES = 1 << 27
/** Objects and lists inside each other. Artifacts have five; what digs deeper would exhaust the stack of its readers. */
export const MAX_DEPTH = 256

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c
const COLON = 0x3a

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/**
 * Walks the bytes of a JSON text and finds where its values begin and end, with a window of the file in memory. What
 * lies between the brackets of a value is for JSON.parse to judge: here only strings and the depth are followed.
 */
export class JsonScanner {
  private readonly source: ByteSource
  private buffer: Buffer
  /** Bytes in the buffer. */
  private length = 0
  /** Place of the next byte in the buffer; one behind its end after a backslash that the buffer ends with. */
  private next = 0
  /** Place of the buffer in the file. */
  private base: number
  /** Where the value that is being read begins in the buffer; -1: its bytes need not be kept. */
  private kept = -1
  /** Brackets that are open in the value that is being read, and whether its next byte is inside of a text. */
  private depth = 0
  private inText = false
  /** How often the file was read: work stops now and then by this. */
  reads = 0

  constructor(source: ByteSource, position = 0) {
    this.source = source
    this.base = position
    // One byte more than a small file has, so that its end is seen without growing.
    this.buffer = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK_BYTES, source.size - position + 1)))
  }

  /** Place of the next byte in the file. */
  get position(): number {
    return this.base + this.next
  }

  fail(detail: string, at = ""): ArtifactError {
    return new ArtifactError({ file: this.source.file, at, detail })
  }

  /** The next byte that is no blank, which stays the next one; -1 at the end. */
  peek(): number {
    for (;;) {
      while (this.next < this.length) {
        const byte = this.buffer[this.next] ?? 0
        if (!isBlank(byte)) return byte
        this.next += 1
      }
      if (!this.more()) return -1
    }
  }

  /** Takes one byte that must come next. */
  expect(byte: number): void {
    const found = this.peek()
    if (found !== byte) throw this.unexpected(found)
    this.next += 1
  }

  /** Whether the byte comes next; it is taken when it does. */
  take(byte: number): boolean {
    if (this.peek() !== byte) return false
    this.next += 1
    return true
  }

  /** After an item: false when a comma says that another one comes, true when the bracket says that none does. */
  takeLast(comma: number, bracket: number): boolean {
    if (this.take(bracket)) return true
    this.expect(comma)
    return false
  }

  /** Nothing but blanks may follow. */
  end(): void {
    const found = this.peek()
    if (found !== -1) throw this.unexpected(found)
  }

  /** Passes over the next value; a step ends whenever the file was read. */
  *skip(): Steps<void> {
    this.begin()
    while (!this.scan("")) {
      if (!this.more()) return this.ended()
      yield
    }
  }

  /** The bytes of the next value, valid until the next call; `at` names it in errors. */
  value(at: string): Buffer {
    this.begin()
    this.kept = this.next
    while (!this.scan(at)) {
      if (this.more(at)) continue
      this.ended()
      break
    }
    const bytes = this.buffer.subarray(this.kept, this.next)
    this.kept = -1
    return bytes
  }

  unexpected(found: number): ArtifactError {
    return found === -1
      ? this.fail(`not JSON: the file ends at byte ${this.position}, before its last bracket`)
      : this.fail(`not JSON: unexpected ${JSON.stringify(String.fromCharCode(found))} at byte ${this.position}`)
  }

  private begin(): void {
    const found = this.peek()
    if (found === -1 || found === COMMA || found === COLON || found === CLOSE_BRACE || found === CLOSE_BRACKET) {
      throw this.unexpected(found)
    }
    this.depth = 0
    this.inText = false
  }

  /** Goes on towards the end of the value; false when the buffer ends before it. */
  private scan(at: string): boolean {
    const { buffer, length } = this
    let { depth, inText, next } = this
    while (next < length) {
      const byte = buffer[next] ?? 0
      if (inText) {
        next += byte === BACKSLASH ? 2 : 1
        if (byte !== QUOTE) continue
        inText = false
        if (depth === 0) return this.reached(next)
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth += 1
        next += 1
        if (depth > MAX_DEPTH) throw this.fail(`is nested deeper than ${MAX_DEPTH} levels`, at)
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (depth === 0) return this.reached(next)
        depth -= 1
        next += 1
        if (depth === 0) return this.reached(next)
      } else {
        if (depth === 0 && (byte === COMMA || byte === COLON || isBlank(byte))) return this.reached(next)
        inText = byte === QUOTE
        next += 1
      }
    }
    this.next = next
    this.depth = depth
    this.inText = inText
    return false
  }

  private reached(next: number): true {
    this.next = next
    return true
  }

  /** The file ends within a value: only a number or a word may do that, and what lacks is said by whoever asked. */
  private ended(): void {
    if (this.depth > 0 || this.inText) throw this.unexpected(-1)
  }

  /** Reads on; false at the end of the file. What is kept moves to the front of the buffer. */
  private more(at = ""): boolean {
    const from = this.kept === -1 ? Math.min(this.next, this.length) : this.kept
    this.buffer.copyWithin(0, from, this.length)
    this.base += from
    this.next -= from
    this.length -= from
    if (this.kept !== -1) this.kept = 0
    if (this.length === this.buffer.length) this.grow(at)
    const read = this.source.read(this.buffer.subarray(this.length), this.base + this.length)
    this.reads += 1
    this.length += read
    return read > 0
  }

  private grow(at: string): void {
    if (this.buffer.length >= MAX_VALUE_BYTES) {
      throw this.fail(`is longer than ${MAX_VALUE_BYTES >> 20} MiB, which only the ledger may be`, at)
    }
    const larger = Buffer.allocUnsafe(this.buffer.length * 2)
    this.buffer.copy(larger, 0, 0, this.length)
    this.buffer = larger
  }
}

/**
 * The items of the list that begins next: `item` gets the bytes of each, valid during the call. A step ends whenever the
 * file was read.
 */
export function* scanList(
  scanner: JsonScanner,
  name: string,
  item: (bytes: Buffer, index: number) => void
): Steps<number> {
  scanner.expect(OPEN_BRACKET)
  if (scanner.take(CLOSE_BRACKET)) return 0
  let { reads } = scanner
  for (let index = 0; ; index += 1) {
    item(scanner.value(name), index)
    if (scanner.takeLast(COMMA, CLOSE_BRACKET)) return index + 1
    if (scanner.reads !== reads) {
      ;({ reads } = scanner)
      yield
    }
  }
}
