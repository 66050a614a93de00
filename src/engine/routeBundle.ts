import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { AppConfig } from "../config/AppConfig.ts"
import { alarmText, type BundleAlarm } from "../core/bundleAlarm.ts"
import { bareEstimate } from "../core/bareEstimate.ts"
import { type PlannedOrder, planOrders } from "../core/planOrders.ts"
import { type InputError, type StoreError } from "../domain/errors.ts"
import { type Estimate, type ExecutionResult, type ReportedFill, type RouteRequest } from "../domain/Execution.ts"
import { isWorking, type Order } from "../domain/Order.ts"
import { otherReason, packageIncomplete, type Rejection, shortage } from "../domain/rejection.ts"
import { type RiskDecision } from "../domain/Risk.ts"
import { type SignalStatus } from "../domain/Signal.ts"
import { type Micros } from "../domain/units.ts"
import { Executors } from "../ports/Executor.ts"
import { Journal } from "../ports/Journal.ts"
import { RiskGuard } from "../ports/RiskGuard.ts"
import { TradeRecorder } from "../ports/TradeRecorder.ts"
import { type OrderResult } from "../ports/TradeRepo.ts"
import { TradingSwitches } from "../ports/TradingSwitches.ts"
import { gateRefusal } from "../risk/gates.ts"
import { runBundle } from "./bundleExecution.ts"
import { bundlePolicyOf } from "./bundlePolicy.ts"
import { alarmEntries, decisionEntry, resultEntry } from "./journalEntries.ts"
import { type Hurry } from "./sendOrder.ts"
import { type GateOrRefuser, type Verdict } from "./verdict.ts"
import { type TradingState } from "./TradingState.ts"

/** One order of the bundle as it was stored. */
export interface RoutedOrder {
  readonly order: Order
  readonly fills: ReadonlyArray<ReportedFill>
  /** What each fill realized, micro-USDC. */
  readonly realizedChanges: ReadonlyArray<Micros>
  /** What risk saw; null when it was not asked. */
  readonly decision: RiskDecision | null
  /** What the venue showed beforehand; null when it was not asked. */
  readonly estimate: Estimate | null
}

export type RouteOutcome =
  | { readonly _tag: "Accepted"; readonly orders: ReadonlyArray<RoutedOrder>; readonly alarm: BundleAlarm | null }
  | {
      readonly _tag: "Refused"
      /** Who refused. A switch judges the moment, not the signal: the signal stays new. */
      readonly by: GateOrRefuser
      readonly reason: Rejection
      readonly orders: ReadonlyArray<RoutedOrder>
    }
  /** Somebody else executed one of the signals first; nothing was stored. */
  | { readonly _tag: "Superseded" }

/** What it takes to carry orders out. */
export type Routing = TradingSwitches | Executors | RiskGuard | Journal | TradeRecorder | AppConfig

const rejected = (reason: Rejection): ExecutionResult => ({
  status: "rejected",
  fills: [],
  reason,
  countsAsRejection: false
})

/** A refusal that concerns every order alike. */
const refuseEach = (planned: ReadonlyArray<PlannedOrder>, by: GateOrRefuser, reason: Rejection): Verdict => ({
  estimates: [],
  decisions: [],
  refusal: { by, reason },
  results: planned.map(() => rejected(reason)),
  alarm: null
})

/** What the venue answered; a bundle of which nothing traded names the first order that failed. */
const afterVenue = (results: ReadonlyArray<ExecutionResult>): Verdict["refusal"] => {
  const failed = results.find(
    ({ fills, reason, status }) =>
      fills.length === 0 && (status === "rejected" || status === "canceled") && reason?.code !== "bundle incomplete"
  )
  if (failed === undefined) return null
  return { by: failed.status === "rejected" ? "venue" : "market", reason: failed.reason ?? otherReason("") }
}

/** Gates, then estimates, then risk: what each order of the bundle is worth, and whether it may go. */
const judge = (state: TradingState, request: RouteRequest, planned: ReadonlyArray<PlannedOrder>) =>
  Effect.gen(function* () {
    const switches = yield* TradingSwitches
    const shut = gateRefusal(request, yield* switches.read)
    if (shut !== null) return { verdict: refuseEach(planned, "switch", shut), approved: [] }
    if (planned.some(({ short }) => short)) return { verdict: refuseEach(planned, "venue", shortage), approved: [] }
    const { strictLimit } = request
    const executor = (yield* Executors)[request.mode]
    const orders = planned.map(({ request: order }) => order)
    const estimates = yield* executor.estimate(orders, { atUs: state.nowUs, market: state.find, strictLimit })
    const { approved, decisions, refusal } = (yield* RiskGuard).decide(estimates, state.exposure())
    if (refusal === null) {
      const verdict: Verdict = { estimates, decisions, refusal: null, results: [], alarm: null }
      return { verdict, approved }
    }
    const named = packageIncomplete(orders[refusal.at] ?? null, refusal.reason)
    const results = orders.map((_, index): ExecutionResult => {
      const own = index === refusal.at
      return {
        status: refusal.status,
        fills: [],
        reason: own ? refusal.reason : named,
        countsAsRejection: own && refusal.counts
      }
    })
    const verdict: Verdict = { estimates, decisions, refusal, results, alarm: null }
    return { verdict, approved: [] }
  })

