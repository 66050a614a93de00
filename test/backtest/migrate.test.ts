import { deepStrictEqual } from "node:assert/strict"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { migrateArtifact, unmigrateArtifact, withChecksum } from "../../src/backtest/migrate.ts"
import { fieldMappings, migrationMap, parseMigrationMap } from "../../src/backtest/migrationMap.ts"
import { parseArtifactV1 } from "../../src/backtest/schema.ts"
import { parseArtifactV2 } from "../../src/backtest/schemaV2.ts"
import { verifyText } from "../../src/backtest/verify.ts"
import { type Json, type JsonObject } from "../../src/domain/json.ts"
import { describeShared } from "../shared.ts"
import { type Loose } from "../simulator/support.ts"
import { goldenArtifacts, pythonArtifact, smallArtifact } from "./artifactSamples.ts"

const right = <A, E>(either: Either.Either<A, E>): A => Either.getOrThrowWith(either, (error) => error)
const verified = (file: string, text: string) => Effect.runSync(Effect.either(verifyText(file, text)))
const problem = (value: Json): string => Either.getOrThrow(Either.flip(migrateArtifact("in.json", value))).message
const changed = (change: (artifact: Loose) => void): JsonObject => {
  const artifact: Loose = structuredClone(smallArtifact())
  change(artifact)
  return artifact
}

/** JSON as a file gives it back: no negative zeros, `__proto__` a field like any other. */
const json = fc.json({ maxDepth: 3 }).map((text): Json => JSON.parse(JSON.stringify(JSON.parse(text))))
const names = fc.oneof(
  fc.string(),
  fc.constantFrom("__proto__", "constructor", "meta", "summary", "extensions", "replay.x", "checksum", "1", "")
)
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)

/** Fields that some later 1.x may have added; what is known already keeps its type. */
const known = new Set(
  Object.keys(smallArtifact()).concat(
    ["compat", "reject_reasons", "sample_coverage", "program", "ledger_rows", "ledger_sha256"],
    ["checksum_algo", "checksum_sha256"]
  )
)
const knownInside = new Set(
  ["fees", "settlement", "fee", "leg", "signal_id", "closed_winrate", "mtm_winrate", "sharpe", "sortino"].concat([
    "profit_factor",
    "exposure",
    "turnover",
    "brier"
  ])
)
const extras = (taken: ReadonlySet<string>) =>
  fc.array(fc.tuple(names, json), { maxLength: 4 }).map((fields) => fields.filter(([name]) => !taken.has(name)))

/** `base` plus new fields, as own properties whatever their names. */
const adding = (base: Json | undefined, fields: ReadonlyArray<readonly [string, Json]>): JsonObject => {
  const entries = Object.entries(base as JsonObject)
  const taken = new Set(entries.map(([name]) => name))
  return Object.fromEntries([...entries, ...fields.filter(([name]) => !taken.has(name))])
}

const artifacts = fc
  .record({
    version: fc.nat(99),
    top: extras(known),
    inside: extras(knownInside),
    rows: fc.nat(3),
    qty: number,
    pnl: number,
    reason: fc.string({ unit: "grapheme" }),
    checksum: fc.boolean(),
    added: fc.option(fc.record({ compat: fc.string(), ledger_rows: fc.nat() }), { nil: null })
  })
  .map(({ added, checksum, inside, pnl, qty, reason, rows, top, version }) => {
    const base = smallArtifact()
    const row = adding((base["replay"] as ReadonlyArray<Json>)[0], inside)
    const plain = adding(
      {
        ...base,
        ...added,
        schema_version: `1.${version}`,
        execution_config: adding(base["execution_config"], inside),
        risk_config: base["risk_config"] ?? null,
        results: [adding({ ...(base["results"] as ReadonlyArray<JsonObject>)[0], pnl }, inside)],
        replay: Array.from({ length: rows }, () => ({ ...row, qty, risk_reason: reason }))
      },
      top
    )
    return checksum ? withChecksum(plain) : plain
  })

