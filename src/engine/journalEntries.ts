import { type AccountFill } from "../core/account.ts"
import { alarmJson, type BundleAlarm } from "../core/bundleAlarm.ts"
import { type PlannedOrder } from "../core/planOrders.ts"
import { type ExecutionResult, type OrderUpdate } from "../domain/Execution.ts"
import { type JournalEntry } from "../domain/Journal.ts"
import { type Json, type JsonObject } from "../domain/json.ts"
import { type MarketsEncoder, type RecordedPoll } from "../domain/marketsBody.ts"
import { type Order, type OrderRequest } from "../domain/Order.ts"
import { type Portfolio } from "../domain/Portfolio.ts"
import { reasonText, rejectionText } from "../domain/rejection.ts"
import { type RiskDecision } from "../domain/Risk.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { type SwitchState } from "../domain/Switches.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Micros } from "../domain/units.ts"
import { type Verdict } from "./verdict.ts"

/*
 * Bodies of journal records. Money, prices and shares are micro-units. Database ids of what the program itself makes are
 * left out: a replay has ids of its own and must still decide the same.
 */

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

const riskBody = (decision: RiskDecision): JsonObject => ({
  code: decision.reason?.code ?? "ok",
  text: decision.reason === null ? "ok" : rejectionText(decision.reason),
  notional: decision.notional,
  realized_before: decision.realizedBefore,
  strategy_notional_before: decision.strategyNotionalBefore,
  event_notional_before: decision.eventNotionalBefore,
  rejections_before: decision.rejectionsBefore
})

const resultBody = ({ fills, reason, status }: Pick<ExecutionResult, "fills" | "reason" | "status">): JsonObject => ({
  status,
  message: reasonText(reason),
  fills: fills.map(({ fee, price, qty }) => ({ price, qty, fee }))
})

/** What one poll of the feed told. */
export const marketsEntry = (atUs: EpochMicros, encoder: MarketsEncoder, poll: RecordedPoll): JournalEntry => ({
  kind: "markets",
  atUs,
  body: encoder.encode(poll)
})

/** A bundle as gates, estimates and risk judged it; nothing was sent yet. */
export const decisionEntry = (
  atUs: EpochMicros,
  planned: ReadonlyArray<PlannedOrder>,
  { decisions, estimates, refusal }: Verdict
): JournalEntry => ({
  kind: "decision",
  atUs,
  body: {
    orders: planned.map(({ request }) => orderBody(request)),
    expected: estimates.map(({ price }) => price),
    risk: decisions.map(riskBody),
    refusal: refusal === null ? null : { by: refusal.by, reason: rejectionText(refusal.reason) }
  }
})

/** What the venue made of the orders that were sent. */
export const resultEntry = (
  atUs: EpochMicros,
  planned: ReadonlyArray<PlannedOrder>,
  { results }: Verdict
): JournalEntry => ({
  kind: "result",
  atUs,
  body: results.map((result, index) => ({
    market: planned[index]?.request.marketId ?? "",
    ...resultBody(result),
    counts: result.countsAsRejection
  }))
})

/** A bundle that ended stranded. */
export const alarmEntries = (atUs: EpochMicros, alarm: BundleAlarm | null): ReadonlyArray<JournalEntry> =>
  alarm === null ? [] : [{ kind: "alarm", atUs, body: alarmJson(alarm) }]

export const signalsEntry = (atUs: EpochMicros, signals: ReadonlyArray<NewSignal>): JournalEntry => ({
  kind: "signals",
  atUs,
  body: signals.map(({ eventId, marketId, score, side, sizeHint, strategy, targetPrice }) => ({
    strategy,
    market: marketId,
    event: eventId,
    side,
    score,
    target_price: targetPrice,
    size: sizeHint
  }))
})

/** What later data did to resting orders. */
export const updateEntry = (atUs: EpochMicros, updates: ReadonlyArray<OrderUpdate>): JournalEntry => ({
  kind: "update",
  atUs,
  body: updates.map((update) => ({
    order: orderBody(update.order),
    placed_us: update.order.createdAtUs,
    ...resultBody(update)
  }))
})

export const settlementEntry = (atUs: EpochMicros, fills: ReadonlyArray<AccountFill>): JournalEntry => ({
  kind: "settlement",
  atUs,
  body: fills.map(({ marketId, price, qty, side, strategy, token }) => ({
    strategy,
    market: marketId,
    token,
    side,
    price,
    qty
  }))
})

const workingBody = (order: Order): JsonObject => ({
  ...orderBody(order),
  id: order.id,
  mode: order.mode,
  status: order.status,
  filled: order.filledQty,
  external_id: order.externalId,
  created_us: order.createdAtUs
})

/** The portfolio as read from the database; `read` counts such reads in the session. */
export const stateEntry = (atUs: EpochMicros, read: number, portfolio: Portfolio): JournalEntry => ({
  kind: "state",
  atUs,
  body: {
    read,
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
    decisions: portfolio.decisions.map(({ atUs: at, rejected }): Json => [at, rejected])
  }
})

/** The switches when they differ from what they were; `read` counts how often they were read in the session. */
export const switchesEntry = (atUs: EpochMicros, read: number, switches: ReadonlyArray<SwitchState>): JournalEntry => ({
  kind: "switches",
  atUs,
  body: { read, switches: switches.map(({ name, origin, value }) => ({ name, value, origin })) }
})

/**
 * The database had something else than write number `write` of the session put there, because another process was first:
 * shares filled of each order as it is stored, micro-shares, or null when nothing was stored.
 */
export const conflictEntry = (
  atUs: EpochMicros,
  write: number,
  filled: ReadonlyArray<Micros> | null
): JournalEntry => ({ kind: "conflict", atUs, body: { write, filled } })

/** Asked to stop in the middle of a cycle, with bundles of signals left to trade. */
export const stopEntry = (atUs: EpochMicros, left: number): JournalEntry => ({ kind: "stop", atUs, body: { left } })
