import { alarmJson } from "../../../core/packages/alarm.ts"
import { type OrderId } from "../../../domain/ids.ts"
import { type EngineEvent, type LookEvent, type OrderReport } from "../../../domain/EngineEvent.ts"
import { type ReportedFill } from "../../../domain/Execution.ts"
import { type Fact } from "../../../domain/Fact.ts"
import { type JournalEntry } from "../../../domain/Journal.ts"
import { type Json, type JsonObject } from "../../../domain/json.ts"
import { MarketsEncoder } from "../../../domain/marketsBody.ts"
import { type Order, type OrderRequest } from "../../../domain/Order.ts"
import { type OrderPackage, type PlannedOrder } from "../../../domain/OrderPackage.ts"
import { type Portfolio } from "../../../domain/Portfolio.ts"
import { restBody } from "../../../domain/restSchema.ts"
import { type RestTerms } from "../../../domain/RestTerms.ts"
import { reasonText, type Rejection } from "../../../domain/rejection.ts"
import { type RiskDecision } from "../../../domain/Risk.ts"
import { type EpochMicros } from "../../../domain/time.ts"

/*
 * Bodies of journal records. Money, prices and shares are micro-units. Numbers of orders, packages and signals are the
 * engine's own, so a replay gives the same ones; a database's numbers stand only where a portfolio was read from it
 * (those of signals with a minus, so that they are none of the engine's).
 */

/** In the second format a session is the sequence of its events and of the facts that followed from them. */
export const JOURNAL_FORMAT = 2

const orderBody = (order: OrderRequest): JsonObject => ({
  strategy: order.strategy,
  market: order.marketId,
  event: order.eventId,
  token: order.token,
  side: order.side,
  action: order.action,
  price: order.limitPrice,
  qty: order.qty,
  tif: order.tif
})

const plannedBody = ({ request, role, signalId }: PlannedOrder): JsonObject => ({
  ...orderBody(request),
  role,
  signal: signalId
})

const riskBody = (decision: RiskDecision): JsonObject => ({
  reason: decision.reason === null ? null : { ...decision.reason },
  notional: decision.notional,
  realized_before: decision.realizedBefore,
  strategy_notional_before: decision.strategyNotionalBefore,
  event_notional_before: decision.eventNotionalBefore,
  rejections_before: decision.rejectionsBefore
})

/** The reason as data, with its text for people. */
const reasonBody = (reason: Rejection | null): Json =>
  reason === null ? null : { ...reason, text: reasonText(reason) }

const fillBody = (fill: ReportedFill): JsonObject => ({
  strategy: fill.strategy,
  market: fill.marketId,
  event: fill.eventId,
  token: fill.token,
  side: fill.side,
  price: fill.price,
  qty: fill.qty,
  fee: fill.fee,
  at_us: fill.atUs,
  external_id: fill.externalFillId
})

/** The terms of what rests; nothing of what does not, so that such records stay as short as they were. */
const restOfBody = (rest: RestTerms | null | undefined): JsonObject =>
  rest === null || rest === undefined ? {} : { rest: restBody(rest) }

const workingBody = (order: Order): JsonObject => ({
  ...orderBody(order),
  id: order.id,
  mode: order.mode,
  status: order.status,
  filled: order.filledQty,
  external_id: order.externalId,
  created_us: order.createdAtUs,
  ...(order.signalId === null ? {} : { signal: order.signalId }),
  ...restOfBody(order.rest)
})

const portfolioBody = (portfolio: Portfolio): JsonObject => ({
  realized_today: portfolio.realizedToday,
  positions: portfolio.positions.map(({ cost, eventId, marketId, qty, realized, strategy, token }) => ({
    strategy,
    market: marketId,
    event: eventId,
    token,
    qty,
    cost,
    realized
  })),
  working: portfolio.working.map(workingBody),
  tried: portfolio.tried.map(({ atUs: at, marketId, side, strategy }): Json => [strategy, marketId, side, at]),
  decisions: portfolio.decisions.map(({ atUs: at, rejected }): Json => [at, rejected]),
  ...(portfolio.peak === null ? {} : { equity_peak: portfolio.peak }),
  taken: portfolio.taken.map(({ atUs: at, marketId, qty, side, token }): Json => [marketId, token, side, qty, at])
})

const packageBody = (wanted: OrderPackage): JsonObject => ({
  strategy: wanted.strategy,
  event: wanted.eventId,
  signals: wanted.signalIds,
  legs: wanted.legs.map((leg) => ({
    strategy: leg.strategy,
    market: leg.marketId,
    event: leg.eventId,
    token: leg.token,
    side: leg.side,
    price: leg.limitPrice,
    qty: leg.qty,
    tif: leg.tif,
    role: leg.role,
    signal: leg.signalId,
    ...restOfBody(leg.rest),
    ...(leg.follows === true ? { follows: true } : {})
  })),
  shortage: wanted.shortage,
  strict_limit: wanted.strictLimit,
  ...(wanted.rounds === true ? { rounds: true } : {}),
  confirmed: wanted.confirmed
})

const reportBody = (orderId: OrderId, report: OrderReport): JsonObject => ({
  order: orderId,
  status: report.status,
  reason: report.reason === null ? null : { ...report.reason },
  counts: report.countsAsRejection,
  fills: report.fills.map(fillBody),
  external_id: report.externalId ?? null,
  lost: report.lost,
  nothing_sent: report.nothingSent,
  took_us: report.tookUs
})

/** Writes a session's inputs; what stays the same about a market is written once. */
export class SessionEncoder {
  readonly markets = new MarketsEncoder()
}

