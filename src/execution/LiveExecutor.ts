import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { isOwed } from "../core/orderLife.ts"
import { VenueUnavailable } from "../domain/errors.ts"
import { type ExecutionResult, type ReportedFill } from "../domain/Execution.ts"
import { reported } from "../domain/rejection.ts"
import { type ApprovedOrder } from "../domain/ApprovedOrder.ts"
import { isDoubtful, isWorking, type Order, type OrderRequest } from "../domain/Order.ts"
import { type SignedLiveOrder } from "../domain/LiveOrder.ts"
import { doubtsDeadline, lookSchedule, postDeadline, rulesDeadline, settleDeadline } from "../policy/venue.ts"
import { type Exchange, type ExecutionContext } from "../ports/Executor.ts"
import { type LiveOrder, LiveOrderRepo } from "../ports/LiveOrderRepo.ts"
import { LiveVenue, type Placement } from "../ports/LiveVenue.ts"
import { VenueSync } from "../ports/VenueSync.ts"
import { fitOrder } from "./fitOrder.ts"
import { nowUs } from "./now.ts"

const nothingSent = (operation: string, detail: string) =>
  new VenueUnavailable({ operation, detail: `${detail}; nothing was sent`, nothingSent: true })

const refusedHere = (detail: string): ExecutionResult => ({
  status: "rejected",
  fills: [],
  reason: reported("not sent", detail),
  countsAsRejection: false
})

/** Fills of an order since it was staged. */
type Fills = Map<string, ReportedFill>

const keyOf = ({ atUs, externalFillId }: ReportedFill): string => externalFillId ?? String(atUs)

/** Whether more looks could find out more about an order that was just sent. */
const isSettled = ({ life, order }: LiveOrder): boolean =>
  !isWorking(order.status) ||
  (life.tif === "gtc" && (order.status === "open" || order.status === "partially_filled") && !isOwed(life))

/** The exchange as orders meet it; `ports/Executor` has it for the mode `live`. */
export class LiveExchange extends Context.Tag("monomarket/execution/LiveExchange")<LiveExchange, Exchange>() {}

