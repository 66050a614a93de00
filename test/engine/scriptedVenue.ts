import * as Effect from "effect/Effect"
import { onVirtualTime } from "../../src/app/virtualClock.ts"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { type BundlePolicy } from "../../src/core/bundle.ts"
import { StoreError, VenueUnavailable } from "../../src/domain/errors.ts"
import { type Estimate, type ExecutionResult } from "../../src/domain/Execution.ts"
import { type ApprovedOrder, type OrderRequest, type OrderStatus } from "../../src/domain/Order.ts"
import { MICRO } from "../../src/domain/units.ts"
import { type BundleRequest, runBundle } from "../../src/engine/bundleExecution.ts"
import { checkOrder } from "../../src/risk/check.ts"
import { limitsOf } from "../../src/risk/limits.ts"
import { otherReason, reasonText } from "../../src/domain/rejection.ts"

/** What the venue does with an order: fill a share of it, or fail before or after it was seen. */
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
  /** An immediate order that the venue still works on. */
  | "working"
  /** It fills, but the answer takes longer than the deadline. */
  | "slow"
  | "nothing sent"

export const FEE: number = 10_000
const limits = limitsOf(defaultConfig.risk)

/** The order as risk passes it: nothing else may make an ApprovedOrder, not even a test. */
export const approve = (order: OrderRequest): ApprovedOrder => {
  const result = checkOrder(
    order,
    order.limitPrice,
    {
      realized: 0,
      strategyNotional: 0,
      eventNotional: 0,
      reduces: true,
      breaker: "closed",
      rejections: 0,
      openOrders: 0,
      midPrice: null,
      quoteAgeUs: null,
      resolutionDateNotional: null,
      scenario: null
    },
    limits
  )
  if (result._tag === "Refused") throw new Error(reasonText(result.decision.reason))
  return result.order
}

export const legOrder = (marketId: string, limit: number, fields: Partial<OrderRequest> = {}): ApprovedOrder =>
  approve({
    strategy: "s2",
    marketId,
    eventId: "e1",
    token: "YES",
    side: "buy",
    action: "open",
    limitPrice: Math.round(limit * MICRO),
    qty: 10 * MICRO,
    tif: "ioc",
    ...fields
  })

export const estimateOf = (order: OrderRequest): Estimate => ({
  order,
  price: order.limitPrice,
  midPrice: null,
  quoteAgeUs: 0,
  resolvesAtUs: null,
  noMatch: null,
  refusal: null,
  shown: null
})

/** An exchange that does what the script says, order by order, and knows what is really held. */
export class ScriptedVenue {
  readonly atomic: boolean
  readonly sent: Array<{ readonly order: ApprovedOrder; readonly atUs: number; readonly strictLimit: boolean }> = []
  /** Net change by market, micro-shares; what a bundle bought is positive, what it sold negative. */
  readonly net = new Map<string, number>()
  private readonly script: ReadonlyArray<Fate>

  constructor(script: ReadonlyArray<Fate>, atomic = false) {
    this.script = script
    this.atomic = atomic
  }

  private execute(order: ApprovedOrder, share: number, atUs: number, status: OrderStatus): ExecutionResult {
    const qty = Math.floor((order.qty * share) / 10_000) * 10_000
    if (qty > 0) {
      this.net.set(order.marketId, (this.net.get(order.marketId) ?? 0) + (order.side === "buy" ? qty : -qty))
    }
    const { eventId, limitPrice: price, marketId, side, strategy, token } = order
    const fill = { strategy, marketId, eventId, token, side, price, qty, fee: FEE, atUs }
    return {
      status,
      fills: qty > 0 ? [{ ...fill, externalFillId: null, report: "{}" }] : [],
      reason: status === "filled" ? null : otherReason(`scripted ${status}`),
      countsAsRejection: status === "rejected"
    }
  }

  readonly submit: BundleRequest["executor"]["submit"] = (orders, { atUs, strictLimit }) =>
    Effect.suspend((): ReturnType<BundleRequest["executor"]["submit"]> => {
      if (this.atomic) return Effect.succeed(orders.map((order) => this.execute(order, 1, atUs, "filled")))
      const [order] = orders
      if (order === undefined || orders.length > 1) throw new Error("one order at a time")
      const fate = this.script[this.sent.length] ?? "filled"
      this.sent.push({ order, atUs, strictLimit })
      const unavailable = (nothingSent: boolean) =>
        Effect.fail(new VenueUnavailable({ operation: "submit", detail: fate, nothingSent }))
      switch (fate) {
        case "filled":
          return Effect.succeed([this.execute(order, 1, atUs, "filled")])
        case "partial":
          return Effect.succeed([this.execute(order, 0.4, atUs, "canceled")])
        case "refused":
          return Effect.succeed([this.execute(order, 0, atUs, "rejected")])
        case "canceled":
          return Effect.succeed([this.execute(order, 0, atUs, "canceled")])
        case "working":
          return Effect.succeed([this.execute(order, 0.1, atUs, "partially_filled")])
        case "unknown":
          this.execute(order, 1, atUs, "filled")
          return unavailable(false)
        case "store":
          return Effect.fail(new StoreError({ operation: "order", detail: "disk full" }))
        case "silent":
          // Code that does not let itself be interrupted, as a driver in C would.
          return Effect.uninterruptible(Effect.async<never>(() => undefined))
        case "slow":
          return Effect.delay(
            Effect.sync(() => [this.execute(order, 1, atUs, "filled")]),
            "11 seconds"
          )
        case "nothing sent":
          return unavailable(true)
      }
    })
}

export const policy: BundlePolicy = {
  deadlineUs: 10 * MICRO,
  unwind: "sell_back",
  maxUnwindLoss: 5 * MICRO,
  unwindAttempts: 2
}

/** The bundle on virtual time from 0 on. */
export const execute = (
  venue: ScriptedVenue,
  orders: ReadonlyArray<ApprovedOrder>,
  fields: Partial<Pick<BundleRequest, "approveClose" | "estimates">> & { readonly policy?: Partial<BundlePolicy> } = {}
) =>
  onVirtualTime(0, (clock) =>
    Effect.map(
      runBundle({
        executor: venue,
        orders,
        estimates: orders.map(estimateOf),
        context: { atUs: 0, market: () => undefined, strictLimit: false },
        approveClose: (order) => Effect.succeed(approve(order)),
        ...fields,
        policy: { ...policy, ...fields.policy }
      }),
      (execution) => ({ execution, seconds: clock.nowUs / MICRO })
    )
  )
