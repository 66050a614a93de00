import * as Effect from "effect/Effect"
import { type Account, type Holding } from "../core/account.ts"
import { type Tally } from "../core/attribution.ts"
import { averagePrice, notionalOf, positionKey } from "../core/portfolio.ts"
import { type StoreError, type UnbalancedBooks } from "../domain/errors.ts"
import { type EventId, type MarketId, type StrategyId, type Token } from "../domain/ids.ts"
import { type Position } from "../domain/Position.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Micros } from "../domain/units.ts"
import { type MarketRepo } from "../ports/MarketRepo.ts"
import { TradeRepo } from "../ports/TradeRepo.ts"
import { nowUs } from "./now.ts"
import { accountOf, loadTradeBook, openCost, type TradeBook, unrealizedOf } from "./tradeBook.ts"

/** Money in micro-USDC. `pnl` = realized + unrealized. */
export interface PnlFigures {
  /** Closed profit, fees taken off. */
  readonly realized: Micros
  /** Open positions at their marks, less what they cost. */
  readonly unrealized: Micros
  readonly pnl: Micros
  readonly fees: Micros
  readonly turnover: Micros
  /** What open positions cost. */
  readonly notional: Micros
  readonly fills: number
}

export interface OpenPosition {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly token: Token
  readonly qty: Micros
  readonly averagePrice: Micros
  /** null: the market shows no price, so the position counts at cost. */
  readonly mark: Micros | null
  readonly unrealized: Micros
  readonly realized: Micros
}

/** Realized and unrealized profit, micro-USDC. */
type Profit = Pick<PnlFigures, "realized" | "unrealized">

/** The total, split by whether the chain has the trades behind it. */
export interface Finality {
  /** What would be left if every trade that the chain does not have yet failed. */
  readonly final: Profit
  /** What those trades make of it: the rest of the total. */
  readonly provisional: Profit
  readonly provisionalFills: number
  /** Price times shares of the provisional fills, micro-USDC. */
  readonly provisionalTurnover: Micros
}

export interface PnlReport {
  readonly atUs: EpochMicros
  readonly total: PnlFigures
  /** null: nothing was traded live. */
  readonly finality: Finality | null
  /** Each list adds up to the total. */
  readonly strategies: ReadonlyArray<PnlFigures & { readonly strategy: StrategyId }>
  readonly events: ReadonlyArray<PnlFigures & { readonly eventId: EventId }>
  readonly open: ReadonlyArray<OpenPosition>
  /** Paid and received so far; cash + cost of what is open = realized, checked before the report is given. */
  readonly cash: Micros
  readonly openCost: Micros
  /** Cash and what is open at its marks: what was gained, and what attribution must sum to. */
  readonly equity: Micros
  /** Traded markets whose final resolution a later report contradicts; what was paid stays. */
  readonly contradictions: ReadonlyArray<{ readonly marketId: MarketId; readonly report: string }>
  /** Stored positions that are not what their fills give (an older program rounded, or a row was edited). */
  readonly mismatches: ReadonlyArray<Pick<Position, "strategy" | "marketId" | "token">>
}

const zero: PnlFigures = { realized: 0, unrealized: 0, pnl: 0, fees: 0, turnover: 0, notional: 0, fills: 0 }

const plus = (a: PnlFigures, tally: Tally): PnlFigures => ({
  realized: a.realized + tally.realized,
  unrealized: a.unrealized + tally.unrealized,
  pnl: a.pnl + tally.realized + tally.unrealized,
  fees: a.fees + tally.fees,
  turnover: a.turnover + tally.turnover,
  notional: a.notional + tally.notional,
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
      realized: account.realized - final.realized,
      unrealized: unrealizedOf(account) - final.unrealized
    },
    provisionalFills: provisional.length,
    provisionalTurnover: provisional.reduce((sum, { price, qty }) => sum + notionalOf(price, qty), 0)
  }
}

/** The original traded fractions of a micro-unit; each fill may move a sum by a unit or two when rounded. */
const ROUNDING_PER_FILL: Micros = 2

const mismatchesOf = (account: Account, stored: ReadonlyArray<Position>, fills: number): PnlReport["mismatches"] => {
  const folded = new Map(account.holdings.map((holding) => [positionKey(holding), holding]))
  const tolerance = ROUNDING_PER_FILL * fills
  const far = (a: Micros, b: Micros): boolean => Math.abs(a - b) > tolerance
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
