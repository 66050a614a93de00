import { bareEstimate } from "../../core/bareEstimate.ts"
import { type PackageAction, type PackageOutcome, type Purpose } from "../../core/packages/PackageMachine.ts"
import { nothingTraded } from "../../core/packages/traded.ts"
import { notionalOf } from "../../core/account/portfolio.ts"
import { payoutOf } from "../../core/account/settlement.ts"
import { oppositePrice } from "../../core/venue/quote.ts"
import { type PackageRefusal } from "../../domain/Fact.ts"
import { type ApprovedOrder } from "../../domain/ApprovedOrder.ts"
import { isWorking, type OrderRequest, type OrderStatus } from "../../domain/Order.ts"
import { type PackageAlarm } from "../../domain/PackageAlarm.ts"
import { type PlannedOrder } from "../../domain/OrderPackage.ts"
import {
  deadlinePassed,
  otherReason,
  packageIncomplete,
  reasonText,
  type Rejection,
  unwindRefused
} from "../../domain/rejection.ts"
import { shares, type Usdc, usdc } from "../../domain/units.ts"
import { type EngineState } from "../EngineState.ts"
import { type LegFailure, type PackageRun } from "./PackageRun.ts"
import { type Out } from "../Out.ts"

type ActionOf<Kind extends PackageAction["kind"]> = Extract<PackageAction, { readonly kind: Kind }>

interface Sending {
  readonly leg: number
  readonly purpose: Purpose
  readonly order: ApprovedOrder
}

const send = (state: EngineState, run: PackageRun, { leg, order, purpose }: Sending, out: Out): void => {
  const { nowUs, settings } = state
  const entry = purpose === "entry"
  const orderId = entry ? (run.orderIds[leg] ?? state.nextOrderId()) : state.nextOrderId()
  const { answersFill = false, rounds = false, strictLimit } = run.judged.package
  state.sent.set(orderId, { run, leg, purpose, order })
  out.commands.push({
    kind: "submit",
    orderId,
    order,
    plannedQty: entry ? (run.orders[leg]?.qty ?? order.qty) : order.qty,
    // The limit of an unwinding order follows from the loss that is allowed, to the micro-USDC. It lies on no tick, so
    // the order must be strict about its limit and may be rounded.
    strictLimit: entry ? strictLimit : true,
    exact: entry ? strictLimit && !rounds : false,
    arrivesAtUs: run.begun || answersFill ? nowUs + settings.legDelayUs : nowUs,
    alone: run.alone
  })
  run.begun = true
}

/** The reason of orders that ended because their package failed: it names the leg that failed and why. */
export const failedAt = (run: PackageRun, failure: LegFailure | null): Rejection =>
  packageIncomplete(
    failure === null || failure.leg === null ? null : (run.orders[failure.leg] ?? null),
    failure?.reason ?? null
  )

/** Ends the legs that were never sent, because the venue takes no order or the package ended before their turn. */
const endUnsent = (state: EngineState, run: PackageRun, out: Out): void => {
  for (const [leg, planned] of run.judged.planned.entries()) {
    if (run.ends[leg] !== null) continue
    const status = run.notSent === null ? "canceled" : "rejected"
    const reason = run.notSent ?? failedAt(run, run.failure)
    run.ends[leg] = { status, traded: false, reason, countsAsRejection: false, mayHaveArrived: false }
    const orderId = run.orderIds[leg] ?? 0
    state.release(orderId)
    out.fact({
      kind: "order",
      atUs: state.nowUs,
      orderId,
      run: run.number,
      first: true,
      purpose: "entry",
      planned,
      status,
      fills: [],
      realizedChanges: [],
      filledQty: shares(0),
      reason,
      countsAsRejection: false,
      externalId: null,
      shown: null,
      decision: run.judged.decisions[leg] ?? null,
      quoteAtUs: null,
      rest: null,
      createdAtUs: state.nowUs
    })
  }
}

/** Why a package of which nothing traded was refused: the reason of the first order that failed by itself. */
const refusalOf = ({ ends }: PackageRun): PackageRefusal | null => {
  for (const [at, end] of ends.entries()) {
    if (end === null || end.traded || end.reason?.code === "bundle incomplete") continue
    if (end.status !== "rejected" && end.status !== "canceled") continue
    const by = end.status === "rejected" ? "venue" : "market"
    return { by, reason: end.reason ?? otherReason(""), at, status: end.status, counts: end.countsAsRejection }
  }
  return null
}

const alarmOf = (run: PackageRun): PackageAlarm => {
  const { failure, machine, orders, unwindFailure } = run
  const named = ({ leg, reason }: LegFailure): string => {
    const order = leg === null ? undefined : orders[leg]
    return order === undefined ? reasonText(reason) : `${order.marketId} ${order.token}: ${reasonText(reason)}`
  }
  return {
    kind: "bundle stranded",
    reason: [
      failure === null ? "" : named(failure),
      ...(unwindFailure === null ? [] : [`not unwound: ${named(unwindFailure)}`])
    ].join("; "),
    legs: (machine?.stranded() ?? []).flatMap((stranded) => {
      const order = orders[stranded.leg]
      return order === undefined ? [] : [{ ...stranded, order }]
    })
  }
}

/**
 * What stranded legs are worth less now than was paid for them, micro-USDC: what a resolution pays, else what the market
 * shows; without either all of it counts.
 */
