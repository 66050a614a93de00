import { ClobClient, OrderBuilder, orderToJsonV2, OrderType, Side } from "@polymarket/clob-client-v2"
import { describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import fc from "fast-check"
import { inspect } from "node:util"
import { privateKeyToAccount } from "viem/accounts"
import { hashTypedData } from "viem/utils"
import { expect } from "vitest"
import { limitAmounts } from "../../src/polymarket/amounts.ts"
import { makeOrderSigner, makeOrderVerifier, type TradingAccount } from "../../src/polymarket/orderSigning.ts"
import {
  contracts,
  exchangeDomain,
  type ExchangeKind,
  orderFields,
  type SignatureType
} from "../../src/polymarket/rulebook.ts"
import { orderBody, type OrderTerms } from "../../src/polymarket/signedOrder.ts"

/** First account of a well-known test chain: never holds anything. */
const privateKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
const address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
const wallet = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
const tokenId = "71321045679252212594626385532706912750332728571942532289631379312455583992563"

const account = (signatureType: SignatureType = 0, more: Partial<TradingAccount> = {}): TradingAccount => ({
  privateKey: Redacted.make(privateKey),
  signatureType,
  funder: signatureType === 0 ? null : wallet,
  chainId: 137,
  ...more
})

const terms: OrderTerms = {
  side: "buy",
  tokenId,
  amounts: { makerAmount: 50_000_000, takerAmount: 100_000_000 },
  salt: 479249096354,
  createdAtUs: 1_750_000_000_000_000
}

describe("test vectors", () => {
  it.effect.each([
    [
      "standard",
      "0x043f86224269abbb3b8c58399b7d62ee33580d285084764a879de1cdce329298",
      "0xc69fc16d422eb6ff11f8cb45bfe0693939c8a04b977277e9a8dd6ebec9065a630d044ae778f8de571a405c0693ab111034460ad9bf098b7144d8d1c8657620071b"
    ],
    [
      "negRisk",
      "0xaa2489b5d8aadc6e2f060e62580ceab19b337225cfabb623ea491047e0c60194",
      "0xca2eb706630c7738fde56518343a5b8969705a3b30efa1aa63bb17f5ede5f665125c2401e319927ce9eff777339850ee63e01009f07f21f415e56ad3829041621b"
    ]
  ] as const)("order for the %s exchange", ([exchange, hash, signature]) =>
    Effect.gen(function* () {
      const signer = yield* makeOrderSigner(account())
      const signed = yield* signer.sign(terms, exchange)
      expect([signed.hash, signed.signature]).toStrictEqual([hash, signature])
      expect(signer.hash(yield* signer.build(terms), exchange)).toBe(hash)
    })
  )

  it.effect("the body of POST /order, field by field", () =>
    Effect.gen(function* () {
      const signer = yield* makeOrderSigner(account())
      const signed = yield* signer.sign({ ...terms, expirationSec: 1_750_001_000 }, "standard")
      const zeros = `0x${"0".repeat(64)}`
      expect(orderBody(signed, { owner: "the-key", orderType: "GTD", postOnly: true })).toBe(
        `{"deferExec":false,"postOnly":true,"order":{"salt":479249096354,"maker":"${address}","signer":"${address}",` +
          `"tokenId":"${tokenId}","makerAmount":"50000000","takerAmount":"100000000","side":"BUY","signatureType":0,` +
          `"timestamp":"1750000000000","expiration":"1750001000","metadata":"${zeros}","builder":"${zeros}",` +
          `"signature":"${signed.signature}"},"owner":"the-key","orderType":"GTD"}`
      )
      // The expiration is not signed.
      expect(signed.hash).toBe((yield* signer.sign(terms, "standard")).hash)
    })
  )
})

const randomOrder = fc.record({
  key: fc.uint8Array({ minLength: 31, maxLength: 31 }).filter((bytes) => bytes.some((byte) => byte !== 0)),
  signatureType: fc.constantFrom<SignatureType>(0, 1, 2, 3),
  exchange: fc.constantFrom<ExchangeKind>("standard", "negRisk"),
  chainId: fc.constantFrom(137 as const, 80002 as const),
  side: fc.constantFrom("buy" as const, "sell" as const),
  cents: fc.integer({ min: 1, max: 99 }),
  hundredths: fc.integer({ min: 500, max: 10_000_000 }),
  tokenId: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }).map(String),
  orderType: fc.constantFrom("GTC" as const, "GTD" as const),
  timestampMs: fc.integer({ min: 1_750_000_000_000, max: 1_900_000_000_000 }),
  salt: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  builder: fc.constantFrom(undefined, `0x${"ab".repeat(32)}` as const)
})

