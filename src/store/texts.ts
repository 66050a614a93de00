import { type Side, type Token } from "../domain/ids.ts"
import { isJsonObject, type JsonObject } from "../domain/json.ts"
import { type MarketStatus } from "../domain/Market.ts"
import { type ExecutionStyle, executionStyles } from "../domain/OrderIntent.ts"
import { type OrderKind, orderStatuses, type OrderAction, type OrderStatus, type TimeInForce } from "../domain/Order.ts"
import { type SignalStatus } from "../domain/Signal.ts"

// A database may hold words of another program's version: reading never fails on them.

export const tokenOf = (text: string): Token => (text.toUpperCase() === "NO" ? "NO" : "YES")
export const sideOf = (text: string): Side => (text.toLowerCase() === "sell" ? "sell" : "buy")
export const actionOf = (text: string): OrderAction => (text.toLowerCase() === "close" ? "close" : "open")
export const tifOf = (text: string): TimeInForce => (text === "ioc" ? "ioc" : "gtc")
export const orderKindOf = (text: string): OrderKind => (text === "settlement" ? "settlement" : "order")
export const modeOf = (text: string): "paper" | "live" => (text === "live" ? "live" : "paper")
export const marketStatusOf = (text: string): MarketStatus => (text === "open" ? "open" : "closed")
export const signalStatusOf = (text: string): SignalStatus =>
  text === "new" || text === "executed" ? text : "rejected"

export const styleOf = (text: string | null): ExecutionStyle =>
  executionStyles.find((style) => style === text) ?? "aggressive"

/** The reason of a signal that was taken so that orders can be sent for it, until they are recorded. */
export const CLAIMED = "claimed for sending"

/** The stored words that mean each status, this project's own first. */
const orderWords = {
  pending: ["pending"],
  submitted: ["submitted"],
  unknown: ["unknown"],
  open: ["open", "new", "live", "accepted"],
  partially_filled: ["partially_filled", "partial", "partially-filled"],
  filled: ["filled", "matched"],
  canceled: ["canceled", "cancelled"],
  expired: ["expired"],
  rejected: ["rejected"]
} as const satisfies Record<OrderStatus, ReadonlyArray<string>>

const statusByWord = new Map<string, OrderStatus>()
for (const status of orderStatuses) {
  for (const word of orderWords[status]) statusByWord.set(word, status)
}

/** `undefined` for an unknown word. */
export const orderStatusOf = (text: string): OrderStatus | undefined => statusByWord.get(text)

/** Stored words to look for; `rejected` also stands for unknown words, so it is asked as "none of the others". */
export const wordsOf = (statuses: ReadonlyArray<OrderStatus>): ReadonlyArray<string> =>
  statuses.flatMap((status) => orderWords[status])
export const wordsBesidesRejected: ReadonlyArray<string> = wordsOf(
  orderStatuses.filter((status) => status !== "rejected")
)

/** Python writes NaN and Infinity into JSON, which `JSON.parse` refuses: such a payload is kept as text. */
export const payloadOf = (text: string): JsonObject => {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : { unparsed: text }
  } catch {
    return { unparsed: text }
  }
}
