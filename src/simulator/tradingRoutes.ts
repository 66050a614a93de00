import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { isJsonObject, type Json } from "../domain/json.ts"
import { contracts, maxCancelIds, type SignatureType, signatureTypes } from "../polymarket/rulebook.ts"
import { type ApiKeySet } from "./accounts.ts"
import { type Answer, failure, json } from "./answer.ts"
import { type TradingEndpoint, type TradingEndpointName, tradingEndpointOf } from "./endpoints.ts"
import { decimalText, ledgerPage, openOrderRow, orderMatches, selectTrades, tradeRow } from "./ledgerRows.ts"
import { UNLIMITED } from "./makeTradingEngine.ts"
import { INVALID_PAYLOAD, parseJson } from "./orderPayload.ts"
import { checkL1, checkL2, type SignedRequest } from "./tradingAuth.ts"
import { type TakenOrder, type TradingDesk } from "./tradingDesk.ts"
import { type CancelOutcome, type TradingMode } from "./TradingEngine.ts"
import { modeRefusal, type Refusal } from "./tradingRules.ts"

/** Orders that one `POST /orders` may carry. */
const MAX_BATCH = 15

/** A request of an account that is authenticated. */
interface Asked extends SignedRequest {
  readonly endpoint: TradingEndpoint
  readonly query: URLSearchParams
  readonly key: ApiKeySet
  /** What stands in the path. */
  readonly id: string
}

type Handler = (desk: TradingDesk, asked: Asked) => Effect.Effect<Answer>

const refusalAnswer = (label: string, { code, error, retryAfterSec, status }: Refusal): Answer => ({
  ...json(
    label,
    {
      error,
      ...(code === undefined ? {} : { code }),
      ...(retryAfterSec === undefined ? {} : { retry_after_seconds: retryAfterSec })
    },
    status
  ),
  ...(retryAfterSec === undefined ? {} : { headers: { "retry-after": String(retryAfterSec) } })
})

const amountText = (amount: number | null): string => (amount === null ? "" : decimalText(amount))

const placedJson = ({ makingAmount, order, status, takingAmount, tradeIds }: TakenOrder): Json => ({
  success: true,
  errorMsg: "",
  orderID: order.id,
  status,
  makingAmount: amountText(makingAmount),
  takingAmount: amountText(takingAmount),
  tradeIDs: tradeIds
})

/** While the exchange takes no orders at all, a batch fails as a whole. */
const closesAll = ({ status }: Refusal): boolean => status === 425 || status >= 500

/** One of a batch: refused, although the request as a whole succeeds. */
const legRefused = ({ error }: Refusal): Json => ({
  success: true,
  errorMsg: error,
  orderID: "",
  status: "",
  makingAmount: "",
  takingAmount: "",
  tradeIDs: []
})

const postOrder: Handler = (desk, { body, endpoint: { label }, key }) =>
  Effect.match(desk.place(parseJson(body), key), {
    onSuccess: (placed) => json(label, placedJson(placed)),
    onFailure: (refused) => refusalAnswer(label, refused)
  })

const tooMany = (label: string, count: number, most: number): Effect.Effect<Answer> =>
  Effect.succeed(failure(label, 400, `Too many orders in payload: ${count}, max allowed: ${most}`))

const listOf = (body: string): ReadonlyArray<unknown> | undefined => {
  const parsed = parseJson(body)
  return Array.isArray(parsed) && parsed.length > 0 ? parsed : undefined
}

const postOrders: Handler = (desk, { body, endpoint: { label }, key }) => {
  const orders = listOf(body)
  if (orders === undefined) return Effect.succeed(failure(label, 400, INVALID_PAYLOAD))
  if (orders.length > MAX_BATCH) return tooMany(label, orders.length, MAX_BATCH)
  const leg = (payload: unknown) =>
    Effect.matchEffect(desk.place(payload, key), {
      onSuccess: (placed) => Effect.succeed(placedJson(placed)),
      onFailure: (refused) => (closesAll(refused) ? Effect.fail(refused) : Effect.succeed(legRefused(refused)))
    })
  return Effect.match(Effect.forEach(orders, leg, { concurrency: 1 }), {
    onSuccess: (legs) => json(label, legs),
    onFailure: (refused) => refusalAnswer(label, refused)
  })
}

