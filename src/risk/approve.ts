import { ApprovedOrder } from "../domain/ApprovedOrder.ts"
import { type OrderRequest } from "../domain/Order.ts"

/** The only place that makes an approved order; risk/check.ts calls it for what passed. */
export const approve = (order: OrderRequest): ApprovedOrder => new ApprovedOrder(order)
