import { makeRng, nextFloat } from "../src/core/rng.ts"

/** `npm run test:full` sets it: whole matrices. */
const full = process.env["MONOMARKET_FULL"] === "1"

/** Names the sample; the day's number unless it is set, so that every cell has its turn and a failure can be had again. */
const seed = Number(process.env["MONOMARKET_SAMPLE"] ?? Math.floor(Date.now() / 86_400_000))

/**
 * Of every group of `cells` those `perGroup` that the seed picks, in their order; all of them in the full run. Says what
 * was left out and how to run the same again.
 */
export const sample = <A extends { readonly group: string }>(
  name: string,
  cells: ReadonlyArray<A>,
  perGroup: number
): ReadonlyArray<A> => {
  if (full) return cells
  const rng = makeRng(seed)
  const keyed = cells.map((cell) => ({ cell, key: nextFloat(rng) }))
  const chosen = keyed.filter(
    ({ cell: { group }, key }) =>
      keyed.filter(({ cell, key: other }) => cell.group === group && other < key).length < perGroup
  )
  console.log(`${name}: ${chosen.length} of ${cells.length} cells (MONOMARKET_SAMPLE=${seed}); MONOMARKET_FULL=1: all`)
  return chosen.map(({ cell }) => cell)
}
