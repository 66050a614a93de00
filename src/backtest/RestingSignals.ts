import { type OrderFact } from "../domain/Fact.ts"
import { type SignalId } from "../domain/ids.ts"
import { isWorking, type OrderRequest } from "../domain/Order.ts"
import { type OrderPackage } from "../domain/OrderPackage.ts"
import { notFilledInWindow, otherReason, type Rejection, rejectionText } from "../domain/rejection.ts"
import { type RejectReasons } from "./RejectReasons.ts"

/** Whether a package of signals rests at the venue, instead of taking what is offered. */
export const isResting = ({ legs, signalIds }: OrderPackage): boolean =>
  signalIds.length > 0 && legs[0] !== undefined && legs[0].tif === "gtc"

/**
 * Counts the signals whose orders rest: a signal is executed once its first order has a fill, and rejected when that
 * order ends without one.
 */
export class RestingSignals {
  executed = 0
  /** Signals whose first order rests and has no fill. */
  private readonly waiting = new Map<SignalId, OrderFact>()
  private readonly reasons: RejectReasons

  constructor(reasons: RejectReasons) {
    this.reasons = reasons
  }

  ordered(fact: OrderFact): void {
    const { fills, first, planned, reason, status } = fact
    const { request, signalId } = planned
    const known = signalId !== null && this.waiting.has(signalId)
    const begins = first && request.tif === "gtc"
    if (signalId === null || !(known || begins) || request.rest?.hedges === true) return
    if (fills.length > 0) {
      this.waiting.delete(signalId)
      if (begins || known) this.executed += 1
    } else if (isWorking(status)) this.waiting.set(signalId, fact)
    else if (!this.takesThen(request, reason)) this.reject(signalId, reason)
  }

  /** An order that would have taken at the end of its time to live was refused. */
  refused(signalId: SignalId | null, request: OrderRequest, reason: Rejection): void {
    if (signalId !== null && request.rest?.hedges !== true && this.waiting.has(signalId)) this.reject(signalId, reason)
  }

  /** The window ended: what still rests did not trade in it. Gives the first fact of each such order. */
  finish(): ReadonlyArray<OrderFact> {
    const facts = [...this.waiting.values()]
    for (const signalId of this.waiting.keys()) this.reject(signalId, notFilledInWindow)
    return facts
  }

  private takesThen({ rest, tif }: OrderRequest, reason: Rejection | null): boolean {
    return tif === "gtc" && rest?.thenTake === true && reason?.code === "time to live over"
  }

  private reject(signalId: SignalId, reason: Rejection | null): void {
    this.waiting.delete(signalId)
    const known = reason ?? otherReason("")
    this.reasons.count(known, rejectionText(known), 1)
  }
}
