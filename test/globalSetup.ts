import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from "node:fs"
import { join, relative } from "node:path"
import type { TestProject } from "vitest/node"
import { root } from "../scripts/shared.mjs"

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the bundled command line; empty when it could not be built. */
    readonly cli: string
  }
}

const builds = join(root, "node_modules", ".cache", "test-cli")
const HOUR_MS = 3_600_000

const filesBelow = (dir: string): ReadonlyArray<string> =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name))
    .sort()

/** Names what the bundle is made of, so that a build is never stale and never replaced while somebody runs it. */
const digestOfSources = (): string => {
  const hash = createHash("sha256")
  const others = ["scripts/build.mjs", "package.json", "package-lock.json", "tsconfig.json"]
  for (const path of [...others.map((name) => join(root, name)), ...filesBelow(join(root, "src"))]) {
    hash.update(relative(root, path)).update("\0").update(readFileSync(path)).update("\0")
  }
  return hash.digest("hex").slice(0, 16)
}

/** Builds that no run has used for an hour, and what crashed builds left. */
const removeOldBuilds = (): void => {
  for (const name of readdirSync(builds)) {
    const path = join(builds, name)
    const seen = statSync(path, { throwIfNoEntry: false })?.mtimeMs
    if (seen !== undefined && Date.now() - seen > HOUR_MS) rmSync(path, { recursive: true, force: true })
  }
}

/** Made beside the others and renamed when complete: there is no lock to leave behind, and no half a build to find. */
const build = (): string => {
  mkdirSync(builds, { recursive: true })
  const folder = join(builds, digestOfSources())
  if (!existsSync(folder)) {
    const staging = `${folder}.${process.pid}`
    try {
      const script = join(root, "scripts", "build.mjs")
      execFileSync(process.execPath, [script, "--fast", "--outdir", staging], { stdio: "pipe" })
      renameSync(staging, folder)
    } catch (error) {
      // Another run may have finished the same build first.
      if (!existsSync(folder)) throw error
    } finally {
      rmSync(staging, { recursive: true, force: true })
    }
  }
  utimesSync(folder, new Date(), new Date())
  removeOldBuilds()
  return join(folder, "cli.js")
}

/** Bundles the command line before any test runs. A failure is told to the tests that need it, not to the others. */
export default (project: TestProject): void => {
  const provide = () => {
    try {
      project.provide("cli", build())
    } catch (error) {
      console.error(`the command line could not be built: ${error instanceof Error ? error.message : String(error)}`)
      project.provide("cli", "")
    }
  }
  provide()
  project.onTestsRerun(() => Promise.resolve(provide()))
}
