import { distance } from "fastest-levenshtein"

/** The known name that `name` was most likely meant to be; `undefined` when none is close. */
export const nearest = (name: string, known: ReadonlyArray<string>): string | undefined => {
  const wanted = name.toLowerCase()
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1))
  const best = ranked[0]
  return best !== undefined && best.edits <= Math.max(1, Math.floor(wanted.length / 2)) ? best.candidate : undefined
}

/** "; did you mean x?" or, when nothing is close, the list of what there is. */
export const suggestion = (name: string, known: ReadonlyArray<string>): string => {
  const guess = nearest(name, known)
  return guess === undefined ? `; known: ${known.join(", ")}` : `; did you mean ${guess}?`
}
