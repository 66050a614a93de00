import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { parseBaseUrl } from "../../src/polymarket/baseUrl.ts"

describe("parseBaseUrl", () => {
  for (const [text, expected] of [
    ["https://gamma-api.polymarket.com", "https://gamma-api.polymarket.com"],
    ["https://example.org/gamma//", "https://example.org/gamma"],
    ["http://127.0.0.1:8080/gamma/", "http://127.0.0.1:8080/gamma"],
    ["http://localhost:1", "http://localhost:1"],
    ["http://[::1]:9/x", "http://[::1]:9/x"]
  ] as const) {
    it.effect(`accepts ${text}`, () =>
      Effect.map(parseBaseUrl("data.gamma_base_url", text), (url) => assert.strictEqual(url, expected))
    )
  }

  for (const text of [
    "http://gamma-api.polymarket.com",
    "http://127.0.0.1.evil.example/",
    "http://localhost.evil.example/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "https://user:secret@example.org",
    "https://example.org/?x=1",
    "gamma-api.polymarket.com",
    ""
  ]) {
    it.effect(`refuses "${text}", naming the key and not the value`, () =>
      Effect.map(Effect.flip(parseBaseUrl("data.gamma_base_url", text)), (error) => {
        assert.strictEqual(error._tag, "InputError")
        assert.strictEqual(error.field, "data.gamma_base_url")
        assert.notInclude(error.message, "secret")
      })
    )
  }
})
