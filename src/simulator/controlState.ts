import { type Json } from "../domain/json.ts"
import { formatTime } from "../domain/time.ts"
import { fromMicros } from "../domain/units.ts"
import { type FaultPlan } from "./faults.ts"
import { openOrderRow, tradeRow } from "./ledgerRows.ts"
import { type MarketClock } from "./marketTime.ts"
import { type GeoCheck } from "./routing.ts"
import { type TradingDesk } from "./tradingDesk.ts"
import { type VenueTradeRecord } from "./TradingEngine.ts"
import { type ExchangeStats } from "./traffic.ts"

/** What a running exchange lets be seen and steered. */
export interface ControlTarget {
  readonly desk: TradingDesk
  readonly clock: MarketClock
  readonly plan: FaultPlan
  readonly geo: GeoCheck
  readonly stats: () => ExchangeStats
}

/** Tokens that a wallet can hold: those it ever traded. */
const tokensOf = (wallet: string, trades: ReadonlyArray<VenueTradeRecord>): ReadonlyArray<string> => {
  const parts = trades.flatMap((trade) => [{ maker: trade.takerMaker, tokenId: trade.tokenId }, ...trade.makers])
  return [...new Set(parts.filter(({ maker }) => maker === wallet).map(({ tokenId }) => tokenId))].sort()
}

const walletState = (
  { engine, nowUs }: TradingDesk,
  wallet: string,
  trades: ReadonlyArray<VenueTradeRecord>
): { readonly [name: string]: Json } => ({
  address: wallet,
  balance: fromMicros(engine.balance(wallet, null, nowUs())),
  allowance: engine.allowance(wallet) > 0 ? "unlimited" : "none",
  tokens: Object.fromEntries(
    tokensOf(wallet, trades).map((token) => [token, fromMicros(engine.balance(wallet, token, nowUs()))])
  )
})

/** Everything that a test of another process needs to see: what was taken, what rests, what traded, who holds what. */
export const controlState = ({ clock, desk, stats }: ControlTarget): Json => {
  const { accounts, engine, nowUs } = desk
  const { faults, requests, total } = stats()
  const keys = accounts.all()
  const trades = keys.map(({ key }) => ({ key, rows: engine.trades(key, nowUs()) }))
  const all = [...new Map(trades.flatMap(({ rows }) => rows.map((row) => [row.id, row] as const))).values()]
  return {
    market_time: formatTime(clock.nowUs()),
    mode: engine.mode(nowUs()),
    accounts: keys.map(({ address, key }) => ({
      address: accounts.spelled(address),
      api_key: key,
      standing: accounts.standing(address)
    })),
    wallets: desk.wallets().map((wallet) => walletState(desk, wallet, all)),
    taken: desk.taken().map(({ order, status }) => ({
      id: order.id,
      maker: order.maker,
      token_id: order.tokenId,
      side: order.side,
      order_type: order.orderType,
      status
    })),
    orders: keys.flatMap(({ key }) => engine.openOrders(key, nowUs()).map(openOrderRow)),
    trades: all.map((trade) => tradeRow(trade, trade.takerOwner)),
    requests: { total, by_endpoint: requests, faults }
  }
}
