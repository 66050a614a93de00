import { type Rejection, rejectionText } from "../../domain/rejection.ts"
import { fromMicros, type MicroUnits } from "../../domain/units.ts"

const twoDecimals = (micros: MicroUnits | null): string => fromMicros(micros ?? 0).toFixed(2)

/** The original prints amounts with two decimals, also where that hides why one is greater than the other. */
export const originalText = (rejection: Rejection): string => {
  const { code } = rejection
  if (code !== "strategy notional limit exceeded" && code !== "event notional limit exceeded") {
    return rejectionText(rejection)
  }
  return `${code}: ${twoDecimals(rejection.value)} > ${twoDecimals(rejection.limit)}`
}
