import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { InputError } from "../domain/errors.ts"
import { isJsonObject } from "../domain/json.ts"
import { type Authenticator, type AuthHeaders } from "./auth.ts"

const field = "POLYMARKET_CLOB_HEADERS_JSON"

const refuse = (problem: string) => new InputError({ field, problem })

/** What is wrong is said without a word of what was given. */
const readHeaders = (text: string): Effect.Effect<AuthHeaders, InputError> =>
  Effect.gen(function* () {
    const json = yield* Effect.try({
      try: (): unknown => JSON.parse(text),
      catch: () => refuse("must be JSON")
    })
    if (!isJsonObject(json)) return yield* refuse("must be a JSON object of header names and texts")
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(json)) {
      if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) return yield* refuse("has a name that is no header name")
      if (typeof value !== "string" || !/^[\x20-\x7e]*$/.test(value)) {
        return yield* refuse(`${name} must be printable text`)
      }
      headers[name] = value
    }
    return headers
  })

/**
 * Headers for a gateway that authenticates by itself: sent as they are with every private request. POLY_API_KEY among
 * them names the owner of orders.
 */
export const makeGatewayAuthenticator = (given: Redacted.Redacted): Effect.Effect<Authenticator, InputError> =>
  Effect.flatMap(readHeaders(Redacted.value(given)), (headers) => {
    const apiKey = headers["POLY_API_KEY"]
    if (apiKey === undefined || apiKey === "") return refuse("must hold POLY_API_KEY, the owner of the orders")
    const hidden = Redacted.make(headers)
    return Effect.succeed({ apiKey: Redacted.make(apiKey), headers: () => Redacted.value(hidden) })
  })
