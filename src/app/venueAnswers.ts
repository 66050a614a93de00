import * as Schema from "effect/Schema"
import { type Estimate, type ExecutionResult, type OrderUpdate, type ReportedFill } from "../domain/Execution.ts"
import { type JsonObject } from "../domain/json.ts"
import { type Order, type OrderRequest, orderStatuses } from "../domain/Order.ts"
import { otherReason, type Rejection } from "../domain/rejection.ts"
import { RejectionSchema } from "../domain/rejectionSchema.ts"

/*
 * What a venue said, as the journal keeps it. `call` counts what the program asked the venue in the session; `took_us` is
 * how long the answer took, because deadlines depend on it. Money, prices and shares are micro-units.
 */

const text = Schema.String
const micros = Schema.Finite
const maybe = Schema.NullOr(micros)
const status = Schema.Literal(...orderStatuses)

/** Older sessions kept the text alone. */
const why = { reason: Schema.optional(Schema.NullOr(RejectionSchema)), message: Schema.optional(text) }
const reasonIn = ({
  message = "",
  reason
}: {
  readonly reason?: Rejection | null | undefined
  readonly message?: string | undefined
}): Rejection | null => (reason !== undefined ? reason : message === "" ? null : otherReason(message))

const FillBody = Schema.Struct({
  ...{ price: micros, qty: micros, fee: micros },
  at_us: Schema.Int,
  external_id: Schema.NullOr(text)
})
const ResultBody = Schema.Struct({
  ...{ status, ...why, counts: Schema.Boolean },
  fills: Schema.Array(FillBody),
  /** Of an order that is stored already. */
  external_id: Schema.optional(text)
})
const UpdateBody = Schema.Struct({
  /** Which of the orders that were asked about, from 0. */
  order: Schema.NonNegativeInt,
  status,
  ...why,
  fills: Schema.Array(FillBody)
})
const ShownBody = Schema.Struct({
  ...{ price: micros, qty: micros, fee: micros },
  ...{ fill_ratio: Schema.Finite, fill_probability: Schema.Finite, slippage_bps: Schema.Finite }
})
const EstimateBody = Schema.Struct({
  price: micros,
  ...{ mid: maybe, quote_age_us: maybe, resolves_us: maybe },
  no_match: Schema.NullOr(Schema.Struct({ status: Schema.Literal("canceled", "rejected"), ...why })),
  refusal: Schema.NullOr(Schema.Struct({ ...why, counts: Schema.Boolean })),
  shown: Schema.NullOr(ShownBody)
})

const asked = { call: Schema.Int.pipe(Schema.positive()), took_us: Schema.NonNegativeInt }

/** The body of an `answer` record. */
export const AnswerBody = Schema.Union(
  Schema.Struct({ ...asked, estimates: Schema.Array(EstimateBody) }),
  Schema.Struct({ ...asked, results: Schema.Array(ResultBody) }),
  Schema.Struct({ ...asked, updates: Schema.Array(UpdateBody) }),
  Schema.Struct({
    ...asked,
    unavailable: Schema.Struct({ operation: text, detail: text, nothing_sent: Schema.Boolean })
  }),
  Schema.Struct({ ...asked, store: Schema.Struct({ operation: text, detail: text }) })
)
export type AnswerBody = typeof AnswerBody.Type

const fillBody = ({ atUs, externalFillId, fee, price, qty }: ReportedFill): typeof FillBody.Type => ({
  ...{ price, qty, fee },
  at_us: atUs,
  external_id: externalFillId
})

/** What the fill says of its order it says again in the replay; the venue's raw report is not kept. */
const fillOf = (order: OrderRequest, body: typeof FillBody.Type): ReportedFill => ({
  strategy: order.strategy,
  marketId: order.marketId,
  eventId: order.eventId,
  token: order.token,
  side: order.side,
  price: body.price,
  qty: body.qty,
  fee: body.fee,
  atUs: body.at_us,
  externalFillId: body.external_id,
  report: "{}"
})

export const resultsBody = (results: ReadonlyArray<ExecutionResult>): JsonObject => ({
  results: results.map(({ countsAsRejection, externalId, fills, reason, status: ended }) => ({
    status: ended,
    reason,
    counts: countsAsRejection,
    fills: fills.map(fillBody),
    ...(externalId === undefined ? {} : { external_id: externalId })
  }))
})

export const resultOf = (order: OrderRequest, body: typeof ResultBody.Type): ExecutionResult => ({
  status: body.status,
  reason: reasonIn(body),
  countsAsRejection: body.counts,
  fills: body.fills.map((fill) => fillOf(order, fill)),
  ...(body.external_id === undefined ? {} : { externalId: body.external_id })
})

export const updatesBody = (orders: ReadonlyArray<Order>, updates: ReadonlyArray<OrderUpdate>): JsonObject => ({
  updates: updates.map(({ fills, order, reason, status: now }) => ({
    order: orders.findIndex(({ id }) => id === order.id),
    status: now,
    reason,
    fills: fills.map(fillBody)
  }))
})

export const updateOf = (order: Order, body: typeof UpdateBody.Type): OrderUpdate => ({
  order,
  status: body.status,
  reason: reasonIn(body),
  fills: body.fills.map((fill) => fillOf(order, fill))
})

export const estimatesBody = (estimates: ReadonlyArray<Estimate>): JsonObject => ({
  estimates: estimates.map(({ midPrice, noMatch, price, quoteAgeUs, refusal, resolvesAtUs, shown }) => ({
    price,
    mid: midPrice,
    quote_age_us: quoteAgeUs,
    resolves_us: resolvesAtUs,
    no_match: noMatch === null ? null : { status: noMatch.status, reason: noMatch.reason },
    refusal: refusal === null ? null : { reason: refusal.reason, counts: refusal.countsAsRejection },
    shown:
      shown === null
        ? null
        : {
            ...{ price: shown.price, qty: shown.qty, fee: shown.fee },
            fill_ratio: shown.fillRatio,
            fill_probability: shown.fillProbability,
            slippage_bps: shown.slippageBps
          }
  }))
})

export const estimateOf = (order: OrderRequest, body: typeof EstimateBody.Type): Estimate => ({
  order,
  price: body.price,
  midPrice: body.mid,
  quoteAgeUs: body.quote_age_us,
  resolvesAtUs: body.resolves_us,
  noMatch:
    body.no_match === null
      ? null
      : { status: body.no_match.status, reason: reasonIn(body.no_match) ?? otherReason("") },
  refusal:
    body.refusal === null
      ? null
      : { reason: reasonIn(body.refusal) ?? otherReason(""), countsAsRejection: body.refusal.counts },
  shown:
    body.shown === null
      ? null
      : {
          ...{ price: body.shown.price, qty: body.shown.qty, fee: body.shown.fee },
          fillRatio: body.shown.fill_ratio,
          fillProbability: body.shown.fill_probability,
          slippageBps: body.shown.slippage_bps
        }
})
