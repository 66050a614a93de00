import { type EpochMicros } from "../domain/time.ts"
import { type Calibration } from "./calibration.ts"
import { type Curve } from "./curves.ts"
import { type EventLabel } from "./eventLabels.ts"
import { type ReportAttribution } from "./ReportArtifact.ts"

/** A chart's data, or why drawing it would say less than this sentence. */
export type Chart<A> =
  { readonly _tag: "Drawn"; readonly data: A } | { readonly _tag: "TooFew"; readonly reason: string }

export interface Curves {
  readonly total: Curve
  /** In the order of the results; of very many, those with the largest results. */
  readonly byStrategy: ReadonlyArray<Curve>
  /** Strategies that are left out. */
  readonly omitted: number
}

/** A strategy's row; null where the artifact cannot say. Money in USDC. */
export interface StrategyFigures extends ReportAttribution {
  readonly realized: number
  /** Gain or loss of positions that are still open, at their marks. */
  readonly open: number
  readonly sharpe: number | null
  readonly sortino: number | null
  /** UTC days on which equity changed; null: the artifact does not say. */
  readonly changedDays: number | null
  readonly profitFactor: number | null
  readonly exposure: number | null
  readonly turnover: number | null
  readonly fees: number | null
  readonly brier: number | null
  /** null: the artifact does not say. */
  readonly settled: number | null
  /** null: no bundles of several legs were sent, or the artifact does not say. */
  readonly legs: LegFigures | null
}

/** What it cost a strategy that the legs of its bundles fill one after the other. */
export interface LegFigures {
  readonly bundles: number
  readonly unwound: number
  readonly stranded: number
  readonly cost: number
}

export interface EventFigures extends ReportAttribution {
  readonly eventId: string
  /** null where no question is known. */
  readonly label: EventLabel | null
}

/** Everything that a report says, in numbers; PDF and HTML show the same. Texts hold no control characters. */
export interface ReportModel {
  readonly title: string
  readonly generatedAt: string
  readonly generatedUs: EpochMicros
  readonly window: {
    readonly from: string
    readonly to: string
    readonly fromUs: EpochMicros
    readonly toUs: EpochMicros
    readonly hours: number
  }
  readonly signals: { readonly total: number; readonly executed: number; readonly rejected: number }
  readonly pnl: { readonly total: number; readonly realized: number; readonly open: number }
  readonly trades: { readonly count: number; readonly wins: number; readonly losses: number }
  /** Greatest fall of the equity of all strategies together from its running peak. */
  readonly maxDrawdown: number
  /** Whether it takes every moment of the window, and not only those of ledger rows. */
  readonly drawdownMarked: boolean
  readonly turnover: number
  readonly fees: number | null
  readonly coverage: {
    readonly ratio: number
    /** null: the artifact does not say. */
    readonly observations: number | null
    readonly coveredHours: number
    readonly windowHours: number
    readonly limited: boolean
    readonly note: string
  } | null
  /** What a reader has to know before trusting the figures. */
  readonly remarks: ReadonlyArray<string>
  readonly realized: Chart<Curves>
  readonly equity: Chart<Curves>
  readonly pnlByStrategy: Chart<ReadonlyArray<{ readonly name: string; readonly value: number }>>
  readonly drawdown: Chart<Curve>
  readonly calibration: Chart<Calibration>
  readonly strategies: ReadonlyArray<StrategyFigures>
  readonly events: {
    readonly shown: ReadonlyArray<EventFigures>
    readonly hidden: number
    readonly hiddenPnl: number
    /** Pairs of strategy and event whose signals were all rejected. */
    readonly untraded: number
  }
  /** Most frequent first. */
  readonly rejections: ReadonlyArray<{ readonly reason: string; readonly count: number }>
  readonly execution: ReadonlyArray<readonly [key: string, value: string]>
  readonly risk: ReadonlyArray<readonly [key: string, value: string]>
  readonly checksum: string | null
  readonly provenance: ReadonlyArray<readonly [key: string, value: string]>
}
