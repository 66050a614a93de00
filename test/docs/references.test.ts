import { existsSync, statSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import type * as Usage from "@effect/cli/Usage"
import { describe, expect, it } from "vitest"
import { commandTable } from "../../src/cli/commands/table.ts"
import { globalOptionNames } from "../../src/cli/options.ts"
import { root } from "../shared.ts"
import { blocksOf, documents, readDocument } from "./blocks.ts"

const namesOf = (usage: Usage.Usage): ReadonlyArray<string> => {
  switch (usage._tag) {
    case "Named":
      return usage.names
    case "Optional":
    case "Repeated":
      return namesOf(usage.usage)
    case "Alternation":
    case "Concat":
      return [...namesOf(usage.left), ...namesOf(usage.right)]
    case "Empty":
    case "Mixed":
      return []
  }
}

/** Headings as GitHub turns them into anchors. */
const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.replace(/```[\s\S]*?```/g, "").matchAll(/^#+ (.*)$/gm)].map((match) =>
      (match[1] ?? "")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replace(/\s/g, "-")
    )
  )

const linksOf = (text: string): ReadonlyArray<string> =>
  [...text.replace(/```[\s\S]*?```/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "")

const broken = (document: string, link: string): boolean => {
  const [path = "", anchor] = link.split("#")
  const target = path === "" ? document : normalize(join(dirname(document), path))
  if (target.startsWith("..") || !existsSync(join(root, target))) return true
  if (anchor === undefined || statSync(join(root, target)).isDirectory()) return false
  return !anchorsOf(readDocument(target)).has(anchor)
}

describe.each([...documents, ".github/CONTRIBUTING.md", ".github/SECURITY.md"])("%s", (document) => {
  it("has no broken link", () => {
    const links = linksOf(readDocument(document)).filter((link) => !/^(https?|mailto):/.test(link))
    expect(links.filter((link) => broken(document, link))).toStrictEqual([])
  })

  it("names no path of one machine", () => {
    expect(readDocument(document)).not.toMatch(/(^|[\s(`"'])\/(home|root|work|tmp|Users)\//m)
  })
})

/** Options of this project's scripts and of other programs that the documents speak of. */
const otherOptions = new Set(["--steps", "--fast", "--import"])

it("options that the documents name exist", async () => {
  const loaded = await Promise.all(commandTable.map(({ load }) => load()))
  const known = new Set([
    ...loaded.flatMap(({ command }) => namesOf(command.usage)),
    ...globalOptionNames.keys(),
    ...otherOptions,
    "--help",
    "--version"
  ])
  const unknown = documents.flatMap((document) => {
    const prose = readDocument(document).replace(/```[\s\S]*?```/g, "")
    const named = [...prose.matchAll(/(?<![\w-])--[a-z][a-z0-9-]*/g)].map(([name]) => name)
    return [...new Set(named)].filter((name) => !known.has(name)).map((name) => `${document}: ${name}`)
  })
  expect(unknown).toStrictEqual([])
})

it("the runbook runs every command", () => {
  const scripts = blocksOf(readDocument("docs/runbook.md")).map(({ script }) => script)
  const missing = commandTable.filter(
    ({ name }) => !scripts.some((text) => new RegExp(`monomarket ${name}\\b(?!-)`).test(text))
  )
  expect(missing.map(({ name }) => name)).toStrictEqual([])
})
