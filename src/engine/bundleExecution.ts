import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import {
  type BundleAction,
  type BundleOutcome,
  type BundlePolicy,
  type BundleState,
  nextAction,
  type Purpose,
  startBundle,
  step,
  strandedLegs,
  unwindLoss
} from "../core/bundle.ts"
import { type BundleAlarm } from "../core/bundleAlarm.ts"
import { submissionOrder } from "../core/bundlePlan.ts"
import { type StoreError } from "../domain/errors.ts"
import { type Estimate, type ExecutionResult } from "../domain/Execution.ts"
import { type ApprovedOrder, isWorking, type OrderRequest } from "../domain/Order.ts"
import { packageIncomplete, reasonText, type Rejection, reported, unwindRefused } from "../domain/rejection.ts"
import { type Micros } from "../domain/units.ts"
import { unwindPause } from "../policy/bundle.ts"
import { type ExecutionContext, type ExecutorShape } from "../ports/Executor.ts"
import { nowUs } from "./now.ts"
import { type Answer, type Hurry, rejectedWith, resultOf, sendOrder, tradedIn } from "./sendOrder.ts"

export interface BundleRequest {
  readonly executor: Pick<ExecutorShape, "atomic" | "submit">
  readonly orders: ReadonlyArray<ApprovedOrder>
  /** One for each order: they decide which leg goes first. */
  readonly estimates: ReadonlyArray<Estimate>
  readonly context: ExecutionContext
  readonly policy: BundlePolicy
  /** Ends the wait for the answer to a single order. */
  readonly hurry?: Hurry
  /** Asks risk whether an order that unwinds a leg may go; null: it may not. */
  readonly approveClose: (order: OrderRequest) => Effect.Effect<ApprovedOrder | null, StoreError>
}

/** An order that gave a leg back, or tried to. */
export interface Unwind {
  /** Index of the order that it unwinds. */
  readonly leg: number
  readonly order: OrderRequest
  readonly result: ExecutionResult
}

export interface BundleExecution {
  readonly outcome: BundleOutcome
  /** One for each order, in the order of the request. */
  readonly results: ReadonlyArray<ExecutionResult>
  /** In the order in which they were sent. */
  readonly unwinds: ReadonlyArray<Unwind>
  /** What unwinding lost, price and fees, micro-USDC; negative: it gained. */
  readonly unwindLoss: Micros
  /** Not null when and only when the bundle is stranded. */
  readonly alarm: BundleAlarm | null
}

/** What went wrong with the order of one leg; `leg` null: with the bundle as a whole. */
interface Failure {
  readonly leg: OrderRequest | null
  readonly reason: Rejection | null
}

/** A bundle in the middle of its execution; owned by one driver, changed in place. */
interface Run {
  readonly request: BundleRequest
  state: BundleState
  readonly results: Array<ExecutionResult | undefined>
  readonly unwinds: Array<Unwind>
  /** The first thing that went wrong. */
  failure: Failure | null
  /** The last unwinding that was refused. */
  unwindFailure: Failure | null
  /** Why the venue takes no order at all, when it said so to the first. */
  shut: Rejection | null
}

type ActionOf<Tag extends BundleAction["_tag"]> = Extract<BundleAction, { readonly _tag: Tag }>

const failureText = ({ leg, reason }: Failure): string =>
  `${leg === null ? "" : `${leg.marketId} ${leg.token}: `}${reasonText(reason)}`
const isFirst = ({ results }: Run): boolean => results.every((result) => result === undefined)

const settle = (run: Run, purpose: Purpose, leg: number, answer: Answer): void => {
  const traded = tradedIn(resultOf(answer))
  run.state = step(run.state, { _tag: answer._tag === "Lost" ? "AnswerLost" : "Answered", purpose, leg, traded })
}

/** An order that was sent for fewer shares than were wanted is not filled, though what was sent is. */
const sized = (result: ExecutionResult, sent: Micros, wanted: Micros): ExecutionResult =>
  sent < wanted && result.status === "filled"
    ? {
        ...result,
        status: "canceled",
        reason: { code: "sized to the bundle", by: "package", value: sent, limit: wanted }
      }
    : result

const submitLeg = (run: Run, { leg, qty }: ActionOf<"SubmitLeg">) =>
  Effect.gen(function* () {
    const { context, executor, hurry = null, orders } = run.request
    const wanted = orders[leg]
    if (wanted === undefined) return
    const first = isFirst(run)
    // What risk passed stays passed when it is smaller.
    const order: ApprovedOrder = { ...wanted, qty: Math.min(qty, wanted.qty) }
    run.state = step(run.state, { _tag: "Sent", purpose: "entry", leg, qty: order.qty })
    const now = first ? context : { ...context, atUs: yield* nowUs }
    const alone = orders.length === 1
    const answer = yield* sendOrder(executor, order, now, alone && order.tif === "gtc", alone ? hurry : null)
    settle(run, "entry", leg, answer)
    const result = resultOf(answer)
    run.results[leg] = sized(result, order.qty, wanted.qty)
    if (result.status !== "filled") run.failure ??= { leg: order, reason: result.reason }
    if (first && answer._tag === "NothingSent") run.shut = answer.reason
  })

