import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { AppConfig } from "../config/AppConfig.ts"
import { ConfigSources } from "../config/ConfigSources.ts"
import { resolveSwitches } from "../config/switches.ts"
import { type StoreError } from "../domain/errors.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { type RiskDecision } from "../domain/Risk.ts"
import { type SignalStatus } from "../domain/Signal.ts"
import { type EpochMicros, MICROS_PER_MS } from "../domain/time.ts"
import { type Estimate, type ExecutionResult, Executors } from "../ports/Executor.ts"
import { ExecutionRouter, type RouteOutcome, type RouteRequest } from "../ports/ExecutionRouter.ts"
import { RiskGuard } from "../ports/RiskGuard.ts"
import { SwitchRepo } from "../ports/SwitchRepo.ts"
import { type OrderResult, TradeRepo } from "../ports/TradeRepo.ts"
import { gateRefusal } from "./gates.ts"
import { loadHoldings, type PlannedOrder, planOrders, SHORTAGE } from "./planOrders.ts"

type By = Extract<RouteOutcome, { readonly _tag: "Refused" }>["by"]

/** What the route decided, before it is stored. */
interface Verdict {
  readonly refusal: { readonly by: By; readonly reason: string } | null
  readonly results: ReadonlyArray<ExecutionResult>
  readonly decisions: ReadonlyArray<RiskDecision | null>
}

const rejected = (message: string, countsAsRejection: boolean): ExecutionResult => ({
  status: "rejected",
  fills: [],
  message,
  countsAsRejection
})

const bundleReason = (orders: ReadonlyArray<OrderRequest>, at: number, reason: string): string => {
  const culprit = orders[at]
  return culprit === undefined ? reason : `bundle incomplete: ${culprit.marketId} ${culprit.token}: ${reason}`
}

/** All orders refused; the one at `at` carries its own result, the others name it. */
const refuseAll = (
  orders: ReadonlyArray<OrderRequest>,
  at: number,
  by: By,
  own: ExecutionResult,
  decisions: ReadonlyArray<RiskDecision | null>
): Verdict => ({
  refusal: { by, reason: own.message },
  results: orders.map((_, index) =>
    index === at ? own : { ...own, message: bundleReason(orders, at, own.message), countsAsRejection: false }
  ),
  decisions
})

/** A refusal that concerns every order alike. */
const refuseEach = (orders: ReadonlyArray<OrderRequest>, by: By, reason: string): Verdict => ({
  refusal: { by, reason },
  results: orders.map(() => rejected(reason, false)),
  decisions: orders.map(() => null)
})

/**
 * The first order that cannot go, in the order in which a replay asks: is there somebody to trade with, does risk allow
 * it, does the venue take it. Null when all can go.
 */
const firstRefusal = (
  orders: ReadonlyArray<OrderRequest>,
  estimates: ReadonlyArray<Estimate>,
  decisions: ReadonlyArray<RiskDecision>
): Verdict | null => {
  for (const [at, { noMatch, refusal }] of estimates.entries()) {
    const decision = decisions[at]
    if (noMatch !== null) {
      const by = noMatch.status === "rejected" ? "venue" : "market"
      return refuseAll(orders, at, by, { ...noMatch, fills: [], countsAsRejection: false }, decisions)
    }
    if (decision !== undefined && !decision.allowed) {
      const counts = decision.code !== "circuit breaker open"
      return refuseAll(orders, at, "risk", rejected(decision.text, counts), decisions)
    }
    if (refusal !== null) {
      return refuseAll(orders, at, "venue", rejected(refusal.message, refusal.countsAsRejection), decisions)
    }
  }
  return null
}

/** What the venue answered; a bundle of which nothing traded names the first order that failed. */
const afterVenue = (results: ReadonlyArray<ExecutionResult>, decisions: ReadonlyArray<RiskDecision>): Verdict => {
  const at = results.findIndex(
    ({ fills, message, status }) =>
      fills.length === 0 &&
      (status === "rejected" || status === "canceled") &&
      !message.startsWith("bundle incomplete: ")
  )
  const failed = results[at]
  const refusal =
    failed === undefined
      ? null
      : { by: failed.status === "rejected" ? ("venue" as const) : ("market" as const), reason: failed.message }
  return { refusal, results, decisions }
}