type MarketData = Extract<EngineEvent, { readonly kind: "market" | "resolution" }>

const isMarketData = (event: EngineEvent): event is MarketData => event.kind === "market" || event.kind === "resolution"
const isLook = (event: EngineEvent): event is LookEvent => event.kind === "look"

const lookEntry = ({ markets }: SessionEncoder, look: LookEvent): JournalEntry => ({
  kind: "look",
  atUs: look.atUs,
  body: {
    source: look.source,
    answered: look.answered,
    ...(look.seenUs === look.atUs ? {} : { seen_us: look.seenUs }),
    ...markets.confirmed(look.source, look.confirmed)
  }
})

const inputEntry = (event: Exclude<EngineEvent, MarketData | LookEvent>): JournalEntry => {
  const { atUs } = event
  switch (event.kind) {
    case "account":
      return { kind: "account", atUs, body: portfolioBody(event.portfolio) }
    case "switches":
      return {
        kind: "switches",
        atUs,
        body: { switches: event.switches.map(({ name, origin, value }) => ({ name, value, origin })) }
      }
    case "venue":
      return { kind: "venue", atUs, body: { problem: event.problem } }
    case "report":
      return { kind: "report", atUs, body: reportBody(event.orderId, event.report) }
    case "package":
      return { kind: "request", atUs, body: packageBody(event.package) }
    case "timer":
      return { kind: "timer", atUs, body: { id: event.id.kind } }
    case "stop":
      return { kind: "stop", atUs, body: {} }
  }
}

/** Events as they were taken in together, in their order. Market data of one batch is one record. */
export const inputEntries = (
  encoder: SessionEncoder,
  atUs: EpochMicros,
  events: ReadonlyArray<EngineEvent>,
  problems: ReadonlyArray<string>
): ReadonlyArray<JournalEntry> => {
  const data = events.filter(isMarketData)
  const noData = data.length === 0 && problems.length === 0
  const markets = (): ReadonlyArray<JournalEntry> =>
    noData ? [] : [{ kind: "markets", atUs, body: encoder.markets.encode({ events: data, problems }) }]
  const first = events.findIndex(isMarketData)
  const at = first === -1 ? events.length : first
  // In this order, because a look names the rows that it confirms by their numbers.
  const entryOf = (event: EngineEvent) =>
    isMarketData(event) ? [] : [isLook(event) ? lookEntry(encoder, event) : inputEntry(event)]
  return [events.slice(0, at).flatMap(entryOf), markets(), events.slice(at).flatMap(entryOf)].flat()
}

const shownFills = (fills: ReadonlyArray<ReportedFill>): Json =>
  fills.map(({ fee, price, qty }) => ({ price, qty, fee }))

/** Facts as records. A replay has to make exactly the same records again. */
export const factEntries = (fact: Fact): ReadonlyArray<JournalEntry> => {
  const { atUs } = fact
  switch (fact.kind) {
    case "scan":
      return [{ kind: "scan", atUs, body: scanBody(fact) }]
    case "decision":
      return [{ kind: "decision", atUs, body: decisionBody(fact) }]
    case "order":
      return [{ kind: "order", atUs, body: orderFactBody(fact) }]
    case "package": {
      const { alarm, legCost, outcome, refusal, run, unwindLoss } = fact
      const reason = refusal === null ? null : { by: refusal.by, reason: reasonBody(refusal.reason) }
      const body = { package: run, outcome, refusal: reason, unwind_loss: unwindLoss, leg_cost: legCost }
      const ended: JournalEntry = { kind: "package", atUs, body }
      return alarm === null ? [ended] : [ended, { kind: "alarm", atUs, body: alarmJson(alarm) }]
    }
    case "settlement": {
      const { fill, marketId, qty, realizedChange, strategy, token } = fact
      const body = { strategy, market: marketId, token, price: fill.price, qty, realized: realizedChange }
      return [{ kind: "settlement", atUs, body }]
    }
    case "dropped": {
      const packages = fact.packages.map(({ signalIds }) => signalIds)
      return [{ kind: "dropped", atUs, body: { packages, reason: reasonBody(fact.reason) } }]
    }
  }
}

type FactOf<Kind extends Fact["kind"]> = Extract<Fact, { readonly kind: Kind }>

const scanBody = ({ asked, chosen, held, left, stale }: FactOf<"scan">): JsonObject => ({
  asked,
  held,
  left,
  // Left out where it is none, as in sessions of programs that did not count it.
  ...(stale === 0 ? {} : { stale }),
  signals: chosen.map(({ id, signal }) => ({
    id,
    strategy: signal.strategy,
    market: signal.marketId,
    event: signal.eventId,
    side: signal.side,
    score: signal.score,
    target_price: signal.targetPrice,
    size: signal.sizeHint
  }))
})

const decisionBody = ({
  decisions,
  estimates,
  package: of,
  planned,
  refusal,
  run
}: FactOf<"decision">): JsonObject => ({
  package: run,
  strategy: of.strategy,
  signals: of.signalIds,
  orders: planned.map(plannedBody),
  expected: estimates.map(({ price }) => price),
  risk: decisions.map(riskBody),
  refusal: refusal === null ? null : { by: refusal.by, at: refusal.at, reason: reasonBody(refusal.reason) }
})

const orderFactBody = (fact: FactOf<"order">): JsonObject => ({
  package: fact.run,
  order: fact.orderId,
  purpose: fact.purpose,
  first: fact.first,
  planned: plannedBody(fact.planned),
  status: fact.status,
  reason: reasonBody(fact.reason),
  counts: fact.countsAsRejection,
  fills: shownFills(fact.fills),
  realized: fact.realizedChanges
})
