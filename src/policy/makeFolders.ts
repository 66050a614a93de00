import { existsSync, mkdirSync } from "node:fs"
import { dirname } from "node:path"

/**
 * Makes a folder and what is missing above it, one level at a time: the recursive form of mkdir never returns below file
 * systems in which no folder can be made, such as /proc.
 */
export const makeFolders = (path: string): void => {
  if (existsSync(path)) return
  makeFolders(dirname(path))
  try {
    mkdirSync(path)
  } catch (cause) {
    // Another process may have been faster.
    if (!existsSync(path)) throw cause
  }
}