const strandedCost = (state: EngineState, { legs }: PackageAlarm): Usdc => {
  let cost = 0
  for (const { notional, order, qty } of legs) {
    const market = state.find(order.marketId)
    const payout = market?.payout ?? null
    const back = order.side === "buy" ? "sell" : "buy"
    const shown = market === undefined ? null : oppositePrice(market.quote, order.token, back)
    const price = payout === null ? shown : payoutOf(order.token, payout)
    const worth = price === null ? (order.side === "buy" ? 0 : 2 * notional) : notionalOf(price, qty)
    cost += order.side === "buy" ? notional - worth : worth - notional
  }
  return usdc(cost)
}

const finish = (state: EngineState, run: PackageRun, outcome: PackageOutcome, out: Out): void => {
  endUnsent(state, run, out)
  const rests = outcome === "nothing" && run.ends.some((end) => end !== null && isWorking(end.status))
  const ended = rests ? "complete" : outcome
  const alarm = ended === "stranded" ? alarmOf(run) : null
  const unwindLoss = run.machine?.unwindLoss() ?? 0
  const rejected = run.unwindCounts || run.ends.some((end) => end?.countsAsRejection === true)
  const accepted = run.unwindTraded || run.ends.some((end) => end !== null && (end.traded || isAccepted(end.status)))
  if (rejected || accepted) state.countDecision(rejected)
  state.packages.delete(run.number)
  out.fact({
    kind: "package",
    atUs: state.nowUs,
    run: run.number,
    package: run.judged.package,
    outcome: ended,
    refusal: ended === "nothing" ? refusalOf(run) : null,
    alarm,
    unwindLoss: usdc(unwindLoss),
    legCost: usdc(unwindLoss + (alarm === null ? 0 : strandedCost(state, alarm))),
    reached: run.ends.some((end) => end?.mayHaveArrived === true)
  })
}

/** Whether the status says that the venue took the order. Of an order whose answer was lost this is not known. */
const isAccepted = (status: OrderStatus): boolean =>
  status !== "rejected" && status !== "canceled" && status !== "pending" && status !== "unknown"

/** Sends an order that gives back what a leg traded, if risk allows it. Gives whether it was sent. */
const unwind = (state: EngineState, run: PackageRun, action: ActionOf<"unwind">, out: Out): boolean => {
  const { leg, limitPrice, qty, side } = action
  const entry = run.orders[leg]
  if (entry === undefined) return false
  const { eventId, marketId, strategy, token } = entry
  const close = entry.action === "open" ? "close" : "open"
  const order: OrderRequest = { strategy, marketId, eventId, token, side, action: close, limitPrice, qty, tif: "ioc" }
  run.machine?.sent("unwind", leg, qty)
  const approved = state.settings.decide([bareEstimate(order)], state.exposure).approved[0]
  if (approved !== undefined) {
    send(state, run, { leg, purpose: "unwind", order: approved }, out)
    return true
  }
  run.machine?.answered("unwind", leg, nothingTraded)
  run.unwindFailure = { leg, reason: unwindRefused }
  return false
}

const submit = (state: EngineState, run: PackageRun, { leg, qty }: ActionOf<"submit">, out: Out): boolean => {
  const { deadlineUs } = state.settings.packages
  const wanted = run.orders[leg]
  if (wanted === undefined) return false
  if (run.begun && run.elapsedUs >= deadlineUs) {
    run.failure ??= { leg: null, reason: deadlinePassed(deadlineUs) }
    run.machine?.stop()
    return false
  }
  const order = wanted.shrinkTo(qty)
  run.machine?.sent("entry", leg, order.qty)
  send(state, run, { leg, purpose: "entry", order }, out)
  return true
}

const tradedAtAll = ({ ends }: PackageRun): PackageOutcome =>
  ends.some((end) => end?.traded === true) ? "complete" : "nothing"

/** Does what the package's rules say, until an order or a pause has to be waited for, or the package has ended. */
export const advancePackage = (state: EngineState, run: PackageRun, out: Out): void => {
  const { machine } = run
  if (machine === null) {
    const leg = run.sentCount
    const order = run.orders[leg]
    if (order === undefined || run.notSent !== null) return finish(state, run, tradedAtAll(run), out)
    run.sentCount += 1
    return send(state, run, { leg, purpose: "entry", order }, out)
  }
  for (;;) {
    const action = machine.next()
    if (action.kind === "end") return finish(state, run, action.outcome, out)
    if (action.kind === "submit") {
      if (submit(state, run, action, out)) return
      continue
    }
    if (action.attempt > 1 && !run.paused) {
      const atUs = state.nowUs + state.settings.unwindPauseUs
      out.commands.push({ kind: "setTimer", id: { kind: "package", run: run.number }, atUs })
      return
    }
    run.paused = false
    if (unwind(state, run, action, out)) return
  }
}

/** The pause before another try to give a leg back is over. */
export const pauseOver = (state: EngineState, number: number, out: Out): void => {
  const run = state.packages.get(number)
  if (run === undefined) return
  run.paused = true
  advancePackage(state, run, out)
}

/** An order that gave a leg back, as it is stored: no signal asked for it. */
export const unwindPlan = (order: OrderRequest, entry: PlannedOrder | undefined): PlannedOrder => ({
  request: order,
  role: entry?.role ?? "leg",
  signalId: null,
  short: false
})
