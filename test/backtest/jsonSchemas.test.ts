import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Ajv, type ValidateFunction } from "ajv"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import { publishedSchemas } from "../../src/backtest/jsonSchemas.ts"
import { migrateArtifact, withChecksum } from "../../src/backtest/migrate.ts"
import { migrationMap } from "../../src/backtest/migrationMap.ts"
import { runRolling } from "../../src/backtest/rolling.ts"
import { runWindow } from "../../src/backtest/windowRun.ts"
import { type Json, type JsonObject } from "../../src/domain/json.ts"
import { describeShared, root } from "../shared.ts"
import { type Loose } from "../simulator/support.ts"
import { goldenArtifacts, pythonArtifact, smallArtifact } from "./artifactSamples.ts"
import { memoryHistory, signal, snapshot } from "./memoryHistory.ts"
import { optionsOf, replay } from "./run.ts"

const folder = join(root, "docs", "schema")
const fromDisk = (file: string): JsonObject => JSON.parse(readFileSync(join(folder, file), "utf8"))
const compile = (file: string): ValidateFunction => new Ajv({ allErrors: true }).compile(fromDisk(file))

const v1 = compile("backtest-1.schema.json")
const v2 = compile("backtest-2.schema.json")
const map = compile("migration-map-1.schema.json")
const rolling = compile("rolling-1.schema.json")

/** Where a value breaks a schema, and how; empty when it does not. */
const errorsOf = (validate: ValidateFunction, value: Json): ReadonlyArray<string> =>
  validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)

const migrated = (value: Json): JsonObject => Either.getOrThrow(migrateArtifact("in.json", value))

const picked = (value: Loose, names: string): JsonObject =>
  Object.fromEntries(names.split(" ").map((name) => [name, value[name]]))

/** A rolling summary with no field but those that the original writes. */
const asTheOriginal = (summary: Loose): JsonObject => ({
  ...picked(summary, "schema_version kind generated_at from_ts to_ts window_hours step_hours overlap_mode strategies"),
  execution_config: summary.execution_config,
  risk_config: summary.risk_config,
  summary: picked(
    summary.summary,
    "run_count total_signals executed_signals rejected_signals execution_rate empty_window_count " +
      "positive_window_count positive_window_rate pnl_sum pnl_avg range_hours sampled_hours covered_hours " +
      "overlap_hours coverage_ratio overlap_ratio coverage_label coverage_basis risk_rejection_reasons"
  ),
  windows: summary.windows.map((window: Loose) =>
    picked(
      window,
      "from_ts to_ts total_signals executed_signals rejected_signals execution_rate pnl_total risk_rejection_reasons"
    )
  ),
  strategy_aggregate: summary.strategy_aggregate.map((row: Loose) =>
    picked(row, "strategy windows avg_pnl avg_winrate total_trades")
  )
})

