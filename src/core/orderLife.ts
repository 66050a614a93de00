import { type OrderEvidence, type OrderTrade, type TradeState } from "../domain/LiveOrder.ts"
import { type LifeStep, type OrderEvent, type OrderLife } from "../domain/OrderLife.ts"
import { isWorking, type OrderStatus, type TimeInForce } from "../domain/Order.ts"
import { causeOf, filledBeforeCancel, filledLate, reasonText, type Rejection, reported } from "../domain/rejection.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Shares, shares } from "../domain/units.ts"

/*
 * The life of an order at the real exchange. "ended" is filled, canceled, expired and rejected; [ ] is an ignored event,
 * which changes nothing and says why.
 *
 * event           | pending                | submitted, unknown     | open, partially_filled | ended
 * ----------------|------------------------|------------------------|------------------------|-----------------------
 * Accepted live   | open                   | open                   | stays                  | open, if it ended
 *                 |                        |                        |                        | as never seen; else [ ]
 * Accepted matched| submitted              | submitted              | stays                  | likewise submitted
 *   or delayed    |                        |                        |                        |
 * Refused         | rejected; ioc that     | likewise, unless the   | [ ] it was accepted    | [ ]
 *                 | met no offer: canceled | exchange took it: [ ]  |                        |
 * NotSent         | rejected               | [ ] it may have been   | [ ]                    | [ ]
 * AnswerLost      | unknown                | unknown                | unknown                | [ ]
 * CancelConfirmed | stays, and the first look that does not find it ends it as canceled       | canceled stays; [ ]
 * CancelRefused   | stays, with the exchange's words                                          | [ ]
 * Looked          | its trades are taken in first, whatever the status; then
 *   all shares traded                  -> filled, also after it ended: a cancel can lose the race against a fill
 *   it rests                           -> open or partially_filled, also after it ended: it was given up too early
 *   it does not rest, it has ended     -> stays; filled and a trade of it failed -> canceled
 *   it does not rest, for long enough, -> canceled. An immediate order never rests: it has until then for its trades
 *     or a cancel was confirmed           to be seen, and ends at once with all that it was said to get
 *   it does not rest, not yet for long,-> stays; with some trades: partially_filled
 *     or fills were said at once whose trades are not seen yet
 *
 * Money decides: a trade counts once, from when it is first seen until it is said to have failed, which is its last word
 * whatever comes later or came before. A look that is older than one which did not find the order says nothing about
 * where the order is; its trades are as good as any.
 */

export const startLife = (order: {
  readonly tif: TimeInForce
  readonly qty: Shares
  readonly stagedAtUs: EpochMicros
}): OrderLife => ({
  ...order,
  status: "pending",
  filledQty: shares(0),
  accepted: false,
  reportedQty: null,
  cancelConfirmed: false,
  absentSinceUs: null,
  trades: new Map(),
  reason: null
})

const nothing = { add: [], confirm: [], reverse: [] } as const

const taken = (life: OrderLife): LifeStep => ({ life, ...nothing, ignored: null })
const ignored = (life: OrderLife, why: string): LifeStep => ({ life, ...nothing, ignored: why })

const withStatus = (life: OrderLife, status: OrderStatus, reason: Rejection | null): OrderLife => ({
  ...life,
  status,
  reason
})

/** Working, with what is known to have traded; `untraded` is where it is when nothing has. */
const working = (life: OrderLife, untraded: OrderStatus): OrderLife => {
  const status = life.filledQty > 0 ? "partially_filled" : untraded
  return withStatus(life, status, status === life.status ? life.reason : null)
}

const whereItIs = ({ reason, status }: OrderLife): string =>
  reason === null ? `the order is ${status}` : `the order is ${status} (${reasonText(reason)})`

