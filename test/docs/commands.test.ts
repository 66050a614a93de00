import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterAll, describe, expect, it } from "vitest"
import { type Rehearsal, startRehearsal } from "../../src/app/exchange.ts"
import { makeOriginal, writeOriginal } from "../original/database.ts"
import { root } from "../shared.ts"
import { type Block, blocksOf, documents, readDocument } from "./blocks.ts"
import { makeShell, runBlock, type Shell } from "./shell.ts"
import { excerpt, stale } from "./shown.ts"

// Every command that the documents show is run as a reader would run it, top to bottom, one folder for each document.
// UPDATE_DOCS=1 writes the outputs that the documents show anew; read the difference before committing it.
const update = process.env["UPDATE_DOCS"] === "1"

const folder = mkdtempSync(join(tmpdir(), "monomarket-docs-"))
const scope = Effect.runSync(Scope.make())

/** Each document has an exchange of its own: orders of one do not meet those of another, and its market time starts with it. */
const openExchange = (): Promise<Rehearsal> => {
  const options = { port: 0, dataDir: null, seed: 7, markets: null, faults: [], speed: 1 }
  return Effect.runPromise(Scope.extend(startRehearsal(options), scope))
}

afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true, force: true })
})

/** A database of the Python original beside the checkout, where the documents copy it from. */
const putOriginal = (dir: string): void => {
  mkdirSync(join(dir, "old", "data"), { recursive: true })
  writeOriginal(join(dir, "old", "data", "monomarket.db"), makeOriginal(7))
}

const shellFor = async (document: string): Promise<Shell> => {
  const dir = join(folder, document.replaceAll("/", "-"))
  mkdirSync(dir)
  putOriginal(dir)
  const { urls } = (await openExchange()).exchange
  return makeShell(dir, {
    MONOMARKET_GAMMA_URL: urls.gamma,
    MONOMARKET_DATA_URL: urls.data,
    MONOMARKET_CLOB_URL: urls.clob,
    MONOMARKET_GEOBLOCK_URL: urls.geoblock,
    CONTROL_URL: urls.control
  })
}

const runsAsShown = async (document: string, shell: Shell, block: Block): Promise<string> => {
  const { code, output } = await runBlock(shell, block)
  const where = `${document}:${block.line}`
  expect(block.until === null ? code : [0, 130].includes(code ?? -1) ? 0 : code, `${where}\n${output}`).toBe(
    block.expect
  )
  if (block.shown !== null && !update) {
    expect(stale(block.shown.text, output), `${where} shows lines that are not printed\n${output}`).toStrictEqual([])
  }
  return output
}

const rewrite = (document: string, outputs: ReadonlyArray<readonly [Block, string]>): void => {
  const lines = readDocument(document).split("\n")
  for (const [block, output] of outputs.toReversed()) {
    if (block.shown === null) continue
    const { from, to } = block.shown
    lines.splice(from, to - from, ...excerpt(output, block.show).split("\n"))
  }
  writeFileSync(join(root, document), lines.join("\n"))
}

const translated = "docs/README.zh-CN.md"

/** Blocks that are not run here, and why. */
const elsewhere: Readonly<Record<string, string>> = {
  "bash scripts/setup.sh": "it installs; scripts/ci_local.sh starts with it",
  "bash scripts/quickstart.sh": "it installs; a step of the CI workflow",
  "bash scripts/ci_local.sh": "it runs this test"
}
const runnable = (document: string) => blocksOf(readDocument(document)).filter(({ script }) => !(script in elsewhere))

const fence = /```[\s\S]*?```/g
const tableBody = /(\n\|[ -]+\|[ |-]+\n)([\s\S]*?)(?=\n\n)/

/** `translation` with the fenced blocks and the table rows of `source`, in order; words are left to the translator. */
const withBlocksOf = (source: string, translation: string): string => {
  const blocks = (source.match(fence) ?? []).values()
  const rows = tableBody.exec(source)?.[2] ?? ""
  return translation
    .replace(fence, (own) => blocks.next().value ?? own)
    .replace(tableBody, (_, rule: string) => `${rule}${rows}`)
}

describe("commands in the documents", () => {
  const withCommands = documents.filter((name) => name !== translated && runnable(name).length > 0)
  it.concurrent.each(withCommands)("%s", { timeout: 300_000 }, async (document) => {
    const shell = await shellFor(document)
    const outputs: Array<readonly [Block, string]> = []
    for (const block of runnable(document)) outputs.push([block, await runsAsShown(document, shell, block)])
    if (update) rewrite(document, outputs)
  })

  it("the Chinese README has the commands, outputs and figures of the English one", () => {
    if (update) writeFileSync(join(root, translated), withBlocksOf(readDocument("README.md"), readDocument(translated)))
    const fences = (name: string) => readDocument(name).match(fence)
    const figures = (name: string) =>
      new Set(
        readDocument(name)
          .replace(fence, "")
          .match(/\d+(?:[.,:]\d+)*(?:e-\d+)?/g)
      )
    expect(fences(translated)).toStrictEqual(fences("README.md"))
    expect([...figures(translated)].sort()).toStrictEqual([...figures("README.md")].sort())
  })

  it("what is not run here is run by the CI workflow", () => {
    const workflow = readFileSync(join(root, ".github", "workflows", "ci.yml"), "utf8")
    const setup = readFileSync(join(root, "scripts", "ci_local.sh"), "utf8")
    const missing = Object.keys(elsewhere).filter((script) => !workflow.includes(script) && !setup.includes(script))
    expect(missing).toStrictEqual([])
  })
})
