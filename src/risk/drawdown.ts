import { type Usdc, usdc } from "../domain/units.ts"

/*
 * The drawdown stop looks at equity: what was realized plus what open positions have won or lost at their marks, so a
 * loss counts before it is taken. Its peak is the highest equity since the stop was last reset. Micro-USDC.
 */

/** The peak after a look at equity; null before: this is the first look since the stop was reset. */
export const peakAfter = (peak: Usdc | null, equity: Usdc): Usdc => (peak === null || equity > peak ? equity : peak)

/** How far equity is below its peak; 0 at a new one. */
export const fallFrom = (peak: Usdc | null, equity: Usdc): Usdc => usdc(peakAfter(peak, equity) - equity)
