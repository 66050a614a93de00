import * as Either from "effect/Either"
import { ArtifactError } from "../domain/errors.ts"
import { isJsonObject, type Json, type JsonObject } from "../domain/json.ts"
import { canonicalSha256 } from "./checksum.ts"
import { type FieldMapping, fieldMappings } from "./migrationMap.ts"
import { parseArtifactV1 } from "./schema.ts"
import { parseArtifactV2 } from "./schemaV2.ts"

const MIGRATION = "v1_to_v2"
const CHECKSUM_ALGO = "checksum_algo"
const CHECKSUM = "checksum_sha256"
const constantPattern = /^constant\('(.*)'\)$/

const at = (value: Json | undefined, path: string): Json | undefined => {
  let place = value
  for (const part of path.split(".")) {
    if (place === undefined || !isJsonObject(place)) return undefined
    place = Object.hasOwn(place, part) ? place[part] : undefined
  }
  return place
}

/** `object` with `value` at `path`; what is not on the path is shared. */
const withAt = (object: JsonObject, path: string, value: Json): JsonObject => {
  const [head = "", ...rest] = path.split(".")
  if (rest.length === 0) return { ...object, [head]: value }
  const inner = object[head]
  return {
    ...object,
    [head]: withAt(inner !== undefined && isJsonObject(inner) ? inner : {}, rest.join("."), value)
  }
}

/** Fields under their own names; `__proto__` is a name like any other. */
const without = (object: JsonObject, names: ReadonlySet<string>): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.has(name)))

const applied = (mapping: FieldMapping, v1: JsonObject): Json | undefined =>
  constantPattern.exec(mapping.transform)?.[1] ?? at(v1, mapping.v1_path)

const mapped = new Set([...fieldMappings.map(({ v1_path }) => v1_path), CHECKSUM_ALGO, CHECKSUM])

/** Keeps what the map does not name: the old checksum under meta, all else under extensions. */
const rest = (v1: JsonObject): { readonly meta: JsonObject; readonly extensions: JsonObject } => {
  const algo = v1[CHECKSUM_ALGO]
  const checksum = v1[CHECKSUM]
  return {
    meta: {
      migration: MIGRATION,
      ...(algo === undefined ? {} : { source_checksum_algo: algo }),
      ...(checksum === undefined ? {} : { source_checksum_sha256: checksum })
    },
    extensions: without(v1, mapped)
  }
}

const toV2 = (v1: JsonObject): JsonObject => {
  const { extensions, meta } = rest(v1)
  let v2: JsonObject = { schema_version: "", meta }
  for (const mapping of fieldMappings) v2 = withAt(v2, mapping.v2_path, applied(mapping, v1) ?? null)
  return Object.keys(extensions).length === 0 ? v2 : { ...v2, extensions }
}

const toV1 = (v2: JsonObject): JsonObject => {
  const extensions = v2["extensions"]
  let v1: JsonObject = extensions !== undefined && isJsonObject(extensions) ? without(extensions, mapped) : {}
  for (const { reversible, v1_path, v2_path } of fieldMappings) {
    if (reversible) v1 = withAt(v1, v1_path, at(v2, v2_path) ?? null)
  }
  const algo = at(v2, "meta.source_checksum_algo")
  const checksum = at(v2, "meta.source_checksum_sha256")
  return {
    ...v1,
    ...(algo === undefined ? {} : { [CHECKSUM_ALGO]: algo }),
    ...(checksum === undefined ? {} : { [CHECKSUM]: checksum })
  }
}

/** `artifact` with the checksum of its own canonical JSON. */
export const withChecksum = (artifact: JsonObject): JsonObject => {
  const plain = { ...without(artifact, new Set([CHECKSUM])), [CHECKSUM_ALGO]: "sha256" }
  return { ...plain, [CHECKSUM]: canonicalSha256(plain) }
}

const objectOr = (file: string, value: Json): Either.Either<JsonObject, ArtifactError> =>
  isJsonObject(value)
    ? Either.right(value)
    : Either.left(new ArtifactError({ file, at: "", detail: "must be an object" }))

/**
 * A 1.x artifact as 2.0, by the field map. Nothing is lost: fields that later 1.x added inside configurations and rows
 * go along with them, those at the top level go to `extensions`, and the checksum of the source to `meta`. The input is
 * checked first and the result after; `file` names the artifact in errors.
 */
export const migrateArtifact = (file: string, value: Json): Either.Either<JsonObject, ArtifactError> =>
  Either.gen(function* () {
    const v1 = yield* objectOr(file, value)
    yield* parseArtifactV1(file, v1)
    const v2 = toV2(v1)
    yield* parseArtifactV2(file, v2)
    return v2
  })

/** The 1.x artifact that a migrated one was made from: equal to it field by field, whatever order they stand in. */
export const unmigrateArtifact = (file: string, value: Json): Either.Either<JsonObject, ArtifactError> =>
  Either.gen(function* () {
    const v2 = yield* objectOr(file, value)
    const { meta } = yield* parseArtifactV2(file, v2)
    if (meta.migration !== MIGRATION) {
      const detail = `is ${meta.migration}; only ${MIGRATION} can be turned back`
      return yield* Either.left(new ArtifactError({ file, at: "meta.migration", detail }))
    }
    const v1 = toV1(v2)
    yield* parseArtifactV1(file, v1)
    return v1
  })