describe("the JSON Schemas under docs/schema", () => {
  it("are those that the code makes (else run node scripts/generate-schemas.mjs)", () => {
    const made = publishedSchemas()
    expect(readdirSync(folder).sort()).toStrictEqual(made.map(({ file }) => file).sort())
    for (const { file, schema } of made) expect(fromDisk(file), file).toStrictEqual(schema)
  })

  it("let pass what a backtest makes, and its migration", async () => {
    const { report, rows } = await replay({
      signals: [signal({ at: "2026-02-20T01:00:00Z", targetPrice: 0.2 })],
      snapshots: [snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.1 })]
    })
    const artifact = withChecksum(JSON.parse(JSON.stringify({ ...report, replay: rows })))
    expect(rows.length).toBeGreaterThan(0)
    expect(errorsOf(v1, artifact)).toStrictEqual([])
    expect(errorsOf(v2, withChecksum(migrated(artifact)))).toStrictEqual([])
    // Every field that this project writes is described.
    const schema: Loose = fromDisk("backtest-1.schema.json")
    const described = (name: string) => Object.keys(schema.$defs[name].properties)
    const top: Loose = artifact
    expect(Object.keys(schema.properties)).toStrictEqual(expect.arrayContaining(Object.keys(top)))
    for (const [name, value] of [
      ["ReplayRow", top.replay[0]],
      ["StrategyResult", top.results[0]],
      ["EventResult", top.event_results[0]],
      ["ExecutionConfig", top.execution_config],
      ["RiskConfig", top.risk_config],
      ["SampleCoverage", top.sample_coverage],
      ["Program", top.program]
    ]) {
      expect(described(name), name).toStrictEqual(expect.arrayContaining(Object.keys(value)))
    }
  })

  it("let pass the migration map", () => {
    expect(errorsOf(map, migrationMap({ checksum: false }))).toStrictEqual([])
    expect(errorsOf(map, migrationMap({ checksum: true }))).toStrictEqual([])
  })

  it("let pass a rolling summary, with every field described", async () => {
    const day = optionsOf()
    const run = runRolling({ ...day, windowHours: 12, stepHours: 6 }, { runWindow, concurrency: 1, onProgress: null })
    const history = memoryHistory({
      signals: [signal({ at: "2026-02-20T01:00:00Z", targetPrice: 0.2 })],
      snapshots: [snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.1 })]
    })
    const summary: Loose = JSON.parse(JSON.stringify(await Effect.runPromise(Effect.provide(run, history))))
    expect(errorsOf(rolling, withChecksum(summary))).toStrictEqual([])
    expect(errorsOf(rolling, asTheOriginal(summary))).toStrictEqual([])
    const schema: Loose = fromDisk("rolling-1.schema.json")
    for (const [properties, value] of [
      [schema.properties, summary],
      [schema.$defs.RollingTotals.properties, summary.summary],
      [schema.$defs.RollingWindow.properties, summary.windows[0]],
      [schema.$defs.StrategyAggregate.properties, summary.strategy_aggregate[0]]
    ]) {
      expect(Object.keys(properties)).toStrictEqual(expect.arrayContaining(Object.keys(value)))
    }
  })

  it("let pass fields that later minor versions add", () => {
    const later = smallArtifact({ schema_version: "1.9", invented: { anything: 1 } })
    expect(errorsOf(v1, later)).toStrictEqual([])
    expect(errorsOf(v2, migrated(later))).toStrictEqual([])
  })

  it("refuse what the program refuses, at the same place", () => {
    const config: Loose = { ...(smallArtifact()["execution_config"] as JsonObject) }
    delete config.fee_bps
    expect(errorsOf(v1, smallArtifact({ schema_version: "2.0" }))).toStrictEqual([
      '/schema_version must match pattern "^1\\.\\d+$"'
    ])
    expect(errorsOf(v1, smallArtifact({ execution_config: config }))).toStrictEqual([
      "/execution_config must have required property 'fee_bps'"
    ])
    expect(errorsOf(v1, smallArtifact({ total_signals: "1" }))).toStrictEqual(["/total_signals must be number"])
    expect(errorsOf(v2, { ...migrated(smallArtifact()), meta: {} })).toStrictEqual([
      "/meta must have required property 'migration'",
      "/meta must have required property 'source_schema_version'"
    ])
    expect(errorsOf(map, { ...migrationMap({ checksum: false }), kind: "other" })).not.toStrictEqual([])
  })
})

it("an artifact as Python writes it is 1.x, and 2.x once migrated", () => {
  const artifact: JsonObject = JSON.parse(pythonArtifact)
  expect(errorsOf(v1, artifact)).toStrictEqual([])
  expect(errorsOf(v2, migrated(artifact))).toStrictEqual([])
})

describeShared("golden", "artifacts of the original", (golden) => {
  it.each(goldenArtifacts(golden, "backtest"))("%s is 1.x, and 2.x once migrated", (_, text) => {
    const artifact: JsonObject = JSON.parse(text)
    expect(errorsOf(v1, artifact)).toStrictEqual([])
    expect(errorsOf(v2, migrated(artifact))).toStrictEqual([])
  })

  it.each(goldenArtifacts(golden, "rolling"))("%s is rolling-1.x", (_, text) => {
    expect(errorsOf(rolling, JSON.parse(text))).toStrictEqual([])
  })
})
