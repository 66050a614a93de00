import { tradedIn } from "../../core/packages/traded.ts"
import { type ClientOrderId, type OrderReport } from "../../domain/EngineEvent.ts"
import { filledIn } from "../../domain/Execution.ts"
import { isWorking, type Order } from "../../domain/Order.ts"
import { type PlannedOrder } from "../../domain/OrderPackage.ts"
import { immediateStillWorks, sizedToPackage } from "../../domain/rejection.ts"
import { type Shares, shares } from "../../domain/units.ts"
import { type EngineState, type SentOrder } from "../EngineState.ts"
import { type PackageRun } from "./PackageRun.ts"
import { notifyOfFills } from "../handlers/notify.ts"
import { type Out } from "../Out.ts"
import { beginPackages } from "./decidePackage.ts"
import { finalTake, followersOf, keepResting } from "./resting.ts"
import { advancePackage, unwindPlan } from "./runPackage.ts"

/** A leg that was sent for fewer shares than were planned is not `filled`, even when all that was sent has filled. */
const sized = (report: OrderReport, sent: Shares, planned: Shares): OrderReport =>
  sent < planned && report.status === "filled"
    ? { ...report, status: "canceled", reason: sizedToPackage(sent, planned) }
    : report

/** An order that may not rest and is reported as working has no final answer: more may have traded than is known. */
const answered = (report: OrderReport, mayRest: boolean): OrderReport =>
  isWorking(report.status) && !mayRest && !report.lost
    ? { ...report, lost: true, reason: immediateStillWorks(report.status) }
    : report

const orderOf = (
  state: EngineState,
  id: ClientOrderId,
  { request, signalId }: PlannedOrder,
  report: OrderReport
): Order => ({
  strategy: request.strategy,
  marketId: request.marketId,
  eventId: request.eventId,
  token: request.token,
  side: request.side,
  action: request.action,
  limitPrice: request.limitPrice,
  qty: request.qty,
  tif: request.tif,
  id,
  kind: "order",
  mode: state.settings.mode,
  status: report.status,
  filledQty: filledIn(report.fills),
  externalId: report.externalId ?? null,
  reason: report.reason,
  signalId,
  rest: request.rest ?? null,
  createdAtUs: state.nowUs
})

/** Gives the report of one of its orders to the package and its rules. */
const reportToPackage = (run: PackageRun, { leg, purpose }: SentOrder, report: OrderReport, first: boolean): void => {
  const traded = report.fills.length > 0
  const { countsAsRejection, reason, status } = report
  run.elapsedUs += report.tookUs
  if (run.machine !== null) {
    if (report.lost) run.machine.lost(purpose, leg, tradedIn(report.fills))
    else run.machine.answered(purpose, leg, tradedIn(report.fills))
  }
  if (purpose === "unwind") {
    run.unwindTraded ||= traded
    run.unwindCounts ||= countsAsRejection
    if (status !== "filled") run.unwindFailure = { leg, reason }
    return
  }
  const mayHaveArrived = status !== "rejected" && (report.externalId !== undefined || isWorking(status))
  run.ends[leg] = { status, traded, reason, countsAsRejection, mayHaveArrived }
  if (status !== "filled") run.failure ??= { leg, reason }
  if (first && report.nothingSent) run.notSent = reason
}

const takeFirst = (state: EngineState, orderId: ClientOrderId, sent: SentOrder, raw: OrderReport, out: Out): void => {
  const { subscribers } = state
  const { leg, order, purpose, run } = sent
  const entry = run.judged.planned[leg]
  const planned = purpose === "entry" && entry !== undefined ? entry : unwindPlan(order.request, entry)
  const known = answered(raw, run.rests && order.tif === "gtc")
  const report = purpose === "entry" ? sized(known, order.qty, planned.request.qty) : known
  const first = !run.answered
  state.release(orderId)
  const realizedChanges = report.fills.map((fill) => state.fill(fill))
  const taken = orderOf(state, orderId, planned, report)
  const { packages, rest } = followersOf(state, taken, run.judged.package.confirmed)
  state.track(rest === null ? taken : { ...taken, rest })
  reportToPackage(run, sent, report, first)
  out.fact({
    kind: "order",
    atUs: state.nowUs,
    orderId,
    run: run.number,
    first: true,
    purpose,
    planned,
    status: report.status,
    fills: report.fills,
    realizedChanges,
    filledQty: filledIn(report.fills),
    reason: report.reason,
    countsAsRejection: report.countsAsRejection,
    externalId: report.externalId ?? null,
    shown: report.shown,
    decision: purpose === "entry" ? (run.judged.decisions[leg] ?? null) : null,
    quoteAtUs: report.quoteAtUs,
    rest,
    createdAtUs: state.nowUs
  })
  keepResting(state, orderId, out)
  advancePackage(state, run, out)
  if (packages.length > 0) beginPackages(state, packages, out)
  if (subscribers !== null)
    notifyOfFills(state, subscribers, { id: orderId, strategy: order.strategy }, report.fills, out)
}

const planOf = (order: Order): PlannedOrder => ({
  request: order,
  role: "primary",
  signalId: order.signalId,
  short: false
})

/** Takes in what later market data, or the venue, did to a resting order. */
const takeLater = (state: EngineState, order: Order, report: OrderReport, out: Out): void => {
  const realizedChanges = report.fills.map((fill) => state.fill(fill))
  const { subscribers } = state
  const filledQty = shares(order.filledQty + filledIn(report.fills))
  state.canceling.delete(order.id)
  state.withdrawing.delete(order.id)
  const changed: Order = { ...order, status: report.status, filledQty, reason: report.reason }
  const { packages, rest } = followersOf(state, changed, false)
  state.track(rest === null ? changed : { ...changed, rest })
  if (report.quoteAtUs !== null) state.metQuote(order.id, report.quoteAtUs)
  out.fact({
    kind: "order",
    atUs: state.nowUs,
    orderId: order.id,
    run: null,
    first: false,
    purpose: "entry",
    planned: planOf(order),
    status: report.status,
    fills: report.fills,
    realizedChanges,
    filledQty,
    reason: report.reason,
    countsAsRejection: report.countsAsRejection,
    externalId: order.externalId,
    shown: report.shown,
    decision: null,
    quoteAtUs: report.quoteAtUs,
    rest,
    createdAtUs: order.createdAtUs
  })
  if (packages.length > 0) beginPackages(state, packages, out)
  const last = finalTake({ ...changed, rest }, report.reason, false)
  if (last !== null) beginPackages(state, [last], out)
  if (subscribers !== null) notifyOfFills(state, subscribers, order, report.fills, out)
}

/** Takes in what the venue said of an order: its fills change the account, and its package goes on. */
export const takeReport = (state: EngineState, orderId: ClientOrderId, report: OrderReport, out: Out): void => {
  const sent = state.sent.get(orderId)
  if (sent !== undefined) return takeFirst(state, orderId, sent, report, out)
  const order = state.working.get(orderId)
  // An order that is not known was ended by another process: the portfolio that is read next has what became of it.
  if (order !== undefined) takeLater(state, order, report, out)
  else state.withdrawing.delete(orderId)
}
