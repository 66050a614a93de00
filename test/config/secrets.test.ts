import { expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { secrets } from "../../src/config/secrets.ts"

const key = "0xdeadbeef-very-secret"

it.effect("secrets never show when printed or serialized", () =>
  Effect.gen(function* () {
    const found = yield* secrets
    const privateKey = Option.getOrThrow(found.privateKey)
    expect(Redacted.value(privateKey)).toBe(key)
    expect(`${privateKey} ${JSON.stringify(found)}`).not.toContain("deadbeef")
    expect(Option.isNone(found.apiKey)).toBe(true)
  }).pipe(Effect.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["POLYMARKET_PRIVATE_KEY", key]])))))
)
