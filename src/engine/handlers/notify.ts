import { visibleOf } from "../../core/marketView.ts"
import { type ClientOrderId, type EngineEvent } from "../../domain/EngineEvent.ts"
import { type ReportedFill } from "../../domain/Execution.ts"
import { type MarketId, type StrategyId } from "../../domain/ids.ts"
import { type Payout } from "../../domain/Market.ts"
import { type Order } from "../../domain/Order.ts"
import { type OrderPackage, type PackageLeg } from "../../domain/OrderPackage.ts"
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
 * Strategies hear of an event once the engine has taken it in. What they place goes the way of every order
 * (decidePackage.ts), and what they cancel is a command; nothing of it happens before the event is over.
 */

const nothingAsked: OrderPackage["asked"] = []
const noSignals: OrderPackage["signalIds"] = []

/**
 * A limit is a limit here: no fill is worse. What rests and sells has to be held, because only an order that takes can
 * become a purchase of the other outcome.
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
  out.commands.push({ kind: "cancel", orderId })
}

const tell = (state: EngineState, subscriber: Subscriber, event: StrategyEvent, out: Out): void => {
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
 * Before an event is taken in. Timers run from the first event of a session on, whatever it is: they are no inputs, and a
 * replay makes them again.
 */
export const beginEvent = (state: EngineState, subscribers: Subscribers, { kind }: EngineEvent, out: Out): void => {
  if (kind !== "report") subscribers.fillsInRow = 0
  if (subscribers.started) return
  subscribers.started = true
  for (const subscriber of subscribers.all) setTimer(subscriber, state.nowUs, out)
}

/** A session that was asked to stop asks its strategies no more. */
const listening = (state: EngineState, kind: StrategyEvent["kind"]): ReadonlyArray<Subscriber> =>
  state.subscribers === null || state.stopped ? [] : state.subscribers.of(kind)

export const tellMarket = (
  state: EngineState,
  { instrument, quote }: Extract<EngineEvent, { readonly kind: "market" }>,
  out: Out
): void => {
  let event: StrategyEvent | null = null
  for (const subscriber of listening(state, "market")) {
    if (!hears(subscriber, instrument.marketId)) continue
    event ??= Object.freeze({ kind: "market", market: visibleOf(instrument, quote) })
    tell(state, subscriber, event, out)
  }
}

export const tellResolution = (state: EngineState, marketId: MarketId, payout: Payout, out: Out): void => {
  for (const subscriber of listening(state, "resolution")) {
    if (!hears(subscriber, marketId)) continue
    tell(state, subscriber, Object.freeze({ kind: "resolution", marketId, payout: Object.freeze({ ...payout }) }), out)
  }
}

/** `atUs` is when the timer was due, so that the next one keeps the step. */
export const tellTimer = (state: EngineState, strategy: StrategyId, atUs: EpochMicros, out: Out): void => {
  const subscriber = listening(state, "timer").find(({ id }) => id === strategy)
  if (subscriber === undefined) return
  setTimer(subscriber, atUs, out)
  tell(state, subscriber, Object.freeze({ kind: "timer" }), out)
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

/** More than any number of orders that fill in one moment: a strategy answers each fill with an order that fills. */
const endlessFills = 100_000

const endless = (strategy: StrategyId): StrategyError =>
  new StrategyError({
    module: null,
    strategy,
    field: "on",
    problem: "places an order that fills at once after each fill, without end"
  })

/** What an order of a strategy traded, once all of it is in the account. */
export const tellFills = (
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
    tell(state, subscriber, fillEvent(id, fill, rest), out)
  }
}