const accept = (life: OrderLife, { filledQty, state }: Extract<OrderEvent, { _tag: "Accepted" }>): LifeStep => {
  const premature = life.status === "canceled" && !life.accepted && !life.cancelConfirmed
  if (!isWorking(life.status) && !premature) return ignored(life, whereItIs(life))
  // What waits for its turn may still get more than was filled at once.
  const reportedQty = state === "delayed" ? null : filledQty
  const accepted: OrderLife = { ...life, accepted: true, reportedQty, absentSinceUs: null }
  if (life.status === "open" || life.status === "partially_filled") return taken(accepted)
  return taken(working({ ...accepted, reason: null }, state === "live" ? "open" : "submitted"))
}

const refuse = (
  life: OrderLife,
  { detail, notFilled, venueCode }: Extract<OrderEvent, { _tag: "Refused" }>
): LifeStep => {
  if (!isWorking(life.status)) return ignored(life, whereItIs(life))
  if (life.accepted) return ignored(life, "the exchange has taken the order")
  const status = notFilled && life.tif === "ioc" ? "canceled" : "rejected"
  return taken(withStatus(life, status, { code: "exchange refused", by: "venue", venueCode, detail }))
}

const confirmCancel = (life: OrderLife): LifeStep =>
  isWorking(life.status) || life.status === "canceled"
    ? taken({ ...life, accepted: true, cancelConfirmed: true })
    : ignored(life, whereItIs(life))

/** The last word on a trade outranks what was said on the way there. */
const rank: Readonly<Record<TradeState, number>> = { provisional: 0, final: 1, failed: 2 }

interface TakenTrades extends Pick<LifeStep, "add" | "confirm" | "reverse"> {
  readonly trades: OrderLife["trades"]
  readonly filledQty: Shares
}

const latestOf = (trades: ReadonlyArray<OrderTrade>): Iterable<OrderTrade> => {
  const latest = new Map<string, OrderTrade>()
  for (const trade of trades) {
    const known = latest.get(trade.tradeId)
    if (known === undefined || rank[trade.state] > rank[known.state]) latest.set(trade.tradeId, trade)
  }
  return latest.values()
}

const takeTrades = (life: OrderLife, shown: ReadonlyArray<OrderTrade>): TakenTrades => {
  const trades = new Map(life.trades)
  const add: Array<OrderTrade> = []
  const confirm: Array<string> = []
  const reverse: Array<string> = []
  let filledQty = life.filledQty
  for (const trade of latestOf(shown)) {
    const { parts, state, tradeId } = trade
    const known = trades.get(tradeId)
    if (known !== undefined && rank[known.state] >= rank[state]) continue
    const qty = known?.qty ?? parts.reduce((sum, part) => sum + part.qty, 0)
    trades.set(tradeId, { qty: shares(qty), state })
    if (known === undefined && state !== "failed") {
      add.push(trade)
      filledQty = shares(filledQty + qty)
    } else if (known !== undefined && state === "failed") {
      reverse.push(tradeId)
      filledQty = shares(filledQty - qty)
    } else if (known !== undefined) confirm.push(tradeId)
  }
  return { trades, filledQty, add, confirm, reverse }
}

/** Shares of all its trades, also of those that failed. */
const seenQty = ({ trades }: OrderLife): Shares => {
  let seen = 0
  for (const { qty } of trades.values()) seen += qty
  return shares(seen)
}

/** What the exchange says was filled at once may be rounded; nothing is waited for that is less than this part of it. */
const ROUNDED = 0.001

/** The exchange said that more was filled at once than its trades have shown: however long it takes, they are waited for. */
export const isOwed = (life: OrderLife): boolean =>
  life.reportedQty !== null && seenQty(life) < life.reportedQty * (1 - ROUNDED)

/** An immediate order has all that it was said to get at once: no more will come, though some of it may fail. */
const hasAllReported = (life: OrderLife): boolean =>
  life.tif === "ioc" && life.reportedQty !== null && life.reportedQty > 0 && !isOwed(life)

