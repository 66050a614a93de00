import { ceilMulDiv } from "../core/mulDiv.ts"
import { type PriceTimeBook, takeOut } from "../core/priceTimeBook.ts"
import { hashText, mix32 } from "../core/rng.ts"
import { type Token } from "../domain/ids.ts"
import { type EpochMicros } from "../domain/time.ts"
import { MICRO, type MicroUnits } from "../domain/units.ts"
import { type Backend, type ClobMarketRow } from "./Backend.ts"
import { balanceOf, CASH, type Ledger, makeLedger, type Transfer } from "./tradingLedger.ts"
import { type TradeCourse, type TradingMode, type VenueOrder, type VenueTradeRecord } from "./TradingEngine.ts"

export interface TradingSettings {
  /** pUSD of a new wallet, base units. */
  readonly startBalance: MicroUnits
  /** Ids of trades and hashes of transactions follow from it. */
  readonly seed: number | string
}

export const defaultTradingSettings: TradingSettings = { startBalance: 10_000_000_000, seed: 1 }

/** One of our accounts' orders, from its acceptance until nothing of it can trade any more. */
export interface AccountOrder {
  readonly order: VenueOrder
  readonly conditionId: string
  readonly token: Token
  readonly outcome: string
  /** Of its own token; immediate orders: the limit, to the micro-unit that the signed amounts allow. */
  readonly price: MicroUnits
  readonly qty: MicroUnits
  /** Matched so far, of trades that failed too: what failed does not come back to the book. */
  filledQty: MicroUnits
  /** What a delayed order holds back until it is matched: pUSD of a buyer, shares of a seller. */
  readonly held: MicroUnits
  readonly createdAtUs: EpochMicros
  readonly tradeIds: Array<string>
  /** When a delayed order is matched; null: it rests. */
  readonly dueUs: EpochMicros | null
}

/** How an order left the book. */
export type OrderEnd = "matched" | "canceled"

/** A trade, and what undoes it. */
export interface EngineTrade {
  readonly record: VenueTradeRecord
  readonly course: TradeCourse
  readonly transfers: ReadonlyArray<Transfer>
  /** Another hash once it was sent again. */
  readonly retriedHash: string
  failedAtUs: EpochMicros | null
}

/** A market's unified book: the outsiders' levels and our accounts' orders. */
export interface MarketBook {
  readonly conditionId: string
  readonly tokenIds: readonly [yes: string, no: string]
  readonly outcomes: readonly [yes: string, no: string]
  readonly book: PriceTimeBook
  /** Size that each of the outsiders' levels last showed, by order id; less may be left of it. */
  readonly shown: Map<string, MicroUnits>
  version: number | null
}

/** Everything the matching engine remembers. */
export interface TradingState {
  readonly backend: Backend
  readonly settings: TradingSettings
  readonly seed: number
  readonly ledger: Ledger
  /** Wallets that were opened. */
  readonly wallets: Set<string>
  readonly allowances: Map<string, "unlimited" | "none">
  /** Resting and delayed, oldest first. */
  readonly orders: Map<string, AccountOrder>
  /** Every order that matching has seen, by id. */
  readonly seen: Map<string, { readonly owner: string; readonly end: OrderEnd | null }>
  readonly books: Map<string, MarketBook>
  /** Oldest first. */
  readonly trades: Array<EngineTrade>
  /** Trades that have neither been confirmed nor failed yet, oldest first. */
  open: Array<EngineTrade>
  mode: TradingMode
  /** Of a restart: when the next mode begins; null: the mode stays. */
  modeUntilUs: EpochMicros | null
  course: TradeCourse
  delayUs: number
  nowUs: EpochMicros
  /** Counts everything that needs an id. */
  counter: number
}

export const makeState = (backend: Backend, settings: TradingSettings): TradingState => ({
  backend,
  settings,
  seed: typeof settings.seed === "number" ? settings.seed : hashText(settings.seed),
  ledger: makeLedger(),
  wallets: new Set(),
  allowances: new Map(),
  orders: new Map(),
  seen: new Map(),
  books: new Map(),
  trades: [],
  open: [],
  mode: "normal",
  modeUntilUs: null,
  course: "confirm",
  delayUs: 0,
  nowUs: backend.startUs,
  counter: 0
})

/** The matching engine is down: nothing is matched and nothing is cancelled. */
export const isDown = ({ mode }: TradingState): boolean => mode === "restarting" || mode === "disabled"

const STREAM = { trade: 61, transaction: 62, order: 63, wallet: 64, key: 65, coin: 66 } as const

/** `words` times 32 bits as hexadecimal digits. */
const hex = (state: TradingState, stream: number, key: number, words: number): string => {
  let text = ""
  for (let i = 0; i < words; i++) text += mix32(state.seed, key, i, stream).toString(16).padStart(8, "0")
  return text
}

const uuid = (digits: string): string =>
  `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20, 32)}`

export const tradeId = (state: TradingState): string => uuid(hex(state, STREAM.trade, ++state.counter, 4))
export const transactionHash = (state: TradingState): string =>
  `0x${hex(state, STREAM.transaction, ++state.counter, 8)}`

/** A made-up trader who has no account here, with the id of one order. `other`: for the complementary token. */
export const outsider = (state: TradingState) => {
  const key = ++state.counter
  const who = mix32(state.seed, key, 0, STREAM.coin)
  return {
    orderId: `0x${hex(state, STREAM.order, key, 8)}`,
    owner: uuid(hex(state, STREAM.key, who % 400, 4)),
    maker: `0x${hex(state, STREAM.wallet, who % 400, 5)}`,
    other: (who >>> 16) % 3 === 0
  }
}

export const tokenOf = (market: MarketBook, tokenId: string): Token => (market.tokenIds[0] === tokenId ? "YES" : "NO")
export const tokenIdOf = (market: MarketBook, token: Token): string => market.tokenIds[token === "YES" ? 0 : 1]
export const outcomeOf = (market: MarketBook, token: Token): string => market.outcomes[token === "YES" ? 0 : 1]

/** The market of a token as the exchange lists it now. */
export const listedMarket = (state: TradingState, tokenId: string): ClobMarketRow | undefined =>
  state.backend.at(state.nowUs).marketOfToken(tokenId)

/** What an order keeps others of its wallet from using: pUSD of a buyer, shares of a seller. */
export const reservedBy = ({ order, price, qty, filledQty, dueUs, held }: AccountOrder): MicroUnits =>
  dueUs !== null ? held : order.side === "sell" ? qty - filledQty : ceilMulDiv(price, qty - filledQty, MICRO)

/** The asset an order gives. */
export const assetOf = (order: VenueOrder): string => (order.side === "buy" ? CASH : order.tokenId)

export const reserved = (state: TradingState, maker: string, asset: string): MicroUnits => {
  let sum = 0
  for (const one of state.orders.values()) {
    if (one.order.maker === maker && assetOf(one.order) === asset) sum += reservedBy(one)
  }
  return sum
}

/** What a new order of the wallet may use. */
export const freeBalance = (state: TradingState, maker: string, asset: string): MicroUnits =>
  balanceOf(state.ledger, maker, asset) - reserved(state, maker, asset)

/** Takes an account's order away; what it reserved is free again. */
export const dropOrder = (state: TradingState, one: AccountOrder, end: OrderEnd): void => {
  state.orders.delete(one.order.id)
  state.seen.set(one.order.id, { owner: one.order.owner, end })
  const market = state.books.get(one.conditionId)
  if (market !== undefined) takeOut(market.book, one.order.id)
}
