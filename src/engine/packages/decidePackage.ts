import { submissionOrder } from "../../core/packages/submissionOrder.ts"
import { PackageMachine } from "../../core/packages/PackageMachine.ts"
import { planOrders } from "../../core/planOrders.ts"
import { expectOrders } from "../../core/venue/expectOrders.ts"
import { roundedToRest } from "../../core/venue/roundedToRest.ts"
import { type Estimate } from "../../domain/Execution.ts"
import { type DecisionFact, type PackageRefusal } from "../../domain/Fact.ts"
import { type ApprovedOrder } from "../../domain/ApprovedOrder.ts"
import { type OrderRequest } from "../../domain/Order.ts"
import { type OrderPackage, type PlannedOrder } from "../../domain/OrderPackage.ts"
import { ordersUnseen, type Rejection, restingAlready, shortage } from "../../domain/rejection.ts"
import { type SwitchState } from "../../domain/Switches.ts"
import { gateRefusal } from "../../risk/gates.ts"
import { type EngineState } from "../EngineState.ts"
import { type Judged, PackageRun } from "./PackageRun.ts"
import { advancePackage } from "./runPackage.ts"
import { restsAlready, withFollowers } from "./resting.ts"
import { type Out } from "../Out.ts"

/** A venue that does not foresee its answers decides itself, so what the engine's quotes would predict is left out. */
const unforeseen = (estimate: Estimate): Estimate => ({ ...estimate, noMatch: null, refusal: null })

const estimatesOf = (
  { board, nowUs, settings }: EngineState,
  planned: ReadonlyArray<PlannedOrder>,
  { strictLimit }: OrderPackage
): ReadonlyArray<Estimate> => {
  const orders: Array<OrderRequest> = []
  for (const { request } of planned) orders.push(request)
  const estimates = expectOrders(orders, board.find, settings.model, strictLimit, nowUs)
  return settings.venue.foresees ? estimates : estimates.map(unforeseen)
}

/** A refusal that concerns every order alike. */
const refuseEach = (by: PackageRefusal["by"], reason: Rejection): PackageRefusal => ({
  by,
  reason,
  at: null,
  status: "rejected",
  counts: false
})

/** One flat literal, because a replay makes one for every package. */
const decisionOf = (
  { nowUs }: EngineState,
  run: number,
  judged: Judged,
  refusal: PackageRefusal | null
): DecisionFact => ({
  kind: "decision",
  atUs: nowUs,
  run,
  package: judged.package,
  planned: judged.planned,
  estimates: judged.estimates,
  decisions: judged.decisions,
  refusal
})

/**
 * The gate that would refuse a live order which a person confirmed; null: none would. For orders that are only shown.
 */
export const liveGate = (switches: ReadonlyArray<SwitchState>): Rejection | null =>
  gateRefusal({ mode: "live", confirmed: true }, switches)

const refused = (state: EngineState, run: number, judged: Judged, refusal: PackageRefusal, out: Out): void => {
  if (refusal.counts) state.countDecision(true)
  out.fact(decisionOf(state, run, judged, refusal))
}

/** The orders that are sent with the package; those that follow others are sent with the fills of these. */
const leadersOf = (judged: Judged, approved: ReadonlyArray<ApprovedOrder>) => {
  const { decisions, estimates, package: of, planned } = judged
  if (of.rounds !== true || !planned.some(({ follows }) => follows === true)) return { sent: judged, orders: approved }
  const leads = (_: unknown, index: number): boolean => planned[index]?.follows !== true
  const sent: Judged = {
    package: of,
    planned: planned.filter(leads),
    estimates: estimates.filter(leads),
    decisions: decisions.filter(leads)
  }
  return { sent, orders: approved.filter(leads) }
}

