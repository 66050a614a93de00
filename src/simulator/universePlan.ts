import { type Category } from "./universeText.ts"

/** Steps of five minutes. */
export const STEPS_PER_DAY = 288

/** What never changes about a market. Steps count from the universe's start and may be negative. */
export interface MarketPlan {
  readonly index: number
  readonly id: string
  readonly conditionId: string
  readonly questionId: string
  readonly requestId: string
  readonly tokenIds: readonly [string, string]
  readonly outcomes: readonly [string, string]
  readonly question: string
  readonly slug: string
  readonly groupItemTitle: string
  readonly isOther: boolean
  /** Where the log-odds of YES return to. */
  readonly mean: number
  /** Deviation of one step's move of the log-odds. */
  readonly sigma: number
  /** Share of the way that Gamma's cached quote goes to the book's in one step; 1 is no lag. */
  readonly gammaPace: number
  /** Always on the fine tick, whatever its price. */
  readonly fineTick: boolean
  readonly spreadTicks: number
  /** USDC. */
  readonly liquidity: number
  readonly volume: number
  /** Chance of a trade in one step. */
  readonly activity: number
  /** USDC a day to liquidity providers; 0: not in the reward programme. */
  readonly dailyReward: number
}

export interface EventPlan {
  readonly index: number
  readonly id: string
  readonly slug: string
  readonly title: string
  readonly category: Category
  readonly negRisk: boolean
  readonly augmented: boolean
  readonly negRiskMarketId: string
  readonly recurring: boolean
  /** First step at which it is listed. */
  readonly listStep: number
  /** The outcome is known and proposed to the oracle. */
  readonly endStep: number
  /** Closed and paid. */
  readonly resolveStep: number
  readonly disputed: boolean
  /** One step's move of how far the YES prices of a neg-risk group are from summing to one. */
  readonly driftSigma: number
  /** Index of the first market; those of one event follow one another. */
  readonly firstMarket: number
  readonly markets: ReadonlyArray<MarketPlan>
}

/** The last step before the proposed outcome of a disputed event is challenged. */
export const disputeStep = (event: EventPlan): number => event.endStep + 12
/** A day after the end the outcome is proposed again. */
export const secondProposalStep = (event: EventPlan): number => event.endStep + STEPS_PER_DAY
