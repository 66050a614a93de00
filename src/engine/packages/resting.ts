import { type DueFollower, dueFollowers } from "../../core/packages/followers.ts"
import { type ClientOrderId, type TimerId } from "../../domain/EngineEvent.ts"
import { floorMulDiv } from "../../core/mulDiv.ts"
import { isWorking, type Order } from "../../domain/Order.ts"
import { type OrderPackage, type PackageLeg, type PlannedOrder } from "../../domain/OrderPackage.ts"
import { partlyUnhedged, type Rejection, signalGone, timeToLiveOver } from "../../domain/rejection.ts"
import { expiryOf, type Follower, type RestTerms } from "../../domain/RestTerms.ts"
import { type Attempt, attemptKey } from "../../domain/Attempt.ts"
import { type NewSignal } from "../../domain/Signal.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { shares } from "../../domain/units.ts"
import { type EngineState } from "../EngineState.ts"
import { type Out } from "../Out.ts"

/*
 * What becomes of orders that rest: their time to live, the end of the signal that they carry out, and the orders that
 * follow their fills. Everything that this needs is on the order, so another process can go on with it.
 */

const setTimer = (id: TimerId, atUs: EpochMicros, out: Out): void => {
  out.commands.push({ kind: "setTimer", id, atUs })
}

/** Sets the timers of an order that begins to rest, or that was read from the store. */
const arm = (state: EngineState, order: Order, out: Out): void => {
  if (order.rest === undefined || order.rest === null || state.armed.has(order.id)) return
  const expiresUs = expiryOf(order)
  const { withdrawnAtUs } = order.rest
  if (expiresUs === null && withdrawnAtUs === null) return
  state.armed.add(order.id)
  if (expiresUs !== null) setTimer({ kind: "expire", orderId: order.id }, Math.max(expiresUs, state.nowUs), out)
  if (withdrawnAtUs !== null)
    setTimer({ kind: "withdraw", orderId: order.id }, Math.max(withdrawnAtUs, state.nowUs), out)
}

const cancel = (
  state: EngineState,
  orderId: ClientOrderId,
  status: "canceled" | "expired",
  reason: Rejection,
  out: Out
): void => {
  if (state.canceling.has(orderId)) return
  state.canceling.add(orderId)
  out.commands.push({ kind: "cancel", orderId, status, reason })
}

const hasAsked = ({ rest }: Pick<Order, "rest">): Attempt | null => rest?.asked ?? null

/** The time to live of an order is over. It may have filled or ended before. */
export const expire = (state: EngineState, orderId: ClientOrderId, out: Out): void => {
  const order = state.working.get(orderId)
  const expiresUs = order === undefined ? null : expiryOf(order)
  if (order === undefined || expiresUs === null || expiresUs > state.nowUs) return
  const { hedges = false, thenTake = false, timeToLiveUs } = order.rest ?? {}
  const reason = hedges && !thenTake ? partlyUnhedged(order.filledQty, order.qty) : timeToLiveOver(timeToLiveUs ?? 0)
  cancel(state, orderId, "expired", reason, out)
}

/** A stored signal was withdrawn at this moment. */
export const withdraw = (state: EngineState, orderId: ClientOrderId, out: Out): void => {
  if (state.working.has(orderId)) cancel(state, orderId, "canceled", signalGone, out)
}

/**
 * Withdraws the orders whose strategy was asked and no longer gives their signal. Gives whether there are any: what the
 * scan wants to open waits until they are gone, because they count as exposure until then.
 */
export const withdrawGone = (state: EngineState, given: ReadonlyArray<NewSignal>, out: Out): void => {
  const resting = [...state.working.values()].filter((order) => hasAsked(order) !== null)
  if (resting.length === 0) return
  const asked = new Set(state.settings.strategies.map(({ id }) => id))
  const kept = new Set(given.map(attemptKey))
  for (const order of resting) {
    const attempt = hasAsked(order)
    if (attempt === null || order.mode !== state.settings.mode) continue
    if (!asked.has(attempt.strategy) || kept.has(attemptKey(attempt))) continue
    state.withdrawing.add(order.id)
    cancel(state, order.id, "canceled", signalGone, out)
  }
}

/** Whether an order rests for the signal: it is not traded a second time. */
export const restsFor = (state: EngineState, attempt: Attempt): boolean => {
  for (const order of state.working.values()) {
    const asked = hasAsked(order)
    if (asked === null || asked.marketId !== attempt.marketId) continue
    if (asked.side === attempt.side && asked.strategy === attempt.strategy) return true
  }
  return false
}

/** Whether an order rests already for one of the signals of a package that is to rest too. */
export const restsAlready = (state: EngineState, { legs, rounds, signalIds }: OrderPackage): boolean => {
  if (rounds !== true || signalIds.length === 0 || state.working.size === 0) return false
  return legs.some(({ follows, rest }) => {
    const asked = rest?.asked ?? null
    return follows !== true && asked !== null && restsFor(state, asked)
  })
}

