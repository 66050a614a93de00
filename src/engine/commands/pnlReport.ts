import * as Effect from "effect/Effect"
import { type Account } from "../../core/account/account.ts"
import { type Holding } from "../../core/account/holding.ts"
import { type Tally } from "../../core/account/attribution.ts"
import { averagePrice, notionalOf, positionKey } from "../../core/account/portfolio.ts"
import { type StoreError, type UnbalancedBooks } from "../../domain/errors.ts"
import { type EventId, type MarketId, type StrategyId, type Token } from "../../domain/ids.ts"
import { type Position } from "../../domain/Position.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type Price, type Shares, type Usdc, usdc } from "../../domain/units.ts"
import { type MarketRepo } from "../../ports/MarketRepo.ts"
import { TradeRepo } from "../../ports/TradeRepo.ts"
import { nowUs } from "../now.ts"
import { accountOf, allAfterClose, loadTradeBook, openCost, type TradeBook, unrealizedOf } from "../tradeBook.ts"

/** Money in micro-USDC. `pnl` = realized + unrealized. */
export interface PnlFigures {
  /** Closed profit, fees taken off. */
  readonly realized: Usdc
  /** Open positions at their marks, less what they cost. */
  readonly unrealized: Usdc
  readonly pnl: Usdc
  readonly fees: Usdc
  readonly turnover: Usdc
  /** What open positions cost. */
  readonly notional: Usdc
  readonly fills: number
}

export interface OpenPosition {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly token: Token
  readonly qty: Shares
  readonly averagePrice: Price
  /** null: the market shows no price, so the position counts at cost. */
  readonly mark: Price | null
  readonly unrealized: Usdc
  readonly realized: Usdc
}

/** Realized and unrealized profit, micro-USDC. */
type Profit = Pick<PnlFigures, "realized" | "unrealized">

/** The total, split by whether the chain has the trades behind it. */
export interface Finality {
  /** What would be left if every trade that the chain does not have yet failed. */
  readonly final: Profit
  /** What those trades contribute: the total less `final`. */
  readonly provisional: Profit
  readonly provisionalFills: number
  /** Price times shares of the provisional fills, micro-USDC. */
  readonly provisionalTurnover: Usdc
}

export interface PnlReport {
  readonly atUs: EpochMicros
  readonly total: PnlFigures
  /** null: nothing was traded live. */
  readonly finality: Finality | null
  /** Trades after the exchange had closed their market, and what they gain at its payout; part of the total. */
  readonly afterClose: { readonly fills: number; readonly pnl: Usdc }
  /** Each list adds up to the total. */
  readonly strategies: ReadonlyArray<PnlFigures & { readonly strategy: StrategyId }>
  readonly events: ReadonlyArray<PnlFigures & { readonly eventId: EventId }>
  readonly open: ReadonlyArray<OpenPosition>
  /** Paid and received so far; cash + cost of what is open = realized, checked before the report is given. */
  readonly cash: Usdc
  readonly openCost: Usdc
  /** Cash and what is open at its marks: what was gained, and what attribution must sum to. */
  readonly equity: Usdc
  /** Traded markets whose final resolution a later report contradicts; what was paid stays. */
  readonly contradictions: ReadonlyArray<{ readonly marketId: MarketId; readonly report: string }>
  /** Stored positions that are not what their fills give (an older program rounded, or a row was edited). */
  readonly mismatches: ReadonlyArray<Pick<Position, "strategy" | "marketId" | "token">>
}

const zero: PnlFigures = {
  realized: usdc(0),
  unrealized: usdc(0),
  pnl: usdc(0),
  fees: usdc(0),
  turnover: usdc(0),
  notional: usdc(0),
  fills: 0
}

