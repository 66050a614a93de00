import { privateKeyToAddress, sign } from "viem/accounts"
import {
  concatHex,
  getAddress,
  hashStruct,
  isAddress,
  keccak256,
  numberToHex,
  recoverAddress,
  size,
  stringToHex
} from "viem/utils"
import {
  authDomain,
  authFields,
  authMessage,
  type ChainId,
  depositWalletDomain,
  exchangeDomain,
  type Hex,
  orderFields,
  typedDataSignFields
} from "./rulebook.ts"
import { type OrderFields, zeroBytes32 } from "./signedOrder.ts"

// The only module that loads the chain's library, which the command line reads when the first order is signed. Nothing of
// it is in the declarations: it is bundled, and who embeds this package does not have it.

/** The address of a key; throws where it is none of the curve. */
export const addressOfKey = (privateKey: Hex): Hex => privateKeyToAddress(privateKey)

/** The address with its checksum; throws where it is none. */
export const checksummed = (address: Hex): Hex => getAddress(address)

/** `strict`: mixed case has to be the checksum. */
export const isAddressText = (text: string, { strict }: { readonly strict: boolean }): boolean =>
  isAddress(text, { strict })

const contractDomainFields = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" }
] as const

const typeText = (name: string, fields: ReadonlyArray<{ readonly name: string; readonly type: string }>): string =>
  `${name}(${fields.map((field) => `${field.type} ${field.name}`).join(",")})`

const orderTypeText = typeText("Order", orderFields)

/** The domain separator of an exchange contract on a chain. */
export const exchangeSeparator = (chainId: ChainId, contract: Hex): Hex =>
  hashStruct({
    primaryType: "EIP712Domain",
    types: { EIP712Domain: contractDomainFields },
    data: { ...exchangeDomain, chainId: BigInt(chainId), verifyingContract: contract }
  })

const messageOf = (order: OrderFields) => ({
  salt: BigInt(order.salt),
  maker: order.maker,
  signer: order.signer,
  tokenId: BigInt(order.tokenId),
  makerAmount: BigInt(order.makerAmount),
  takerAmount: BigInt(order.takerAmount),
  side: order.side === "BUY" ? 0 : 1,
  signatureType: order.signatureType,
  timestamp: BigInt(order.timestamp),
  metadata: order.metadata,
  builder: order.builder
})

const orderTypeHex = stringToHex(orderTypeText)
const orderTypeHash = keccak256(orderTypeHex).slice(2)

/** One field as a word of 32 bytes: whole numbers, addresses and 32 bytes alike are filled up from the left. */
const wordOf = (value: bigint | number | string): string =>
  (typeof value === "string" ? value.slice(2).toLowerCase() : value.toString(16)).padStart(64, "0")

/** As `hashStruct` gives it, at a fifth of the cost: every field of an order is one word. */
const structHash = (order: OrderFields): Hex => {
  const message = messageOf(order)
  return keccak256(`0x${orderTypeHash}${orderFields.map(({ name }) => wordOf(message[name])).join("")}`)
}

const digest = (separator: Hex, struct: Hex): Hex => keccak256(concatHex(["0x1901", separator, struct]))

/** The order's id at the exchange. */
export const orderHash = (separator: Hex, order: OrderFields): Hex => digest(separator, structHash(order))

const signDigest = (privateKey: Hex, hash: Hex): Promise<Hex> => sign({ hash, privateKey, to: "hex" })

/** What the owner of a deposit wallet signs: the order inside an envelope that names the wallet (ERC-7739). */
const envelopeHash = (order: OrderFields, chainId: ChainId): Hex =>
  hashStruct({
    primaryType: "TypedDataSign",
    types: { TypedDataSign: typedDataSignFields, Order: orderFields },
    data: {
      contents: messageOf(order),
      ...depositWalletDomain,
      chainId: BigInt(chainId),
      verifyingContract: order.signer,
      salt: zeroBytes32
    }
  })

/** What follows the 65 bytes of a deposit wallet's signature: what the wallet needs to make sense of them. */
const depositWalletSuffix = (separator: Hex, order: OrderFields): Hex =>
  concatHex([separator, structHash(order), orderTypeHex, numberToHex(size(orderTypeHex), { size: 2 })])

export interface ExchangeContract {
  readonly chainId: ChainId
  /** Of `exchangeSeparator`. */
  readonly separator: Hex
}

/** 65 bytes; for a deposit wallet followed by what it needs to check them. `hash` is the order's own. */
export const signOrder = async (
  privateKey: Hex,
  { chainId, separator }: ExchangeContract,
  order: OrderFields,
  hash: Hex
): Promise<Hex> => {
  if (order.signatureType !== 3) return signDigest(privateKey, hash)
  const inner = await signDigest(privateKey, digest(separator, envelopeHash(order, chainId)))
  return concatHex([inner, depositWalletSuffix(separator, order)])
}

/** A signature of 65 bytes as hexadecimal text. */
const SIGNATURE_LENGTH = 132

/**
 * Whose key signed the order: an address, undefined when the text cannot be a signature of it. That the key may sign for
 * the maker is another question.
 */
export const recoverOrderSigner = async (
  { chainId, separator }: ExchangeContract,
  order: OrderFields,
  signature: Hex
): Promise<Hex | undefined> => {
  const wrapped = order.signatureType === 3
  const inner: Hex = `0x${signature.slice(2, SIGNATURE_LENGTH)}`
  const suffix = `0x${signature.slice(SIGNATURE_LENGTH)}`
  if (suffix.toLowerCase() !== (wrapped ? depositWalletSuffix(separator, order) : "0x")) return undefined
  const hash = wrapped ? digest(separator, envelopeHash(order, chainId)) : orderHash(separator, order)
  return recover(hash, inner)
}

const recover = (hash: Hex, signature: Hex): Promise<Hex | undefined> =>
  recoverAddress({ hash, signature }).catch(() => undefined)

const authDomainFields = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" }
] as const

export interface AuthClaim {
  readonly chainId: ChainId
  readonly address: Hex
  readonly timestampSec: number
  readonly nonce: number
}

const authHash = ({ address, chainId, nonce, timestampSec }: AuthClaim): Hex => {
  const separator = hashStruct({
    primaryType: "EIP712Domain",
    types: { EIP712Domain: authDomainFields },
    data: { ...authDomain, chainId: BigInt(chainId) }
  })
  const struct = hashStruct({
    primaryType: "ClobAuth",
    types: { ClobAuth: authFields },
    data: { address, timestamp: String(timestampSec), nonce: BigInt(nonce), message: authMessage }
  })
  return digest(separator, struct)
}

/** L1: proof that the key's owner asks for API credentials. */
export const signAuth = (privateKey: Hex, claim: AuthClaim): Promise<Hex> => signDigest(privateKey, authHash(claim))

/** Whose key signed the claim; undefined when the text is no signature. */
export const recoverAuthSigner = (claim: AuthClaim, signature: Hex): Promise<Hex | undefined> =>
  recover(authHash(claim), signature)
