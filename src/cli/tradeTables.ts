import { type Fill } from "../domain/Fill.ts"
import { type Order, orderMessage } from "../domain/Order.ts"
import { type Position } from "../domain/Position.ts"
import { fromMicros, type MicroUnits } from "../domain/units.ts"
import { type RoutedOrder } from "../engine/session/runPackages.ts"
import { type Column, type Tone } from "../reports/terminal.ts"
import {
  formatInstant,
  formatMicroUsdc,
  formatNumber,
  formatPnl,
  formatPrice,
  formatShares,
  NOTHING
} from "../reports/terminalFormat.ts"
import { averageOf } from "./tradeJson.ts"

const price = (micros: MicroUnits): string => formatPrice(fromMicros(micros))
const shares = (micros: MicroUnits): string => formatShares(fromMicros(micros))
export const pnl = (micros: MicroUnits): string => formatPnl(fromMicros(micros))
/** Fees are floored to five decimals on the exchange; two would hide most of them. */
const feeText = (micros: MicroUnits): string => formatNumber(fromMicros(micros), 5)

const statusTones: Readonly<Record<Order["status"], Tone | undefined>> = {
  pending: undefined,
  submitted: undefined,
  unknown: "bad",
  open: undefined,
  partially_filled: undefined,
  filled: "good",
  canceled: "dim",
  expired: "dim",
  rejected: "bad"
}
const statusTone = ({ status }: Pick<Order, "status">) => statusTones[status]

/** How stored orders are shown to people. */
export const orderColumns: ReadonlyArray<Column<Order>> = [
  { header: "id", value: ({ id }) => String(id), align: "right" },
  { header: "strategy", value: ({ strategy }) => strategy },
  { header: "market", value: ({ marketId }) => marketId, flexible: true },
  { header: "token", value: ({ token }) => token },
  { header: "side", value: ({ side }) => side },
  { header: "action", value: ({ action }) => action },
  { header: "mode", value: ({ mode }) => mode },
  { header: "tif", value: ({ tif }) => tif },
  { header: "limit", value: ({ limitPrice }) => price(limitPrice), align: "right" },
  { header: "qty", value: ({ qty }) => shares(qty), align: "right" },
  { header: "filled", value: ({ filledQty }) => shares(filledQty), align: "right" },
  { header: "status", value: ({ status }) => status, tone: statusTone },
  { header: "created", value: ({ createdAtUs }) => formatInstant(createdAtUs) },
  { header: "message", value: (order) => orderMessage(order) || NOTHING, flexible: true }
]

const fillPrice = ({ fills }: RoutedOrder): string => (fills[0] === undefined ? NOTHING : price(fills[0].price))

/** How orders are shown right after they were routed. */
export const routedColumns: ReadonlyArray<Column<RoutedOrder>> = [
  { header: "order", value: ({ order }) => String(order.id), align: "right" },
  { header: "strategy", value: ({ order }) => order.strategy },
  { header: "market", value: ({ order }) => order.marketId, flexible: true },
  { header: "token", value: ({ order }) => order.token },
  { header: "side", value: ({ order }) => order.side },
  { header: "limit", value: ({ order }) => price(order.limitPrice), align: "right" },
  { header: "qty", value: ({ order }) => shares(order.qty), align: "right" },
  { header: "filled", value: ({ order }) => shares(order.filledQty), align: "right" },
  { header: "at", value: fillPrice, align: "right" },
  { header: "status", value: ({ order }) => order.status, tone: ({ order }) => statusTone(order) },
  { header: "message", value: ({ order }) => orderMessage(order) || NOTHING, flexible: true }
]

const fillColumns: ReadonlyArray<Column<Fill>> = [
  { header: "id", value: ({ id }) => String(id), align: "right" },
  { header: "order", value: ({ orderId }) => String(orderId), align: "right" },
  { header: "strategy", value: ({ strategy }) => strategy },
  { header: "market", value: ({ marketId }) => marketId, flexible: true },
  { header: "token", value: ({ token }) => token },
  { header: "side", value: ({ side }) => side },
  { header: "price", value: (fill) => price(fill.price), align: "right" },
  { header: "qty", value: ({ qty }) => shares(qty), align: "right" },
  { header: "fee", value: ({ fee }) => feeText(fee), align: "right" },
  { header: "at", value: ({ atUs }) => formatInstant(atUs) }
]

/** On paper nothing has to confirm a fill: a column for it only where there are others. */
const stateColumn: Column<Fill> = {
  header: "state",
  value: ({ venueState }) => venueState ?? NOTHING,
  tone: ({ venueState }) => (venueState === "reversed" ? "bad" : venueState === "final" ? "good" : undefined)
}
export const fillColumnsOf = (fills: ReadonlyArray<Fill>): ReadonlyArray<Column<Fill>> =>
  fills.some(({ venueState }) => venueState !== undefined) ? [...fillColumns, stateColumn] : fillColumns

export const positionColumns: ReadonlyArray<Column<Position>> = [
  { header: "strategy", value: ({ strategy }) => strategy },
  { header: "event", value: ({ eventId }) => eventId, flexible: true },
  { header: "market", value: ({ marketId }) => marketId, flexible: true },
  { header: "token", value: ({ token }) => token },
  { header: "qty", value: ({ qty }) => shares(qty), align: "right" },
  { header: "average", value: (position) => formatPrice(averageOf(position)), align: "right" },
  { header: "cost", value: ({ cost }) => formatMicroUsdc(cost), align: "right" },
  { header: "realized", value: ({ realized }) => pnl(realized), align: "right", tone: "signed" }
]
