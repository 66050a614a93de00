import { type Backend, type ClobMarketRow } from "../../src/simulator/Backend.ts"
import { makeTradingEngine } from "../../src/simulator/makeTradingEngine.ts"
import { type PlaceOutcome, type VenueOrder } from "../../src/simulator/TradingEngine.ts"
import { type TradingSettings } from "../../src/simulator/tradingState.ts"

export const SECOND = 1_000_000
export const START = 1_000_000 * SECOND
export const YES = "11"
export const NO = "22"
export const CONDITION = "0xc0"
export const OWNER = "key-1"
export const MAKER = "0xaaaa"

export type Levels = ReadonlyArray<readonly [price: number, size: number]>

export interface Shown {
  readonly fromUs: number
  readonly bids: Levels
  readonly asks: Levels
  readonly closed?: boolean
  readonly acceptingOrders?: boolean
}

interface Market {
  readonly tick?: number
  readonly negRisk?: boolean
  readonly rate?: number
  readonly secondsDelay?: number
}

const text = (levels: Levels) => levels.map(([price, size]) => ({ price: String(price), size: String(size) })).reverse()

/** A backend with one market, whose YES book is what the test says from each time on. */
export const oneMarket = (states: ReadonlyArray<Shown>, market: Market = {}): Backend => {
  const unknown = () => {
    throw new Error("not asked by the matching engine")
  }
  return {
    kind: "generated",
    startUs: START,
    at: (timeUs) => {
      const version = states.filter(({ fromUs }) => START + fromUs <= timeUs).length
      const now = states[version - 1]!
      const tick = market.tick ?? 0.01
      const row: ClobMarketRow = {
        conditionId: CONDITION,
        tokens: [
          { id: YES, outcome: "Yes", lastTrade: null },
          { id: NO, outcome: "No", lastTrade: null }
        ],
        closed: now.closed ?? false,
        acceptingOrders: now.acceptingOrders ?? true,
        tick,
        minOrderSize: 5,
        negRisk: market.negRisk ?? false,
        baseFee: 1_000,
        fee: market.rate === undefined ? null : { rate: market.rate, exponent: 1, takerOnly: true, rebateRate: 0 },
        json: () => JSON.stringify({ seconds_delay: market.secondsDelay ?? 0 }),
        simplifiedJson: unknown
      }
      return {
        version,
        gammaMarkets: unknown,
        gammaEvents: unknown,
        gammaEvent: unknown,
        tags: unknown,
        clobMarkets: unknown,
        clobMarket: (id) => (id === CONDITION ? row : undefined),
        marketOfToken: (id) => (id === YES || id === NO ? row : undefined),
        book: (id) =>
          id !== YES || now.closed === true
            ? undefined
            : {
                market: CONDITION,
                asset_id: YES,
                timestamp: String(timeUs / 1_000),
                bids: text(now.bids),
                asks: text(now.asks),
                min_order_size: "5",
                tick_size: String(tick),
                neg_risk: market.negRisk ?? false,
                last_trade_price: ""
              },
        trades: unknown,
        history: unknown
      }
    }
  }
}

/** Bids 0.48 and 0.47, offers 0.52 and 0.53, 100 shares each. */
export const usual: Shown = {
  fromUs: 0,
  bids: [
    [0.48, 100],
    [0.47, 100]
  ],
  asks: [
    [0.52, 100],
    [0.53, 100]
  ]
}

let count = 0

interface Wanted {
  readonly side?: "buy" | "sell"
  readonly price: number
  readonly qty: number
  readonly tokenId?: string
  readonly orderType?: VenueOrder["orderType"]
  readonly owner?: string
  readonly maker?: string
  readonly postOnly?: boolean
  readonly expirationSec?: number
  readonly negRisk?: boolean
  readonly id?: string
}

/** An order for shares at a price, in natural units. */
export const limit = (wanted: Wanted): VenueOrder => {
  const money = Math.round(wanted.price * wanted.qty * 1e6)
  const shares = Math.round(wanted.qty * 1e6)
  const side = wanted.side ?? "buy"
  return {
    id: wanted.id ?? `0x${(++count).toString(16).padStart(4, "0")}`,
    owner: wanted.owner ?? OWNER,
    maker: wanted.maker ?? MAKER,
    tokenId: wanted.tokenId ?? YES,
    side,
    makerAmount: side === "buy" ? money : shares,
    takerAmount: side === "buy" ? shares : money,
    orderType: wanted.orderType ?? "GTC",
    postOnly: wanted.postOnly ?? false,
    expirationSec: wanted.expirationSec ?? 0,
    negRisk: wanted.negRisk ?? false
  }
}

/** An engine over one market, with an open wallet of 1,000 pUSD unless the settings say otherwise. */
export const engineOver = (
  states: ReadonlyArray<Shown> = [usual],
  market: Market = {},
  settings: Partial<TradingSettings> = {}
) => {
  const engine = makeTradingEngine({
    backend: oneMarket(states, market),
    settings: { startBalance: 1_000_000_000, ...settings }
  })
  engine.openWallet(MAKER, START)
  return engine
}

export const errorOf = (outcome: PlaceOutcome): string =>
  outcome._tag === "refused" ? `${outcome.status} ${outcome.error}` : `placed ${outcome.status}`
