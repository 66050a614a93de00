import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { makeAuthenticator, type Method } from "../polymarket/auth.ts"
import { type OrderVerifier } from "../polymarket/orderSigning.ts"
import { type Hex } from "../polymarket/rulebook.ts"
import { type Accounts, type ApiKeySet } from "./accounts.ts"

export interface SignedRequest {
  readonly method: Method
  /** Below `/clob`, as it is signed. */
  readonly path: string
  /** The very text that arrived; "" for none. */
  readonly body: string
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** Whether a request that was stamped with these seconds can have been made just now. */
export type AcceptsTime = (timestampSec: number) => boolean

const isAddress = (text: string): text is Hex => /^0x[0-9a-fA-F]{40}$/.test(text)
const isHex = (text: string): text is Hex => /^0x[0-9a-fA-F]*$/.test(text)

const whole = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined

const same = (a: string, b: string | undefined): boolean => a.toLowerCase() === b?.toLowerCase()

/** Who asks for API credentials, and for which set; undefined when the signature or its time is not right. */
export const checkL1 = (
  { headers }: SignedRequest,
  verifier: OrderVerifier,
  acceptsTime: AcceptsTime
): Effect.Effect<{ readonly address: string; readonly nonce: number } | undefined> => {
  const address = headers["poly_address"] ?? ""
  const signature = headers["poly_signature"] ?? ""
  const timestampSec = whole(headers["poly_timestamp"])
  const nonce = whole(headers["poly_nonce"] ?? "0")
  if (!isAddress(address) || !isHex(signature) || timestampSec === undefined || nonce === undefined) {
    return Effect.succeed(undefined)
  }
  if (!acceptsTime(timestampSec)) return Effect.succeed(undefined)
  return Effect.map(verifier.authSignerOf({ address, timestampSec, nonce }, signature), (signer) =>
    same(address, signer) ? { address, nonce } : undefined
  )
}

/** The credentials that authenticate the request; undefined when anything about it is not right. */
export const checkL2 = (
  { body, headers, method, path }: SignedRequest,
  accounts: Accounts,
  acceptsTime: AcceptsTime
): Effect.Effect<ApiKeySet | undefined> => {
  const address = headers["poly_address"] ?? ""
  const timestampSec = whole(headers["poly_timestamp"])
  const found = accounts.byKey(headers["poly_api_key"] ?? "")
  if (found === undefined || timestampSec === undefined || !isAddress(address)) return Effect.succeed(undefined)
  const known = same(found.address, address) && Redacted.value(found.passphrase) === headers["poly_passphrase"]
  if (!known || !acceptsTime(timestampSec)) return Effect.succeed(undefined)
  const credentials = { key: Redacted.make(found.key), secret: found.secret, passphrase: found.passphrase }
  return makeAuthenticator(address, credentials).pipe(
    Effect.orDie,
    Effect.map((authenticator) => authenticator.headers({ method, path, body }, timestampSec)["POLY_SIGNATURE"]),
    Effect.map((signature) => (signature === headers["poly_signature"] ? found : undefined))
  )
}