/** The venue has seen the order, or it is not known that it has not; the legs of a bundle that were not sent have not. */
const mayHaveArrived = ({ externalId, status }: ExecutionResult): boolean =>
  status !== "rejected" && (externalId !== undefined || isWorking(status))

const signalsOf = (planned: ReadonlyArray<PlannedOrder>): ReadonlyArray<number> => [
  ...new Set(planned.flatMap(({ signalId }) => (signalId === null ? [] : [signalId])))
]

/** Stores what became of the orders, then lets the state follow. */
const store = (
  state: TradingState,
  request: RouteRequest,
  planned: ReadonlyArray<PlannedOrder>,
  verdict: Verdict,
  claimed: ReadonlyArray<number>
): Effect.Effect<RouteOutcome, StoreError, TradeRecorder> =>
  Effect.gen(function* () {
    const recorder = yield* TradeRecorder
    const results = planned.flatMap((plan, index): ReadonlyArray<OrderResult> => {
      const result = verdict.results[index]
      return result === undefined
        ? []
        : [{ ...result, request: plan.request, mode: request.mode, signalId: plan.signalId }]
    })
    const status: SignalStatus = verdict.refusal === null ? "executed" : "rejected"
    // A switch judges the moment, and a venue that took nothing says nothing of the signal: it may be tried again.
    const reached = results.some(mayHaveArrived)
    const judged = verdict.refusal?.by !== "switch" && (request.mode === "paper" || reached)
    const signals = judged ? signalsOf(planned).map((id) => ({ id, status })) : []
    const stored = yield* recorder.record({ results, signals, atUs: state.nowUs, claimed: claimed.length > 0 })
    if (!judged && claimed.length > 0) yield* recorder.release(claimed, state.nowUs)
    if (Option.isNone(stored)) return { _tag: "Superseded" }
    const orders = stored.value.map((order, index): RoutedOrder => {
      const fills = results[index]?.fills ?? []
      state.track(order)
      return {
        order,
        fills,
        realizedChanges: fills.map((fill) => state.fill(fill)),
        decision: verdict.decisions[index] ?? null,
        estimate: verdict.estimates[index] ?? null
      }
    })
    state.settleBreaker(results)
    return verdict.refusal === null
      ? { _tag: "Accepted", orders, alarm: verdict.alarm }
      : { _tag: "Refused", ...verdict.refusal, orders }
  })

/**
 * The one way of an order, in paper, live and backtest: kill switch, live enablement, manual confirmation, risk, executor,
 * in this order. The decision is in the journal before anything is sent, and whatever happens is stored, orders with
 * their fills, positions and signal status in one transaction. An exchange cannot take back what it was sent, so there the
 * signals are claimed first: another process that wants them finds them taken.
 */
export const routeBundle = (
  state: TradingState,
  request: RouteRequest,
  hurry: Hurry = null
): Effect.Effect<RouteOutcome, StoreError | InputError, Routing> =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const planned = planOrders(request, state.freeShares)
    const { approved, verdict } = yield* judge(state, request, planned)
    yield* journal.append(() => [decisionEntry(state.nowUs, planned, verdict)])
    if (approved.length === 0) return yield* store(state, request, planned, verdict, [])
    const executor = (yield* Executors)[request.mode]
    const claimed = executor.atomic ? [] : signalsOf(planned)
    if (claimed.length > 0 && !(yield* (yield* TradeRecorder).claim(claimed, state.nowUs)))
      return { _tag: "Superseded" }
    const { execution } = yield* AppConfig
    const risk = yield* RiskGuard
    const { strictLimit } = request
    const bundle = yield* runBundle({
      executor,
      orders: approved,
      estimates: verdict.estimates,
      context: { atUs: state.nowUs, market: state.find, strictLimit, exact: strictLimit },
      policy: bundlePolicyOf(execution),
      hurry,
      approveClose: (order) =>
        Effect.sync(() => risk.decide([bareEstimate(order)], state.exposure()).approved[0] ?? null)
    })
    const sent: Verdict = {
      ...verdict,
      results: [...bundle.results, ...bundle.unwinds.map(({ result }) => result)],
      refusal: bundle.outcome === "nothing" ? afterVenue(bundle.results) : null,
      alarm: bundle.alarm
    }
    const carriedOut = [
      ...planned,
      ...bundle.unwinds.map(({ order }): PlannedOrder => ({ request: order, signalId: null, short: false }))
    ]
    yield* journal.append(() => [
      resultEntry(state.nowUs, carriedOut, sent),
      ...alarmEntries(state.nowUs, bundle.alarm)
    ])
    if (bundle.alarm !== null) yield* Effect.logError(alarmText(bundle.alarm))
    return yield* store(state, request, carriedOut, sent, claimed)
  })
