import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createHmac } from "node:crypto"
import { InputError } from "../domain/errors.ts"
import { type OrderSigner } from "./orderSigning.ts"
import { type Hex } from "./rulebook.ts"

/** What the exchange gives for an L1 signature; with it every private request is authenticated. */
export interface ApiCredentials {
  readonly key: Redacted.Redacted
  /** Base64, url-safe or not, padded or not. */
  readonly secret: Redacted.Redacted
  readonly passphrase: Redacted.Redacted
}

export type Method = "GET" | "POST" | "DELETE"

export interface AuthenticatedRequest {
  readonly method: Method
  /** Without host; a query is not part of what is signed and is cut off. */
  readonly path: string
  /** The very text that is sent; leave out when nothing is. */
  readonly body?: string
}

/** Headers carry secrets: they are made for one request and go nowhere else. */
export type AuthHeaders = Readonly<Record<string, string>>

/** Headers that ask for API credentials. `timestampSec` must agree with the exchange's clock; `nonce` tells sets apart. */
export const l1Headers = (
  signer: OrderSigner,
  claim: { readonly timestampSec: number; readonly nonce: number }
): Effect.Effect<AuthHeaders> =>
  Effect.map(signer.signAuth(claim), (signature) => ({
    POLY_ADDRESS: signer.address,
    POLY_SIGNATURE: signature,
    POLY_TIMESTAMP: String(claim.timestampSec),
    POLY_NONCE: String(claim.nonce)
  }))

const secretField = "POLYMARKET_API_SECRET"

/** The bytes of the API secret. */
const decodeSecret = (secret: Redacted.Redacted): Effect.Effect<Buffer, InputError> =>
  Effect.suspend(() => {
    const text = Redacted.value(secret).trim()
    if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) {
      return new InputError({ field: secretField, problem: "must be base64 text" })
    }
    // Node reads both alphabets, with or without padding.
    return Effect.succeed(Buffer.from(text, "base64"))
  })

/** HMAC-SHA256 in url-safe base64 that keeps its padding. */
const hmac = (secret: Buffer, message: string): string =>
  createHmac("sha256", secret).update(message).digest("base64").replaceAll("+", "-").replaceAll("/", "_")

const signedText = (timestampSec: number, request: AuthenticatedRequest): string =>
  `${timestampSec}${request.method}${request.path.replace(/\?.*$/, "")}${request.body ?? ""}`

/** Signs requests with one set of credentials. */
export interface Authenticator {
  /** The API key, which an order names as its owner. */
  readonly apiKey: Redacted.Redacted
  readonly headers: (request: AuthenticatedRequest, timestampSec: number) => AuthHeaders
}

/** `address` is the key's own, also where a wallet holds the money: the exchange knows the credentials by it. */
export const makeAuthenticator = (
  address: Hex,
  credentials: ApiCredentials
): Effect.Effect<Authenticator, InputError> =>
  Effect.map(decodeSecret(credentials.secret), (bytes) => {
    const secret = Redacted.make(bytes)
    return {
      apiKey: credentials.key,
      headers: (request, timestampSec) => ({
        POLY_ADDRESS: address,
        POLY_SIGNATURE: hmac(Redacted.value(secret), signedText(timestampSec, request)),
        POLY_TIMESTAMP: String(timestampSec),
        POLY_API_KEY: Redacted.value(credentials.key),
        POLY_PASSPHRASE: Redacted.value(credentials.passphrase)
      })
    }
  })
