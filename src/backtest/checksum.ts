import { createHash } from "node:crypto"
import * as Either from "effect/Either"
import { canonicalJson } from "../domain/canonicalJson.ts"
import { ArtifactError } from "../domain/errors.ts"
import { type Json, type JsonObject } from "../domain/json.ts"
import { sha256 } from "./digest.ts"
import { unusualSpelling } from "./jsonText.ts"
import { pythonCanonicalJson } from "./pythonJson.ts"

/** Whether JSON.stringify gives the canonical form: nothing nested, keys in order. Ledger rows are written that way. */
const isCanonicalRow = (value: Json): boolean => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  let before: string | null = null
  for (const [key, inner] of Object.entries(value)) {
    if ((before !== null && key <= before) || (typeof inner === "object" && inner !== null)) return false
    before = key
  }
  return true
}

/** sha256 of the canonical JSON, made piece by piece: an artifact's text may be larger than memory is worth. */
export const canonicalSha256 = (artifact: JsonObject): string => {
  const hash = createHash("sha256")
  let separator = "{"
  for (const name of Object.keys(artifact).sort()) {
    hash.update(`${separator}${JSON.stringify(name)}:`, "utf8")
    separator = ","
    const value = artifact[name] ?? null
    if (!Array.isArray(value)) {
      hash.update(canonicalJson(value), "utf8")
      continue
    }
    value.forEach((item: Json, index) => {
      const text = isCanonicalRow(item) ? JSON.stringify(item) : canonicalJson(item)
      hash.update(`${index === 0 ? "[" : ","}${text}`, "utf8")
    })
    hash.update(value.length === 0 ? "[]" : "]", "utf8")
  }
  return hash.update(separator === "{" ? "{}" : "}", "utf8").digest("hex")
}

/** `python`: as the original writes it, over Python's own form of numbers. */
export interface CheckedSum {
  readonly checksum: string
  readonly form: "RFC 8785" | "python"
}

/**
 * Compares an artifact with the checksum in it; null when it has none. `text` is the file's text, which alone knows how
 * numbers were written: as Python does in the original's artifacts, as ECMAScript does in this project's.
 */
export const checkChecksum = (
  file: string,
  text: string,
  artifact: JsonObject
): Either.Either<CheckedSum | null, ArtifactError> => {
  const { checksum_sha256: claimed, ...rest } = artifact
  if (claimed === undefined) return Either.right(null)
  if (typeof claimed !== "string") {
    return Either.left(new ArtifactError({ file, at: "checksum_sha256", detail: "must be a text" }))
  }
  if (artifact["checksum_algo"] !== "sha256") {
    return Either.left(new ArtifactError({ file, at: "checksum_algo", detail: "must be sha256" }))
  }
  const actual = canonicalSha256(rest)
  if (actual === claimed) {
    const spelling = unusualSpelling(text)
    if (spelling === null) return Either.right({ checksum: claimed, form: "RFC 8785" })
    const detail = `holds for the values, but ${spelling} is not how they were written`
    return Either.left(new ArtifactError({ file, at: "checksum_sha256", detail }))
  }
  if (sha256(pythonCanonicalJson(text, "checksum_sha256")) === claimed) {
    return Either.right({ checksum: claimed, form: "python" })
  }
  const detail = `is ${claimed}, but the content has ${actual}`
  return Either.left(new ArtifactError({ file, at: "checksum_sha256", detail }))
}
