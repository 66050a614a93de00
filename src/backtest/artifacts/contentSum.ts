import { createHash } from "node:crypto"
import { unusualSpelling } from "../jsonText.ts"
import { byCodePoint, pythonCanonicalJson } from "../pythonJson.ts"
import { type ArtifactFile, LEDGER } from "./ArtifactFile.ts"
import { canonicalPiece, type JsonPiece } from "./jsonPiece.ts"
import { type Steps } from "./steps.ts"

const CHECKSUM = "checksum_sha256"

/** What one walk over the whole content gives. */
export interface ContentSum {
  /** sha256 of the canonical JSON (RFC 8785) without the checksum. */
  readonly sha256: string
  /** The first number or text that is not written as it is hashed; null: none is. */
  readonly unusual: string | null
  readonly rows: number
}

const separated = (first: boolean, text: string): string => (first ? text : `,${text}`)

/** Hashes an artifact member by member, in the order that `sorted` gives their names, without the checksum. */
function* hashMembers(
  artifact: ArtifactFile,
  sorted: (a: string, b: string) => number,
  textOf: (piece: JsonPiece, at: string) => string,
  row: (piece: JsonPiece, index: number) => void
): Steps<{ readonly sha256: string; readonly rows: number }> {
  const hash = createHash("sha256").update("{")
  const names = [...artifact.members.keys()].filter((name) => name !== CHECKSUM).sort(sorted)
  let rows = 0
  let first = true
  for (const name of names) {
    hash.update(separated(first, `${JSON.stringify(name)}:`), "utf8")
    first = false
    const piece = artifact.members.get(name)?.piece ?? null
    if (piece !== null) {
      hash.update(textOf(piece, name), "utf8")
      continue
    }
    hash.update("[")
    rows = yield* artifact.rows((item, index) => {
      hash.update(separated(index === 0, textOf(item, `${LEDGER}[${index}]`)), "utf8")
      row(item, index)
    })
    hash.update("]")
  }
  return { sha256: hash.update("}").digest("hex"), rows }
}

const byUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Walks the content once, the ledger in its turn; `row` gets each of its rows. */
export function* sumContent(
  artifact: ArtifactFile,
  row: (piece: JsonPiece, index: number) => void = () => {}
): Steps<ContentSum> {
  const { file } = artifact.source
  let unusual = artifact.unusualName
  const textOf = (piece: JsonPiece, at: string): string => {
    if (!piece.plain) unusual ??= unusualSpelling(piece.text)
    return canonicalPiece(file, at, piece)
  }
  const checksum = artifact.members.get(CHECKSUM)?.piece ?? null
  if (checksum !== null && !checksum.plain) unusual ??= unusualSpelling(checksum.text)
  const { rows, sha256 } = yield* hashMembers(artifact, byUnit, textOf, row)
  return { sha256, unusual, rows }
}

/** The sha256 that the original puts into its artifacts: numbers as Python wrote them, names by code point. */
export function* sumAsPython(artifact: ArtifactFile): Steps<string> {
  const { sha256 } = yield* hashMembers(
    artifact,
    byCodePoint,
    ({ text }) => pythonCanonicalJson(text, null),
    () => {}
  )
  return sha256
}
