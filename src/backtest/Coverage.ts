import { ratio } from "../core/metrics.ts"
import { MIN_SAMPLES } from "../core/samples.ts"
import { type MarketId, type SourceId } from "../domain/ids.ts"
import { type LookInterval, newestAt, type RecordedLooks } from "../domain/looks.ts"
import { type EpochMicros, MICROS_PER_HOUR, MICROS_PER_SECOND } from "../domain/time.ts"

/** How much of the window one market was observed in. */
export interface MarketCoverage {
  readonly market_id: string
  readonly observations: number
  readonly covered_hours: number
  readonly coverage_ratio: number
}

/** How much of a window observations cover, in all and in single markets. */
export interface Covered {
  /** Moments in the window at which a source showed something. */
  readonly observations: number
  /** How far an observation reaches, seconds; null: too few observations to tell, and nothing counts as covered. */
  readonly spacing_sec: number | null
  readonly covered_hours: number
  readonly coverage_ratio: number
  /** Of the markets that were asked for, by id. */
  readonly markets: ReadonlyArray<MarketCoverage>
}

/** Observations come somewhat late now and then: one reaches half a spacing further than the next is due. */
const REACH = 1.5

interface Window {
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
}

/** One line of observations; those before the window reach into it. */
class Line {
  observations = 0
  private coveredUs = 0
  private lastUs: EpochMicros | null = null

  see(atUs: EpochMicros, window: Window, reachUs: number): void {
    if (this.lastUs === atUs) return
    if (this.lastUs !== null) this.coveredUs += reached(this.lastUs, atUs, window, reachUs)
    this.lastUs = atUs
    if (atUs >= window.fromUs && atUs <= window.toUs) this.observations += 1
  }

  /** Micro-hours are left to the caller; nothing is changed. */
  covered(window: Window, reachUs: number): EpochMicros {
    return this.coveredUs + (this.lastUs === null ? 0 : reached(this.lastUs, window.toUs, window, reachUs))
  }
}

/** How much of the window lies between an observation and the next, as far as the former reaches. */
const reached = (atUs: EpochMicros, nextUs: EpochMicros, { fromUs, toUs }: Window, reachUs: number): EpochMicros =>
  Math.max(0, Math.min(nextUs, toUs, atUs + reachUs) - Math.max(atUs, fromUs))

/**
 * Counts how much of a window its data covers, by gaps: an observation covers the time after it up to one and a half
 * regular spacings, and at most up to the next. Observations are the looks that showed a market, changed or not; where
 * they were not recorded, its snapshots.
 */
export class Coverage {
  private readonly window: Window
  private readonly spacingUs: EpochMicros | null
  private readonly reachUs: number
  private readonly all = new Line()
  private readonly byMarket = new Map<MarketId, Line>()

  /** `spacingUs` null: not known. */
  constructor(window: Window, spacingUs: EpochMicros | null) {
    this.window = window
    this.spacingUs = spacingUs
    this.reachUs = spacingUs === null ? 0 : spacingUs * REACH
  }

  /** A snapshot, in time order. */
  see(marketId: MarketId, atUs: EpochMicros): void {
    let line = this.byMarket.get(marketId)
    if (line === undefined) this.byMarket.set(marketId, (line = new Line()))
    line.see(atUs, this.window, this.reachUs)
    this.all.see(atUs, this.window, this.reachUs)
  }

  /** Once all were seen: the figures, of single markets for those in `marketIds`. */
  figures(marketIds: Iterable<MarketId>, looks: RecordedLooks): Covered {
    const hours = (this.window.toUs - this.window.fromUs) / MICROS_PER_HOUR
    const figure = (lines: ReadonlyArray<Line>) => {
      const observations = Math.max(0, ...lines.map((line) => line.observations))
      const covered = Math.max(0, ...lines.map((line) => line.covered(this.window, this.reachUs))) / MICROS_PER_HOUR
      const covered_hours = observations < MIN_SAMPLES.observations && this.spacingUs === null ? 0 : covered
      return { observations, covered_hours, coverage_ratio: ratio(covered_hours, hours, 0) }
    }
    const intervals = intervalsOf(looks)
    const markets = [...new Set(marketIds)].sort().map((market_id) => ({
      market_id,
      ...figure([
        this.byMarket.get(market_id) ?? new Line(),
        ...(intervals.get(market_id) ?? []).map((of) => this.lineOf(of, looks))
      ])
    }))
    const sources = [...looks.times.values()].map((times) => this.lineAt(times))
    return {
      spacing_sec: this.spacingUs === null ? null : this.spacingUs / MICROS_PER_SECOND,
      ...figure([this.all, ...sources]),
      markets
    }
  }

  private lineAt(times: Iterable<EpochMicros>): Line {
    const line = new Line()
    for (const atUs of times) line.see(atUs, this.window, this.reachUs)
    return line
  }

  /** One market as one source showed it. */
  private lineOf(intervals: ReadonlyArray<LookInterval>, { times }: RecordedLooks): Line {
    const seen: Array<EpochMicros> = []
    for (const { fromUs, source, toUs } of intervals) {
      const looks = times.get(source) ?? []
      seen.push(newestAt(looks, Math.min(toUs, this.window.fromUs)) ?? fromUs)
      for (const atUs of looks) if (atUs >= fromUs && atUs <= toUs) seen.push(atUs)
    }
    return this.lineAt(seen.sort((a, b) => a - b))
  }
}

/** The intervals of each market, apart by source. */
const intervalsOf = ({
  intervals
}: RecordedLooks): ReadonlyMap<MarketId, ReadonlyArray<ReadonlyArray<LookInterval>>> => {
  const bySource = new Map<MarketId, Map<SourceId, Array<LookInterval>>>()
  for (const interval of intervals) {
    const sources = bySource.get(interval.marketId) ?? new Map<SourceId, Array<LookInterval>>()
    bySource.set(interval.marketId, sources)
    sources.set(interval.source, [...(sources.get(interval.source) ?? []), interval])
  }
  return new Map([...bySource].map(([marketId, sources]) => [marketId, [...sources.values()]]))
}
