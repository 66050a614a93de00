import * as Layer from "effect/Layer"
import * as ExecutorsLayer from "../execution/Executors.ts"
import * as OrderRouterLayer from "../execution/OrderRouter.ts"
import * as RiskGuardLayer from "../execution/RiskGuard.ts"
import { existingStore } from "./store.ts"

/** The venues of paper and live orders; needs a store. */
export const executors = ExecutorsLayer.layer

/** The whole way of an order over whatever store is given: gates, risk, venues. */
export const orderRoute = OrderRouterLayer.layer.pipe(Layer.provideMerge(Layer.merge(executors, RiskGuardLayer.layer)))

/** The way of an order over the configured database. */
export const tradingLayer = Layer.provideMerge(orderRoute, existingStore)
