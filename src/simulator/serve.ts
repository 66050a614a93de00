import * as Effect from "effect/Effect"
import { isJsonObject } from "../domain/json.ts"
import { type Answer, jsonText } from "./answer.ts"
import { deliveryOf, type Delivery, type FaultTuning } from "./deliver.ts"
import { type Endpoint, endpointNameOf, tradingEndpointOf } from "./endpoints.ts"
import { apis, type Fault, type FaultPlan, momentOf } from "./faults.ts"
import { parseJson } from "./orderPayload.ts"
import { type RoutedRequest, type Routing, type Target, targetOf } from "./routing.ts"

export interface Served extends Target {
  /** Before any fault. Status 0: a fault kept the request from being carried out. */
  readonly answer: Answer
  readonly fault: Fault | null
  readonly delivery: Delivery
}

export interface Serving {
  readonly routing: Routing
  readonly plan: FaultPlan
  readonly tuning: FaultTuning
}

const faultOf = (plan: FaultPlan, method: string, { api, path }: Target): Fault | null => {
  const suffering = apis.find((known) => known === api)
  return suffering === undefined ? null : plan.next(suffering, endpointNameOf(method, path))
}

const listings: ReadonlyArray<string> = ["open-orders", "trades"]

/** A listing whose rows come twice, as when they move between pages. */
const doubled = (answer: Answer): Answer => {
  const page = parseJson(answer.body)
  if (!isJsonObject(page)) return answer
  const { data } = page
  return Array.isArray(data) ? { ...answer, body: JSON.stringify({ ...page, data: [...data, ...data] }) } : answer
}

/** The request arrives twice, and the second answer is sent; of a listing, every row is. */
const twice = (once: Effect.Effect<Answer>, endpoint: Endpoint | undefined): Effect.Effect<Answer> =>
  listings.includes(endpoint?.name ?? "") ? Effect.map(once, doubled) : Effect.zipRight(once, once)

/** Answers one request and lets it suffer: a write is carried out or not, as its fault says; what it meets is decided on arrival. */
export const serveRequest = ({ plan, routing, tuning }: Serving, request: RoutedRequest): Effect.Effect<Served> =>
  Effect.suspend(() => {
    const target = targetOf(request.url)
    const fault = faultOf(plan, request.method, target)
    const endpoint = target.api === "clob" ? tradingEndpointOf(request.method, target.path) : undefined
    const { kind, moment } = fault === null ? { kind: null, moment: "after" } : momentOf(fault)
    const once = routing(request, target)
    const answered =
      endpoint?.write === true && moment === "before"
        ? Effect.succeed(jsonText(endpoint.label, "", 0))
        : kind === "duplicate"
          ? twice(once, endpoint)
          : once
    return Effect.map(answered, (answer) => ({
      ...target,
      answer,
      fault,
      delivery: deliveryOf(answer, fault, tuning)
    }))
  })
