import { existsSync } from "node:fs"
import * as nodeModule from "node:module"

/** Beside the library's entries, or above the folder of chunks: see scripts/build.mjs. */
const places = ["./typescriptHooks.js", "../typescriptHooks.js"]

const hooks = (): URL | null =>
  places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url)) ?? null

let registered = false

/**
 * Lets `import()` of this process read TypeScript, once. Without the built hooks (sources, or a bundle that a user
 * built) it is left to what runs the program.
 */
export const registerTypescript = async (): Promise<void> => {
  const entry = registered ? null : hooks()
  if (entry === null) return
  registered = true
  if ("registerHooks" in nodeModule && typeof nodeModule.registerHooks === "function") {
    const { synchronous } = await import(entry.href)
    nodeModule.registerHooks(synchronous)
  } else {
    nodeModule.register(entry.href)
  }
}
