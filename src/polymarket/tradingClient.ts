import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type TokenId } from "../domain/ids.ts"
import { type MicroUnits } from "../domain/units.ts"
import { maxLedgerPages } from "../policy/venue.ts"
import { type Authenticator, type Method } from "./auth.ts"
import { maxCancelIds, type RateKind, type SignatureType } from "./rulebook.ts"
import { rejectionCode } from "./rejections.ts"
import { orderBody, type PostOptions, type SignedOrder } from "./signedOrder.ts"
import { type SendRequest } from "./tradingHttp.ts"
import { BalanceAnswer, CancelAnswer, OpenOrder, OrderAnswer, PostAnswer, VenueTrade } from "./tradingWire.ts"
import { VenueFailure } from "./VenueFailure.ts"

/** An order that the exchange has taken. */
export interface PlacedOrder {
  /** `delayed`: waits for its turn, and may still fill, rest or fail. */
  readonly status: "live" | "matched" | "delayed"
  /** What was given and taken at once; null when nothing, or not known yet. */
  readonly makingAmount: MicroUnits | null
  readonly takingAmount: MicroUnits | null
  readonly tradeIds: ReadonlyArray<string>
}

export interface CancelOutcome {
  readonly canceled: ReadonlyArray<string>
  /** Order id and why, for instance because it is filled. */
  readonly notCanceled: Readonly<Record<string, string>>
}

const placedStatuses = ["live", "matched", "delayed"] as const

const postFailure = (detail: string, nothingSent: boolean) =>
  new VenueFailure({
    operation: "POST /order",
    kind: nothingSent ? "refused" : "malformed",
    status: 200,
    code: rejectionCode(detail),
    detail,
    nothingSent: nothingSent && rejectionCode(detail) !== "duplicate",
    retryAfterMs: null
  })

/** The exchange's own rule: accepted is what says so in all four fields. HTTP 200 alone says nothing. */
const judge = (answer: typeof PostAnswer.Type, hash: string): Effect.Effect<PlacedOrder, VenueFailure> => {
  const error = answer.errorMsg ?? ""
  const id = answer.orderID ?? ""
  const status = placedStatuses.find((known) => known === answer.status?.toLowerCase())
  if (id === "" && (error !== "" || answer.success === false)) {
    return Effect.fail(postFailure(error === "" ? "refused without a reason" : error, true))
  }
  if (id !== "" && id.toLowerCase() !== hash.toLowerCase()) {
    return Effect.fail(postFailure(`answered for another order than ${hash}`, false))
  }
  if (answer.success !== true || error !== "" || id === "" || status === undefined) {
    const said = [error, answer.status ?? ""].filter((text) => text !== "").join(", ")
    return Effect.fail(postFailure(`neither accepted nor refused${said === "" ? "" : `: ${said}`}`, false))
  }
  return Effect.succeed({
    status,
    makingAmount: answer.makingAmount ?? null,
    takingAmount: answer.takingAmount ?? null,
    tradeIds: answer.tradeIDs ?? []
  })
}

const firstCursor = "MA=="
const lastCursors = ["", "LTE="]

interface Query {
  readonly [name: string]: string | undefined
}

type Ask = <A, I>(
  method: Method,
  path: string,
  rate: RateKind,
  answer: Schema.Schema<A, I>,
  more?: { readonly query?: Query; readonly body?: string; readonly cost?: number }
) => Effect.Effect<A, VenueFailure>

const makeAsk =
  (send: SendRequest, authenticator: Authenticator): Ask =>
  (method, path, rate, answer, more = {}) => {
    const signed = { method, path, ...(more.body === undefined ? {} : { body: more.body }) }
    return send({
      ...signed,
      ...more,
      rate,
      answer,
      authenticate: (timestampSec) => Effect.sync(() => authenticator.headers(signed, timestampSec))
    })
  }

const endless = (path: string) =>
  new VenueFailure({
    operation: `GET ${path}`,
    kind: "malformed",
    status: 200,
    code: "other",
    detail: `more than ${maxLedgerPages} pages; ask for less`,
    nothingSent: true,
    retryAfterMs: null
  })

/** All pages, each row once: rows move between pages while orders come and go. */
const allPages = Effect.fnUntraced(function* <A extends { readonly id: string }, I>(
  ask: Ask,
  path: string,
  row: Schema.Schema<A, I>,
  query: Query
) {
  const page = Schema.Struct({
    data: Schema.NullOr(Schema.Array(row)),
    next_cursor: Schema.optional(Schema.NullOr(Schema.String))
  })
  const rows = new Map<string, A>()
  const cursors = new Set<string>()
  let cursor: string = firstCursor
  while (!lastCursors.includes(cursor) && !cursors.has(cursor) && cursors.size < maxLedgerPages) {
    cursors.add(cursor)
    const { data, next_cursor } = yield* ask("GET", path, "ledger", page, { query: { ...query, next_cursor: cursor } })
    for (const one of data ?? []) rows.set(one.id, one)
    cursor = next_cursor ?? ""
  }
  // A part must not be taken for the whole: what it leaves out would count as gone.
  if (cursors.size === maxLedgerPages) return yield* endless(path)
  return [...rows.values()]
})