const canceled = (label: string, { canceled: ids, notCanceled }: CancelOutcome): Effect.Effect<Answer> =>
  Effect.succeed(json(label, { canceled: ids, not_canceled: notCanceled }))

const cancelOrder: Handler = (desk, { body, endpoint: { label }, key }) => {
  const parsed = parseJson(body)
  const id = isJsonObject(parsed) ? parsed["orderID"] : undefined
  return typeof id === "string" && id !== ""
    ? canceled(label, desk.engine.cancel(key.key, [id.toLowerCase()], desk.nowUs()))
    : Effect.succeed(failure(label, 400, INVALID_PAYLOAD))
}

const cancelOrders: Handler = (desk, { body, endpoint: { label }, key }) => {
  const ids = listOf(body)?.map((id) => (typeof id === "string" ? id.toLowerCase() : ""))
  if (ids === undefined || ids.includes("")) return Effect.succeed(failure(label, 400, INVALID_PAYLOAD))
  if (ids.length > maxCancelIds) return tooMany(label, ids.length, maxCancelIds)
  return canceled(label, desk.engine.cancel(key.key, [...new Set(ids)], desk.nowUs()))
}

const cancelMarket: Handler = (desk, { body, endpoint: { label }, key }) => {
  const parsed = parseJson(body)
  const text = (name: string) => {
    const value = isJsonObject(parsed) ? parsed[name] : undefined
    return typeof value === "string" && value !== "" ? value : undefined
  }
  const conditionId = text("market")
  const tokenId = text("asset_id")
  if (conditionId === undefined && tokenId === undefined) {
    return Effect.succeed(failure(label, 400, INVALID_PAYLOAD))
  }
  const which = {
    ...(conditionId === undefined ? {} : { conditionId }),
    ...(tokenId === undefined ? {} : { tokenId })
  }
  return canceled(label, desk.engine.cancelMarket(key.key, which, desk.nowUs()))
}

const openOrders: Handler = ({ engine, nowUs }, { endpoint: { label }, key, query }) => {
  const rows = engine.openOrders(key.key, nowUs()).filter((booked) => orderMatches(query, booked))
  const page = ledgerPage(label, query.get("next_cursor"), rows, openOrderRow)
  return Effect.succeed(page ?? failure(label, 400, "invalid order params payload"))
}

const trades: Handler = ({ engine, nowUs }, { endpoint: { label }, key, query }) => {
  const rows = selectTrades(query, engine.trades(key.key, nowUs()))
  const page =
    rows === undefined
      ? undefined
      : ledgerPage(label, query.get("next_cursor"), rows, (trade) => tradeRow(trade, key.key))
  return Effect.succeed(page ?? failure(label, 400, "invalid trade params payload"))
}

const signatureTypeOf = (query: URLSearchParams): SignatureType | undefined =>
  signatureTypes.find((type) => String(type) === (query.get("signature_type") ?? "0"))

/** As the chain writes an approval without a limit. */
const MAX_UINT256 = String((1n << 256n) - 1n)

/** A wallet that has not traded yet is not known by its address: it shows what it will be opened with. */
const balanceOf = (desk: TradingDesk, key: ApiKeySet, type: SignatureType, tokenId: string | null) => {
  const maker = type === 0 ? desk.openWallet(key.address) : desk.accounts.makerOf(key.address, type)
  if (maker === undefined) return { balance: tokenId === null ? desk.openingBalance : 0, allowance: Infinity }
  return { balance: desk.engine.balance(maker, tokenId, desk.nowUs()), allowance: desk.engine.allowance(maker) }
}

const balance: Handler = (desk, { endpoint: { label }, key, query }) => {
  const type = signatureTypeOf(query)
  const asset = query.get("asset_type")
  const tokenId = query.get("token_id") ?? ""
  const bad = (name: string) => Effect.succeed(failure(label, 400, `invalid ${name}`))
  if (type === undefined) return bad("signature type")
  if (asset !== "COLLATERAL" && asset !== "CONDITIONAL") return bad("asset type")
  if (asset === "CONDITIONAL" && !/^\d{1,78}$/.test(tokenId)) return bad("token id")
  const found = balanceOf(desk, key, type, asset === "COLLATERAL" ? null : tokenId)
  const { collateralAdapter, exchange } = contracts[desk.chainId]
  const allowance = found.allowance >= UNLIMITED ? MAX_UINT256 : String(found.allowance)
  const spenders = [exchange.standard, exchange.negRisk, collateralAdapter.standard, collateralAdapter.negRisk]
  return Effect.succeed(
    json(label, {
      balance: String(found.balance),
      allowances: Object.fromEntries(spenders.map((spender) => [spender, allowance]))
    })
  )
}

