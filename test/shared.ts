import { existsSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

/** Root of the checkout. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")

/** The folder beside the checkout that holds recorded data and golden results. */
export const shared = join(root, "..", "shared")

/** Whether `path` below shared/ is there; says so when it is not, so that a skipped test never looks like a green one. */
export const hasShared = (path: string): boolean => {
  const found = existsSync(join(shared, path))
  if (!found) console.warn(`skipped: ../shared/${path} is not there`)
  return found
}
