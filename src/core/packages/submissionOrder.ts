import { type Estimate } from "../../domain/Execution.ts"
import { type EpochMicros } from "../../domain/time.ts"

/** How hard an order is to fill: the smaller, the harder. A number decides where all numbers before it are equal. */
const difficulty = ({ order, price, quoteAgeUs, shown }: Estimate): ReadonlyArray<number> => {
  const slack = order.side === "buy" ? order.limitPrice - price : price - order.limitPrice
  const age: EpochMicros = quoteAgeUs ?? Number.MAX_SAFE_INTEGER
  return [shown === null ? 0 : shown.qty / order.qty, slack, -age, -order.limitPrice * order.qty]
}

/**
 * The order in which the legs of a package are sent, as indexes of `estimates`. The hardest to fill goes first: if the
 * first leg fails, nothing is held yet and nothing is lost. A leg is hard to fill, in this order, when the market shows
 * little of the wanted quantity (thin), the price is close to the limit, the quote is old, the order is large. What the
 * venue does not say counts as hardest. Equal legs keep their order.
 */
export const submissionOrder = (estimates: ReadonlyArray<Estimate>): ReadonlyArray<number> => {
  const keys = estimates.map(difficulty)
  return estimates
    .map((_, index) => index)
    .sort((a, b) => {
      const left = keys[a] ?? []
      const right = keys[b] ?? []
      const at = left.findIndex((value, position) => value !== right[position])
      return at < 0 ? a - b : (left[at] ?? 0) - (right[at] ?? 0)
    })
}
