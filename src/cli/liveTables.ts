import { filledIn } from "../domain/Execution.ts"
import { type JsonObject } from "../domain/json.ts"
import { orderMessage } from "../domain/Order.ts"
import { formatTime } from "../domain/time.ts"
import { fromMicros } from "../domain/units.ts"
import { type CanceledOrder } from "../engine/commands/liveCancel.ts"
import { type LiveStatus } from "../engine/commands/liveStatus.ts"
import { type LiveOrder, type LiveOrderChange } from "../ports/LiveOrderRepo.ts"
import { type SyncReport } from "../ports/VenueSync.ts"
import { type Column } from "../reports/terminal.ts"
import { formatPrice, formatShares, NOTHING } from "../reports/terminalFormat.ts"
import { orderJson } from "./tradeJson.ts"

const shares = (micros: number): string => formatShares(fromMicros(micros))
const sharesIn = (fills: LiveOrderChange["added"]): string => (fills.length === 0 ? NOTHING : shares(filledIn(fills)))

/** How many of its trades the chain has. */
const finalTrades = ({ after }: LiveOrderChange): string => {
  const trades = [...after.life.trades.values()].filter(({ state }) => state !== "failed")
  return trades.length === 0 ? NOTHING : `${trades.filter(({ state }) => state === "final").length} of ${trades.length}`
}

/** Orders that a look at the exchange changed. */
export const changeColumns: ReadonlyArray<Column<LiveOrderChange>> = [
  { header: "order", value: ({ after }) => String(after.order.id), align: "right" },
  { header: "strategy", value: ({ after }) => after.order.strategy },
  { header: "market", value: ({ after }) => after.order.marketId, flexible: true },
  { header: "token", value: ({ after }) => after.order.token },
  { header: "side", value: ({ after }) => after.order.side },
  { header: "was", value: ({ before }) => before.order.status },
  { header: "is", value: ({ after }) => after.order.status },
  { header: "new fills", value: ({ added }) => sharesIn(added), align: "right" },
  { header: "reversed", value: ({ reversed }) => sharesIn(reversed), align: "right" },
  { header: "final", value: finalTrades, align: "right" },
  { header: "filled", value: ({ after }) => shares(after.order.filledQty), align: "right" },
  { header: "qty", value: ({ after }) => shares(after.order.qty), align: "right" },
  { header: "message", value: ({ after }) => orderMessage(after.order) || NOTHING, flexible: true }
]

const idOf = (order: LiveOrder | null): string => (order === null ? "not in this database" : String(order.order.id))

/** What the exchange said to a cancel, and what became of the orders. */
export const canceledColumns: ReadonlyArray<Column<CanceledOrder>> = [
  { header: "order", value: ({ order }) => idOf(order) },
  { header: "hash", value: ({ hash }) => hash, flexible: true },
  { header: "exchange", value: ({ reason }) => reason ?? "canceled", flexible: true },
  { header: "status", value: ({ order }) => order?.order.status ?? NOTHING },
  {
    header: "filled",
    value: ({ order }) => (order === null ? NOTHING : shares(order.order.filledQty)),
    align: "right"
  },
  { header: "qty", value: ({ order }) => (order === null ? NOTHING : shares(order.order.qty)), align: "right" }
]

export const restingColumns: ReadonlyArray<Column<LiveStatus["resting"][number]>> = [
  { header: "order", value: ({ stored }) => idOf(stored) },
  { header: "hash", value: ({ resting }) => resting.hash, flexible: true },
  { header: "side", value: ({ resting }) => resting.side },
  { header: "price", value: ({ resting }) => formatPrice(fromMicros(resting.price)), align: "right" },
  { header: "qty", value: ({ resting }) => shares(resting.qty), align: "right" },
  { header: "filled", value: ({ resting }) => shares(resting.filledQty), align: "right" }
]

/** Numbers of orders by their ids, such as "order 3" or "orders 3, 5". */
export const named = (orders: ReadonlyArray<LiveOrder>): string =>
  `order${orders.length === 1 ? "" : "s"} ${orders.map(({ order }) => order.id).join(", ")}`

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

/** What a person has to know of a look besides the changes: "" for nothing. */
export const syncNotes = ({ foreignOrders, foreignTrades, unresolved }: SyncReport): string =>
  [
    unresolved.length === 0
      ? ""
      : `What became of ${named(unresolved)} is not known yet: nothing new is sent until it is.`,
    foreignOrders + foreignTrades === 0
      ? ""
      : `The account also has ${counted(foreignOrders, "open order")} and ${counted(foreignTrades, "trade")} that this database does not know.`
  ]
    .filter((line) => line !== "")
    .join("\n")

const fillsJson = (fills: LiveOrderChange["added"]) =>
  fills.map(({ externalFillId, fee, price, qty }) => ({
    external_fill_id: externalFillId,
    price: fromMicros(price),
    qty: fromMicros(qty),
    fee: fromMicros(fee)
  }))

export const syncJson = (report: SyncReport): JsonObject => ({
  at: formatTime(report.atUs),
  changes: report.changes.map(({ added, after, before, reversed }) => ({
    order: orderJson(after.order),
    status_before: before.order.status,
    new_fills: fillsJson(added),
    reversed_fills: fillsJson(reversed)
  })),
  unresolved: report.unresolved.map(({ order }) => order.id),
  foreign_orders: report.foreignOrders,
  foreign_trades: report.foreignTrades
})

export const canceledJson = ({ hash, order, reason }: CanceledOrder): JsonObject => ({
  hash,
  canceled: reason === null,
  reason,
  order: order === null ? null : orderJson(order.order)
})
