import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { InputError } from "../domain/errors.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
import type * as Eip712Module from "./eip712.ts"
import { type AuthClaim, type ExchangeContract } from "./eip712.ts"
import {
  type ChainId,
  contracts,
  type ExchangeKind,
  gtdMinAheadSec,
  gtdRemovalLeadSec,
  type Hex,
  type SignatureType
} from "./rulebook.ts"
import { type OrderFields, orderFieldsOf, type OrderTerms, type SignedOrder } from "./signedOrder.ts"

/** Who trades. `field` names of errors are the environment variables that these come from. */
export interface TradingAccount {
  /** 32 bytes as hexadecimal text, with or without 0x. */
  readonly privateKey: Redacted.Redacted
  readonly signatureType: SignatureType
  /** The wallet that holds the money; for type 0 the key's own address, which may be left out. */
  readonly funder: string | null
  readonly chainId: ChainId
}

export interface OrderSigner {
  /** The key's own address: owner of the API credentials, whatever wallet holds the money. */
  readonly address: Hex
  /** The wallet that holds the money. */
  readonly maker: Hex
  readonly signatureType: SignatureType
  readonly chainId: ChainId
  /** The order as it would be signed, without a signature. */
  readonly build: (terms: OrderTerms) => Effect.Effect<OrderFields, InputError>
  /** The id under which the exchange will know the order. */
  readonly hash: (order: OrderFields, exchange: ExchangeKind) => Hex
  /** The same terms give the same order, hash and signature. */
  readonly sign: (terms: OrderTerms, exchange: ExchangeKind) => Effect.Effect<SignedOrder, InputError>
  readonly signAuth: (claim: Pick<AuthClaim, "timestampSec" | "nonce">) => Effect.Effect<Hex>
}

type Eip712 = typeof Eip712Module

/** Loaded when first needed: reading it takes longer than a whole command without orders. */
const loadEip712: Effect.Effect<Eip712> = Effect.promise(() => import("./eip712.ts"))

/** Where an order of this kind is settled. */
const exchangeContract = (eip712: Eip712, chainId: ChainId, kind: ExchangeKind): ExchangeContract => ({
  chainId,
  separator: eip712.exchangeSeparator(chainId, contracts[chainId].exchange[kind])
})

