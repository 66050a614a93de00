import { sharePayout } from "../../core/account/payout.ts"
import { type MarketId } from "../../domain/ids.ts"
import { type Market, type Payout } from "../../domain/Market.ts"
import { compareEvents, type MarketEvent } from "../../domain/MarketEvent.ts"
import { Instruments, marketEvent } from "../../domain/marketEvents.ts"
import { type ConfirmedAt } from "../../domain/looks.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type MarketChanges } from "../../ports/MarketRepo.ts"
import { isSameRow, leadingSource, seenAgain } from "./seenMarket.ts"

/** The twin's payout, where it may call our YES token NO. null: it is another contract. */
const payoutFor = (twin: Market, seen: Market, payout: Payout): Payout | null => {
  if (twin === seen) return payout
  if (twin.yesTokenId === null) return null
  if (twin.yesTokenId === seen.yesTokenId) return payout
  return twin.yesTokenId === seen.noTokenId ? { yes: payout.no, no: payout.yes } : null
}

const keyOf = ({ marketId, source }: Market): string => `${source} ${marketId}`

const put = (rows: Map<string, Map<MarketId, Market>>, market: Market): void => {
  const ofSource = rows.get(market.source) ?? new Map<MarketId, Market>()
  rows.set(market.source, ofSource.set(market.marketId, market))
}

/**
 * What a live feed knows of the markets, ahead of the store: rows as they will be stored, resolutions that were given, and
 * the time of the last event. It turns what sources and other processes bring into events, each once, in total order.
 */
export class MarketMemory {
  private readonly shown = new Map<string, Map<MarketId, Market>>()
  /** Rows that were read from the store because a source listed them; no event has shown them. */
  private readonly listed = new Map<string, Map<MarketId, Market>>()
  private readonly instruments = new Instruments()
  /** Which rows list a contract. */
  private readonly contracts = new Map<string, Map<string, readonly [source: string, marketId: MarketId]>>()
  /** The place of a row among all, in the order in which they were first learnt. */
  private readonly places = new Map<string, number>()
  private readonly resolved = new Set<MarketId>()
  private lastUs: EpochMicros = Number.NEGATIVE_INFINITY

  known(source: string, marketId: MarketId): Market | undefined {
    return this.shown.get(source)?.get(marketId) ?? this.listed.get(source)?.get(marketId)
  }

  /** A row of the store that a source lists, so that it can be seen again; it becomes an event only when it is. */
  learn(market: Market): void {
    put(this.listed, market)
  }

  /**
   * The time of what a source brought: when it had answered, and later than every event before, so that batches follow
   * each other in total order also where two sources answer at once or the clock was set back.
   */
  captureTime(finishedAtUs: EpochMicros): EpochMicros {
    this.lastUs = Math.max(finishedAtUs, this.lastUs + 1)
    return this.lastUs
  }

  /** What a source brought. The rows are stored with the time of the events. */
  observe(markets: ReadonlyArray<Market>, atUs: EpochMicros): ReadonlyArray<MarketEvent> {
    const rows = markets.map((seen) => {
      const before = this.known(seen.source, seen.marketId)
      return this.keep(before === undefined ? seen : seenAgain(seen, before))
    })
    // As the store does: a row whose source leaves out the contract this time ties nothing.
    const tied = this.tie(rows.filter((_, index) => markets[index]?.conditionId !== null))
    const changed = new Map([...rows, ...tied].map((row) => [keyOf(row), row]))
    const events = [...changed.values()].map((row) => this.eventOf(row, atUs))
    for (const row of rows) {
      if (row.payout !== null) this.resolve(row, sharePayout(row.payout), atUs, events)
    }
    return events.sort(compareEvents)
  }

