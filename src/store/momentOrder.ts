import type Sqlite from "better-sqlite3"
import { type MarketId } from "../domain/ids.ts"

type Maybe = number | null
export type SnapshotTuple = [
  capturedUs: number,
  id: number,
  marketId: string,
  yes: Maybe,
  no: Maybe,
  bid: Maybe,
  ask: Maybe,
  liquidity: number,
  open: Maybe,
  acceptingOrders: Maybe,
  disputed: Maybe,
  tickSize: Maybe
]

interface Seen {
  readonly marketId: MarketId
  /** Its place in the order of market ids, once it has one. */
  rank: number
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const FIRST_CONTENT = 3

const compareContent = (a: SnapshotTuple, b: SnapshotTuple): number => {
  for (let column = FIRST_CONTENT; column < a.length; column += 1) {
    const left = a[column] ?? Number.NEGATIVE_INFINITY
    const right = b[column] ?? Number.NEGATIVE_INFINITY
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}

/** With fewer rows than this share of all markets, a moment is sorted by comparing ids. */
const SPARSE = 8

/**
 * Puts the snapshots of each moment in the order of market, source and content. Ids follow the order of insertion,
 * which means nothing. The same markets come at every moment, so each gets its rank once instead of being compared
 * again and again; sources are read only where one market was seen twice at one moment.
 */
export class MomentOrder {
  private readonly markets = new Map<MarketId, Seen>()
  private ranked = 0
  private readonly places: Array<SnapshotTuple | undefined> = []
  private readonly source: Sqlite.Statement<[number], string>

  constructor(db: Sqlite.Database) {
    this.source = db.prepare<[number], string>("SELECT source FROM market_snapshots WHERE id = ?").pluck()
  }

  /** `rows`: whole moments in time order. Sorts them in place, and gives all rows of a market the same text. */
  sort(rows: Array<SnapshotTuple>): void {
    let from = 0
    for (const [at, row] of rows.entries()) {
      row[2] = this.seen(row[2]).marketId
      if (row[0] === rows[at + 1]?.[0]) continue
      if (at > from) this.sortMoment(rows, from, at + 1)
      from = at + 1
    }
  }

  private seen(marketId: MarketId): Seen {
    let seen = this.markets.get(marketId)
    if (seen === undefined) this.markets.set(marketId, (seen = { marketId, rank: -1 }))
    return seen
  }

  private sortMoment(rows: Array<SnapshotTuple>, from: number, to: number): void {
    if ((to - from) * SPARSE >= this.markets.size && this.place(rows, from, to)) return
    const sources = new Map<number, string>()
    const sourceOf = ([, id]: SnapshotTuple): string => {
      let source = sources.get(id)
      if (source === undefined) sources.set(id, (source = this.source.get(id) ?? ""))
      return source
    }
    const sorted = rows
      .slice(from, to)
      .sort((a, b) => compareText(a[2], b[2]) || compareText(sourceOf(a), sourceOf(b)) || compareContent(a, b))
    for (const [index, row] of sorted.entries()) rows[from + index] = row
  }

  /** Puts each row straight into the place of its market; false, and nothing done, when one was seen twice. */
  private place(rows: Array<SnapshotTuple>, from: number, to: number): boolean {
    this.rank()
    const { places } = this
    let once = true
    for (let at = from; at < to; at += 1) {
      const row = rows[at]
      if (row === undefined) continue
      const { rank } = this.seen(row[2])
      once &&= places[rank] === undefined
      places[rank] = row
    }
    let at = from
    for (const [rank, row] of places.entries()) {
      if (row === undefined) continue
      if (once) rows[at] = row
      at += 1
      places[rank] = undefined
    }
    return once
  }

  private rank(): void {
    if (this.ranked === this.markets.size) return
    const ordered = [...this.markets.values()].sort((a, b) => compareText(a.marketId, b.marketId))
    ordered.forEach((seen, rank) => {
      seen.rank = rank
      this.places[rank] = undefined
    })
    this.ranked = ordered.length
  }
}
