import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, it } from "vitest"
import { builtCli } from "./cli.ts"

/** Bytes of a file and of all that it imports statically: what node must read before the first line runs. */
const staticBytes = (path: string, seen = new Set<string>()): number => {
  if (seen.has(path)) return 0
  seen.add(path)
  const text = readFileSync(path, "utf8")
  const imports = [...text.matchAll(/(?:from|import)\s*"(\.{1,2}\/[^"]+)"/g)].map((match) => match[1]!)
  return imports.reduce((sum, name) => sum + staticBytes(join(dirname(path), name), seen), text.length)
}

it("version and help load next to nothing", () => {
  expect(staticBytes(builtCli())).toBeLessThan(20_000)
})

it("the bundle has no path of the machine that built it", () => {
  const cli = builtCli()
  expect(readFileSync(cli, "utf8")).not.toContain(dirname(dirname(cli)))
})
