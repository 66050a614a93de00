import { type Estimate } from "../domain/Execution.ts"
import { type OrderRequest } from "../domain/Order.ts"

/** An order of which only its limit is known: nobody looked at its market. */
export const bareEstimate = (order: OrderRequest): Estimate => ({
  order,
  price: order.limitPrice,
  midPrice: null,
  quoteAgeUs: null,
  resolvesAtUs: null,
  noMatch: null,
  refusal: null,
  shown: null
})