const packageOf = (
  leg: PackageLeg,
  { answersFill, confirmed }: Pick<OrderPackage, "answersFill" | "confirmed">
): OrderPackage => ({
  strategy: leg.strategy,
  eventId: leg.eventId,
  signalIds: [],
  asked: [],
  legs: [leg],
  shortage: "buy_other",
  strictLimit: true,
  rounds: true,
  answersFill: answersFill === true,
  confirmed
})

/** A follower rests by the same terms as the order that it follows. */
const followingLeg = ({ follower, qty }: DueFollower, rest: RestTerms): PackageLeg => ({
  strategy: follower.strategy,
  marketId: follower.marketId,
  eventId: follower.eventId,
  token: follower.token,
  side: follower.side,
  limitPrice: follower.limitPrice,
  qty,
  tif: "gtc",
  role: follower.role,
  rest: { ...rest, asked: null, withdrawnAtUs: null, followers: [], hedges: true },
  signalId: follower.signalId
})

/** An order whose fills others follow. */
type FollowedOrder = Pick<Order, "rest" | "qty" | "filledQty" | "status">

/** What follows from the fills of an order so far: its terms, in which that counts as ordered, and the packages. */
export const followersOf = (
  state: EngineState,
  { filledQty, qty, rest, status }: FollowedOrder,
  confirmed: boolean
): { readonly rest: RestTerms | null; readonly packages: ReadonlyArray<OrderPackage> } => {
  const terms = rest ?? null
  if (terms === null) return nothingFollows
  if (terms.followers.length === 0) return { rest: terms, packages: noPackages }
  const found = dueFollowers(
    { rest: terms, qty, filledQty, ended: !isWorking(status) },
    (marketId) => state.find(marketId)?.rules.minOrderSize ?? null
  )
  if (found === null) return { rest: terms, packages: noPackages }
  return {
    rest: found.rest,
    packages: found.due.map((due) => packageOf(followingLeg(due, terms), { answersFill: true, confirmed }))
  }
}

const noPackages: ReadonlyArray<OrderPackage> = []
const nothingFollows = { rest: null, packages: noPackages }

/**
 * What is left of an order whose time to live is over and that is to take then: sent once, as an immediate order within
 * its limit. null: there is nothing of the kind.
 */
export const finalTake = (order: Order, reason: Rejection | null, confirmed: boolean): OrderPackage | null => {
  const { rest } = order
  const left = shares(order.qty - order.filledQty)
  if (rest === undefined || rest === null || !rest.thenTake || left <= 0) return null
  if (isWorking(order.status) || reason?.code !== "time to live over") return null
  const followers = rest.followers.map((follower) => ({
    ...follower,
    qty: shares(follower.qty - follower.orderedQty),
    orderedQty: shares(0)
  }))
  return packageOf(
    {
      strategy: order.strategy,
      marketId: order.marketId,
      eventId: order.eventId,
      token: order.token,
      side: order.side,
      limitPrice: order.limitPrice,
      qty: left,
      tif: "ioc",
      role: rest.hedges ? "hedge" : "primary",
      rest: { ...rest, asked: null, withdrawnAtUs: null, followers },
      signalId: order.signalId
    },
    { confirmed }
  )
}

/** An order began to rest, or rests on. */
export const keepResting = (state: EngineState, orderId: ClientOrderId, out: Out): void => {
  const order = state.working.get(orderId)
  if (order !== undefined) arm(state, order, out)
}

/** Takes up the orders that rest in a portfolio that was just read. */
export const takeUpResting = (state: EngineState, out: Out): void => {
  for (const order of state.working.values()) arm(state, order, out)
}

/** The orders of a signal that follow its first one become a part of that one's terms. */
export const withFollowers = (planned: ReadonlyArray<PlannedOrder>): ReadonlyArray<PlannedOrder> => {
  if (!planned.some(({ follows }) => follows === true)) return planned
  return planned.map((leader) => {
    const { rest } = leader.request
    if (leader.follows === true || rest === undefined || rest === null) return leader
    const ofSignal = planned.filter(({ signalId }) => signalId === leader.signalId)
    const whole = ofSignal.reduce((sum, { follows, request }) => (follows === true ? sum : sum + request.qty), 0)
    const followers = ofSignal.flatMap(({ follows, request, role, signalId }): ReadonlyArray<Follower> => {
      if (follows !== true) return []
      // A sale of more than is held is two orders, and each has its part of what follows.
      const qty = shares(floorMulDiv(request.qty, leader.request.qty, whole))
      const { eventId, limitPrice, marketId, side, strategy, token } = request
      return [{ strategy, marketId, eventId, token, side, limitPrice, qty, orderedQty: shares(0), role, signalId }]
    })
    return { ...leader, request: { ...leader.request, rest: { ...rest, followers } } }
  })
}
