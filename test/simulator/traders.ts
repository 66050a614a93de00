import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { privateKeyToAddress } from "viem/accounts"
import { type OrderAmounts } from "../../src/polymarket/amounts.ts"
import { type ApiCredentials, l1Headers, makeAuthenticator, type Method } from "../../src/polymarket/auth.ts"
import { makeOrderSigner } from "../../src/polymarket/orderSigning.ts"
import { makePublicClient, obtainCredentials } from "../../src/polymarket/publicClient.ts"
import { type ExchangeKind, type OrderType, type SignatureType } from "../../src/polymarket/rulebook.ts"
import { orderBody, orderPayload, type SignedOrder } from "../../src/polymarket/signedOrder.ts"
import { makeTradingClient } from "../../src/polymarket/tradingClient.ts"
import { makeSendRequest } from "../../src/polymarket/tradingHttp.ts"
import { type Exchange, type ExchangeOptions } from "../../src/simulator/server.ts"
import { type Loose, withExchange } from "./support.ts"
import { oneMarket, type Shown, usual, YES } from "./tradingSupport.ts"

/** Accounts of a well-known test chain: they never hold anything. */
export const privateKeys = [
  "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
] as const
export const addresses = privateKeys.map((key) => privateKeyToAddress(key))
export const wallets = ["0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "0x90F79bf6EB2c4f870365E785982E1f101E93b906"]

export interface TradingMarket {
  readonly negRisk?: boolean
  readonly states?: ReadonlyArray<Shown>
  readonly tick?: number
}

/** A started exchange with one market, bids 0.48 and 0.47, offers 0.52 and 0.53, that takes orders. */
export const withTrading = <A>(
  body: (exchange: Exchange) => Promise<A>,
  { states = [usual], ...market }: TradingMarket = {},
  more: Partial<ExchangeOptions> = {}
): Promise<A> => withExchange({ backend: oneMarket(states, market), trading: {}, ...more }, body)

export const run = Effect.runPromise

const fetchClient = Effect.provide(HttpClient.HttpClient, FetchHttpClient.layer)

export interface Answered {
  readonly status: number
  readonly body: Loose
  readonly headers: Headers
}

/** One request as it is; `path` below the CLOB's address, with its query. */
export const ask = async (
  { urls }: Exchange,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string
): Promise<Answered> => {
  const response = await fetch(`${urls.clob}${path}`, { method, headers, ...(body === undefined ? {} : { body }) })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) }
}

export interface Wanted {
  readonly side?: "buy" | "sell"
  readonly price: number
  readonly qty: number
  readonly tokenId?: string
  readonly expirationSec?: number
}

let salt = 0

const amountsOf = ({ price, qty, side }: Wanted): OrderAmounts => {
  const [money, shares] = [Math.round(price * qty * 1e6), Math.round(qty * 1e6)]
  return side === "sell" ? { makerAmount: shares, takerAmount: money } : { makerAmount: money, takerAmount: shares }
}

export interface PostMore {
  readonly orderType?: OrderType
  readonly postOnly?: boolean
  readonly owner?: string
}

const nowSec = () => Math.floor(Date.now() / 1_000)

/** Somebody who trades: signs as our own client does. */
export const makeTrader = async (
  exchange: Exchange,
  {
    kind = "standard",
    nth = 0,
    type = 0,
    wallet = wallets[nth] ?? ""
  }: { type?: SignatureType; nth?: 0 | 1; kind?: ExchangeKind; wallet?: string } = {}
) => {
  const signer = await run(
    makeOrderSigner({
      privateKey: Redacted.make(privateKeys[nth]),
      signatureType: type,
      funder: type === 0 ? null : wallet,
      chainId: 137
    })
  )
  const send = await run(
    Effect.flatMap(fetchClient, (client) => makeSendRequest({ client, baseUrl: exchange.urls.clob, clockSkewSec: 0 }))
  )
  const credentials = await run(obtainCredentials(send, signer))
  const authenticator = await run(makeAuthenticator(signer.address, credentials))
  const sign = (wanted: Wanted): Promise<SignedOrder> =>
    run(
      signer.sign(
        {
          side: wanted.side ?? "buy",
          tokenId: wanted.tokenId ?? YES,
          amounts: amountsOf(wanted),
          salt: ++salt,
          createdAtUs: 1_770_000_000_000_000,
          ...(wanted.expirationSec === undefined ? {} : { expirationSec: wanted.expirationSec })
        },
        kind
      )
    )
  /** A request that is authenticated as it should be, but for what `over` changes. */
  const request = (method: Method, path: string, body?: string, over: Readonly<Record<string, string>> = {}) => {
    const headers = authenticator.headers({ method, path, ...(body === undefined ? {} : { body }) }, nowSec())
    return ask(exchange, method, path, { ...headers, ...over }, body)
  }
  const key = Redacted.value(credentials.key)
  const payload = (order: SignedOrder, { orderType = "GTC", ...more }: PostMore = {}) =>
    orderPayload(order, { owner: key, orderType, ...more })
  const postSigned = (order: SignedOrder, { orderType = "GTC", ...more }: PostMore = {}) =>
    request("POST", "/order", orderBody(order, { owner: key, orderType, ...more }))
  return {
    url: exchange.urls.clob,
    signer,
    send,
    key,
    credentials,
    publicClient: makePublicClient(send),
    client: makeTradingClient(send, authenticator, type),
    headersAt: (timestampSec: number, method: Method, path: string, body?: string) =>
      authenticator.headers({ method, path, ...(body === undefined ? {} : { body }) }, timestampSec),
    sign,
    payload,
    postSigned,
    post: async (wanted: Wanted, more: PostMore = {}) => postSigned(await sign(wanted), more),
    request
  }
}
export type Trader = Awaited<ReturnType<typeof makeTrader>>

/** Headers that ask for credentials, signed as they should be. */
export const claim = async (nth: 0 | 1 = 0, nonce = 0, timestampSec = nowSec()) => {
  const signer = await run(
    makeOrderSigner({ privateKey: Redacted.make(privateKeys[nth]), signatureType: 0, funder: null, chainId: 137 })
  )
  return run(l1Headers(signer, { timestampSec, nonce }))
}

export const valuesOf = ({ key, passphrase, secret }: ApiCredentials) => ({
  apiKey: Redacted.value(key),
  secret: Redacted.value(secret),
  passphrase: Redacted.value(passphrase)
})
