import * as Effect from "effect/Effect"
import { StoreError, VenueUnavailable } from "../../src/domain/errors.ts"
import { type ExecutionResult } from "../../src/domain/Execution.ts"
import { type ApprovedOrder } from "../../src/domain/ApprovedOrder.ts"
import { type OrderStatus } from "../../src/domain/Order.ts"
import { otherReason } from "../../src/domain/rejection.ts"
import { type Exchange } from "../../src/ports/Executor.ts"
import { shares, toMicros } from "../../src/domain/units.ts"

/** What the exchange does with an order: fill a share of it, or fail before or after it was seen. */
export type Fate =
  | "filled"
  | "partial"
  | "refused"
  | "canceled"
  /** The connection broke; it filled all the same. */
  | "unknown"
  /** The store broke while the order was on its way. */
  | "store"
  | "silent"
  /** An immediate order that the exchange still works on. */
  | "working"
  /** It fills, but the answer takes longer than the deadline. */
  | "slow"
  | "nothing sent"

const answer = (order: ApprovedOrder, share: number, atUs: number, status: OrderStatus): ExecutionResult => {
  const { eventId, limitPrice: price, marketId, side, strategy, token } = order
  const qty = shares(Math.floor((order.qty * share) / 10_000) * 10_000)
  const fill = { strategy, marketId, eventId, token, side, price, qty, fee: toMicros(0.01), atUs }
  return {
    status,
    fills: qty > 0 ? [{ ...fill, externalFillId: null, report: "{}" }] : [],
    reason: status === "filled" ? null : otherReason(`scripted ${status}`),
    countsAsRejection: status === "rejected"
  }
}

/** An exchange that does with its nth order what the script says, and fills what comes after. */
export const scriptedExchange = (script: ReadonlyArray<Fate>): Exchange => {
  let sent = 0
  const unavailable = (operation: string, nothingSent: boolean) =>
    Effect.fail(new VenueUnavailable({ operation, detail: "scripted", nothingSent }))
  const submit: Exchange["submit"] = (orders, { atUs }) =>
    Effect.suspend((): ReturnType<Exchange["submit"]> => {
      const [order] = orders
      if (order === undefined || orders.length > 1) throw new Error("one order at a time")
      const fate = script[sent] ?? "filled"
      sent += 1
      switch (fate) {
        case "filled":
          return Effect.succeed([answer(order, 1, atUs, "filled")])
        case "partial":
          return Effect.succeed([answer(order, 0.4, atUs, "canceled")])
        case "refused":
          return Effect.succeed([answer(order, 0, atUs, "rejected")])
        case "canceled":
          return Effect.succeed([answer(order, 0, atUs, "canceled")])
        case "working":
          return Effect.succeed([answer(order, 0.1, atUs, "partially_filled")])
        case "unknown":
          return unavailable("submit", false)
        case "store":
          return Effect.fail(new StoreError({ operation: "order", detail: "disk full" }))
        case "silent":
          // Code that does not let itself be interrupted, as a driver in C would.
          return Effect.uninterruptible(Effect.async<never>(() => undefined))
        case "slow":
          return Effect.delay(
            Effect.sync(() => [answer(order, 1, atUs, "filled")]),
            "11 seconds"
          )
        case "nothing sent":
          return unavailable("submit", true)
      }
    })
  return { submit, cancel: () => unavailable("cancel", false) }
}
