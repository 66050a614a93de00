import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { secrets } from "../../config/secrets.ts"
import { type OrderSigner } from "../../polymarket/orderSigning.ts"
import { rejectionAdvice } from "../../polymarket/rejections.ts"
import { type SignatureType } from "../../polymarket/rulebook.ts"
import { type AccessProblem, type ExchangeAccount, TradingAccess } from "../../polymarket/TradingAccess.ts"
import { type VenueFailure } from "../../polymarket/VenueFailure.ts"
import { blockingLive, type Finding, ok, problem, skipped, warning } from "./finding.ts"

/** Names by what they are for; values are never looked at here beyond whether there is one. */
const variables = {
  POLYMARKET_PRIVATE_KEY: "privateKey",
  POLYMARKET_FUNDER: "funder",
  POLYMARKET_SIGNATURE_TYPE: "signatureType",
  POLYMARKET_API_KEY: "apiKey",
  POLYMARKET_API_SECRET: "apiSecret",
  POLYMARKET_API_PASSPHRASE: "apiPassphrase",
  POLYMARKET_CLOB_HEADERS_JSON: "clobHeadersJson"
} as const

const setNames: Effect.Effect<ReadonlyArray<string>> = secrets.pipe(
  Effect.map((found) =>
    Object.entries(variables).flatMap(([name, key]) =>
      Option.exists(found[key], (value) => Redacted.value(value).trim() !== "") ? [name] : []
    )
  ),
  // A provider that cannot be read holds nothing that could be used.
  Effect.orElseSucceed(() => [])
)

export const accountKinds: { readonly [type in SignatureType]: string } = {
  0: "the key's own account",
  1: "proxy wallet",
  2: "Safe",
  3: "deposit wallet"
}

/** What a failed request means for who looks for the reason. */
export const venueAdvice = (failure: VenueFailure): string => {
  const advice = rejectionAdvice(failure.code)
  if (advice !== "") return advice
  switch (failure.kind) {
    case "unauthorized":
      return "check the API credentials and the clock"
    case "forbidden":
      return "see geoblock"
    case "network":
    case "timeout":
      return "see exchange"
    case "rate_limited":
    case "restarting":
    case "paused":
    case "server_error":
      return "try again in some minutes"
    case "malformed":
    case "refused":
      return "the exchange's own words say it"
  }
}

const readAdvice = (failure: AccessProblem): string =>
  failure._tag === "VenueFailure" ? venueAdvice(failure) : "see docs/going-live.md: credentials"

const signerFinding = (signer: OrderSigner): Finding => {
  const { address, maker, signatureType } = signer
  const money = maker === address ? "" : `, money in ${maker}`
  return ok("signer", `key of ${address}, type ${signatureType} (${accountKinds[signatureType]})${money}`)
}

const gateway = "POLYMARKET_CLOB_HEADERS_JSON"

/** Checks that need an account, in order, for when there is none. */
const later = ["signer", "api_credentials", "trading_rights", "balance", "allowances", "outcome_tokens", "open_orders"]

/** What could be found of the credentials, and the account that they open; null: none. */
export interface Opened {
  readonly findings: ReadonlyArray<Finding>
  readonly account: ExchangeAccount | null
}

/** The last finding says why nothing behind it could be looked at. */
const refused = (findings: ReadonlyArray<Finding>, because: string): Opened => {
  const reported = findings.map(({ check }) => check)
  const rest = later.filter((check) => !reported.includes(check))
  return { findings: [...findings, ...rest.map((check) => skipped(check, because))], account: null }
}

const openAccount = Effect.fnUntraced(function* (credentials: Finding, given: ReadonlyArray<string>) {
  const access = yield* TradingAccess
  const bare = given.includes(gateway) && !given.includes("POLYMARKET_PRIVATE_KEY")
  const read = bare ? null : yield* Effect.either(access.signer)
  if (read !== null && read._tag === "Left") {
    return refused([credentials, problem("signer", read.left.message, readAdvice(read.left))], "see signer")
  }
  const signer =
    read === null
      ? blockingLive(
          warning("signer", "no key: orders cannot be signed here", `set POLYMARKET_PRIVATE_KEY beside ${gateway}`)
        )
      : signerFinding(read.right)
  const account = yield* Effect.either(access.account)
  if (account._tag === "Right") return { findings: [credentials, signer], account: account.right }
  const { left } = account
  const failed = problem("api_credentials", left.message, readAdvice(left))
  return refused([credentials, signer, failed], "see api_credentials")
})

/** Reads the credentials, and opens the account where they allow it. */
export const credentialFindings: Effect.Effect<Opened, never, TradingAccess> = Effect.gen(function* () {
  const access = yield* TradingAccess
  const given = yield* setNames
  const check = "credentials"
  const advice = "to trade live set POLYMARKET_PRIVATE_KEY, POLYMARKET_SIGNATURE_TYPE and POLYMARKET_FUNDER"
  if (given.length === 0) {
    const none = "no credentials"
    return refused([blockingLive(skipped(check, none), advice)], none)
  }
  const missing = yield* Effect.orElseSucceed(access.missing, () => ["the environment cannot be read"])
  const set = `set: ${given.join(", ")}`
  if (missing.length > 0) {
    const finding = problem(check, `missing: ${missing.join(", ")}; ${set}`, "set what is missing")
    return refused([finding], "see credentials")
  }
  return yield* openAccount(ok(check, set), given)
})