const plus = (a: PnlFigures, tally: Tally): PnlFigures => ({
  realized: usdc(a.realized + tally.realized),
  unrealized: usdc(a.unrealized + tally.unrealized),
  pnl: usdc(a.pnl + tally.realized + tally.unrealized),
  fees: usdc(a.fees + tally.fees),
  turnover: usdc(a.turnover + tally.turnover),
  notional: usdc(a.notional + tally.notional),
  fills: a.fills + tally.tradeCount
})

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const eventsOf = (account: Account): PnlReport["events"] => {
  const sums = new Map<EventId, PnlFigures>()
  for (const events of account.byEvent.values()) {
    for (const [eventId, tally] of events) sums.set(eventId, plus(sums.get(eventId) ?? zero, tally))
  }
  return [...sums].map(([eventId, figures]) => ({ eventId, ...figures })).sort((a, b) => byText(a.eventId, b.eventId))
}

const openOf = ({ eventId, mark, marketId, position, strategy, token, unrealized }: Holding): OpenPosition => ({
  strategy,
  marketId,
  eventId,
  token,
  qty: position.qty,
  averagePrice: averagePrice(position),
  mark,
  unrealized,
  realized: position.realized
})

const finalityOf = ({ account, fills, markets }: TradeBook): Finality | null => {
  if (fills.every(({ venueState }) => venueState === undefined)) return null
  const provisional = fills.filter(({ venueState }) => venueState === "provisional")
  const settled = accountOf(
    fills.filter(({ venueState }) => venueState !== "provisional"),
    markets
  )
  const final: Profit = { realized: settled.realized, unrealized: unrealizedOf(settled) }
  return {
    final,
    provisional: {
      realized: usdc(account.realized - final.realized),
      unrealized: usdc(unrealizedOf(account) - final.unrealized)
    },
    provisionalFills: provisional.length,
    provisionalTurnover: usdc(provisional.reduce((sum, { price, qty }) => sum + notionalOf(price, qty), 0))
  }
}

/** The original traded fractions of a micro-unit; each fill may move a sum by a unit or two when rounded. */
const ROUNDING_PER_FILL = 2

const mismatchesOf = (account: Account, stored: ReadonlyArray<Position>, fills: number): PnlReport["mismatches"] => {
  const folded = new Map(account.holdings.map((holding) => [positionKey(holding), holding]))
  const tolerance = ROUNDING_PER_FILL * fills
  const far = (a: number, b: number): boolean => Math.abs(a - b) > tolerance
  const keys = new Set<string>()
  const wrong = stored.filter((position) => {
    const key = positionKey(position)
    keys.add(key)
    const own = folded.get(key)?.position ?? { qty: 0, cost: 0, realized: 0 }
    return far(own.qty, position.qty) || far(own.cost, position.cost) || far(own.realized, position.realized)
  })
  const missing = [...folded].flatMap(([key, holding]) => (keys.has(key) ? [] : [holding]))
  return [...wrong, ...missing].map(({ marketId, strategy, token }) => ({ strategy, marketId, token }))
}

/** Profit and loss from the fills themselves, marked at the newest prices: in all, by strategy and by event. */
export const pnlReport: Effect.Effect<PnlReport, StoreError | UnbalancedBooks, TradeRepo | MarketRepo> = Effect.gen(
  function* () {
    const book = yield* loadTradeBook
    const { account, fills, markets } = book
    const stored = yield* (yield* TradeRepo).positions
    const strategies = [...account.byStrategy]
      .map(([strategy, tally]) => ({ strategy, ...plus(zero, tally) }))
      .sort((a, b) => byText(a.strategy, b.strategy))
    const total = [...account.byStrategy.values()].reduce(plus, zero)
    return {
      atUs: yield* nowUs,
      total: { ...total, realized: account.realized, unrealized: unrealizedOf(account) },
      finality: finalityOf(book),
      afterClose: allAfterClose(book.afterClose),
      strategies,
      events: eventsOf(account),
      open: account.holdings.filter(({ position }) => position.qty !== 0).map(openOf),
      cash: account.cash,
      openCost: openCost(account),
      equity: account.equity(),
      contradictions: [...markets].flatMap(([marketId, { resolution }]) => {
        const report = resolution?.contradiction ?? null
        return report === null ? [] : [{ marketId, report }]
      }),
      mismatches: mismatchesOf(account, stored, fills.length)
    }
  }
)
