import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { root } from "../shared.ts"
import { documents, readDocument } from "./blocks.ts"

// The packed package runs the examples (test/system/package.test.ts); here the documents show them as they are.

const shown = /^<!-- file: (examples\/\S+) -->\n\n```(?:ts|js)\n([\s\S]*?)^```/gm
const found = documents.flatMap((document) =>
  [...readDocument(document).matchAll(shown)].map(([, file = "", text = ""]) => ({ document, file, text }))
)

it.each(found)("$document shows $file as it is", ({ file, text }) => {
  expect(text).toBe(readFileSync(join(root, "docs", file), "utf8"))
})

it("every example is shown somewhere", () => {
  const examples = readdirSync(join(root, "docs", "examples")).map((name) => `examples/${name}`)
  expect(examples.filter((name) => !found.some(({ file }) => file === name))).toStrictEqual([])
})
