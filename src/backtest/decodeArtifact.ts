import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { ArtifactError } from "../domain/errors.ts"
import { isJsonObject } from "../domain/json.ts"

/** A place inside a JSON value: `windows[3].from_ts`. */
export const pathText = (path: ReadonlyArray<PropertyKey>): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "")

const versionPattern = /^(\d+)\.(\d+)$/

/** Major version of an artifact whose schema_version is `<major>.<minor>`; null when it has none. */
export const majorOf = (value: unknown): number | null => {
  const version = isJsonObject(value) ? value["schema_version"] : undefined
  const major = typeof version === "string" ? versionPattern.exec(version)?.[1] : undefined
  return major === undefined ? null : Number(major)
}

/** Minor version in a schema_version `<major>.<minor>`; null when it is none. */
export const minorOf = (version: string): number | null => {
  const minor = versionPattern.exec(version)?.[2]
  return minor === undefined ? null : Number(minor)
}

/** Reads a JSON value by a schema; the error names the first place that breaks it. */
export const decodeValue = <A, I>(
  schema: Schema.Schema<A, I>,
  what: string
): ((file: string, value: unknown) => Either.Either<A, ArtifactError>) => {
  const decode = Schema.decodeUnknownEither(schema)
  return (file, value) =>
    Either.mapLeft(decode(value), (error) => {
      const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
      return new ArtifactError({ file, at: pathText(issue?.path ?? []), detail: issue?.message ?? `not ${what}` })
    })
}

/**
 * Reads a JSON value by a schema: what it has more than the schema is left out of the answer and is no error. `major`
 * is looked at first, so that another version is not reported as a dozen missing fields.
 */
export const decodeArtifact = <A, I>(
  schema: Schema.Schema<A, I>,
  expected: { readonly major: number; readonly what: string }
): ((file: string, value: unknown) => Either.Either<A, ArtifactError>) => {
  const decode = decodeValue(schema, expected.what)
  return (file, value) => {
    const major = majorOf(value)
    if (major !== null && major !== expected.major) {
      const version = isJsonObject(value) ? String(value["schema_version"]) : ""
      const detail = `is ${version}; ${expected.what} of schema ${expected.major}.x was expected`
      return Either.left(new ArtifactError({ file, at: "schema_version", detail }))
    }
    return decode(file, value)
  }
}
