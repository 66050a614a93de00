import { type Drawdown } from "../core/metrics.ts"
import { type EventId, type MarketId, type StrategyId, type Token } from "../domain/ids.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type MicroUnits } from "../domain/units.ts"

/** What one strategy did, or one strategy in one event, over a whole replay. Micro-USDC. */
export interface TallyOutcome {
  readonly realized: MicroUnits
  readonly unrealized: MicroUnits
  readonly peakNotional: MicroUnits
  readonly tradeCount: number
  readonly wins: number
  readonly losses: number
  readonly grossWin: MicroUnits
  readonly grossLoss: MicroUnits
  readonly fees: MicroUnits
  readonly turnover: MicroUnits
  /** Of equity at orders and at the end of the window. */
  readonly drawdown: Readonly<Drawdown>
  /** Of equity after every moment; null: it was not followed. */
  readonly marked: Readonly<Drawdown> | null
}

/** What a position made, closed or at its mark. Micro-USDC. */
export interface PositionOutcome {
  readonly strategy: StrategyId
  readonly eventId: EventId
  readonly marketId: MarketId
  readonly token: Token
  readonly position: { readonly qty: MicroUnits; readonly cost: MicroUnits; readonly realized: MicroUnits }
  /** Newest price of the token, and the time of the quote that showed it; null: none was ever seen. */
  readonly mark: MicroUnits | null
  readonly markUs: EpochMicros | null
  readonly unrealized: MicroUnits
}

/** Squared distances of the prices paid from the payouts, summed over settled positions. */
export interface SettledForecasts {
  readonly squares: number
  readonly count: number
}

/** What it cost that legs of packages fill one after the other. */
export interface LegRisk {
  /** Packages of several legs that were sent. */
  readonly packages: number
  /** Of these, packages whose filled legs were given back. */
  readonly unwound: number
  /** Of these, packages of which legs are held without their counter legs. */
  readonly stranded: number
  /** What unwinding lost, and what stranded legs were worth less than was paid for them, micro-USDC. */
  readonly cost: MicroUnits
}

/** All that a report needs to know of a finished replay, whatever rules it went by. */
export interface ReplayOutcome {
  readonly total: number
  readonly executed: number
  /** Rejected signals by the code of their reason. */
  readonly reasons: ReadonlyMap<string, number>
  /** The last equity point of every curve is the end of the window. */
  readonly byStrategy: ReadonlyMap<StrategyId, TallyOutcome>
  readonly byEvent: ReadonlyMap<StrategyId, ReadonlyMap<EventId, TallyOutcome>>
  readonly holdings: ReadonlyArray<PositionOutcome>
  /** Of all strategies together, after every moment; null: it was not followed. */
  readonly marked: Readonly<Drawdown> | null
  /** Equity change of each strategy on each UTC day of the window, the cut ones included, micro-USDC. */
  readonly dailyChanges: ReadonlyMap<StrategyId, ReadonlyArray<MicroUnits>>
  /** UTC days that the window touches. */
  readonly days: number
  /** Fills after the end of their market, and what they gain at its payout, micro-USDC; null: not followed. */
  readonly afterClose: { readonly fills: number; readonly pnl: MicroUnits } | null
  readonly settled: ReadonlyMap<StrategyId, SettledForecasts>
  /** By strategy, of those that sent packages of several legs. */
  /** Rows that traded on quotes older than the limit. */
  readonly oldFills: number
  readonly legRisk: ReadonlyMap<StrategyId, LegRisk>
}
