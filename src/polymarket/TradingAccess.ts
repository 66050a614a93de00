import * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AppConfig } from "../config/AppConfig.ts"
import { secrets } from "../config/secrets.ts"
import { InputError } from "../domain/errors.ts"
import { type ApiCredentials, type Authenticator, makeAuthenticator } from "./auth.ts"
import { parseBaseUrl } from "./baseUrl.ts"
import { makeGatewayAuthenticator } from "./gatewayHeaders.ts"
import { makeOrderSigner, type OrderSigner } from "./orderSigning.ts"
import { makePublicClient, obtainCredentials, type PublicClient } from "./publicClient.ts"
import { type SignatureType, signatureTypes } from "./rulebook.ts"
import { makeTradingClient, type TradingClient } from "./tradingClient.ts"
import { makeSendRequest, type SendRequest } from "./tradingHttp.ts"
import { type VenueFailure } from "./VenueFailure.ts"

const MS_PER_SECOND = 1_000

export type Secrets = Config.Config.Success<typeof secrets>

/** Something that trading needs is missing, or not what it must be; `field` is an environment variable. */
export type AccessProblem = InputError | VenueFailure

/** The account, ready to trade. */
export interface ExchangeAccount {
  readonly client: TradingClient
  /** Whose orders these are: part of every trade and order of the account. */
  readonly apiKey: Redacted.Redacted
  /** null: a gateway authenticates, and no key was given, so that nothing can be signed here. */
  readonly signer: OrderSigner | null
  readonly signatureType: SignatureType
  /** Seconds that the exchange's clock was ahead of this machine's when the account was opened. */
  readonly clockSkewSec: number
}

export interface Geoblock {
  readonly blocked: boolean
  /** Where the exchange thinks that this machine is; "" where it does not say. */
  readonly country: string
  readonly region: string
}

export interface TradingAccessShape {
  /** Needs no credentials. */
  readonly publicClient: PublicClient
  /** Seconds that the exchange's clock is ahead of this machine's; asked anew each time. */
  readonly clockSkewSec: Effect.Effect<number, VenueFailure>
  /** Whether orders from this place are accepted; asked anew each time. */
  readonly geoblock: Effect.Effect<Geoblock, VenueFailure>
  /** Names of environment variables without which no order can be signed; [] when all are there. */
  readonly missing: Effect.Effect<ReadonlyArray<string>, InputError>
  /** The key, read and checked; nothing is sent. */
  readonly signer: Effect.Effect<OrderSigner, InputError>
  /** Reads the credentials, asks the exchange for what is missing of them; what it gave stays until it is forgotten. */
  readonly account: Effect.Effect<ExchangeAccount, AccessProblem>
  /** The exchange no longer takes the account's credentials, or its idea of the time: the next one to ask opens it anew. */
  readonly forget: (account: ExchangeAccount) => Effect.Effect<void>
}

/** The way to the exchange with this configuration's account. Nothing is read or sent before it is asked for. */
export class TradingAccess extends Context.Tag("monomarket/polymarket/TradingAccess")<
  TradingAccess,
  TradingAccessShape
>() {}

const present = (secret: Option.Option<Redacted.Redacted>): Option.Option<Redacted.Redacted> =>
  Option.filter(secret, (value) => Redacted.value(value).trim() !== "")

const textOf = (secret: Option.Option<Redacted.Redacted>): string | null =>
  Option.getOrNull(Option.map(present(secret), (value) => Redacted.value(value).trim()))

const missingNames = ({ clobHeadersJson, funder, privateKey, signatureType }: Secrets): ReadonlyArray<string> => {
  if (Option.isSome(present(clobHeadersJson))) return []
  // The key's own account, type 0, holds its money itself.
  const needsFunder = textOf(signatureType) !== "0"
  return [
    ...(Option.isNone(present(privateKey)) ? ["POLYMARKET_PRIVATE_KEY"] : []),
    ...(needsFunder && Option.isNone(present(funder)) ? ["POLYMARKET_FUNDER"] : []),
    ...(Option.isNone(present(signatureType)) ? ["POLYMARKET_SIGNATURE_TYPE"] : [])
  ]
}

const readSecrets: Effect.Effect<Secrets, InputError> = Effect.mapError(
  secrets,
  () => new InputError({ field: "environment", problem: "the credentials cannot be read" })
)

const required = (field: string) => new InputError({ field, problem: "is not set" })

const readSignatureType = (found: Secrets): Effect.Effect<SignatureType, InputError> =>
  Effect.suspend(() => {
    const field = "POLYMARKET_SIGNATURE_TYPE"
    const text = textOf(found.signatureType)
    if (text === null) return required(field)
    const known = signatureTypes.find((type) => String(type) === text)
    return known === undefined
      ? new InputError({ field, problem: "must be 0 (own key), 1 (proxy), 2 (Safe) or 3 (deposit wallet)" })
      : Effect.succeed(known)
  })

const readSigner = (found: Secrets, chainId: 137 | 80002): Effect.Effect<OrderSigner, InputError> =>
  Effect.gen(function* () {
    const privateKey = present(found.privateKey)
    if (Option.isNone(privateKey)) return yield* required("POLYMARKET_PRIVATE_KEY")
    const signatureType = yield* readSignatureType(found)
    return yield* makeOrderSigner({
      privateKey: privateKey.value,
      signatureType,
      funder: textOf(found.funder),
      chainId
    })
  })

