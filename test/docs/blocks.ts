import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../shared.ts"

/** A ```bash block of a document, with what its comments ask of the test. */
export interface Block {
  /** Line of the opening fence, from 1. */
  readonly line: number
  readonly script: string
  /** `<!-- expect: 1 -->`: the exit code that the reader will see. */
  readonly expect: number
  /** `<!-- run: ... -->`: what the test runs in its place, such as a shorter soak. */
  readonly run: string | null
  /**
   * `<!-- until: text -->`: the command runs until it is interrupted; the test interrupts it once it printed this. An
   * exchange needs no such comment.
   */
  readonly until: string | null
  /** `<!-- show: 1-4,9 -->`: lines of the output that the document shows. */
  readonly show: ReadonlyArray<readonly [number, number]>
  /** The ```text block right behind it. */
  readonly shown: { readonly text: string; readonly from: number; readonly to: number } | null
}

/** README.md and docs/*.md, as paths below the root. */
export const documents: ReadonlyArray<string> = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => `docs/${name}`)
]

export const readDocument = (path: string): string => readFileSync(join(root, path), "utf8")

const directive = /^<!--\s*(expect|run|until|show):\s*(.*?)\s*-->$/

const rangesOf = (text: string): ReadonlyArray<readonly [number, number]> =>
  text.split(",").map((part) => {
    const [from, to] = part.split("-").map(Number)
    return [from ?? Number.NaN, to ?? from ?? Number.NaN] as const
  })

const closingFence = (lines: ReadonlyArray<string>, open: number): number => {
  const close = lines.findIndex((line, index) => index > open && line.startsWith("```"))
  if (close === -1) throw new Error(`line ${open + 1}: the block is never closed`)
  return close
}

const shownBehind = (lines: ReadonlyArray<string>, close: number): Block["shown"] => {
  const next = lines.findIndex((line, index) => index > close && line.trim() !== "")
  if (next === -1 || lines[next] !== "```text") return null
  const end = closingFence(lines, next)
  return { text: lines.slice(next + 1, end).join("\n"), from: next + 1, to: end }
}

const blockAt = (lines: ReadonlyArray<string>, open: number, notes: ReadonlyMap<string, string>): Block => {
  const close = closingFence(lines, open)
  const script = lines.slice(open + 1, close).join("\n")
  return {
    line: open + 1,
    script,
    expect: Number(notes.get("expect") ?? 0),
    run: notes.get("run") ?? null,
    until: notes.get("until") ?? (/^npx monomarket exchange\b[^\n]*$/.test(script) ? "Ctrl-C ends it" : null),
    show: rangesOf(notes.get("show") ?? "1-12"),
    shown: shownBehind(lines, close)
  }
}

/** Every ```bash block of a Markdown text, in order. */
export const blocksOf = (text: string): ReadonlyArray<Block> => {
  const lines = text.split("\n")
  const blocks: Array<Block> = []
  let notes = new Map<string, string>()
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ""
    const note = directive.exec(line)
    if (note !== null) notes.set(note[1] ?? "", note[2] ?? "")
    else if (line === "```bash") {
      blocks.push(blockAt(lines, index, notes))
      index = closingFence(lines, index)
      notes = new Map()
    } else if (line.startsWith("```")) {
      index = closingFence(lines, index)
      notes = new Map()
    } else if (line.trim() !== "") notes = new Map()
  }
  return blocks
}
