import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { loadConfig } from "../../src/config/load.ts"
import { root } from "../shared.ts"
import { readDocument } from "./blocks.ts"

const page = readDocument("docs/configuration.md")

it("the configuration page is what its generator writes", () => {
  const script = join(root, "scripts", "generate-config-docs.mjs")
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { cwd: root, encoding: "utf8" })
  expect({ status, stderr }).toStrictEqual({ status: 0, stderr: "" })
})

it("the page names every variable that the program reads", () => {
  const files = readdirSync(join(root, "src", "config")).map((name) =>
    readFileSync(join(root, "src", "config", name), "utf8")
  )
  const read = new Set(
    files.flatMap((text) => [...text.matchAll(/"((?:MONOMARKET|POLYMARKET)_[A-Z_]+)"/g)].map(([, name]) => name ?? ""))
  )
  expect(read.size).toBeGreaterThan(10)
  expect([...read].filter((name) => !page.includes(`\`${name}\``))).toStrictEqual([])
})

it.each([
  ["MONOMARKET_DB", "x.db", "app", "db_path"],
  ["MONOMARKET_MODE", "live", "trading", "mode"],
  ["MONOMARKET_GAMMA_URL", "https://example.org/g", "data", "gamma_base_url"],
  ["MONOMARKET_DATA_URL", "https://example.org/d", "data", "data_base_url"],
  ["MONOMARKET_CLOB_URL", "https://example.org/c", "data", "clob_base_url"]
] as const)("%s overrules its key", async (name, value, section, key) => {
  const line = page.split("\n").find((text) => text.includes(`| \`${name}\``))
  expect(line).toMatch(new RegExp(`^\\| \`${key}\` `))
  const load = loadConfig({ configPath: null, dbPath: null, bankroll: null }).pipe(
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map([[name, value]]))),
    Effect.provide(NodeFileSystem.layer)
  )
  const { config } = await Effect.runPromise(load)
  expect((config[section] as Readonly<Record<string, unknown>>)[key]).toBe(value)
})
