import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type StoreError } from "../domain/errors.ts"
import { type MarketId, type Side, type StrategyId } from "../domain/ids.ts"
import { type Instrument } from "../domain/instrument.ts"
import { type LookSpacings, type RecordedLooks } from "../domain/looks.ts"
import { type Payout } from "../domain/Market.ts"
import { type ExecutionStyle, type OrderIntent, type PackageId } from "../domain/OrderIntent.ts"
import { type MarketStatus, type Quote } from "../domain/quote.ts"
import { type EpochMicros } from "../domain/time.ts"

/** A stored signal, payload still as text. Natural units, but for its orders. */
export interface SignalRow {
  readonly id: number
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: string
  readonly side: Side
  readonly targetPrice: number
  readonly sizeHint: number
  /** All orders that it asks for, primary first. */
  readonly legs: ReadonlyArray<OrderIntent>
  /** The package that it shares with other signals; null: it is a package of its own. */
  readonly packageId: PackageId | null
  readonly style: ExecutionStyle
  /** For how long its orders rest, seconds; null: the default. */
  readonly timeToLiveSec: number | null
  /** When its strategy no longer gave it; null: it always did, or was not asked again. */
  readonly withdrawnAtUs: EpochMicros | null
  readonly payloadJson: string
  readonly createdAtUs: EpochMicros
}

/** A stored snapshot. Natural units; null where the source said nothing. Bid and ask are the YES token's. */
export interface SnapshotRow {
  readonly marketId: MarketId
  readonly atUs: EpochMicros
  readonly yes: number | null
  readonly no: number | null
  readonly bid: number | null
  readonly ask: number | null
  readonly liquidity: number
  /** One that kept no status was open unless a resolution was known. */
  readonly status: MarketStatus
  readonly acceptingOrders: boolean | null
  /** Whether the source called the resolution disputed; null: it says nothing of that, or the snapshot did not keep it. */
  readonly disputed: boolean | null
  /** The market's tick at that time, USDC per share; null: the snapshot did not keep it. */
  readonly tickSize: number | null
}

export interface ResolutionRow {
  readonly marketId: MarketId
  /** When it was learnt. */
  readonly atUs: EpochMicros
  /** When the exchange closed or resolved the market, as far as it says; absent: not known. */
  readonly endedUs?: EpochMicros
  /** What one share is paid, USDC: (1,1) is read as (0.5,0.5). */
  readonly payout: Payout
}

/** One pass over a window. The iterables read lazily, in pages, and can be walked once. */
export interface History {
  /** from <= created_at <= to, by (created_at, id). */
  readonly signals: Iterable<SignalRow>
  /**
   * First the newest snapshot of each market before `from`, then those up to `to`; in time order, within one moment by
   * market id, source and content, whatever order they were stored in.
   */
  readonly snapshots: Iterable<SnapshotRow>
  /** Learnt at or before `to`, which may be hours after it happened: `atUs` is the former. By (time, market id). */
  readonly resolutions: ReadonlyArray<ResolutionRow>
  /** What the sources showed, changed or not. Read when it is called, which must be before the scope closes. */
  readonly looks: () => RecordedLooks
  /** How far apart regular looks, or else snapshots, of the window are; null: too few to tell. Called as `looks`. */
  readonly spacing: () => EpochMicros | null
  /** By market id; where several sources show one, that of the row seen last. */
  readonly instruments: ReadonlyMap<MarketId, Instrument>
  /** For progress only. */
  readonly signalCount: number
  /** First and last snapshot inside the window; null without any. */
  readonly coverage: { readonly firstUs: EpochMicros; readonly lastUs: EpochMicros } | null
}

/** A market as one snapshot showed it. */
export interface QuotedInstrument {
  /** The same object for all snapshots of a market, but for those that kept another price step. */
  readonly instrument: Instrument
  readonly quote: Quote
}

/** Everything that was captured at one moment. */
export interface MarketMoment {
  readonly atUs: EpochMicros
  /**
   * By (market id, source), whatever order they were stored in. Status, prices, liquidity, volume and (where the
   * snapshot kept it) the price step are those of the moment. A snapshot that kept no status was open unless a resolution
   * was known. Nothing is said of an outcome.
   *
   * The rest is the market's row as stored last. Of that, ids, labels, question, slug and neg-risk are fixed when a
   * market is made. The venue can change end date, fee schedule and minimum order size later, and older snapshots have
   * no price step: there a replay sees today's.
   */
  readonly quotes: ReadonlyArray<QuotedInstrument>
  /** Snapshots of markets that have no row of their own, so that it is not known what they are. */
  readonly unknown: number
}

/** Recorded markets as they were seen: one pass, read lazily in pages. A market is one row of one source. */
export interface MarketHistory {
  /** First the newest snapshot of each market before `from`, then all up to `to`; in time order, each moment once. */
  readonly moments: Iterable<MarketMoment>
  /** Learnt at or before `to`, which may be hours after it happened: `atUs` is the former. By (time, market id). */
  readonly resolutions: ReadonlyArray<ResolutionRow>
  /** What the sources showed, changed or not. Read when it is called, which must be before the scope closes. */
  readonly looks: () => RecordedLooks
  /** How far apart regular looks, or else snapshots, of the window are; null: too few to tell. Called as `looks`. */
  readonly spacing: () => EpochMicros | null
}

/** Reads recorded data in time order for a replay; nothing is ever read twice. */
export class HistoryReader extends Context.Tag("monomarket/ports/HistoryReader")<
  HistoryReader,
  {
    readonly open: (window: {
      readonly fromUs: EpochMicros
      readonly toUs: EpochMicros
      /** null: all. */
      readonly strategies: ReadonlyArray<StrategyId> | null
    }) => Effect.Effect<History, StoreError, Scope.Scope>
    /** For a replay of strategies: whole markets instead of quotes, and no signals. */
    readonly openMarkets: (window: {
      readonly fromUs: EpochMicros
      readonly toUs: EpochMicros
    }) => Effect.Effect<MarketHistory, StoreError, Scope.Scope>
    /** How often each source was asked, by its newest looks up to a moment; where none are recorded, by its snapshots. */
    readonly spacings: (untilUs: EpochMicros) => Effect.Effect<LookSpacings, StoreError>
    /** Time of the first and last signal or snapshot in the database; null when it is empty. */
    readonly span: Effect.Effect<{ readonly firstUs: EpochMicros; readonly lastUs: EpochMicros } | null, StoreError>
  }
>() {}