const isHex = (text: string, bytes: number): text is Hex => new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`).test(text)

const keyField = "POLYMARKET_PRIVATE_KEY"

/** The key's text never becomes part of an error, nor do the messages of the library that reads it. */
const readKey = (eip712: Eip712, privateKey: Redacted.Redacted) =>
  Effect.suspend(() => {
    const text = Redacted.value(privateKey).trim()
    const key = text.startsWith("0x") ? text : `0x${text}`
    if (!isHex(key, 32)) return new InputError({ field: keyField, problem: "must be 64 hexadecimal digits" })
    return Effect.try({
      try: () => ({ key: Redacted.make<Hex>(key), address: eip712.addressOfKey(key) }),
      catch: () => new InputError({ field: keyField, problem: "is no private key: outside the range of the curve" })
    })
  })

const funderField = "POLYMARKET_FUNDER"

const readFunder = (eip712: Eip712, account: TradingAccount, address: Hex) =>
  Effect.suspend(() => {
    const { signatureType } = account
    const text = account.funder?.trim() ?? ""
    if (text === "" && signatureType === 0) return Effect.succeed(address)
    const refuse = (problem: string) => new InputError({ field: funderField, problem })
    if (text === "") return refuse(`is needed with signature type ${signatureType}: the address of the wallet`)
    // All lower or all upper case carries no checksum; mixed case does, and a wrong one is a mistyped address.
    const digits = text.slice(2)
    const checked = digits !== digits.toLowerCase() && digits !== digits.toUpperCase()
    if (!isHex(text, 20) || !eip712.isAddressText(text, { strict: checked })) {
      return refuse("must be an address of 40 hexadecimal digits after 0x, in lower case or with a right checksum")
    }
    const funder = eip712.checksummed(text)
    if (signatureType === 0 && funder !== address) {
      return refuse("must be the key's own address with signature type 0; wallets have types 1 to 3")
    }
    if (signatureType !== 0 && funder === address) {
      return refuse(`is the key's own address; signature type ${signatureType} needs the wallet's`)
    }
    return Effect.succeed(funder)
  })

const MAX_UINT256 = (1n << 256n) - 1n

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

const checkTerms = (terms: OrderTerms): InputError | undefined => {
  const refuse = (field: string, problem: string) => new InputError({ field, problem })
  const { builder, amounts, createdAtUs, expirationSec, salt, tokenId } = terms
  if (!/^\d{1,78}$/.test(tokenId) || BigInt(tokenId) > MAX_UINT256) {
    return refuse("token id", "must be a whole decimal number of at most 256 bits")
  }
  if (!isCount(salt)) return refuse("salt", "must be a whole number from 0 to 2^53 - 1")
  for (const [name, amount] of Object.entries(amounts)) {
    if (!(isCount(amount) && amount > 0)) return refuse(name, "must be a whole number of base units above zero")
  }
  if (!isCount(createdAtUs)) return refuse("created at", "must be whole microseconds since 1970")
  if (expirationSec !== undefined && !isCount(expirationSec)) return refuse("expiration", "must be whole seconds")
  if (expirationSec !== undefined && (expirationSec - gtdMinAheadSec) * MICROS_PER_SECOND < createdAtUs) {
    return refuse(
      "expiration",
      `must lie ${gtdMinAheadSec} s ahead at least; the exchange removes the order ${gtdRemovalLeadSec} s before it`
    )
  }
  if (builder !== undefined && !isHex(builder, 32)) return refuse("builder", "must be 32 bytes in hexadecimal digits")
  return undefined
}

/** Reads and checks the account; the key stays wrapped until the moment it signs. */
export const makeOrderSigner = Effect.fnUntraced(function* (account: TradingAccount) {
  const eip712 = yield* loadEip712
  const { address, key } = yield* readKey(eip712, account.privateKey)
  const maker = yield* readFunder(eip712, account, address)
  const { chainId, signatureType } = account
  const exchanges = {
    standard: exchangeContract(eip712, chainId, "standard"),
    negRisk: exchangeContract(eip712, chainId, "negRisk")
  }
  // The wallet contract itself is the signer of type 3; its owner's key signs for it.
  const parties = { maker, signer: signatureType === 3 ? maker : address, signatureType }
  const build: OrderSigner["build"] = (terms) =>
    Effect.suspend(() => checkTerms(terms) ?? Effect.succeed(orderFieldsOf(terms, parties)))
  const hash: OrderSigner["hash"] = (order, exchange) => eip712.orderHash(exchanges[exchange].separator, order)
  const sign: OrderSigner["sign"] = (terms, exchange) =>
    Effect.flatMap(build(terms), (order) => {
      const id = hash(order, exchange)
      return Effect.map(
        Effect.promise(() => eip712.signOrder(Redacted.value(key), exchanges[exchange], order, id)),
        (signature): SignedOrder => ({ ...order, signature, hash: id })
      )
    })
  const signAuth: OrderSigner["signAuth"] = (claim) =>
    Effect.promise(() => eip712.signAuth(Redacted.value(key), { ...claim, chainId, address }))
  return { address, maker, signatureType, chainId, build, hash, sign, signAuth } satisfies OrderSigner
})

export interface OrderVerifier {
  readonly hash: (order: OrderFields, exchange: ExchangeKind) => Hex
  /** Whose key signed the order for this exchange; undefined when the signature is not one. */
  readonly signerOf: (order: OrderFields, signature: Hex, exchange: ExchangeKind) => Effect.Effect<Hex | undefined>
  readonly authSignerOf: (claim: Omit<AuthClaim, "chainId">, signature: Hex) => Effect.Effect<Hex | undefined>
}

/** The exchange's side of signing: what it checks, on one chain. */
export const makeOrderVerifier = (chainId: ChainId): Effect.Effect<OrderVerifier> =>
  Effect.map(loadEip712, (eip712) => {
    const exchanges = {
      standard: exchangeContract(eip712, chainId, "standard"),
      negRisk: exchangeContract(eip712, chainId, "negRisk")
    }
    return {
      hash: (order, exchange) => eip712.orderHash(exchanges[exchange].separator, order),
      signerOf: (order, signature, exchange) =>
        Effect.promise(() => eip712.recoverOrderSigner(exchanges[exchange], order, signature)),
      authSignerOf: (claim, signature) =>
        Effect.promise(() => eip712.recoverAuthSigner({ ...claim, chainId }, signature))
    }
  })
