import { type Block } from "./blocks.ts"

/** Wider lines are cut in the documents: a page is not a terminal. */
const width = 116
const cut = "…"

const shorten = (line: string): string => {
  const points = [...line.trimEnd()]
  return points.length <= width
    ? points.join("")
    : `${points
        .slice(0, width - 1)
        .join("")
        .trimEnd()}${cut}`
}

/** The lines of an output that a document shows; "..." stands for those left out. */
export const excerpt = (output: string, show: Block["show"]): string => {
  const lines = output.replace(/\n+$/, "").split("\n")
  const kept: Array<string> = []
  let next = 1
  for (const [from, to] of show) {
    if (from > next && lines.length >= next) kept.push("...")
    kept.push(...lines.slice(from - 1, to).map(shorten))
    next = to + 1
  }
  if (lines.length >= next) kept.push("...")
  return kept.join("\n")
}

/** What of a line is the program's wording: numbers, times and widths of columns change from run to run. */
const wording = (line: string): string => line.replace(/\s+/g, " ").replace(/[─-]+/g, "-").trim()

/**
 * Lines of a shown output that the program no longer prints. Lines with a digit hold data and are not compared; headings
 * and sentences are.
 */
export const stale = (shown: string, output: string): ReadonlyArray<string> => {
  if (shown.trim() === "" && output.trim() !== "") return ["(nothing is shown)"]
  const printed = output.split("\n").map(wording)
  return shown.split("\n").filter((line) => {
    const wanted = wording(line)
    if (wanted === "" || wanted === "..." || /[\d─]/.test(wanted)) return false
    return wanted.endsWith(cut)
      ? !printed.some((text) => text.startsWith(wanted.slice(0, -1).trimEnd()))
      : !printed.includes(wanted)
  })
}
