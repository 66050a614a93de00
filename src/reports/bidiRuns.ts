import bidiModule, { type Bidi } from "bidi-js"

/** Node hands over the CommonJS export itself, bundlers and types an object that holds it. */
const isFactory = (value: unknown): value is () => Bidi => typeof value === "function"
const imported: unknown = bidiModule
const bidi = isFactory(imported) ? imported() : bidiModule.default()

/** A stretch of a line in one direction. Runs come in the order in which they stand on paper, left to right. */
export interface DirectionalRun {
  readonly start: number
  /** Not included. */
  readonly end: number
  readonly rtl: boolean
}

const rightToLeft = /[\u200f\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/** Whether anything in the text is written from right to left; most texts skip the algorithm. */
export const hasRightToLeft = (text: string): boolean => rightToLeft.test(text)

/** The Unicode Bidirectional Algorithm's levels of a paragraph, one a UTF-16 unit. */
export const levelsOf = (text: string): Uint8Array => bidi.getEmbeddingLevels(text, "auto").levels

const LEFT_TO_RIGHT = "\u200e"
const RIGHT_TO_LEFT = "\u200f"

/** An invisible character that gives a part of the text the direction of the whole; nothing where all is left to right. */
export const directionMark = (text: string): string => {
  if (!hasRightToLeft(text)) return ""
  return (bidi.getEmbeddingLevels(text, "auto").paragraphs[0]?.level ?? 0) % 2 === 1 ? RIGHT_TO_LEFT : LEFT_TO_RIGHT
}

export const withoutMarks = (text: string): string => text.replace(/[\u200e\u200f]/g, "")

/** Brackets open towards the reading direction. */
export const mirrored = (text: string): string =>
  [...text].map((character) => bidi.getMirroredCharacter(character) ?? character).join("")

/** Runs of [start, end) in visual order: rule L2, applied to runs of equal level. */
export const visualRuns = (levels: Uint8Array, start: number, end: number): ReadonlyArray<DirectionalRun> => {
  const runs: Array<{ start: number; end: number; level: number }> = []
  for (let index = start; index < end; index += 1) {
    const level = levels[index] ?? 0
    const last = runs.at(-1)
    if (last !== undefined && last.level === level) last.end = index + 1
    else runs.push({ start: index, end: index + 1, level })
  }
  const highest = Math.max(0, ...runs.map(({ level }) => level))
  for (let level = highest; level > 0; level -= 1) {
    for (let first = 0; first < runs.length; first += 1) {
      if ((runs[first]?.level ?? 0) < level) continue
      let last = first
      while (last + 1 < runs.length && (runs[last + 1]?.level ?? 0) >= level) last += 1
      runs.splice(first, last - first + 1, ...runs.slice(first, last + 1).reverse())
      first = last
    }
  }
  return runs.map(({ end: to, level, start: from }) => ({ start: from, end: to, rtl: level % 2 === 1 }))
}
