import * as Effect from "effect/Effect"
import { Account } from "../core/account/account.ts"
import { AfterClose, type MarketEnd } from "../core/account/afterClose.ts"
import { balanceProblem } from "../core/account/balance.ts"
import { addEquityPoint, type Drawdown, emptyDrawdown } from "../core/metrics.ts"
import { sampleEquity } from "../core/account/attribution.ts"
import { type MarketQuote, tokenPrice } from "../core/venue/quote.ts"
import { type StoreError, UnbalancedBooks } from "../domain/errors.ts"
import { type Fill } from "../domain/Fill.ts"
import { type StrategyId } from "../domain/ids.ts"
import { type Market } from "../domain/Market.ts"
import { quoteOf } from "../domain/quote.ts"
import { fromMicros, toMicros, type Usdc, usdc } from "../domain/units.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { type RecordedFill, TradeRepo } from "../ports/TradeRepo.ts"

/** Every stored fill as one account, marked at the newest prices. */
export interface TradeBook {
  readonly account: Account
  readonly fills: ReadonlyArray<Fill>
  readonly markets: ReadonlyMap<string, Market>
  /** Trades after the exchange had closed their market, by strategy. */
  readonly afterClose: ReadonlyMap<StrategyId, AfterClose>
  /** Of the realized PnL after each fill and, at the end, of the equity at the newest prices. */
  readonly drawdown: Drawdown
}

/** What one share is worth now: its payout once the resolution is final, else its price; null where nothing is known. */
export const markQuote = (market: Market): MarketQuote => {
  const quote = quoteOf(market)
  const { payout } = market
  return payout === null
    ? { ...quote, yes: tokenPrice(quote, "YES"), no: tokenPrice(quote, "NO") }
    : { ...quote, yes: toMicros(payout.yes), no: toMicros(payout.no) }
}

/** The fills alone as an account, marked at the newest prices. */
export const accountOf = (fills: ReadonlyArray<Fill>, markets: TradeBook["markets"]): Account => {
  const account = new Account()
  for (const fill of fills) account.fill(fill, null)
  for (const [id, market] of markets) account.mark(id, markQuote(market))
  return account
}

/** How a market ended at the exchange; undefined: it has not, or the exchange does not tell when. */
const endOf = ({ payout, resolvedAtUs }: Market): MarketEnd | undefined =>
  payout === null || resolvedAtUs === null ? undefined : { payout, endedUs: resolvedAtUs }

const afterCloseOf = (
  fills: ReadonlyArray<Fill>,
  markets: TradeBook["markets"]
): ReadonlyMap<StrategyId, AfterClose> => {
  const ends = new Map([...markets].map(([id, market]) => [id, endOf(market)]))
  const late = new Map<StrategyId, AfterClose>()
  for (const fill of fills) {
    if (fill.settlement === true) continue
    const tally = late.get(fill.strategy) ?? new AfterClose()
    if (tally.take(fill, ends.get(fill.marketId))) late.set(fill.strategy, tally)
  }
  return late
}

/** Trades after the close, of all strategies together. */
export const allAfterClose = (late: TradeBook["afterClose"]): Pick<AfterClose, "fills" | "pnl"> => {
  let [fills, pnl] = [0, 0]
  for (const tally of late.values()) {
    fills += tally.fills
    pnl += tally.pnl
  }
  return { fills, pnl: usdc(pnl) }
}

const total = (account: Account, of: "cost" | "unrealized"): Usdc => {
  let sum = 0
  for (const { position, unrealized } of account.holdings) sum += of === "cost" ? position.cost : unrealized
  return usdc(sum)
}

export const openCost = (account: Account): Usdc => total(account, "cost")
export const unrealizedOf = (account: Account): Usdc => total(account, "unrealized")

/** The original traded fractions of a micro-unit; each of its fills may move a sum by a unit or two when rounded. */
const ROUNDING_PER_FILL: Usdc = usdc(2)

/**
 * What each fill was stored to have realized, which risk counts, against what the fills give now. A row that was changed
 * afterwards shows only here: cash, positions and attribution are all computed from the changed row, and still agree.
 */
const recordProblem = (account: Account, fills: ReadonlyArray<RecordedFill>): string | null => {
  const stored = fills.reduce((sum, { realizedChange }) => sum + realizedChange, 0)
  const tolerance = fills.reduce((sum, { fractional }) => sum + (fractional === true ? ROUNDING_PER_FILL : 0), 0)
  const difference = account.realized - stored
  return Math.abs(difference) <= tolerance
    ? null
    : `the fills give a realized profit of ${fromMicros(account.realized)} USDC, but ${fromMicros(stored)} USDC was ` +
        `recorded with them (a difference of ${fromMicros(difference)} USDC)`
}

/** Reads all fills once and folds them; fails rather than report money that does not add up. */
export const loadTradeBook: Effect.Effect<TradeBook, StoreError | UnbalancedBooks, TradeRepo | MarketRepo> = Effect.gen(
  function* () {
    const trades = yield* TradeRepo
    const repo = yield* MarketRepo
    const fills = yield* trades.fillHistory
    const markets = yield* repo.findAll([...new Set(fills.map(({ marketId }) => marketId))])
    const account = new Account()
    const drawdown = emptyDrawdown()
    for (const fill of fills) {
      account.fill(fill, null)
      addEquityPoint(drawdown, account.realized)
      sampleEquity(account.strategyTally(fill.strategy))
      sampleEquity(account.eventTally(fill.strategy, fill.eventId))
    }
    for (const [id, market] of markets) account.mark(id, markQuote(market))
    addEquityPoint(drawdown, account.realized + unrealizedOf(account))
    for (const tally of account.byStrategy.values()) sampleEquity(tally)
    for (const events of account.byEvent.values()) for (const tally of events.values()) sampleEquity(tally)
    const detail = balanceProblem(account) ?? recordProblem(account, fills)
    return detail === null
      ? { account, fills, markets, afterClose: afterCloseOf(fills, markets), drawdown }
      : yield* new UnbalancedBooks({ detail })
  }
)
