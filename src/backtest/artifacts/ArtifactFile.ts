import { ArtifactError } from "../../domain/errors.ts"
import { type Json, type JsonObject } from "../../domain/json.ts"
import { unusualSpelling } from "../jsonText.ts"
import { type ByteSource } from "./ByteSource.ts"
import { type JsonPiece, parsePiece } from "./jsonPiece.ts"
import { JsonScanner, scanList } from "./JsonScanner.ts"
import { type Steps } from "./steps.ts"

/** The one list that is never held: it grows with the window. */
export const LEDGER = "replay"

const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
const CLOSE_BRACE = 0x7d
const COMMA = 0x2c
const COLON = 0x3a
const QUOTE = 0x22
const STARTS_OF_OTHER_VALUES = `["-0123456789tfn`

/** A field at the top level of an artifact. */
export interface Member {
  readonly name: string
  /** null: the ledger, which is read from the file again. */
  readonly piece: JsonPiece | null
}

/**
 * A JSON file, walked once: every field at its top level but the ledger is in memory, and the place of the ledger is
 * known. Rows are read from the file whenever they are asked for, one at a time.
 */
export class ArtifactFile {
  readonly source: ByteSource
  readonly members: ReadonlyMap<string, Member>
  /** The fields that are held. */
  readonly head: JsonObject
  readonly hasLedger: boolean
  /** A name at the top level that is written as JSON.stringify would not; null: none is. */
  readonly unusualName: string | null
  private readonly ledgerAt: number

  private constructor(source: ByteSource, found: Found) {
    this.source = source
    this.members = found.members
    this.unusualName = found.unusualName
    this.ledgerAt = found.ledgerAt
    this.hasLedger = found.ledgerAt !== -1
    this.head = Object.fromEntries(
      [...found.members.values()].flatMap(({ name, piece }) => (piece === null ? [] : [[name, piece.value]]))
    )
  }

  /** Finds the fields of a file. */
  static *open(source: ByteSource): Steps<ArtifactFile> {
    return new ArtifactFile(source, yield* findMembers(source))
  }

  /** Reads the ledger row by row; how many there are. */
  *rows(take: (piece: JsonPiece, index: number) => void): Steps<number> {
    if (!this.hasLedger) return 0
    const { file } = this.source
    return yield* scanList(new JsonScanner(this.source, this.ledgerAt), LEDGER, (bytes, index) =>
      take(parsePiece(file, `${LEDGER}[${index}]`, bytes), index)
    )
  }

  /** The value of a field; undefined where there is none, and of a ledger. */
  value(name: string): Json | undefined {
    return this.members.get(name)?.piece?.value
  }

  wrong(at: string, detail: string): ArtifactError {
    return new ArtifactError({ file: this.source.file, at, detail })
  }
}

interface Found {
  readonly members: ReadonlyMap<string, Member>
  readonly ledgerAt: number
  readonly unusualName: string | null
}

const refuseOtherValues = (scanner: JsonScanner): void => {
  const first = scanner.peek()
  if (first === -1) throw scanner.fail("not JSON: there is nothing in it")
  if (first === OPEN_BRACE) return
  throw STARTS_OF_OTHER_VALUES.includes(String.fromCharCode(first))
    ? scanner.fail("must be a JSON object")
    : scanner.unexpected(first)
}

const openName = (scanner: JsonScanner, source: ByteSource): { readonly name: string; readonly text: string } => {
  const found = scanner.peek()
  if (found !== QUOTE) throw scanner.unexpected(found)
  const { text, value } = parsePiece(source.file, "", scanner.value(""))
  scanner.expect(COLON)
  return { name: String(value), text }
}

function* findMembers(source: ByteSource): Steps<Found> {
  const scanner = new JsonScanner(source)
  refuseOtherValues(scanner)
  const members = new Map<string, Member>()
  let ledgerAt = -1
  let unusualName: string | null = null
  scanner.expect(OPEN_BRACE)
  for (let more = !scanner.take(CLOSE_BRACE); more; more = !scanner.takeLast(COMMA, CLOSE_BRACE)) {
    const { name, text } = openName(scanner, source)
    if (members.has(name)) throw scanner.fail("is there twice", name)
    unusualName ??= unusualSpelling(text)
    if (name === LEDGER && scanner.peek() === OPEN_BRACKET) {
      ledgerAt = scanner.position
      yield* scanner.skip()
      members.set(name, { name, piece: null })
    } else members.set(name, { name, piece: parsePiece(source.file, name, scanner.value(name)) })
    yield
  }
  scanner.end()
  return { members, ledgerAt, unusualName }
}