const cancels = (ask: Ask) => {
  const cancel = (path: string, rate: RateKind, body: unknown, cost: number) =>
    Effect.map(
      ask("DELETE", path, rate, CancelAnswer, { cost, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
      (answer): CancelOutcome => ({ canceled: answer.canceled ?? [], notCanceled: answer.not_canceled ?? {} })
    )
  const batches = (ids: ReadonlyArray<string>) =>
    Array.from({ length: Math.ceil(ids.length / maxCancelIds) }, (_, n) =>
      ids.slice(n * maxCancelIds, (n + 1) * maxCancelIds)
    )
  return {
    cancelOrder: (id: string) => cancel("/order", "cancel", { orderID: id }, 1),
    /** Any number of ids, in as many requests as they need. */
    cancelOrders: (ids: ReadonlyArray<string>) =>
      Effect.reduce(batches(ids), { canceled: [], notCanceled: {} }, (before: CancelOutcome, some) =>
        Effect.map(cancel("/orders", "cancel", some, some.length), ({ canceled, notCanceled }) => ({
          canceled: [...before.canceled, ...canceled],
          notCanceled: { ...before.notCanceled, ...notCanceled }
        }))
      ),
    cancelAll: cancel("/cancel-all", "cancelAll", undefined, 1),
    /** All orders of a market, or of one of its tokens. */
    cancelMarket: (which: { readonly conditionId: string; readonly tokenId?: string }) =>
      cancel("/cancel-market-orders", "cancelMarket", { market: which.conditionId, asset_id: which.tokenId }, 1)
  }
}

/** Which trades; times in seconds since 1970. */
export interface TradeFilter {
  readonly id?: string
  readonly conditionId?: string
  readonly tokenId?: string
  readonly afterSec?: number
  readonly beforeSec?: number
}

const ledger = (ask: Ask) => ({
  /** An order while it rests; null once it is filled, cancelled or was never there. */
  order: (id: string): Effect.Effect<OpenOrder | null, VenueFailure> =>
    Effect.catchIf(
      ask("GET", `/data/order/${encodeURIComponent(id)}`, "ledger", OrderAnswer),
      (failure) => failure.status === 404,
      () => Effect.succeed(null)
    ),
  openOrders: (
    which: { readonly conditionId?: string; readonly tokenId?: string } = {}
  ): Effect.Effect<ReadonlyArray<OpenOrder>, VenueFailure> =>
    allPages(ask, "/data/orders", OpenOrder, { market: which.conditionId, asset_id: which.tokenId }),
  /** The account's trades, as maker or taker. */
  trades: (which: TradeFilter = {}): Effect.Effect<ReadonlyArray<VenueTrade>, VenueFailure> =>
    allPages(ask, "/data/trades", VenueTrade, {
      id: which.id,
      market: which.conditionId,
      asset_id: which.tokenId,
      after: which.afterSec === undefined ? undefined : String(which.afterSec),
      before: which.beforeSec === undefined ? undefined : String(which.beforeSec)
    })
})

const accountRequests = (ask: Ask, signatureType: SignatureType) => {
  const query = (tokenId: TokenId | null, type = signatureType): { readonly query: Query } => ({
    query: {
      asset_type: tokenId === null ? "COLLATERAL" : "CONDITIONAL",
      token_id: tokenId ?? undefined,
      signature_type: String(type)
    }
  })
  return {
    /**
     * Balance and allowances in base units: of pUSD for null, or of an outcome token. Which wallet of the key is looked at
     * follows from the signature type: the account's own, unless another is asked for.
     */
    balance: (tokenId: TokenId | null, type?: SignatureType): Effect.Effect<BalanceAnswer, VenueFailure> =>
      ask("GET", "/balance-allowance", "balance", BalanceAnswer, query(tokenId, type)),
    /** Makes the exchange read the chain again: it remembers balances from before a deposit or an approval. */
    refreshBalance: (tokenId: TokenId | null): Effect.Effect<void, VenueFailure> =>
      Effect.asVoid(ask("GET", "/balance-allowance/update", "balanceUpdate", Schema.Unknown, query(tokenId))),
    /** Whether the account may only close positions. */
    closedOnly: Effect.map(
      ask("GET", "/auth/ban-status/closed-only", "general", Schema.Struct({ closed_only: Schema.Boolean })),
      ({ closed_only }) => closed_only
    ),
    /** How many sets of API credentials the account has. */
    apiKeyCount: Effect.map(
      ask("GET", "/auth/api-keys", "apiKey", Schema.Struct({ apiKeys: Schema.Array(Schema.Unknown) })),
      ({ apiKeys }) => apiKeys.length
    )
  }
}

/** Requests on behalf of an account, each one attempt. What a failure may have left behind is in `nothingSent`. */
export const makeTradingClient = (send: SendRequest, authenticator: Authenticator, signatureType: SignatureType) => {
  const ask = makeAsk(send, authenticator)
  return {
    /** Sends a signed order once. Store its hash before; after a failure without `nothingSent`, look it up. */
    postOrder: (order: SignedOrder, options: Omit<PostOptions, "owner">): Effect.Effect<PlacedOrder, VenueFailure> =>
      Effect.flatMap(
        ask("POST", "/order", "order", PostAnswer, {
          body: orderBody(order, { ...options, owner: Redacted.value(authenticator.apiKey) })
        }),
        (answer) => judge(answer, order.hash)
      ),
    ...cancels(ask),
    ...ledger(ask),
    ...accountRequests(ask, signatureType)
  }
}

export type TradingClient = ReturnType<typeof makeTradingClient>
