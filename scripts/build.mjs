// Builds dist/: the command line (one small entry, chunks that load when a command needs them), the program of its
// worker threads, the library and its types. `--fast` leaves the types out.
import { execFileSync } from "node:child_process"
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs"
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

const buildLibrary = () =>
  build({ ...shared, entryPoints: { index: "src/index.ts" }, outdir: staging, packages: "external", sourcemap: true })

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

const buildTypes = () => {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", join(staging, "types")], {
    cwd: root,
    stdio: "inherit"
  })
}

const linkBinary = () => {
  chmodSync(join(dist, "cli.js"), 0o755)
  const bin = join(root, "node_modules", ".bin")
  mkdirSync(bin, { recursive: true })
  const link = join(bin, "monomarket")
  rmSync(link, { force: true })
  symlinkSync(join("..", "..", "dist", "cli.js"), link)
}

rmSync(staging, { recursive: true, force: true })
try {
  await buildCli()
  await buildWorker()
  await copyFonts()
  if (existsSync(join(root, "src", "index.ts"))) await buildLibrary()
  if (!fast) buildTypes()
  const old = `${dist}.old-${process.pid}`
  if (existsSync(dist)) renameSync(dist, old)
  renameSync(staging, dist)
  rmSync(old, { recursive: true, force: true })
  if (outArgument === -1) linkBinary()
  else chmodSync(join(dist, "cli.js"), 0o755)
} finally {
  rmSync(staging, { recursive: true, force: true })
}
