import { visibleOf } from "../../core/marketView.ts"
import { type ClientOrderId, type EngineEvent } from "../../domain/EngineEvent.ts"
import { type ReportedFill } from "../../domain/Execution.ts"
import { type MarketId, type StrategyId } from "../../domain/ids.ts"
import { type Payout } from "../../domain/Market.ts"
import { type Order } from "../../domain/Order.ts"
import { type OrderPackage, type PackageLeg } from "../../domain/OrderPackage.ts"
import { canceledByStrategy } from "../../domain/rejection.ts"
import { StrategyError } from "../../domain/StrategyError.ts"
import { type OwnFill, type StrategyEvent, type WantedPackage } from "../../domain/StrategyEvent.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { fromMicros } from "../../domain/units.ts"
import { beginPackages } from "../packages/decidePackage.ts"
import { type EngineState } from "../EngineState.ts"
import { HandlerContext } from "./HandlerContext.ts"
import { type Out } from "../Out.ts"
import { hears, type Subscriber, type Subscribers } from "./Subscribers.ts"

/*
 * Passes events to the strategies that handle them, once the engine has taken the event in. Orders that a strategy
 * places take the same path as every other order (decidePackage.ts), and what it cancels becomes a command; both begin
 * only after its handler has returned.
 */

const nothingAsked: OrderPackage["asked"] = []
const noSignals: OrderPackage["signalIds"] = []

/**
 * The package of orders that a strategy placed in its handler. No fill is worse than its limit. A resting sale of more
 * than is held is refused, because only an immediate order can become a purchase of the other outcome.
 */
const packageOf = (state: EngineState, strategy: StrategyId, { legs, rest }: WantedPackage): OrderPackage => {
  const orders = legs.map((leg): PackageLeg => ({
    strategy,
    marketId: leg.marketId,
    eventId: state.eventOf(leg.marketId) ?? "",
    token: leg.token,
    side: leg.side,
    limitPrice: leg.limitPrice,
    qty: leg.qty,
    tif: rest ? "gtc" : "ioc",
    role: legs.length === 1 ? "primary" : "leg",
    signalId: null
  }))
  return {
    strategy,
    eventId: orders[0]?.eventId ?? "",
    signalIds: noSignals,
    asked: nothingAsked,
    legs: orders,
    shortage: rest ? "refuse" : "buy_other",
    strictLimit: true,
    confirmed: false
  }
}

const cancel = (state: EngineState, orderId: ClientOrderId, out: Out): void => {
  if (state.canceling.has(orderId)) return
  state.canceling.add(orderId)
  out.commands.push({ kind: "cancel", orderId, status: "canceled", reason: canceledByStrategy })
}

const notify = (state: EngineState, subscriber: Subscriber, event: StrategyEvent, out: Out): void => {
  const { handlers, id } = subscriber
  const context = new HandlerContext(state, id)
  const reaction = handlers.on(event, context, subscriber.state)
  context.shut()
  subscriber.state = reaction.state
  for (const orderId of reaction.cancel) cancel(state, orderId, out)
  if (reaction.place.length === 0) return
  beginPackages(
    state,
    reaction.place.map((wanted) => packageOf(state, id, wanted)),
    out
  )
}

const setTimer = ({ handlers, id }: Subscriber, fromUs: EpochMicros, out: Out): void => {
  if (handlers.everyUs === null) return
  out.commands.push({ kind: "setTimer", id: { kind: "strategy", strategy: id }, atUs: fromUs + handlers.everyUs })
}

/**
 * Is called before an event is taken in. Starts the strategies' timers at the first event of a session, whatever it is:
 * timers are not recorded as inputs, so a replay has to start them at the same moment.
 */
export const beginEvent = (state: EngineState, subscribers: Subscribers, { kind }: EngineEvent, out: Out): void => {
  if (kind !== "report") subscribers.fillsInRow = 0
  if (subscribers.started) return
  subscribers.started = true
  for (const subscriber of subscribers.all) setTimer(subscriber, state.nowUs, out)
}

/** The strategies that handle events of a kind; none once the session was asked to stop. */
const listening = (state: EngineState, kind: StrategyEvent["kind"]): ReadonlyArray<Subscriber> =>
  state.subscribers === null || state.stopped ? [] : state.subscribers.of(kind)

export const notifyOfMarket = (
  state: EngineState,
  { instrument, quote }: Extract<EngineEvent, { readonly kind: "market" }>,
  out: Out
): void => {
  let event: StrategyEvent | null = null
  for (const subscriber of listening(state, "market")) {
    if (!hears(subscriber, instrument.marketId)) continue
    event ??= Object.freeze({ kind: "market", market: visibleOf(instrument, quote) })
    notify(state, subscriber, event, out)
  }
}

export const notifyOfResolution = (state: EngineState, marketId: MarketId, payout: Payout, out: Out): void => {
  for (const subscriber of listening(state, "resolution")) {
    if (!hears(subscriber, marketId)) continue
    notify(
      state,
      subscriber,
      Object.freeze({ kind: "resolution", marketId, payout: Object.freeze({ ...payout }) }),
      out
    )
  }
}

/** `atUs` is when the timer was due. The next one is set from then, so that the interval stays exact. */
export const notifyOfTimer = (state: EngineState, strategy: StrategyId, atUs: EpochMicros, out: Out): void => {
  const subscriber = listening(state, "timer").find(({ id }) => id === strategy)
  if (subscriber === undefined) return
  setTimer(subscriber, atUs, out)
  notify(state, subscriber, Object.freeze({ kind: "timer" }), out)
}

const fillEvent = (orderId: ClientOrderId, fill: ReportedFill, rest: number): OwnFill =>
  Object.freeze({
    kind: "fill",
    orderId,
    marketId: fill.marketId,
    token: fill.token,
    side: fill.side,
    price: fromMicros(fill.price),
    qty: fromMicros(fill.qty),
    fee: fromMicros(fill.fee),
    rest: fromMicros(rest)
  })

/** More fills in a row than can happen, unless a strategy answers each fill with an order that fills at once. */
const endlessFills = 100_000

const endless = (strategy: StrategyId): StrategyError =>
  new StrategyError({
    module: null,
    strategy,
    field: "on",
    problem: "places an order that fills at once after each fill, without end"
  })

/** Passes the fills of an order to its strategy, once all of them are in the account. */
export const notifyOfFills = (
  state: EngineState,
  subscribers: Subscribers,
  { id, strategy }: Pick<Order, "id" | "strategy">,
  fills: ReadonlyArray<ReportedFill>,
  out: Out
): void => {
  const subscriber = listening(state, "fill").find((one) => one.id === strategy)
  if (subscriber === undefined) return
  const order = state.working.get(id)
  const rest = order === undefined ? 0 : order.qty - order.filledQty
  for (const fill of fills) {
    subscribers.fillsInRow += 1
    if (subscribers.fillsInRow > endlessFills) throw endless(strategy)
    notify(state, subscriber, fillEvent(id, fill, rest), out)
  }
}