/** The official client asks the clock and the dice; both are held still while it builds. */
const still = async <A>(nowMs: number, salt: number, build: () => Promise<A>): Promise<A> => {
  const { random } = Math
  const { now } = Date
  Date.now = () => nowMs
  Math.random = () => salt / nowMs
  try {
    return await build()
  } finally {
    Date.now = now
    Math.random = random
  }
}

describe("beside the exchange's own client", () => {
  it("any order of any account kind has the same fields, signature and body, and is recognized as its signer's", () =>
    fc.assert(
      fc.asyncProperty(randomOrder, async (random) => {
        const { chainId, exchange, orderType, side, signatureType } = random
        const key = `0x01${Buffer.from(random.key).toString("hex")}` as const
        const owner = privateKeyToAccount(key)
        const expirationSec = orderType === "GTD" ? Math.floor(random.timestampMs / 1_000) + 300 : undefined
        const outcome = limitAmounts({
          side,
          orderType,
          price: random.cents * 10_000,
          qty: random.hundredths * 10_000,
          tick: 10_000
        })
        if ("refused" in outcome) throw new Error(outcome.refused.detail)
        const walletClient = { account: owner, signTypedData: (data: never) => owner.signTypedData(data) }
        const funder = signatureType === 0 ? undefined : wallet
        const builder = new OrderBuilder(walletClient as never, chainId, signatureType as never, funder)
        const theirs = await still(random.timestampMs, random.salt, () =>
          builder.buildOrder(
            {
              tokenID: random.tokenId,
              price: random.cents / 100,
              size: random.hundredths / 100,
              side: side === "buy" ? Side.BUY : Side.SELL,
              ...(expirationSec === undefined ? {} : { expiration: expirationSec }),
              ...(random.builder === undefined ? {} : { builderCode: random.builder })
            },
            { tickSize: "0.01", negRisk: exchange === "negRisk" },
            2
          )
        )
        const signer = await Effect.runPromise(
          makeOrderSigner({
            privateKey: Redacted.make<string>(key),
            signatureType,
            funder: funder?.toLowerCase() ?? null,
            chainId
          })
        )
        const mine = await Effect.runPromise(
          signer.sign(
            {
              side,
              tokenId: random.tokenId,
              amounts: outcome.amounts,
              // What became of the salt on its way through the client's own rounding.
              salt: Number(theirs.salt),
              createdAtUs: random.timestampMs * 1_000,
              ...(expirationSec === undefined ? {} : { expirationSec }),
              ...(random.builder === undefined ? {} : { builder: random.builder })
            },
            exchange
          )
        )
        const { hash, ...fields } = mine
        expect(fields).toStrictEqual(theirs)
        expect(orderBody(mine, { owner: "uuid", orderType })).toBe(
          JSON.stringify(orderToJsonV2(theirs as never, "uuid", OrderType[orderType]))
        )
        const { signature, ...order } = fields
        expect(hash).toBe(
          hashTypedData({
            domain: { ...exchangeDomain, chainId, verifyingContract: contracts[chainId].exchange[exchange] },
            types: { Order: orderFields },
            primaryType: "Order",
            message: { ...order, side: side === "buy" ? 0 : 1 } as never
          })
        )
        const verifier = await Effect.runPromise(makeOrderVerifier(chainId))
        const signerOf = (kind: ExchangeKind) => Effect.runPromise(verifier.signerOf(order, signature, kind))
        expect(await signerOf(exchange)).toBe(owner.address)
        expect(await signerOf(exchange === "standard" ? "negRisk" : "standard")).not.toBe(owner.address)
      }),
      { numRuns: 60 }
    ))

  it("is the client that trades on the exchange of the rulebook", async () => {
    const { getContractConfig } = await import("@polymarket/clob-client-v2")
    expect(ClobClient.name).toBe("ClobClient")
    for (const chainId of [137, 80002] as const) {
      const theirs = getContractConfig(chainId)
      const { collateral, conditionalTokens, exchange } = contracts[chainId]
      expect([exchange.standard, exchange.negRisk, collateral, conditionalTokens]).toStrictEqual([
        theirs.exchangeV2,
        theirs.negRiskExchangeV2,
        theirs.collateral,
        theirs.conditionalTokens
      ])
    }
  })
})