  /**
   * What the store has that this feed did not bring: its beginning, and rows of other processes. It is dated after now
   * only where an event before it was. `confirmedAt`: when a row was confirmed last, as stored.
   */
  observeStored(
    changes: MarketChanges,
    nowUs: EpochMicros,
    confirmedAt: ConfirmedAt = () => undefined
  ): ReadonlyArray<MarketEvent> {
    const earliestUs = this.lastUs + 1
    const timeOf = (us: EpochMicros) => Math.max(earliestUs, Math.min(us, nowUs))
    const rows: Array<Market> = []
    for (const row of changes.markets) {
      const known = this.shown.get(row.source)?.get(row.marketId)
      const news = known === undefined || row.updatedAtUs > known.updatedAtUs
      if (!news && (row.updatedAtUs < known.updatedAtUs || isSameRow(row, known))) continue
      rows.push(this.keep(row))
    }
    const eventOf = (row: Market, atUs: EpochMicros) => this.eventOf(row, atUs, confirmedAt(row))
    const changed = new Map(rows.map((row) => [keyOf(row), eventOf(row, timeOf(row.updatedAtUs))]))
    for (const row of this.tie(rows)) changed.set(keyOf(row), eventOf(row, timeOf(nowUs)))
    const events = [...changed.values()]
    for (const { marketId, payout, seenAtUs } of changes.resolutions) {
      this.addResolution(marketId, payout, timeOf(seenAtUs), events)
    }
    for (const { atUs } of events) this.lastUs = Math.max(this.lastUs, atUs)
    return events.sort(compareEvents)
  }

  /** The event of a row: it bears the time at which it was learnt, and outcomes come as resolutions only. */
  private eventOf(row: Market, atUs: EpochMicros, confirmedUs?: EpochMicros): MarketEvent {
    return marketEvent({ ...row, updatedAtUs: atUs }, atUs, this.instruments, confirmedUs)
  }

  private keep(market: Market): Market {
    put(this.shown, market)
    const key = keyOf(market)
    if (!this.places.has(key)) this.places.set(key, this.places.size)
    if (market.conditionId !== null) {
      const contract = this.contracts.get(market.conditionId) ?? new Map<string, readonly [string, MarketId]>()
      this.contracts.set(market.conditionId, contract.set(key, [market.source, market.marketId]))
    }
    return market
  }

  private contractOf({ conditionId }: Market): ReadonlyArray<Market> {
    const rows = conditionId === null ? undefined : this.contracts.get(conditionId)
    const places = [...(rows ?? [])].sort(([a], [b]) => (this.places.get(a) ?? 0) - (this.places.get(b) ?? 0))
    return places.flatMap(([, [source, marketId]]) => {
      const row = this.shown.get(source)?.get(marketId)
      return row?.conditionId === conditionId ? [row] : []
    })
  }

  /**
   * Rows of one contract get one canonical id: the leading source's, else that of the row learnt first. Gives the rows of
   * which it is another one now.
   */
  private tie(rows: ReadonlyArray<Market>): ReadonlyArray<Market> {
    if (this.shown.size < 2) return []
    return rows.flatMap((row) => {
      const contract = this.contractOf(row)
      const leading = contract.find(({ source }) => source === leadingSource) ?? contract[0]
      return contract.flatMap((twin) =>
        leading === undefined || twin.canonicalId === leading.canonicalId
          ? []
          : [this.keep({ ...twin, canonicalId: leading.canonicalId })]
      )
    })
  }

  private resolve(row: Market, payout: Payout, atUs: EpochMicros, events: Array<MarketEvent>): void {
    const twins = this.contractOf(row).filter((twin) => twin.source !== row.source || twin.marketId !== row.marketId)
    for (const twin of [row, ...twins]) {
      const paid = payoutFor(twin, row, payout)
      if (paid !== null) this.addResolution(twin.marketId, paid, atUs, events)
    }
  }

  private addResolution(marketId: MarketId, payout: Payout, atUs: EpochMicros, events: Array<MarketEvent>): void {
    if (this.resolved.has(marketId)) return
    this.resolved.add(marketId)
    events.push({ kind: "resolution", atUs, marketId, payout })
  }
}