/** The credentials that are given, all three or none. */
const givenCredentials = (found: Secrets): Effect.Effect<ApiCredentials | null, InputError> =>
  Effect.gen(function* () {
    const [key, secret, passphrase] = [present(found.apiKey), present(found.apiSecret), present(found.apiPassphrase)]
    const all = Option.all({ key, secret, passphrase })
    if (Option.isSome(all)) return all.value
    const lacking = [
      ...(Option.isNone(key) ? ["POLYMARKET_API_KEY"] : []),
      ...(Option.isNone(secret) ? ["POLYMARKET_API_SECRET"] : []),
      ...(Option.isNone(passphrase) ? ["POLYMARKET_API_PASSPHRASE"] : [])
    ]
    if (lacking.length === 3) return null
    const problem = "is not set; give all three or none, to derive them"
    return yield* new InputError({ field: lacking.join(", "), problem })
  })

/** An answer that is right so often that asking again would only cost; a failure is asked again. */
const untilForgotten = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.makeSemaphore(1), (turn) => {
    let found: { readonly value: A } | null = null
    const get: Effect.Effect<A, E> = turn.withPermits(1)(
      Effect.suspend(() =>
        found === null
          ? Effect.tap(effect, (value) =>
              Effect.sync(() => {
                found = { value }
              })
            )
          : Effect.succeed(found.value)
      )
    )
    // Only if it is still the same value: another fiber may have asked anew meanwhile.
    const forget = (value: A): Effect.Effect<void> =>
      Effect.sync(() => {
        if (found?.value === value) found = null
      })
    return { get, forget }
  })

const optionalText = Schema.optional(Schema.NullOr(Schema.String))
const GeoblockAnswer = Schema.Struct({ blocked: Schema.Boolean, country: optionalText, region: optionalText })

const askGeoblock = (send: SendRequest): Effect.Effect<Geoblock, VenueFailure> =>
  Effect.map(
    send({ method: "GET", path: "", rate: "general", answer: GeoblockAnswer }),
    ({ blocked, country, region }) => ({ blocked, country: country ?? "", region: region ?? "" })
  )

const make = Effect.gen(function* () {
  const { data, live } = yield* AppConfig
  const http = yield* HttpClient.HttpClient
  const geoblockUrl = yield* parseBaseUrl("live.geoblock_url", live.geoblock_url)
  const geoblock = askGeoblock(yield* makeSendRequest({ client: http, baseUrl: geoblockUrl, clockSkewSec: 0 }))
  const baseUrl = yield* parseBaseUrl("data.clob_base_url", data.clob_base_url)
  const publicClient = makePublicClient(yield* makeSendRequest({ client: http, baseUrl, clockSkewSec: 0 }))

  const clockSkewSec = Effect.gen(function* () {
    const before = yield* Clock.currentTimeMillis
    const server = yield* publicClient.serverTime
    const after = yield* Clock.currentTimeMillis
    // The exchange answers in whole seconds, somewhere between the two: less than that is no skew.
    const ahead = server + 0.5 - (before + after) / 2 / MS_PER_SECOND
    return Math.abs(ahead) <= 1 ? 0 : Math.round(ahead)
  })
  const signer = Effect.flatMap(readSecrets, (found) => readSigner(found, live.chain_id))

  const authenticatorOf = (
    found: Secrets,
    own: OrderSigner,
    send: SendRequest
  ): Effect.Effect<Authenticator, AccessProblem> =>
    Effect.gen(function* () {
      const given = yield* givenCredentials(found)
      const credentials = given ?? (yield* obtainCredentials(send, own))
      return yield* makeAuthenticator(own.address, credentials)
    })

  const openAccount: Effect.Effect<ExchangeAccount, AccessProblem> = Effect.gen(function* () {
    const found = yield* readSecrets
    const gateway = present(found.clobHeadersJson)
    const own =
      Option.isSome(gateway) && Option.isNone(present(found.privateKey))
        ? null
        : yield* readSigner(found, live.chain_id)
    const aheadSec = yield* clockSkewSec
    const send = yield* makeSendRequest({ client: http, baseUrl, clockSkewSec: aheadSec })
    const authenticator = Option.isSome(gateway)
      ? yield* makeGatewayAuthenticator(gateway.value)
      : own === null
        ? yield* required("POLYMARKET_PRIVATE_KEY")
        : yield* authenticatorOf(found, own, send)
    const signatureType = own === null ? 0 : own.signatureType
    const client = makeTradingClient(send, authenticator, signatureType)
    return { client, apiKey: authenticator.apiKey, signer: own, signatureType, clockSkewSec: aheadSec }
  })

  const { forget, get } = yield* untilForgotten(openAccount)
  return TradingAccess.of({
    publicClient,
    clockSkewSec,
    geoblock,
    missing: Effect.map(readSecrets, missingNames),
    signer,
    account: get,
    forget
  })
})

export const layer: Layer.Layer<TradingAccess, InputError, AppConfig | HttpClient.HttpClient> = Layer.effect(
  TradingAccess,
  make
)