const handlers: { readonly [name in TradingEndpointName]: Handler } = {
  order: postOrder,
  orders: postOrders,
  cancel: cancelOrder,
  "cancel-orders": cancelOrders,
  "cancel-all": (desk, { endpoint: { label }, key }) => canceled(label, desk.engine.cancelAll(key.key, desk.nowUs())),
  "cancel-market": cancelMarket,
  "open-order": ({ engine, nowUs }, { endpoint: { label }, id, key }) => {
    const booked = engine.order(key.key, id.toLowerCase(), nowUs())
    return Effect.succeed(json(label, booked === undefined ? null : openOrderRow(booked)))
  },
  "open-orders": openOrders,
  trades,
  balance,
  "balance-update": (_, { endpoint: { label } }) => Effect.succeed(json(label, "")),
  "create-key": (_, { endpoint: { label }, key }) => Effect.succeed(json(label, keyJson(key))),
  "derive-key": (_, { endpoint: { label }, key }) => Effect.succeed(json(label, keyJson(key))),
  "api-keys": ({ accounts }, { endpoint: { label }, key }) =>
    Effect.succeed(json(label, { apiKeys: accounts.keysOf(key.address).map((one) => one.key) })),
  "delete-key": ({ accounts }, { endpoint: { label }, key }) => {
    accounts.remove(key.key)
    return Effect.succeed(json(label, "OK"))
  },
  "closed-only": ({ accounts }, { endpoint: { label }, key }) =>
    Effect.succeed(json(label, { closed_only: accounts.standing(key.address) === "closed_only" }))
}

const keyJson = ({ key, passphrase, secret }: ApiKeySet): Json => ({
  apiKey: key,
  secret: Redacted.value(secret),
  passphrase: Redacted.value(passphrase)
})

/** While the matching engine is down it cancels nothing; what it says to new orders comes from itself. */
const downFor = (mode: TradingMode, { label, name }: TradingEndpoint): Answer | undefined => {
  const down = name.startsWith("cancel") && (mode === "restarting" || mode === "disabled")
  const refusal = down ? modeRefusal(mode, false, 0) : null
  return refusal === null ? undefined : failure(label, refusal.status, refusal.error)
}

/** Who asks: the set of credentials that signed the request, or the one that is asked for. */
const authenticate = (desk: TradingDesk, endpoint: TradingEndpoint, request: SignedRequest) => {
  const refused = (status: number, error: string) => Effect.fail(failure(endpoint.label, status, error))
  if (endpoint.auth === "L2") {
    return Effect.flatMap(checkL2(request, desk.accounts, desk.acceptsTime), (key) =>
      key === undefined ? refused(401, "Unauthorized/Invalid api key") : Effect.succeed(key)
    )
  }
  return Effect.gen(function* () {
    const claim = yield* checkL1(request, yield* desk.verifier, desk.acceptsTime)
    if (claim === undefined) return yield* refused(401, "Invalid L1 Request headers")
    const create = endpoint.name === "create-key"
    const key = desk.accounts[create ? "create" : "find"](claim.address, claim.nonce)
    return key ?? (yield* refused(400, create ? "Could not create api key" : "Could not derive api key!"))
  })
}

/** Answers what needs credentials; undefined for any other request. */
export const tradingRoutes = (
  desk: TradingDesk,
  request: SignedRequest & { readonly query: URLSearchParams }
): Effect.Effect<Answer> | undefined => {
  const endpoint = tradingEndpointOf(request.method, request.path)
  if (endpoint === undefined) return undefined
  const down = downFor(desk.engine.mode(desk.nowUs()), endpoint)
  if (down !== undefined) return Effect.succeed(down)
  const id = decodeURIComponent(endpoint.path.exec(request.path)?.[1] ?? "")
  return authenticate(desk, endpoint, request).pipe(
    Effect.flatMap((key) => handlers[endpoint.name](desk, { ...request, endpoint, key, id })),
    Effect.merge
  )
}