const nowUs: Effect.Effect<EpochMicros> = Effect.map(Clock.currentTimeMillis, (ms) => Math.round(ms * MICROS_PER_MS))

const make = Effect.gen(function* () {
  const trades = yield* TradeRepo
  const switches = yield* SwitchRepo
  const sources = yield* ConfigSources
  const config = yield* AppConfig
  const executors = yield* Executors
  const risk = yield* RiskGuard
  // Risk looks at what is stored: the next order must see what this one did.
  const turn = yield* Effect.makeSemaphore(1)

  const gate = (request: RouteRequest) =>
    Effect.gen(function* () {
      return yield* Either.match(resolveSwitches(sources, yield* switches.all, config), {
        onLeft: (error) => Effect.fail(error),
        onRight: (states) => Effect.succeed(gateRefusal(request, states))
      })
    })

  const decide = (request: RouteRequest, planned: ReadonlyArray<PlannedOrder>, atUs: EpochMicros) =>
    Effect.gen(function* () {
      const orders = planned.map(({ request: order }) => order)
      const shut = yield* gate(request)
      if (shut !== null) return refuseEach(orders, "switch", shut)
      if (planned.some(({ short }) => short)) return refuseEach(orders, "venue", SHORTAGE)
      const executor = executors[request.mode]
      const context = { atUs, strictLimit: request.strictLimit }
      const estimates = yield* executor.estimate(orders, context)
      const verdict = yield* risk.check(estimates, atUs)
      const refused = firstRefusal(orders, estimates, verdict.decisions)
      if (refused !== null) return refused
      if (verdict._tag === "Refused") return refuseEach(orders, "risk", "refused by risk")
      return yield* executor.submit(verdict.orders, context).pipe(
        Effect.map((results) => afterVenue(results, verdict.decisions)),
        Effect.catchTag("VenueUnavailable", (error) => Effect.succeed(refuseEach(orders, "venue", error.message)))
      )
    })

  const store = (
    request: RouteRequest,
    planned: ReadonlyArray<PlannedOrder>,
    verdict: Verdict,
    atUs: EpochMicros
  ): Effect.Effect<RouteOutcome, StoreError> =>
    Effect.gen(function* () {
      const results = planned.flatMap((plan, index): ReadonlyArray<OrderResult> => {
        const result = verdict.results[index]
        return result === undefined
          ? []
          : [{ ...result, request: plan.request, mode: request.mode, signalId: plan.signalId }]
      })
      const status: SignalStatus = verdict.refusal === null ? "executed" : "rejected"
      // A switch judges the moment and the missing live venue nothing at all: such a signal may be tried again.
      const judged = verdict.refusal?.by !== "switch" && request.mode === "paper"
      const ids = new Set(planned.flatMap(({ signalId }) => (signalId === null ? [] : [signalId])))
      const signals = judged ? [...ids].map((id) => ({ id, status })) : []
      const stored = yield* trades.record({ results, signals, atUs })
      if (Option.isNone(stored)) return { _tag: "Superseded" }
      const orders = stored.value.map((order, index) => ({
        order,
        fills: results[index]?.fills ?? [],
        decision: verdict.decisions[index] ?? null
      }))
      return verdict.refusal === null ? { _tag: "Accepted", orders } : { _tag: "Refused", ...verdict.refusal, orders }
    })

  return ExecutionRouter.of({
    route: (request) =>
      turn.withPermits(1)(
        Effect.gen(function* () {
          const atUs = yield* nowUs
          const planned = planOrders(request, yield* loadHoldings(trades))
          const verdict = yield* decide(request, planned, atUs)
          return yield* store(request, planned, verdict, atUs)
        })
      )
  })
})

/** Gates, risk, executor and record, one request at a time. */
export const layer: Layer.Layer<
  ExecutionRouter,
  never,
  TradeRepo | SwitchRepo | ConfigSources | AppConfig | Executors | RiskGuard
> = Layer.effect(ExecutionRouter, make)
