import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type TokenId } from "../domain/ids.ts"
import { type MicroUnits } from "../domain/units.ts"
import { type ApiCredentials, l1Headers, type Method } from "./auth.ts"
import { type OrderSigner } from "./orderSigning.ts"
import { defaultMinSize, type ExchangeKind } from "./rulebook.ts"
import { type SendRequest } from "./tradingHttp.ts"
import { ClobMarket, KeyAnswer } from "./tradingWire.ts"
import { type VenueFailure } from "./VenueFailure.ts"

/** What the exchange needs to know to trade a market. */
export interface VenueMarket {
  readonly tokens: ReadonlyArray<{ readonly tokenId: TokenId; readonly outcome: string }>
  readonly tick: MicroUnits
  readonly exchange: ExchangeKind
  readonly minSize: MicroUnits
  /** null: no fee. */
  readonly fee: { readonly rate: number; readonly exponent: number } | null
  readonly acceptingOrders: boolean
  /**
   * Immediate orders wait this long, or a moment that the exchange does not state, and cannot be cancelled meanwhile.
   */
  readonly delayed: boolean
}

const unix = Schema.Number.pipe(Schema.int(), Schema.positive())

/** What needs no credentials. */
export const makePublicClient = (send: SendRequest) => ({
  /** Seconds since 1970. */
  serverTime: send({ method: "GET", path: "/time", rate: "general", answer: unix }),
  orderVersion: Effect.map(
    send({
      method: "GET",
      path: "/version",
      rate: "general",
      answer: Schema.Struct({ version: Schema.Number })
    }),
    ({ version }) => version
  ),
  market: (conditionId: string): Effect.Effect<VenueMarket, VenueFailure> =>
    Effect.map(
      send({
        method: "GET",
        path: `/clob-markets/${encodeURIComponent(conditionId)}`,
        rate: "market",
        answer: ClobMarket
      }),
      (found) => ({
        tokens: found.t.map(({ o, t }) => ({ tokenId: t, outcome: o })),
        tick: found.mts,
        exchange: found.nr === true ? "negRisk" : "standard",
        minSize: found.mos ?? defaultMinSize,
        fee: found.fd ? { rate: found.fd.r, exponent: found.fd.e } : null,
        acceptingOrders: found.ao ?? false,
        delayed: found.itode === true || (found.sd ?? 0) > 0
      })
    )
})

export type PublicClient = ReturnType<typeof makePublicClient>

const credentialsOf = ({ apiKey, passphrase, secret }: typeof KeyAnswer.Type): ApiCredentials => ({
  key: Redacted.make(apiKey),
  secret: Redacted.make(secret),
  passphrase: Redacted.make(passphrase)
})

/** API credentials of a key: those that exist, or new ones. `nonce` tells several sets of one key apart. */
export const obtainCredentials = (
  send: SendRequest,
  signer: OrderSigner,
  nonce = 0
): Effect.Effect<ApiCredentials, VenueFailure> => {
  const ask = (method: Method, path: string) =>
    Effect.map(
      send({
        method,
        path,
        rate: "apiKey",
        authenticate: (timestampSec) => l1Headers(signer, { timestampSec, nonce }),
        answer: KeyAnswer
      }),
      credentialsOf
    )
  // Asked in this order: to create what exists fails, and to create in a loop makes credentials that stay unknown.
  return Effect.catchIf(
    ask("GET", "/auth/derive-api-key"),
    (failure) => failure.kind === "refused",
    () => ask("POST", "/auth/api-key")
  )
}
