import * as Effect from "effect/Effect"
import { type MicroUnits } from "../../src/domain/units.ts"
import { type VenueTradeRecord } from "../../src/simulator/TradingEngine.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { type LiveWorld, OPENING_BALANCE, wallet } from "./liveWorld.ts"
import { query } from "./support.ts"

interface Traded {
  readonly qty: MicroUnits
  readonly fee: MicroUnits
  /** What the wallet paid for it, fee included; negative: got. */
  readonly paid: MicroUnits
}

const micros = (natural: number): MicroUnits => Math.round(natural * 1e6)

const add = (sums: Map<string, Traded>, tradeId: string, { fee, paid, qty }: Traded): void => {
  const known = sums.get(tradeId) ?? { qty: 0, fee: 0, paid: 0 }
  sums.set(tradeId, { qty: known.qty + qty, fee: known.fee + fee, paid: known.paid + paid })
}

const paidFor = (side: string, price: MicroUnits, qty: MicroUnits, fee: MicroUnits): MicroUnits =>
  (side === "buy" ? 1 : -1) * Math.round((price * qty) / 1e6) + fee

/** What the account's trades at the exchange did, by trade: as taker at each maker's price, as maker for nothing more. */
const atExchange = (trades: ReadonlyArray<VenueTradeRecord>, apiKey: string): ReadonlyMap<string, Traded> => {
  const sums = new Map<string, Traded>()
  for (const { fee, id, makers, qty, side, status, takerOwner, tokenId } of trades) {
    if (status === "FAILED") continue
    if (takerOwner === apiKey) {
      const paid = makers.reduce(
        (sum, maker) => sum + paidFor(side, maker.tokenId === tokenId ? maker.price : 1e6 - maker.price, maker.qty, 0),
        fee
      )
      add(sums, id, { qty, fee, paid })
    }
    for (const maker of makers) {
      if (maker.owner !== apiKey) continue
      add(sums, id, { qty: maker.qty, fee: 0, paid: paidFor(maker.side, maker.price, maker.qty, 0) })
    }
  }
  return sums
}

const stored = (path: string): ReadonlyMap<string, Traded> => {
  const sums = new Map<string, Traded>()
  for (const { external_fill_id, fee, price, qty, side } of query(
    path,
    "SELECT external_fill_id, side, price, qty, fee FROM fills WHERE venue_state IS NOT 'reversed' ORDER BY id"
  )) {
    const [tradeId = ""] = String(external_fill_id).split(":")
    const paid = paidFor(String(side), micros(price), micros(qty), micros(fee))
    add(sums, tradeId, { qty: micros(qty), fee: micros(fee), paid })
  }
  return sums
}

const sorted = (sums: ReadonlyMap<string, Traded>) => [...sums].sort(([a], [b]) => (a < b ? -1 : 1))

/** Both sides of the books, written alike: they must be equal. */
export interface Books {
  /** By trade id. */
  readonly trades: ReadonlyArray<readonly [tradeId: string, traded: Traded]>
  /** pUSD, micro-USDC. */
  readonly cash: MicroUnits
  /** Shares by token id, micro-shares, those that are not 0. */
  readonly shares: Readonly<Record<string, MicroUnits>>
  /** Hashes of orders on the book. */
  readonly resting: ReadonlyArray<string>
}

/** The account as the exchange has it. */
export const exchangeBooks = async ({ exchange, state }: LiveWorld): Promise<Books> => {
  const { accounts, orders, wallets } = await state()
  const apiKey = String(accounts[0]?.api_key ?? "")
  const nowUs = await Effect.runPromise(exchange.nowUs)
  const own = wallets.find(({ address }: { readonly address: string }) => address === wallet)
  const tokens: Readonly<Record<string, number>> = own?.tokens ?? {}
  return {
    trades: sorted(atExchange(exchange.trading.trades(apiKey, nowUs), apiKey)),
    cash: own === undefined ? OPENING_BALANCE : exchange.trading.balance(wallet, null, nowUs),
    shares: Object.fromEntries(Object.entries(tokens).flatMap(([id, qty]) => (qty === 0 ? [] : [[id, micros(qty)]]))),
    resting: orders.map(({ id }: { readonly id: string }) => id).sort()
  }
}

/** The account as the database has it. */
export const storedBooks = ({ path }: LiveWorld): Books => {
  const trades = sorted(stored(path))
  const positions = query(
    path,
    `SELECT CASE token_id WHEN 'YES' THEN yes_token_id ELSE no_token_id END AS id, SUM(net_qty) AS qty
     FROM positions JOIN markets USING (market_id) WHERE net_qty <> 0 GROUP BY 1`
  )
  return {
    trades,
    cash: trades.reduce((cash, [, { paid }]) => cash - paid, OPENING_BALANCE),
    shares: Object.fromEntries(positions.map(({ id, qty }) => [String(id), micros(qty)])),
    resting: query(
      path,
      `SELECT hash FROM live_orders JOIN orders ON orders.id = order_id
       WHERE status IN ('open', 'partially_filled') ORDER BY hash`
    ).map(({ hash }) => String(hash))
  }
}

/** What is wrong with the database by its own rules; `[]` when nothing is. */
export const storedProblems = ({ inside }: LiveWorld) => inside(checkInvariants)
