import { readFileSync } from "node:fs"
import type { LoadFnOutput, LoadHook, ResolveFnOutput, ResolveHook } from "node:module"
import { fileURLToPath } from "node:url"
import { transformSync } from "@swc/wasm-typescript"

// Run by node's module loader; a node that is too old for hooks in the main thread gives them one of their own. They let
// node load TypeScript as newer versions do by themselves (types are blanked out, so that lines stay where they are), and
// they find this library for modules that lie where it is not installed.

/** What `import "monomarket..."` means where nothing of that name is installed: the build that is running. */
const entries: ReadonlyMap<string, string> = new Map([
  ["monomarket", "./index.js"],
  ["monomarket/promise", "./promise.js"],
  ["monomarket/strategy", "./strategy.js"]
])

const ownEntry = (specifier: string): ResolveFnOutput | null => {
  const file = entries.get(specifier)
  return file === undefined ? null : { url: new URL(file, import.meta.url).href, format: "module", shortCircuit: true }
}

/** The stripper throws plain objects, of which node would print nothing. */
const readable = (thrown: unknown): SyntaxError => {
  if (typeof thrown !== "object" || thrown === null || !("message" in thrown)) return new SyntaxError(String(thrown))
  const line = "startLine" in thrown ? `line ${String(thrown.startLine)}: ` : ""
  return new SyntaxError(`${line}${String(thrown.message)}`)
}

const strip = (url: string): LoadFnOutput => {
  const path = fileURLToPath(url)
  const text = readFileSync(path, "utf8")
  try {
    const { code } = transformSync(text, { mode: "strip-only", sourceMap: false, filename: path })
    return { format: "module", source: code, shortCircuit: true }
  } catch (thrown) {
    throw readable(thrown)
  }
}

const isTypescript = (url: string): boolean => /^file:[^?#]*\.m?ts(?:[?#]|$)/.test(url)

/** For `module.register`. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  try {
    return await next(specifier, context)
  } catch (error) {
    const own = ownEntry(specifier)
    if (own !== null) return own
    throw error
  }
}

/** For `module.register`. */
export const load: LoadHook = (url, context, next) => (isTypescript(url) ? strip(url) : next(url, context))

/** For `module.registerHooks`, which waits for nothing. */
export const synchronous = {
  resolve: (
    specifier: string,
    context: unknown,
    next: (specifier: string, context: unknown) => ResolveFnOutput
  ): ResolveFnOutput => {
    try {
      return next(specifier, context)
    } catch (error) {
      const own = ownEntry(specifier)
      if (own !== null) return own
      throw error
    }
  },
  load: (url: string, context: unknown, next: (url: string, context: unknown) => LoadFnOutput): LoadFnOutput =>
    isTypescript(url) ? strip(url) : next(url, context)
}