describe("the migration from 1.x to 2.0", () => {
  it("makes of a 1.0 artifact what the original makes of it", () => {
    const v1: Loose = smallArtifact()
    expect(right(migrateArtifact("in.json", v1))).toStrictEqual({
      schema_version: "2.0",
      meta: { migration: "v1_to_v2", source_schema_version: "1.0" },
      summary: {
        generated_at: v1.generated_at,
        from_ts: v1.from_ts,
        to_ts: v1.to_ts,
        total_signals: 1,
        executed_signals: 1,
        rejected_signals: 0
      },
      configs: { execution: v1.execution_config, risk: v1.risk_config },
      attribution: { strategy: v1.results, event: v1.event_results },
      replay: v1.replay
    })
  })

  it("does what its map says, mapping by mapping", () => {
    const at = (value: Loose, path: string): unknown => path.split(".").reduce((place, part) => place[part], value)
    const v1 = smallArtifact()
    const v2 = right(migrateArtifact("in.json", v1))
    for (const { transform, v1_path, v2_path } of fieldMappings) {
      expect(at(v2, v2_path), v2_path).toStrictEqual(transform === "constant('2.0')" ? "2.0" : at(v1, v1_path))
    }
  })

  it("can be turned back to the same artifact, whatever later versions added", () => {
    fc.assert(
      fc.property(artifacts, (v1) => {
        const v2 = right(migrateArtifact("v1.json", v1))
        expect(v2["schema_version"]).toBe("2.0")
        const stored: Json = JSON.parse(JSON.stringify(v2))
        right(parseArtifactV2("v2.json", stored))
        // Not expect: to it, a field named "constructor" makes another type.
        deepStrictEqual(right(unmigrateArtifact("v2.json", stored)), v1)
      }),
      { numRuns: 300 }
    )
  })

  it("keeps what it has no place for: new fields under extensions, the old checksum under meta", () => {
    const v1 = withChecksum(smallArtifact({ compat: "market", invented_in_1_7: [1, { deep: null }] }))
    const v2: Loose = right(migrateArtifact("in.json", v1))
    expect(v2.extensions).toStrictEqual({ compat: "market", invented_in_1_7: [1, { deep: null }] })
    expect(v2.meta).toStrictEqual({
      migration: "v1_to_v2",
      source_checksum_algo: "sha256",
      source_checksum_sha256: v1["checksum_sha256"],
      source_schema_version: "1.0"
    })
    expect(v2.checksum_sha256).toBeUndefined()
  })

  it.each([
    [
      "schema_version: is 2.0; a backtest artifact of schema 1.x was expected",
      changed((a) => (a.schema_version = "2.0"))
    ],
    ["schema_version: is 3.1; a backtest artifact of schema 1.x", changed((a) => (a.schema_version = "3.1"))],
    ["schema_version: must be a schema version 1.x", changed((a) => (a.schema_version = "one"))],
    ["schema_version: is missing", changed((a) => delete a.schema_version)],
    ["replay[0].qty: Expected number", changed((a) => (a.replay[0].qty = "200"))],
    ["replay[0].risk_allowed: is missing", changed((a) => delete a.replay[0].risk_allowed)],
    ["risk_config.max_daily_loss: is missing", changed((a) => delete a.risk_config.max_daily_loss)],
    ["results: ", changed((a) => (a.results = {}))],
    ["execution_config: ", changed((a) => (a.execution_config = null))],
    ["checksum_sha256: must be 64 lower-case hex digits", changed((a) => (a.checksum_sha256 = "abc"))],
    ["in.json: must be an object", []]
  ])("refuses what is not 1.x: %s", (message, value) => {
    expect(problem(value)).toContain(message)
  })

  it("turns back only what it made", () => {
    const v2: Loose = right(migrateArtifact("in.json", smallArtifact()))
    const back = (value: Json) => Either.getOrThrow(Either.flip(unmigrateArtifact("v2.json", value))).message
    expect(back({ ...v2, meta: { ...v2.meta, migration: "by hand" } })).toBe(
      "v2.json: meta.migration: is by hand; only v1_to_v2 can be turned back"
    )
    expect(back(smallArtifact())).toContain("schema_version: is 1.0; a backtest artifact of schema 2.x was expected")
    expect(back({ ...v2, summary: { ...v2.summary, from_ts: 7 } })).toContain("summary.from_ts: Expected string")
  })
})

describe("the migration map", () => {
  it("has 13 mappings, all reversible but the version", () => {
    const map: Loose = migrationMap({ checksum: true })
    expect(map).toMatchObject({
      schema_version: "1.0",
      kind: "backtest_migration_map",
      checksum_algo: "sha256",
      from_schema_major: 1,
      to_schema_major: 2,
      summary: { total_fields: 13, reversible_fields: 12, non_reversible_fields: 1 }
    })
    expect(map.mappings.filter((mapping: Loose) => !mapping.reversible)).toMatchObject([
      { v1_path: "schema_version", v2_path: "schema_version", transform: "constant('2.0')" }
    ])
    expect(right(parseMigrationMap("map.json", map)).mappings).toStrictEqual(fieldMappings)
  })

  it("bears a checksum over its canonical JSON only when asked", () => {
    expect(migrationMap({ checksum: false })).not.toHaveProperty("checksum_sha256")
    const map = migrationMap({ checksum: true })
    expect(right(verified("map.json", JSON.stringify(map)))).toMatchObject({ checksum: map["checksum_sha256"] })
    const forged = { ...map, from_schema_major: 0 }
    expect(Either.isLeft(verified("map.json", JSON.stringify(forged)))).toBe(true)
  })
})

const expectToComeBack = (text: string): void => {
  const v1: JsonObject = JSON.parse(text)
  expect(right(parseArtifactV1("golden.json", v1)).schema_version).toBe("1.0")
  expect(right(verified("golden.json", text)).checks).toContain("checksum as the original makes it")
  const v2 = right(migrateArtifact("golden.json", v1))
  expect(v2).not.toHaveProperty("extensions")
  expect(right(unmigrateArtifact("golden.v2.json", v2))).toStrictEqual(v1)
}

it("an artifact as Python writes it validates, migrates and comes back", () => {
  expectToComeBack(pythonArtifact)
  // One digit more or less is another text, though the same number.
  const respelt = pythonArtifact.replace('"fee_bps": 2.0', '"fee_bps": 2')
  expect(Either.isLeft(verified("python.json", respelt))).toBe(true)
})

describeShared("golden", "artifacts of the original", (golden) => {
  it.each(goldenArtifacts(golden, "backtest"))("%s validates, migrates and comes back", (_, text) =>
    expectToComeBack(text)
  )
})
