// Writes docs/schema/*.schema.json from the Effect Schemas, and the tables of fields in docs/backtest-schema.md.
// --check writes nothing and exits 1 when a file is stale.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"
import { format, resolveConfig } from "prettier"
import { withFieldTables } from "./fieldTables.mjs"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")
const folder = join(root, "docs", "schema")
const check = process.argv.includes("--check")

// Node 20 reads no TypeScript; the bundle lies where its own imports are found.
const cache = join(root, "node_modules", ".cache")
mkdirSync(cache, { recursive: true })
const scratch = mkdtempSync(join(cache, "schemas-"))
try {
  const outfile = join(scratch, "jsonSchemas.mjs")
  await build({
    entryPoints: [join(root, "src", "backtest", "jsonSchemas.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "warning"
  })
  const { publishedSchemas } = await import(pathToFileURL(outfile).href)
  const schemas = new Map(publishedSchemas().map(({ file, schema }) => [file, schema]))
  const page = join(root, "docs", "backtest-schema.md")
  const contents = [...schemas].map(([file, schema]) => [join(folder, file), JSON.stringify(schema), "json"])
  contents.push([page, withFieldTables(readFileSync(page, "utf8"), schemas), "markdown"])
  mkdirSync(folder, { recursive: true })
  for (const [path, raw, parser] of contents) {
    const text = await format(raw, { ...(await resolveConfig(path)), parser })
    if (!check) writeFileSync(path, text)
    else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
      console.error(`${relative(root, path)} is stale; run node scripts/generate-schemas.mjs`)
      process.exitCode = 1
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
