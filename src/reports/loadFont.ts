import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { type FontFile } from "./fontFiles.ts"
import { unpackWoff } from "./woff.ts"

/** Where the build puts the fonts, seen from the library (dist/) and from a chunk of the command line (dist/chunks/). */
const folders = ["./fonts/", "../fonts/"]

const packages = createRequire(import.meta.url)

/** Reads a font from dist/fonts/, or from its npm package when the sources run without a build. Throws when neither is there. */
export const loadFont = ({ file, package: name }: FontFile): Buffer => {
  for (const folder of folders) {
    const path = fileURLToPath(new URL(`${folder}${file}`, import.meta.url))
    if (existsSync(path)) return unpackWoff(readFileSync(path))
  }
  return unpackWoff(readFileSync(packages.resolve(`${name}/files/${file}`)))
}
