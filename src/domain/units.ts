declare const priceBrand: unique symbol
declare const sharesBrand: unique symbol
declare const usdcBrand: unique symbol
declare const dimension: unique symbol

/*
 * Money and quantities are whole micro-units: 1e-6 USDC per share, 1e-6 share, 1e-6 USDC. A double holds them exactly up to
 * 2^53, so sums of money are exact. The brands exist for the compiler alone: at run time each of them is a plain number, and
 * no two of them can take each other's place. Arithmetic gives a plain number, to which `price`, `shares` or `usdc` gives
 * its unit back.
 */

/** What a number measures. A number that says nothing of it fits, one that measures something else does not. */
export interface Dimension<Name extends "money" | "time"> {
  readonly [dimension]?: Name
}

/** Micro-USDC per share. */
export type Price = number & Dimension<"money"> & { readonly [priceBrand]: true }

/** Micro-shares. */
export type Shares = number & Dimension<"money"> & { readonly [sharesBrand]: true }

/** Micro-USDC. */
export type Usdc = number & Dimension<"money"> & { readonly [usdcBrand]: true }

/** What `toMicros` gives: whoever converts a natural number knows which of the three it is. */
export type Micros = Price & Shares & Usdc

/**
 * Micro-units that the types do not tell apart: amounts on the wire of the exchange, the books of the simulated exchange, and
 * the fractions of micro-units in the original's fill model.
 */
export type MicroUnits = number

/** A price that the caller computed: whole micro-USDC per share. */
export const price = (micros: number): Price => micros as Price

/** A quantity that the caller computed: whole micro-shares. */
export const shares = (micros: number): Shares => micros as Shares

/** An amount of money that the caller computed: whole micro-USDC. */
export const usdc = (micros: number): Usdc => micros as Usdc

/** Micro-units in one natural unit. */
export const MICRO = 1_000_000

/** Natural units (USDC, shares, probability) to whole micro-units, to the nearest. */
export const toMicros = (natural: number): Micros => Math.round(natural * MICRO) as Micros

/** Micro-units to natural units. */
export const fromMicros = (micros: MicroUnits): number => micros / MICRO

/** Basis points in one. */
export const BPS = 10_000

/** `value` held inside [low, high]. */
export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))
