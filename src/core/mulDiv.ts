/**
 * a * b / c of whole numbers, c > 0, rounded down (towards minus infinity). Exact where the product does not fit into a
 * double: a quantity times another quantity does not.
 */
export const floorMulDiv = (a: number, b: number, c: number): number => {
  const product = BigInt(a) * BigInt(b)
  const divisor = BigInt(c)
  const quotient = product / divisor
  return Number(product < 0n && quotient * divisor !== product ? quotient - 1n : quotient)
}

/** The same, rounded up. */
export const ceilMulDiv = (a: number, b: number, c: number): number => 0 - floorMulDiv(-a, b, c)
