// Where the recorded market data and the golden results of the original program lie: in the folder `shared` beside
// the checkout, or where MONOMARKET_SHARED says. A folder that does not exist hides the data. Tests and benchmarks
// ask here and compute no such path of their own; scripts/check-structure.mjs holds them to it.
import { existsSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

/** Root of the checkout. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")

/** The environment variable that points elsewhere. */
export const sharedVariable = "MONOMARKET_SHARED"

/** The folder of the data, whether it exists or not. */
export const sharedFolder = resolve(process.env[sharedVariable] || join(root, "..", "shared"))

/** The whole path of `path` in the shared data, or undefined where it is not there. */
export const findShared = (path) => {
  const whole = join(sharedFolder, path)
  return existsSync(whole) ? whole : undefined
}
