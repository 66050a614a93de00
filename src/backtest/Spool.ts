import { closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { FileError } from "../domain/errors.ts"
import { writeFully } from "../policy/writeFully.ts"
import { type LedgerEntry, ledgerRow, type LedgerSink, type PrintedLimits } from "./LedgerRow.ts"

const FLUSH_CHARS = 1 << 18
const READ_BYTES = 1 << 16

/** Ledger rows on their way to an artifact: kept in a temporary file, so that memory does not grow with the window. */
export class Spool implements LedgerSink {
  private readonly folder: string
  private readonly descriptor: number
  private pending: Array<string> = []
  private length = 0

  private readonly limits: PrintedLimits

  constructor(limits: PrintedLimits) {
    this.limits = limits
    this.folder = mkdtempSync(join(tmpdir(), "monomarket-"))
    this.descriptor = openSync(join(this.folder, "ledger.jsonl"), "w+")
  }

  /** A row's fields are in alphabetical order and flat, so its JSON is canonical as it stands. */
  write(entry: LedgerEntry): void {
    const line = JSON.stringify(ledgerRow(entry, this.limits))
    this.pending.push(line, "\n")
    this.length += line.length
    if (this.length > FLUSH_CHARS) this.flush()
  }

  private flush(): void {
    try {
      writeFully(this.descriptor, this.pending.join(""))
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause)
      throw new FileError({ path: this.folder, operation: "write a temporary file", detail })
    }
    this.pending = []
    this.length = 0
  }

  /** The lines, in order; can be walked any number of times once writing is over. */
  *lines(): Generator<string> {
    this.flush()
    const buffer = Buffer.alloc(READ_BYTES)
    const parts: Array<Buffer> = []
    let position = 0
    for (;;) {
      const read = readSync(this.descriptor, buffer, 0, READ_BYTES, position)
      if (read === 0) return
      position += read
      let from = 0
      for (let end = buffer.indexOf(10, from); end !== -1 && end < read; end = buffer.indexOf(10, from)) {
        parts.push(Buffer.from(buffer.subarray(from, end)))
        yield Buffer.concat(parts.splice(0)).toString("utf8")
        from = end + 1
      }
      if (from < read) parts.push(Buffer.from(buffer.subarray(from, read)))
    }
  }

  close(): void {
    closeSync(this.descriptor)
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A spool that is removed with its scope. */
export const openSpool = (limits: PrintedLimits): Effect.Effect<Spool, FileError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => new Spool(limits),
      catch: (cause) =>
        new FileError({
          path: tmpdir(),
          operation: "open a temporary file",
          detail: cause instanceof Error ? cause.message : String(cause)
        })
    }),
    (spool) => Effect.sync(() => spool.close())
  )
