import { type ExchangeKind } from "../domain/LiveOrder.ts"
import { type MicroUnits } from "../domain/units.ts"

/**
 * What the exchange has laid down and may change: contracts, signing domains, rounding, minimums, rates. Everything here
 * was true on `asOf`, as its own client 1.1.0, its documentation and its changelog say; nothing of it stands in code.
 */
export const asOf = "2026-10-07"

/** Hexadecimal text as the chain writes it. */
export type Hex = `0x${string}`

/** Polygon, and its test chain. */
export type ChainId = 137 | 80002

export { type ExchangeKind }

export interface Contracts {
  readonly exchange: { readonly [kind in ExchangeKind]: Hex }
  /** pUSD, six decimals. */
  readonly collateral: Hex
  /** ERC-1155 of the outcome tokens, six decimals. */
  readonly conditionalTokens: Hex
  /** Splits, merges and redeems in pUSD. */
  readonly collateralAdapter: { readonly [kind in ExchangeKind]: Hex }
}

const exchange: Contracts["exchange"] = {
  standard: "0xE111180000d2663C0091e4f400237545B87B996B",
  negRisk: "0xe2222d279d744050d28e00520010520000310F59"
}
const collateral = "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB"
const collateralAdapter: Contracts["collateralAdapter"] = {
  standard: "0xAdA100Db00Ca00073811820692005400218FcE1f",
  negRisk: "0xadA2005600Dec949baf300f4C6120000bDB6eAab"
}

/** Since 2026-04-28, when version 2 of the exchange replaced the first one. */
export const contracts: { readonly [chain in ChainId]: Contracts } = {
  137: {
    exchange,
    collateral,
    conditionalTokens: "0x4D97DCd97eC945f40cF65F87097ACe5EA0476045",
    collateralAdapter
  },
  80002: {
    exchange,
    collateral,
    conditionalTokens: "0x69308FB512518e39F9b16112fA8d994F4e2Bf8bB",
    collateralAdapter
  }
}

/** The version that `GET /version` answers for orders of `orderFields`. */
export const orderVersion = 2

/** Signing domain of orders; the chain and the exchange contract complete it. */
export const exchangeDomain = { name: "Polymarket CTF Exchange", version: "2" } as const

/** The signed fields of an order, in order. `expiration` travels with it unsigned. */
export const orderFields = [
  { name: "salt", type: "uint256" },
  { name: "maker", type: "address" },
  { name: "signer", type: "address" },
  { name: "tokenId", type: "uint256" },
  { name: "makerAmount", type: "uint256" },
  { name: "takerAmount", type: "uint256" },
  { name: "side", type: "uint8" },
  { name: "signatureType", type: "uint8" },
  { name: "timestamp", type: "uint256" },
  { name: "metadata", type: "bytes32" },
  { name: "builder", type: "bytes32" }
] as const

/** Domain of the wallet contract that signature type 3 signs through (ERC-7739). */
export const depositWalletDomain = { name: "DepositWallet", version: "1" } as const

/** ERC-7739's envelope of an order. */
export const typedDataSignFields = [
  { name: "contents", type: "Order" },
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
  { name: "salt", type: "bytes32" }
] as const

/** L1: what a wallet signs to get API credentials. No contract takes part, so the domain has none. */
export const authDomain = { name: "ClobAuthDomain", version: "1" } as const
export const authFields = [
  { name: "address", type: "address" },
  { name: "timestamp", type: "string" },
  { name: "nonce", type: "uint256" },
  { name: "message", type: "string" }
] as const
export const authMessage = "This message attests that I control the given wallet"

/**
 * 0: the key's own account. 1: proxy wallet of an e-mail account. 2: Safe of a browser wallet. 3: deposit wallet, which
 * every account opened since 2026-05-04 has.
 */
export type SignatureType = 0 | 1 | 2 | 3
export const signatureTypes: ReadonlyArray<SignatureType> = [0, 1, 2, 3]

export type OrderType = "GTC" | "GTD" | "FOK" | "FAK"

/** Decimals that the exchange takes at one tick size. */
export interface Rounding {
  readonly tick: MicroUnits
  readonly priceDecimals: number
  readonly sizeDecimals: number
  /** Of the amount that price times size gives. */
  readonly amountDecimals: number
}

/** 0.005 and 0.0025 exist since 2026-07-02. */
export const roundings: ReadonlyArray<Rounding> = [
  { tick: 100_000, priceDecimals: 1, sizeDecimals: 2, amountDecimals: 3 },
  { tick: 10_000, priceDecimals: 2, sizeDecimals: 2, amountDecimals: 4 },
  { tick: 5_000, priceDecimals: 3, sizeDecimals: 2, amountDecimals: 5 },
  { tick: 2_500, priceDecimals: 4, sizeDecimals: 2, amountDecimals: 6 },
  { tick: 1_000, priceDecimals: 3, sizeDecimals: 2, amountDecimals: 5 },
  { tick: 100, priceDecimals: 4, sizeDecimals: 2, amountDecimals: 6 }
]

/**
 * FOK and FAK at every tick: what is given has two decimals, what is taken four. The official clients still sign five and
 * six at fine ticks; the exchange refuses those.
 */
export const immediateDecimals = { maker: 2, taker: 4 } as const

/** Shares that a resting order needs, where the market does not say. */
export const defaultMinSize: MicroUnits = 5_000_000

/** USDC that an immediate buy must come to. */
export const minImmediateBuyNotional: MicroUnits = 1_000_000

/** GTD: the exchange takes an order off the book this long before its expiration. Seconds. */
export const gtdRemovalLeadSec = 60

/** GTD: how far ahead the expiration must lie at least. Seconds. */
export const gtdMinAheadSec = 180

/** Taker fees come in steps of 1e-5 USDC; makers pay none. Rates are the market's own (`fd` or `feeSchedule`). */
export const feeStep: MicroUnits = 10

/** Ids that one `DELETE /orders` may name, since 2026-06-15. */
export const maxCancelIds = 1_000

/** Tokens refilled per second and held at most. */
export interface Rate {
  readonly perSec: number
  readonly burst: number
}

/** Refusals have started at 95 % of a published rate, so nine tenths are used. */
const nineTenths = (perSec: number, burst: number): Rate => ({ perSec: perSec * 0.9, burst: Math.floor(burst * 0.9) })

/**
 * Orders and cancels count per signer (standard tier, enforced since about 2026-08-07), an order or an id each; the others
 * count requests per address, published per 10 s (2026-06-01), of which a second's worth is taken as burst.
 */
export const rates = {
  order: nineTenths(40, 60),
  cancel: nineTenths(80, 120),
  cancelAll: nineTenths(10, 25),
  cancelMarket: nineTenths(35, 150),
  ledger: nineTenths(50, 50),
  balance: nineTenths(20, 20),
  balanceUpdate: nineTenths(5, 5),
  apiKey: nineTenths(10, 10),
  market: nineTenths(20, 20),
  general: nineTenths(100, 100)
} as const satisfies { readonly [kind: string]: Rate }

export type RateKind = keyof typeof rates
