/**
 * Whole micro-units: 1e-6 share, 1e-6 USDC, or a price in 1e-6 USDC per share. A double holds them exactly
 * up to 2^53, so sums of money are exact. Only the original's heuristic fill model makes fractions of them.
 */
export type Micros = number

/** Micro-units in one natural unit. */
export const MICRO = 1_000_000

/** Natural units (USDC, shares, probability) to whole micro-units, to the nearest. */
export const toMicros = (natural: number): Micros => Math.round(natural * MICRO)

/** Micro-units to natural units. */
export const fromMicros = (micros: Micros): number => micros / MICRO

/** Basis points in one. */
export const BPS = 10_000

/** `value` held inside [low, high]. */
export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))