describe("an account that cannot trade is refused by the name of what is wrong", () => {
  const secret = "5ec2e7c0ffee5ec2e7c0ffee5ec2e7c0ffee5ec2e7c0ffee5ec2e7c0ffee5ec2"
  const cases: ReadonlyArray<readonly [string, Partial<TradingAccount> & { signatureType: SignatureType }, RegExp]> = [
    ["a key too short", { signatureType: 0, privateKey: Redacted.make(secret.slice(2)) }, /^POLYMARKET_PRIVATE_KEY: /],
    [
      "words",
      { signatureType: 0, privateKey: Redacted.make(`${secret} c0ffee`) },
      /^POLYMARKET_PRIVATE_KEY: must be 64/
    ],
    ["no key", { signatureType: 0, privateKey: Redacted.make("") }, /^POLYMARKET_PRIVATE_KEY: /],
    ["zero", { signatureType: 0, privateKey: Redacted.make("0".repeat(64)) }, /^POLYMARKET_PRIVATE_KEY: .*range/],
    ["beyond the curve", { signatureType: 0, privateKey: Redacted.make("f".repeat(64)) }, /_KEY: .*range/],
    ["another's funder with type 0", { signatureType: 0, funder: wallet }, /^POLYMARKET_FUNDER: .*own address/],
    ["a proxy without a wallet", { signatureType: 1, funder: " " }, /^POLYMARKET_FUNDER: is needed/],
    ["a safe that is the key", { signatureType: 2, funder: address }, /^POLYMARKET_FUNDER: is the key's own/],
    ["a wrong checksum", { signatureType: 3, funder: wallet.replace("C5", "c5") }, /^POLYMARKET_FUNDER: .*checksum/],
    ["no address", { signatureType: 3, funder: "0x12" }, /^POLYMARKET_FUNDER: must be an address/]
  ]
  it.effect.each(cases)("%s", ([, { signatureType, ...more }, text]) =>
    Effect.gen(function* () {
      const cause = yield* Effect.flip(Effect.sandbox(makeOrderSigner(account(signatureType, more))))
      const error = yield* Effect.flip(Effect.asVoid(Effect.failCause(cause)))
      expect(error.message).toMatch(text)
      const shown = [Cause.pretty(cause), inspect(cause, { depth: 9 }), JSON.stringify(error), error.stack].join("\n")
      expect(shown).not.toMatch(/c0ffee|f{64}|0{64}/i)
    })
  )

  it.effect("a signer shows no key", () =>
    Effect.gen(function* () {
      const signer = yield* makeOrderSigner(account(0, { privateKey: Redacted.make(secret) }))
      expect(`${inspect(signer, { depth: 9, showHidden: true })}${JSON.stringify(signer)}`).not.toMatch(/c0ffee/i)
    })
  )
})

describe("terms that cannot be signed", () => {
  it.effect.each([
    [{ tokenId: "0x12" }, /^token id: /],
    [{ tokenId: (1n << 256n).toString() }, /^token id: /],
    [{ salt: 2 ** 53 }, /^salt: /],
    [{ salt: 0.5 }, /^salt: /],
    [{ amounts: { makerAmount: 0, takerAmount: 1 } }, /^makerAmount: /],
    [{ amounts: { makerAmount: 1, takerAmount: 0.5 } }, /^takerAmount: /],
    [{ createdAtUs: -1 }, /^created at: /],
    [{ expirationSec: 1.5 }, /^expiration: /],
    [{ expirationSec: 1_750_000_179 }, /^expiration: must lie 180 s ahead/],
    [{ builder: "0x12" }, /^builder: /]
  ] as const)("%j", ([wrong, text]) =>
    Effect.gen(function* () {
      const signer = yield* makeOrderSigner(account())
      const error = yield* Effect.flip(Effect.asVoid(signer.sign({ ...terms, ...wrong }, "standard")))
      expect(error.message).toMatch(text)
    })
  )
})

describe("a signature that is none", () => {
  it.effect.each([
    [0, "0x"],
    [0, `0x${"11".repeat(65)}`],
    [0, `0x${"11".repeat(66)}`],
    [3, `0x${"11".repeat(65)}`]
  ] as const)("of type %d: %s", ([signatureType, signature]) =>
    Effect.gen(function* () {
      const signer = yield* makeOrderSigner(account(signatureType))
      const verifier = yield* makeOrderVerifier(137)
      const order = yield* signer.build(terms)
      expect(yield* verifier.signerOf(order, signature, "standard")).not.toBe(signer.address)
    })
  )
})
