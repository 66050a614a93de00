// Builds dist/: the command line (one small entry, chunks that load when a command needs them), the program of its
// worker threads, the library and its types. `--fast` leaves the types out; `--types DIR` makes nothing else.
import { execFileSync } from "node:child_process"
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")
const fast = process.argv.includes("--fast")
const outArgument = process.argv.indexOf("--outdir")
const dist = outArgument === -1 ? join(root, "dist") : resolve(process.argv[outArgument + 1])
// Built beside the old one and swapped in, so that a running command never sees half a build.
const staging = `${dist}.building-${process.pid}`

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "warning",
  // tsconfig.json keeps `import { type A } from "b"` as an import of b; here it would load b for nothing.
  tsconfigRaw: { compilerOptions: { target: "ES2022", verbatimModuleSyntax: false } }
}

const program = {
  ...shared,
  outdir: staging,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  // Bundled CommonJS packages still ask for node's own modules with require.
  banner: {
    js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);'
  },
  // Native code, and a package with data files of its own.
  external: ["better-sqlite3", "pdfkit"]
}

const buildCli = () =>
  build({
    ...program,
    entryPoints: { cli: "src/cli/main.ts" },
    chunkNames: "chunks/[name]-[hash]",
    splitting: true
  })

// The program of worker threads in one file, so that a thread starts fast; command line and library find it beside them.
const buildWorker = () => build({ ...program, entryPoints: { backtestWorker: "src/app/backtestWorker.ts" } })

/** What can be imported from outside: "monomarket" and its sub-paths, by the names that package.json exports. */
const entries = ["index", "promise", "strategy", "typescript"]

const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const installed = Object.keys({ ...dependencies, ...peerDependencies })

// What is installed beside it stays outside, so that a consumer's own Effect and this library's are one and the same. Of
// the rest what is used is taken in: some 200 kB of viem instead of 80 MB.
const buildLibrary = () =>
  build({
    ...shared,
    entryPoints: Object.fromEntries(entries.map((name) => [name, `src/${name}.ts`])),
    chunkNames: "library/[name]-[hash]",
    splitting: true,
    outdir: staging,
    external: installed.flatMap((name) => [name, `${name}/*`])
  })

// What node's module loader runs to read TypeScript; it may run in a thread of its own, so it shares nothing.
const buildHooks = () =>
  build({
    ...shared,
    entryPoints: { typescriptHooks: "src/app/typescriptHooks.ts" },
    outdir: staging,
    packages: "external"
  })

// The fonts that PDFs are set in, out of their packages: 4 MB here instead of 160 MB for everyone who installs.
const copyFonts = async () => {
  const { outputFiles } = await build({ ...shared, entryPoints: ["src/reports/fontFiles.ts"], write: false })
  const source = Buffer.from(outputFiles[0].contents).toString("base64")
  const { boldFonts, regularFonts } = await import(`data:text/javascript;base64,${source}`)
  const { resolve: find } = createRequire(import.meta.url)
  const folder = join(staging, "fonts")
  mkdirSync(folder, { recursive: true })
  for (const font of [...regularFonts, ...boldFonts]) {
    copyFileSync(find(`${font.package}/files/${font.file}`), join(folder, font.file))
    copyFileSync(find(`${font.package}/LICENSE`), join(folder, `LICENSE-${font.package.split("/")[1]}.txt`))
  }
}

/** A relative import of a declaration, up to its ending: TypeScript leaves `.ts`, which no other program can resolve. */
const relativeImport = /((?:from|import)\s*\(?\s*"\.{1,2}\/[^"]*)\.ts"/g

const buildTypes = (folder) => {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", folder], {
    cwd: root,
    stdio: "inherit"
  })
  for (const item of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!item.isFile()) continue
    const path = join(item.parentPath, item.name)
    writeFileSync(path, readFileSync(path, "utf8").replace(relativeImport, '$1.js"'))
  }
}

const linkBinary = () => {
  chmodSync(join(dist, "cli.js"), 0o755)
  const bin = join(root, "node_modules", ".bin")
  mkdirSync(bin, { recursive: true })
  const link = join(bin, "monomarket")
  rmSync(link, { force: true })
  symlinkSync(join("..", "..", "dist", "cli.js"), link)
}

const buildAll = async () => {
  rmSync(staging, { recursive: true, force: true })
  try {
    await buildCli()
    await buildWorker()
    await copyFonts()
    await buildLibrary()
    await buildHooks()
    if (!fast) buildTypes(join(staging, "types"))
    const old = `${dist}.old-${process.pid}`
    if (existsSync(dist)) renameSync(dist, old)
    renameSync(staging, dist)
    rmSync(old, { recursive: true, force: true })
    if (outArgument === -1) linkBinary()
    else chmodSync(join(dist, "cli.js"), 0o755)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

const typesArgument = process.argv.indexOf("--types")
if (typesArgument === -1) await buildAll()
else buildTypes(resolve(process.argv[typesArgument + 1]))
