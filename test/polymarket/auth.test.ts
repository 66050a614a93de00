import { createL1Headers, createL2Headers } from "@polymarket/clob-client-v2"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import fc from "fast-check"
import { inspect } from "node:util"
import { privateKeyToAccount } from "viem/accounts"
import { expect } from "vitest"
import { l1Headers, makeAuthenticator, type Method } from "../../src/polymarket/auth.ts"
import { makeOrderSigner, makeOrderVerifier } from "../../src/polymarket/orderSigning.ts"
import { type ChainId } from "../../src/polymarket/rulebook.ts"

/** First account of a well-known test chain: never holds anything. */
const privateKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
const address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
const wallet = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"

const signerOn = (chainId: ChainId) =>
  makeOrderSigner({ privateKey: Redacted.make(privateKey), signatureType: 3, funder: wallet, chainId })

const authenticator = (secret: string, key = "the-key", passphrase = "the-passphrase") =>
  makeAuthenticator(address, {
    key: Redacted.make(key),
    secret: Redacted.make(secret),
    passphrase: Redacted.make(passphrase)
  })

describe("L1", () => {
  it.effect.each([
    [
      80002,
      10_000_000,
      23,
      "0xf62319a987514da40e57e2f4d7529f7bac38f0355bd88bb5adbb3768d80de6c1682518e0af677d5260366425f4361e7b70c25ae232aff0ab2331e2b164a1aedc1b"
    ],
    [
      137,
      1_750_000_000,
      0,
      "0x5d184dae690e6277c165a2a7850c7e4da1558d3d69d32e3d6123af28a21fa87948a68d4941fdb2216a5652fadb8a9773fb87f249fd1880bd3b71805c68d817621c"
    ]
  ] as const)(
    "chain %d at %d, nonce %d: the key's own address claims, also for a wallet",
    ([chainId, timestampSec, nonce, signature]) =>
      Effect.gen(function* () {
        const headers = yield* l1Headers(yield* signerOn(chainId), { timestampSec, nonce })
        expect(headers).toStrictEqual({
          POLY_ADDRESS: address,
          POLY_SIGNATURE: signature,
          POLY_TIMESTAMP: String(timestampSec),
          POLY_NONCE: String(nonce)
        })
        const verifier = yield* makeOrderVerifier(chainId)
        const claim = { address, timestampSec, nonce } as const
        expect(yield* verifier.authSignerOf(claim, signature)).toBe(address)
        expect(yield* verifier.authSignerOf({ ...claim, nonce: nonce + 1 }, signature)).not.toBe(address)
        expect(yield* verifier.authSignerOf(claim, "0x12")).toBe(undefined)
      })
  )
})

const longSecret = `${"A".repeat(43)}=`

describe("L2", () => {
  it.effect.each([
    [
      longSecret,
      1_000_000,
      "test-sign",
      "/orders",
      '{"hash": "0x123"}',
      "ZwAdJKvoYRlEKDkNMwd5BuwNNtg93kNaR_oU2HrfVvc="
    ],
    [longSecret, 1_750_000_000, "GET", "/data/orders", undefined, "0q_GHP5tQlcVQ22pZ7cguF5NHm7RV2fJCSZsLs-rnX0="],
    [
      longSecret,
      1_750_000_000,
      "GET",
      "/data/orders?market=0x1&next_cursor=MA==",
      undefined,
      "0q_GHP5tQlcVQ22pZ7cguF5NHm7RV2fJCSZsLs-rnX0="
    ],
    [
      longSecret,
      1_750_000_000,
      "DELETE",
      "/order",
      '{"orderID":"0x01"}',
      "teE9mJp2Plq5PA-hqgkbnucZbMbI5k2GnMpBYRkgtMg="
    ],
    [
      "-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_8=",
      1_750_000_000,
      "GET",
      "/data/orders",
      undefined,
      "ugFE1AYsOj_7E3uyPFJAyyv74s6gbP1XInyAnVC_7ho="
    ],
    [
      "+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/8",
      1_750_000_000,
      "GET",
      "/data/orders",
      undefined,
      "ugFE1AYsOj_7E3uyPFJAyyv74s6gbP1XInyAnVC_7ho="
    ]
  ] as const)("secret %s at %d: %s %s %s", ([secret, timestampSec, method, path, body, signature]) =>
    Effect.gen(function* () {
      const { headers } = yield* authenticator(secret)
      const request = { method: method as Method, path, ...(body === undefined ? {} : { body }) }
      expect(headers(request, timestampSec)).toStrictEqual({
        POLY_ADDRESS: address,
        POLY_SIGNATURE: signature,
        POLY_TIMESTAMP: String(timestampSec),
        POLY_API_KEY: "the-key",
        POLY_PASSPHRASE: "the-passphrase"
      })
    })
  )

  it.effect.each(["", " ", "not base64!", "AAAA=AAA", "{}"])("refuses the secret %j without repeating it", (secret) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.asVoid(authenticator(secret)))
      expect(error.message).toBe("POLYMARKET_API_SECRET: must be base64 text")
    })
  )

  it.effect("shows no secret", () =>
    Effect.gen(function* () {
      const made = yield* authenticator(
        Buffer.from("very secret bytes").toString("base64"),
        "hidden-key",
        "hidden-phrase"
      )
      const bytes = [...Buffer.from("very")].map((byte) => byte.toString(16)).join(" ")
      const shown = `${inspect(made, { depth: 9, showHidden: true })}${JSON.stringify(made)}`
      expect(shown).not.toMatch(new RegExp(`hidden|very|${bytes}`))
      expect(shown).toContain("<redacted>")
    })
  )
})

describe("beside the exchange's own client", () => {
  const owner = privateKeyToAccount(privateKey)
  const walletClient = { account: owner, signTypedData: (data: never) => owner.signTypedData(data) } as never

  it("any L1 claim has its headers", () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom<ChainId>(137, 80002),
        fc.nat(4_000_000_000),
        fc.nat(1_000_000),
        async (chainId, timestampSec, nonce) => {
          const mine = Effect.flatMap(signerOn(chainId), (signer) => l1Headers(signer, { timestampSec, nonce }))
          expect(await Effect.runPromise(mine)).toStrictEqual(
            await createL1Headers(walletClient, chainId, nonce, timestampSec)
          )
        }
      ),
      { numRuns: 25 }
    ))

  it("any L2 request has its headers", () => {
    const secrets = fc
      .uint8Array({ minLength: 1, maxLength: 64 })
      .chain((bytes) =>
        fc.constantFrom<BufferEncoding>("base64", "base64url").map((encoding) => Buffer.from(bytes).toString(encoding))
      )
    const body = fc.option(fc.json(), { nil: undefined })
    const methods = fc.constantFrom<Method>("GET", "POST", "DELETE")
    const paths = fc.constantFrom("/order", "/orders", "/data/order/0xabc", "/v1/heartbeats", "/cancel-all")
    return fc.assert(
      fc.asyncProperty(
        secrets,
        methods,
        paths,
        body,
        fc.nat(4_000_000_000),
        async (secret, method, path, text, timestampSec) => {
          const request = { method, path, ...(text === undefined ? {} : { body: text }) }
          const mine = Effect.map(authenticator(secret), ({ headers }) => headers(request, timestampSec))
          expect(await Effect.runPromise(mine)).toStrictEqual(
            await createL2Headers(
              walletClient,
              { key: "the-key", secret, passphrase: "the-passphrase" },
              { method, requestPath: path, ...(text === undefined ? {} : { body: text }) },
              timestampSec
            )
          )
        }
      ),
      { numRuns: 300 }
    )
  })
})
