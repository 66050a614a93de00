import { type ErrorShare } from "./ingestHealth.ts"

/** 0 switches a filter off. */
export interface ShareFilters {
  /** The most frequent buckets of each source. */
  readonly topK: number
  readonly minShare: number
  readonly minCount: number
  readonly minRunsWithError: number
  readonly minTotalRuns: number
  /** Errors of every kind that a source must have. */
  readonly minSourceTotal: number
}

export type ThresholdName = Exclude<keyof ShareFilters, "topK">

const measures: ReadonlyArray<readonly [name: ThresholdName, of: (share: ErrorShare) => number]> = [
  ["minShare", (row) => row.share],
  ["minCount", (row) => row.count],
  ["minRunsWithError", (row) => row.runsWithError],
  ["minTotalRuns", (row) => row.totalRuns],
  ["minSourceTotal", (row) => row.sourceTotal]
]

/** Which threshold to lower first when nothing is left. */
export interface Relaxation {
  readonly filter: ThresholdName
  readonly value: number
  /** The greatest value at which this filter no longer stands in the way. */
  readonly lowerTo: number
  /** Rows that come back with it; 0 when another filter has to be lowered as well. */
  readonly rowsBack: number
}

export interface FilteredShares {
  readonly rows: ReadonlyArray<ErrorShare>
  readonly before: number
  /** Set when filters left nothing of something. */
  readonly relaxFirst: Relaxation | null
}

/** At most `count` rows of each source; rows stand by source, most frequent first. */
const topOfEach = (rows: ReadonlyArray<ErrorShare>, count: number): ReadonlyArray<ErrorShare> => {
  if (count === 0) return rows
  const taken = new Map<string, number>()
  return rows.filter(({ source }) => {
    const place = (taken.get(source) ?? 0) + 1
    taken.set(source, place)
    return place <= count
  })
}

const keep = (
  rows: ReadonlyArray<ErrorShare>,
  filters: ShareFilters,
  except: ThresholdName | null = null
): ReadonlyArray<ErrorShare> =>
  rows.filter((row) => measures.every(([name, of]) => name === except || of(row) >= filters[name]))

/**
 * The filter that alone keeps most rows away; when no single one does, the one that refuses most rows. `lowerTo` is
 * what the best of the rows concerned has.
 */
const relaxation = (rows: ReadonlyArray<ErrorShare>, filters: ShareFilters): Relaxation | null => {
  const candidates = measures.flatMap(([filter, of]) => {
    const refused = rows.filter((row) => of(row) < filters[filter])
    if (refused.length === 0) return []
    const alone = keep(rows, filters, filter)
    const lowerTo = Math.max(...(alone.length > 0 ? alone : refused).map(of))
    const rowsBack = alone.filter((row) => of(row) >= lowerTo).length
    return [{ filter, value: filters[filter], lowerTo, rowsBack, alone: alone.length, refused: refused.length }]
  })
  const best = candidates.reduce<(typeof candidates)[number] | null>(
    (first, next) =>
      first === null || next.alone > first.alone || (next.alone === first.alone && next.refused > first.refused)
        ? next
        : first,
    null
  )
  return best && { filter: best.filter, value: best.value, lowerTo: best.lowerTo, rowsBack: best.rowsBack }
}

/** `rows` as `errorShares` gives them. */
export const filterShares = (rows: ReadonlyArray<ErrorShare>, filters: ShareFilters): FilteredShares => {
  const kept = topOfEach(keep(rows, filters), filters.topK)
  return {
    rows: kept,
    before: rows.length,
    relaxFirst: kept.length > 0 || rows.length === 0 ? null : relaxation(rows, filters)
  }
}
