import { describe, expect, it } from "@effect/vitest"
import { inspect } from "node:util"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { makeGatewayAuthenticator } from "../../src/polymarket/gatewayHeaders.ts"

const make = (text: string) => makeGatewayAuthenticator(Redacted.make(text))
const token = "f00dfeed-token"

describe("headers of a gateway", () => {
  it.effect("go as they are with every request, and do not show", () =>
    Effect.gen(function* () {
      const given = { POLY_API_KEY: "the-owner-key", Authorization: `Bearer ${token}` }
      const authenticator = yield* make(JSON.stringify(given))
      expect(Redacted.value(authenticator.apiKey)).toBe("the-owner-key")
      const one = authenticator.headers({ method: "POST", path: "/order", body: "{}" }, 1)
      expect(one).toStrictEqual(given)
      expect(authenticator.headers({ method: "GET", path: "/data/orders" }, 2)).toStrictEqual(given)
      expect(inspect(authenticator, { depth: 9, showHidden: true })).not.toMatch(/f00dfeed|the-owner-key/)
    })
  )

  it.effect.each([
    [`{"Authorization": "Bearer ${token}"`, "must be JSON"],
    [token, "must be JSON"],
    [`["${token}"]`, "must be a JSON object of header names and texts"],
    [`"${token}"`, "must be a JSON object of header names and texts"],
    [`{"a ${token}": "x"}`, "has a name that is no header name"],
    [`{"X": {"token": "${token}"}}`, "X must be printable text"],
    [`{"X": "${token}\\r\\nHost: elsewhere"}`, "X must be printable text"],
    [`{"Authorization": "${token}"}`, "must hold POLY_API_KEY, the owner of the orders"],
    [`{"POLY_API_KEY": "", "Authorization": "${token}"}`, "must hold POLY_API_KEY, the owner of the orders"]
  ] as const)("that are wrong are refused without a word of them: %s", ([text, problem]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(make(text))
      expect(error.message).toBe(`POLYMARKET_CLOB_HEADERS_JSON: ${problem}`)
      expect(inspect(error, { depth: 9 })).not.toContain("f00dfeed")
    })
  )
})