/** Its limit is what unwinding may lose, to the micro-USDC: off any tick. */
const unwindTerms = { strictLimit: true, exact: false }

const unwindLeg = (run: Run, { attempt, leg, limitPrice, qty, side }: ActionOf<"UnwindLeg">) =>
  Effect.gen(function* () {
    const { approveClose, context, executor, orders } = run.request
    const entry = orders[leg]
    if (entry === undefined) return
    if (attempt > 1) yield* Effect.sleep(unwindPause)
    const { eventId, marketId, strategy, token } = entry
    const action = entry.action === "open" ? "close" : "open"
    const order: OrderRequest = { strategy, marketId, eventId, token, side, action, limitPrice, qty, tif: "ioc" }
    run.state = step(run.state, { _tag: "Sent", purpose: "unwinding", leg, qty })
    const approval = yield* Effect.either(approveClose(order))
    const answer: Answer =
      approval._tag === "Left"
        ? { _tag: "NothingSent", reason: reported("not sent", approval.left.message) }
        : approval.right === null
          ? { _tag: "NothingSent", reason: unwindRefused }
          : yield* sendOrder(executor, approval.right, { ...context, atUs: yield* nowUs, ...unwindTerms }, false)
    settle(run, "unwinding", leg, answer)
    const result = resultOf(answer)
    if (result.status !== "filled") run.unwindFailure = { leg: order, reason: result.reason }
    run.unwinds.push({ leg, order, result })
  })

/** Carries out what the state machine says until it has nothing more to say. */
const drive = (run: Run): Effect.Effect<BundleOutcome> =>
  Effect.gen(function* () {
    const { deadlineUs } = run.request.policy
    // Monotonic: a step of the wall clock neither stretches nor ends a bundle.
    const started = yield* Clock.currentTimeNanos
    for (;;) {
      const action = nextAction(run.state)
      if (action._tag === "Done") return action.outcome
      if (action._tag === "UnwindLeg") yield* unwindLeg(run, action)
      else {
        const elapsedUs = Number((yield* Clock.currentTimeNanos) - started) / 1_000
        if (elapsedUs < deadlineUs || isFirst(run)) yield* submitLeg(run, action)
        else {
          run.failure ??= { leg: null, reason: { code: "deadline passed", by: "package", limit: deadlineUs } }
          run.state = step(run.state, { _tag: "DeadlinePassed" })
        }
      }
    }
  })

/** A leg that was never sent: the venue was shut, or the bundle ended before its turn. */
const unsent = ({ failure, shut }: Run): ExecutionResult =>
  shut !== null
    ? rejectedWith(shut)
    : {
        status: "canceled",
        fills: [],
        reason: packageIncomplete(failure?.leg ?? null, failure?.reason ?? null),
        countsAsRejection: false
      }

const alarmOf = ({ failure, request, state, unwindFailure }: Run): BundleAlarm => ({
  kind: "bundle stranded",
  reason: [
    failure === null ? "" : failureText(failure),
    ...(unwindFailure === null ? [] : [`not unwound: ${failureText(unwindFailure)}`])
  ].join("; "),
  legs: strandedLegs(state).flatMap((stranded) => {
    const order = request.orders[stranded.leg]
    return order === undefined ? [] : [{ ...stranded, order }]
  })
})

const runLegs = (request: BundleRequest): Effect.Effect<BundleExecution> =>
  Effect.gen(function* () {
    const { estimates, orders, policy } = request
    const run: Run = {
      request,
      state: startBundle(orders, submissionOrder(estimates), policy),
      results: orders.map(() => undefined),
      unwinds: [],
      failure: null,
      unwindFailure: null,
      shut: null
    }
    const outcome = yield* drive(run)
    const results = run.results.map((result) => result ?? unsent(run))
    // A single order may rest.
    const rests = outcome === "nothing" && results.some(({ status }) => isWorking(status))
    return {
      outcome: rests ? "complete" : outcome,
      results,
      unwinds: run.unwinds,
      unwindLoss: unwindLoss(run.state),
      alarm: outcome === "stranded" ? alarmOf(run) : null
    }
  })

/** The venue itself takes all or none, on one look at the market: nothing can be left over. */
const runTogether = ({ context, executor, orders }: BundleRequest): Effect.Effect<BundleExecution, StoreError> =>
  executor.submit(orders, context).pipe(
    Effect.catchTag("VenueUnavailable", ({ message }) =>
      Effect.succeed(orders.map(() => rejectedWith(reported("not sent", message))))
    ),
    Effect.map((results) => {
      const traded = results.some(({ fills, status }) => fills.length > 0 || isWorking(status))
      return { outcome: traded ? "complete" : "nothing", results, unwinds: [], unwindLoss: 0, alarm: null }
    })
  )

/**
 * Sends the orders of a bundle (or a single order) and sees them to an end: complete, unwound, nothing, or stranded with
 * an alarm. A stop that is asked for meanwhile waits for that end: half a bundle is worse than a late exit. A single order
 * is no bundle: who is in a hurry leaves it to be looked up later.
 */
export const runBundle = (request: BundleRequest): Effect.Effect<BundleExecution, StoreError> =>
  request.executor.atomic ? runTogether(request) : Effect.uninterruptible(runLegs(request))