/** Why an order ended that was not refused and did not get all its shares. */
const endReason = ({ accepted, cancelConfirmed, filledQty, tif }: OrderLife): Rejection => {
  const how = { by: "venue", partly: filledQty > 0 } as const
  if (cancelConfirmed) return { code: "canceled", ...how }
  if (!accepted) return { code: "never seen at the exchange", ...how }
  if (tif === "ioc") return { code: how.partly ? "partly filled" : "nothing traded", ...how }
  return { code: "no longer on the book", ...how }
}

const fill = (life: OrderLife): OrderLife => {
  if (life.status === "filled") return life
  const raced = life.cancelConfirmed || life.reason?.code === "cancel refused"
  const late = isWorking(life.status) ? null : filledLate
  return withStatus(life, "filled", raced ? filledBeforeCancel : late)
}

/** It is over with the shares that it has. */
const end = (life: OrderLife, { add, reverse }: TakenTrades): OrderLife => {
  if (reverse.length > 0) return withStatus(life, "canceled", { code: "trade reversed", by: "venue", trades: reverse })
  if (isWorking(life.status)) return withStatus(life, "canceled", endReason(life))
  if (add.length === 0) return life
  const cause = life.reason === null ? null : causeOf(life.reason)
  return withStatus(
    life,
    "canceled",
    life.status === "rejected" ? { code: "partly filled, though", by: "venue", cause } : endReason(life)
  )
}

/** It may still come to an end by itself. */
const wait = (life: OrderLife): OrderLife => {
  const reversed = life.status === "partially_filled" && life.filledQty === 0
  const untraded = life.tif === "ioc" ? "submitted" : "open"
  return working(life, reversed ? untraded : life.status)
}

const locate = (
  life: OrderLife,
  { atUs, resting }: OrderEvidence,
  absentAfterUs: number,
  trades: TakenTrades
): OrderLife => {
  if (life.filledQty >= life.qty) return fill(life)
  const { absentSinceUs, stagedAtUs, status } = life
  const stale = atUs < stagedAtUs || (absentSinceUs !== null && atUs < absentSinceUs)
  if (stale) return isWorking(status) ? wait(life) : end(life, trades)
  if (resting !== null) return working({ ...life, accepted: true, absentSinceUs: null }, "open")
  const absent: OrderLife = { ...life, absentSinceUs: absentSinceUs ?? atUs }
  const longEnough = absentSinceUs !== null && atUs - absentSinceUs >= Math.max(1, absentAfterUs)
  const over = !isOwed(life) && (life.cancelConfirmed || longEnough || hasAllReported(life))
  return isWorking(status) && !over ? wait(absent) : end(absent, trades)
}

const look = (life: OrderLife, evidence: OrderEvidence, absentAfterUs: number): LifeStep => {
  const trades = takeTrades(life, evidence.trades)
  const seen: OrderLife = {
    ...life,
    trades: trades.trades,
    filledQty: trades.filledQty,
    // Even a trade that failed was one of an order that the exchange had.
    accepted: life.accepted || trades.trades.size > 0
  }
  const { add, confirm, reverse } = trades
  return { life: locate(seen, evidence, absentAfterUs, trades), add, confirm, reverse, ignored: null }
}

/** What one event makes of a live order. Never throws: what cannot be is ignored, and says why. */
export const stepLife = (life: OrderLife, event: OrderEvent): LifeStep => {
  const over = !isWorking(life.status)
  switch (event._tag) {
    case "Accepted":
      return accept(life, event)
    case "Refused":
      return refuse(life, event)
    case "NotSent":
      return life.status === "pending"
        ? taken(withStatus(life, "rejected", reported("not sent", event.detail)))
        : ignored(life, over ? whereItIs(life) : "it may have been sent before")
    case "AnswerLost":
      return over
        ? ignored(life, whereItIs(life))
        : taken(withStatus(life, "unknown", reported("answer lost", event.detail)))
    case "CancelConfirmed":
      return confirmCancel(life)
    case "CancelRefused":
      return over
        ? ignored(life, whereItIs(life))
        : taken({ ...life, reason: reported("cancel refused", event.detail) })
    case "Looked":
      return look(life, event.evidence, event.absentAfterUs)
  }
}
