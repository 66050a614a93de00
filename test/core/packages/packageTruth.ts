import { LOT } from "../../../src/core/venue/matching.ts"

/** A leg as the venue knows it: what it was meant to be, and what is held of it in the end. */
export interface TrueLeg {
  readonly wanted: number
  readonly net: number
}

/** Shares of each leg without counter legs: what exceeds the proportion of the leg that is held least. */
export const trulyUnmatched = (legs: ReadonlyArray<TrueLeg>): ReadonlyArray<number> => {
  const ratio = Math.min(...legs.map(({ net, wanted }) => net / wanted))
  return legs.map(({ net, wanted }) => net - ratio * wanted)
}

/**
 * What lots can make of it: every order is cut to lots and less than a lot is nothing, and a lot of a small leg is many
 * shares of a large one.
 */
export const lotTolerance = (legs: ReadonlyArray<TrueLeg>): ReadonlyArray<number> => {
  const least = Math.min(...legs.map(({ wanted }) => wanted))
  return legs.map(({ wanted }) => 2 * LOT * (1 + wanted / least))
}
