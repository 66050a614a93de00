import { type Fill } from "../domain/Fill.ts"
import { type Json, type JsonObject } from "../domain/json.ts"
import { type Order, orderMessage } from "../domain/Order.ts"
import { type Position } from "../domain/Position.ts"
import { rejectionText } from "../domain/rejection.ts"
import { expiryOf } from "../domain/RestTerms.ts"
import { type RiskDecision } from "../domain/Risk.ts"
import { formatTime } from "../domain/time.ts"
import { fromMicros, MICRO, type MicroUnits } from "../domain/units.ts"
import { type SignalExecution } from "../engine/commands/executeSignal.ts"
import { type RoutedOrder } from "../engine/session/runPackages.ts"

/** Micro-units in natural units; null stays null. */
export const natural = (micros: MicroUnits | null): number | null => (micros === null ? null : fromMicros(micros))

/** When an order that rests ends by itself; null: it does not. */
const expiresAt = (order: Order): string | null => {
  const expiresUs = expiryOf(order)
  return expiresUs === null ? null : formatTime(expiresUs)
}

/** An order as --json prints it. Price in USDC per share, quantities in shares. */
export const orderJson = (order: Order): JsonObject => ({
  id: order.id,
  strategy: order.strategy,
  market_id: order.marketId,
  event_id: order.eventId,
  token_id: order.token,
  side: order.side,
  action: order.action,
  mode: order.mode,
  tif: order.tif,
  price: fromMicros(order.limitPrice),
  qty: fromMicros(order.qty),
  filled_qty: fromMicros(order.filledQty),
  status: order.status,
  message: orderMessage(order),
  signal_id: order.signalId,
  external_id: order.externalId,
  created_at: formatTime(order.createdAtUs),
  expires_at: expiresAt(order)
})

/** A fill as --json prints it. Price in USDC per share, quantity in shares, fee in USDC. */
export const fillJson = (fill: Fill): JsonObject => ({
  id: fill.id,
  order_id: fill.orderId,
  strategy: fill.strategy,
  market_id: fill.marketId,
  event_id: fill.eventId,
  token_id: fill.token,
  side: fill.side,
  price: fromMicros(fill.price),
  qty: fromMicros(fill.qty),
  fee: fromMicros(fill.fee),
  external_fill_id: fill.externalFillId,
  venue_state: fill.venueState ?? null,
  created_at: formatTime(fill.atUs)
})

/** Average price in USDC per share, to the micro-unit below a cent of a cent; 0 when nothing is held. */
export const averageOf = ({ cost, qty }: Pick<Position, "qty" | "cost">): number =>
  qty === 0 ? 0 : Math.round((cost * MICRO) / qty) / MICRO

/** A position as --json prints it. Quantity in shares, money in USDC. */
export const positionJson = (position: Position): JsonObject => ({
  strategy: position.strategy,
  market_id: position.marketId,
  event_id: position.eventId,
  token_id: position.token,
  net_qty: fromMicros(position.qty),
  avg_price: averageOf(position),
  cost: fromMicros(position.cost),
  realized_pnl: fromMicros(position.realized)
})

const settingOf = ({ reason }: RiskDecision): string | null =>
  reason === null || reason.setting === null ? null : `risk.${reason.setting}`

/** Everything that risk looked at, in USDC. */
export const decisionJson = (decision: RiskDecision | null): Json =>
  decision === null
    ? null
    : {
        allowed: decision.allowed,
        code: decision.reason?.code ?? "ok",
        // The setting that refused, as the configuration spells it; null: none did, or the order is not valid at all.
        setting: settingOf(decision),
        reason: decision.reason === null ? "ok" : rejectionText(decision.reason),
        notional: fromMicros(decision.notional),
        realized_before: fromMicros(decision.realizedBefore),
        strategy_notional_before: fromMicros(decision.strategyNotionalBefore),
        event_notional_before: fromMicros(decision.eventNotionalBefore),
        rejections_before: decision.rejectionsBefore
      }

/** An order with what the market gave for it at once. */
export const routedJson = ({ decision, fills, order }: RoutedOrder): JsonObject => ({
  ...orderJson(order),
  fills: fills.map(({ fee, price, qty }) => ({
    price: fromMicros(price),
    qty: fromMicros(qty),
    fee: fromMicros(fee)
  })),
  risk: decisionJson(decision)
})

export const executionJson = (execution: SignalExecution): JsonObject => ({
  signal_ids: execution.signalIds,
  strategy: execution.strategy,
  event_id: execution.eventId,
  status: execution.status,
  reason: execution.reason,
  alarm: execution.alarm,
  orders: execution.orders.map(routedJson)
})
