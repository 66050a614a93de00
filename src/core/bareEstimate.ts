import { type Estimate } from "../domain/Execution.ts"
import { type OrderRequest } from "../domain/Order.ts"

/** The estimate of an order whose market was not looked at: only its limit is known. */
export const bareEstimate = (order: OrderRequest): Estimate => ({
  order,
  price: order.limitPrice,
  midPrice: null,
  source: null,
  quoteAgeUs: null,
  resolvesAtUs: null,
  noMatch: null,
  refusal: null,
  shown: null
})