const begin = (
  state: EngineState,
  number: number,
  judged: Judged,
  approved: ReadonlyArray<ApprovedOrder>,
  out: Out
): void => {
  const { orders, sent } = leadersOf(judged, approved)
  // A single order has no counter legs and needs no rules. But an exchange's answer can be lost, which is an alarm.
  // Neither have orders that rest, each for itself.
  const single = orders.length === 1 && state.settings.venue.foresees
  const machine =
    single || (orders.length > 1 && orders[0]?.tif === "gtc")
      ? null
      : new PackageMachine(orders, submissionOrder(judged.estimates), state.settings.packages)
  const run = new PackageRun({
    number,
    judged: sent,
    orders,
    orderIds: orders.map(() => state.nextOrderId()),
    machine
  })
  state.open(run)
  out.fact(decisionOf(state, number, judged, null))
  advancePackage(state, run, out)
}

/**
 * Every order of every mode passes through here: it is planned (what is held decides whether a leg opens or closes),
 * then checked against the switches, against what the market shows and by risk. What passes is sent to the venue leg by
 * leg (runPackage.ts). Gives why a gate was closed; null: the gates were open.
 */
const openPackage = (state: EngineState, wanted: OrderPackage, out: Out): Rejection | null => {
  const { settings } = state
  const number = state.nextRun()
  for (const attempt of wanted.asked) state.markTried(attempt)
  const asPlanned = planOrders(wanted, state.freeShares)
  const planned =
    wanted.rounds === true ? withFollowers(asPlanned.map((order) => roundedToRest(order, state.find))) : asPlanned
  const confirmed = wanted.confirmed || settings.confirmed
  const closed = gateRefusal({ mode: settings.mode, confirmed }, state.switches)
  if (closed !== null) {
    refused(state, number, { package: wanted, planned, estimates: [], decisions: [] }, refuseEach("gate", closed), out)
    return closed
  }
  if (restsAlready(state, wanted)) {
    const judged = { package: wanted, planned, estimates: [], decisions: [] }
    refused(state, number, judged, refuseEach("market", restingAlready), out)
    return null
  }
  if (planned.some(({ short }) => short)) {
    const judged = { package: wanted, planned, estimates: [], decisions: [] }
    refused(state, number, judged, refuseEach("venue", shortage), out)
    return null
  }
  const estimates = estimatesOf(state, planned, wanted)
  const { approved, decisions, refusal } = settings.decide(estimates, state.exposure)
  const judged: Judged = { package: wanted, planned, estimates, decisions }
  if (refusal === null) begin(state, number, judged, approved, out)
  else refused(state, number, judged, refusal, out)
  return null
}

const drop = (state: EngineState, packages: ReadonlyArray<OrderPackage>, reason: Rejection | null, out: Out): void => {
  if (packages.length > 0) out.fact({ kind: "dropped", atUs: state.nowUs, packages, reason })
}

/**
 * Whether the next package has to wait. A venue that takes several at once answers the first order of a package at once,
 * so a package is decided on what the first order of the one before it did; elsewhere it is decided after its end. An
 * order that answers a fill is on its way for the leg delay, and holds up nothing.
 */
const mustWait = ({ packages, settings }: EngineState): boolean => {
  if (!settings.venue.parallel) return packages.size > 0
  for (const run of packages.values()) if (!run.answered && run.judged.package.answersFill !== true) return true
  return false
}

/** Opens the packages that wait, in order. The report that one waits for is the event that opens the next. */
export const openWaiting = (state: EngineState, out: Out): void => {
  const hidden = state.ordersHidden
  // Orders whose signal is gone count as exposure until they are cancelled.
  if (state.withdrawing.size > 0) return
  while (state.waiting.length > 0 && !mustWait(state)) {
    if (state.stopped) return drop(state, state.waiting.splice(0), null, out)
    // While the own orders cannot be seen, limits cannot be checked, so nothing is opened.
    if (hidden !== null) return drop(state, state.waiting.splice(0), ordersUnseen(hidden), out)
    const next = state.waiting.shift()
    if (next === undefined) return
    const closed = openPackage(state, next, out)
    // The gates would refuse every package that follows at the same moment too.
    if (closed !== null) return drop(state, state.waiting.splice(0), closed, out)
  }
}

/** Packages to carry out, in this order. */
export const beginPackages = (state: EngineState, packages: ReadonlyArray<OrderPackage>, out: Out): void => {
  state.waiting.push(...packages)
  openWaiting(state, out)
}
