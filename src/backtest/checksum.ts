import { createHash } from "node:crypto"
import { type Json, type JsonObject } from "../domain/json.ts"
import { type ArtifactFile } from "./artifacts/ArtifactFile.ts"
import { type ContentSum, sumAsPython } from "./artifacts/contentSum.ts"
import { canonicalText } from "./artifacts/jsonPiece.ts"
import { type Steps } from "./artifacts/steps.ts"

/** sha256 of the canonical JSON, made piece by piece: an artifact's text may be larger than memory is worth. */
export const canonicalSha256 = (artifact: JsonObject): string => {
  const hash = createHash("sha256")
  let separator = "{"
  for (const name of Object.keys(artifact).sort()) {
    hash.update(`${separator}${JSON.stringify(name)}:`, "utf8")
    separator = ","
    const value = artifact[name] ?? null
    if (!Array.isArray(value)) {
      hash.update(canonicalText(value), "utf8")
      continue
    }
    value.forEach((item: Json, index) => {
      hash.update(`${index === 0 ? "[" : ","}${canonicalText(item)}`, "utf8")
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

/** The checksum that an artifact claims to have; null when it claims none. */
export const claimedChecksum = (artifact: ArtifactFile): string | null => {
  const claimed = artifact.value("checksum_sha256")
  if (claimed === undefined) return null
  if (typeof claimed !== "string") throw artifact.wrong("checksum_sha256", "must be a text")
  if (artifact.value("checksum_algo") !== "sha256") throw artifact.wrong("checksum_algo", "must be sha256")
  return claimed
}

/**
 * Compares the checksum that an artifact claims with that of its content. Numbers are hashed as ECMAScript writes them,
 * or, in the original's artifacts, as Python wrote them: then the content is walked once more.
 */
export function* checkSum(artifact: ArtifactFile, claimed: string, content: ContentSum): Steps<CheckedSum> {
  if (content.sha256 === claimed) {
    if (content.unusual === null) return { checksum: claimed, form: "RFC 8785" }
    throw artifact.wrong("checksum_sha256", `holds for the values, but ${content.unusual} is not how they were written`)
  }
  if ((yield* sumAsPython(artifact)) === claimed) return { checksum: claimed, form: "python" }
  throw artifact.wrong("checksum_sha256", `is ${claimed}, but the content has ${content.sha256}`)
}