const make = Effect.gen(function* () {
  const venue = yield* LiveVenue
  const repo = yield* LiveOrderRepo
  const sync = yield* VenueSync

  /** Nothing is sent while it is not known what became of something sent before: it might be sent twice. */
  const resolveDoubts = Effect.gen(function* () {
    const doubts = yield* repo.unresolved
    if (doubts.length === 0) return
    const looked = yield* sync.look(doubts).pipe(
      Effect.mapError((error) =>
        error._tag === "VenueUnavailable" ? nothingSent("live order", error.message) : error
      ),
      Effect.timeoutFail({
        duration: doubtsDeadline,
        onTimeout: () => nothingSent("live order", "what became of earlier orders could not be read in time")
      })
    )
    const open = looked.flatMap(({ after }) => (isDoubtful(after.order.status) ? [after.order.id] : []))
    if (open.length === 0) return
    const which = open.length === 1 ? `order ${open[0]}` : `orders ${open.join(", ")}`
    return yield* nothingSent("live order", `what became of ${which} is not known yet: see live-sync`)
  })

  /** Looks until it is known what became of the order, or patience ends. */
  const settle = (order: LiveOrder, fills: Fills) => {
    let current = order
    const lookOnce = Effect.gen(function* () {
      const [change] = yield* sync.look([current])
      if (change === undefined) return true
      for (const fill of change.added) fills.set(keyOf(fill), fill)
      for (const fill of change.reversed) fills.delete(keyOf(fill))
      current = change.after
      return isSettled(current)
    }).pipe(Effect.catchTag("VenueUnavailable", ({ message }) => Effect.as(Effect.logWarning(message), false)))
    return Effect.map(
      Effect.timeoutOption(
        Effect.repeat(lookOnce, { schedule: lookSchedule, until: (settled: boolean) => settled }),
        settleDeadline
      ),
      () => current
    )
  }

  const advanced = (order: LiveOrder, answer: Either.Either<Placement, VenueUnavailable>) =>
    Effect.gen(function* () {
      const { id } = order.order
      const atUs = yield* nowUs
      if (Either.isLeft(answer)) {
        const { message: detail, nothingSent: unsent } = answer.left
        return yield* repo.advance(id, { _tag: unsent ? "NotSent" : "AnswerLost", detail }, atUs)
      }
      const placed = answer.right
      if (placed._tag === "Taken") {
        return yield* repo.advance(id, { _tag: "Accepted", state: placed.state, filledQty: placed.filledQty }, atUs)
      }
      const { code: venueCode, notFilled, reason: detail } = placed
      return yield* repo.advance(id, { _tag: "Refused", venueCode, detail, notFilled }, atUs)
    })

  /** Sends what is stored, and follows it until it is known what became of it. */
  const sendStored = (signed: SignedLiveOrder, staged: LiveOrder, fills: Fills) =>
    Effect.gen(function* () {
      const answer = yield* Effect.either(
        Effect.timeoutFail(venue.post(signed), {
          duration: postDeadline,
          onTimeout: () => new VenueUnavailable({ operation: "live order", detail: "no complete answer in time" })
        })
      )
      const { after } = yield* advanced(staged, answer)
      const ended = isSettled(after) ? after : yield* settle(after, fills)
      const counts = Either.isRight(answer) && answer.right._tag === "Refused" && !answer.right.notFilled
      const { reason, status } = ended.order
      return { status, reason, countsAsRejection: counts }
    })

  /** Signed and stored, if nothing speaks against it. */
  const stage = (order: OrderRequest, context: ExecutionContext) =>
    Effect.gen(function* () {
      const market = context.market(order.marketId)
      if (market === undefined) return yield* nothingSent("live order", `market ${order.marketId} is not known`)
      yield* venue.ready
      yield* resolveDoubts
      const rules = yield* Effect.timeoutFail(venue.rules(market), {
        duration: rulesDeadline,
        onTimeout: () => nothingSent("live order", "the market's rules could not be read in time")
      })
      const fit = context.exact ? { order } : fitOrder(order, rules)
      if ("refused" in fit) return fit
      const signed = yield* venue.sign(fit.order, market, rules)
      return { signed, staged: yield* repo.stage(signed, yield* nowUs) }
    }).pipe(Effect.catchTag("StoreError", ({ message }) => nothingSent("live order", message)))

  /** Signed, stored, sent, and followed until it is known what became of it. */
  const send = (order: OrderRequest, context: ExecutionContext) =>
    Effect.gen(function* () {
      const ready = yield* stage(order, context)
      if ("refused" in ready) return refusedHere(ready.refused)
      const { signed, staged } = ready
      const fills: Fills = new Map()
      // The stored order is the one that was sent, also where its database fails now: whoever looks next finds it there.
      const ended = yield* Effect.catchTag(sendStored(signed, staged, fills), "StoreError", ({ message }) =>
        Effect.succeed({
          status: staged.order.status,
          reason: reported("not stored", message),
          countsAsRejection: false
        })
      )
      const result: ExecutionResult = { ...ended, fills: [...fills.values()], externalId: staged.hash }
      return result
    })

  const cancel = (order: Order) =>
    Effect.gen(function* () {
      const found = yield* repo.find(order.id)
      if (Option.isNone(found)) {
        // Its answer was waited for in vain before it was even signed: there is nothing at the exchange to let go of.
        if (order.externalId === null) return Option.none()
        return yield* nothingSent("live cancel", `order ${order.id} was never signed here`)
      }
      const { hash } = found.value
      const { canceled, notCanceled } = yield* venue.cancel([hash])
      const atUs = yield* nowUs
      const confirmed = canceled.includes(hash)
      const detail = notCanceled.get(hash) ?? "the exchange did not say that it cancelled the order"
      const advanced = yield* repo.advance(
        order.id,
        confirmed ? { _tag: "CancelConfirmed" } : { _tag: "CancelRefused", detail },
        atUs
      )
      const fills: Fills = new Map()
      const ended = yield* settleCancel(advanced.after, fills)
      if (!isWorking(ended.order.status)) return Option.some({ order: ended.order, fills: [...fills.values()] })
      return yield* new VenueUnavailable({
        operation: `cancel order ${order.id}`,
        detail: confirmed ? "cancelled, but still shown by the exchange: see live-sync" : detail
      })
    })

  /** A cancel that was refused because the order had filled shows in its trades. */
  const settleCancel = (order: LiveOrder, fills: Fills) => {
    let current = order
    const lookOnce = Effect.map(sync.look([order]), ([change]) => {
      if (change !== undefined) current = change.after
      for (const fill of change?.added ?? []) fills.set(keyOf(fill), fill)
      for (const fill of change?.reversed ?? []) fills.delete(keyOf(fill))
      return !isWorking(current.order.status) || !current.life.cancelConfirmed
    })
    return Effect.map(
      Effect.repeat(lookOnce, { schedule: lookSchedule, until: (settled: boolean) => settled }),
      () => current
    )
  }

  return LiveExchange.of({
    submit: (orders: ReadonlyArray<ApprovedOrder>, context) =>
      Effect.forEach(orders, ({ request }) => send(request, context), { concurrency: 1 }),
    cancel
  })
})

/**
 * The real exchange. An order is stored with its hash before it is sent; whatever happens after that, it is looked up by
 * its hash and never sent again.
 */
export const layer: Layer.Layer<LiveExchange, never, LiveVenue | LiveOrderRepo | VenueSync> = Layer.effect(
  LiveExchange,
  make
)
