import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import { ArtifactError } from "../../domain/errors.ts"
import { isJsonObject, type Json } from "../../domain/json.ts"
import { decodeValue } from "../decodeArtifact.ts"
import { ReplayRowV1 } from "../schema.ts"
import { LEDGER } from "./ArtifactFile.ts"

export type ReplayRow = Schema.Schema.Type<typeof ReplayRowV1>

/** What `kindOf` may say of a field; null where only the schema itself can judge. */
type Kinds = ReadonlySet<string> | null

const kindOf = (value: Json | undefined): string => (value === null ? "null" : typeof value)

/** The plain types of a schema, as `typeof` names them. */
const plainKinds: ReadonlyMap<SchemaAST.AST["_tag"], string> = new Map([
  ["StringKeyword", "string"],
  ["NumberKeyword", "number"],
  ["BooleanKeyword", "boolean"],
  ["UndefinedKeyword", "undefined"]
])

const kindsOf = (type: SchemaAST.AST): Kinds => {
  const plain = plainKinds.get(type._tag)
  if (plain !== undefined) return new Set([plain])
  if (type._tag === "Literal") return type.literal === null ? new Set(["null"]) : null
  if (type._tag !== "Union") return null
  const members = type.types.map(kindsOf)
  return members.includes(null) ? null : new Set(members.flatMap((kinds) => [...(kinds ?? [])]))
}

/** Fields of a row by name, read off its schema. */
const fields: ReadonlyArray<readonly [name: string, kinds: Kinds]> =
  ReplayRowV1.ast._tag === "TypeLiteral"
    ? ReplayRowV1.ast.propertySignatures.map(({ isOptional, name, type }) => {
        const kinds = kindsOf(type)
        return [String(name), kinds !== null && isOptional ? new Set([...kinds, "undefined"]) : kinds]
      })
    : []

/** Whether every field of the schema is plainly of its type: the schema would say the same, at fifty times the cost. */
const isPlainRow = (value: Json): value is ReplayRow & { readonly [key: string]: Json } => {
  if (!isJsonObject(value)) return false
  for (const [name, kinds] of fields) {
    if (kinds === null || !kinds.has(kindOf(Object.hasOwn(value, name) ? value[name] : undefined))) return false
  }
  return true
}

const decode = decodeValue(ReplayRowV1, "a ledger row")

/** A ledger row, or an error that names the field: `replay[17].qty`. */
export const readRow = (file: string, value: Json, index: number): Either.Either<ReplayRow, ArtifactError> =>
  isPlainRow(value)
    ? Either.right(value)
    : Either.mapLeft(decode(file, value), ({ at, detail }) => {
        const row = `${LEDGER}[${index}]`
        return new ArtifactError({ file, at: at === "" ? row : `${row}.${at}`, detail })
      })
