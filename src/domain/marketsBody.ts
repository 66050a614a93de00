import { disputeUnsaid } from "./dispute.ts"
import { type MarketId } from "./ids.ts"
import { type FeeSchedule, type Instrument, instrumentNames, sameInstrument } from "./instrument.ts"
import { type Json, type JsonObject } from "./json.ts"
import { type MarketEvent } from "./MarketEvent.ts"
import { seenAs } from "./quote.ts"

/** What a poll of the market feed gave, as far as the journal keeps it. */
export interface RecordedPoll {
  readonly events: ReadonlyArray<MarketEvent>
  readonly problems: ReadonlyArray<string>
}

const feeBody = (fee: FeeSchedule | null): Json =>
  fee === null ? null : [fee.rate, fee.exponent, fee.takerOnly, fee.rebateRate]

/** Ascending numbers as [first, how many, first, how many, ...]. */
const rangesOf = (numbers: ReadonlyArray<number>): ReadonlyArray<number> => {
  const ranges: Array<number> = []
  let next = Number.NaN
  for (const number of numbers) {
    if (number === next) ranges[ranges.length - 1] = (ranges[ranges.length - 1] ?? 0) + 1
    else ranges.push(number, 1)
    next = number + 1
  }
  return ranges
}

const knownBody = (number: number, instrument: Instrument): Json => [
  number,
  ...instrumentNames.map((name) => (name === "fee" ? feeBody(instrument.fee) : instrument[name]))
]

/**
 * Writes the bodies of a session's `markets` records. What stays the same about a market, most of its text, is written
 * once, under a number counted from 0, and again under a new number when it changes; from then on an event is the
 * number and a dozen figures. So the records of a session are read in order, from the first.
 *
 * `known`: [number, then the fields of `domain/instrument.ts` in their order; a fee schedule is [rate, exponent, taker
 * only, rebate rate]].
 * `events`: a market is [number, time, status, accepting orders, yes, no, bid, ask, mid, liquidity, volume], and the
 * time it was seen when that is another, and then whether its source calls the resolution disputed, where that
 * is not what the source says of every market, and then the time it was confirmed last when that is later; a resolution
 * is [market id, time, payout of YES, payout of NO].
 * `problems`: as the feed reported them. Lists that are empty are left out, but for `events`.
 *
 * Feeds report outcomes by resolutions only: what a market itself says of one is not written.
 */
export class MarketsEncoder {
  private readonly known = new Map<string, Map<string, { readonly number: number; readonly instrument: Instrument }>>()
  private count = 0
  private lastPoll: RecordedPoll | null = null
  private lastBody: JsonObject = {}

  /** Asked again for the poll it wrote last, it gives the same body: a journal may ask twice for what it appends. */
  encode(poll: RecordedPoll): JsonObject {
    if (poll === this.lastPoll) return this.lastBody
    const known: Array<Json> = []
    const events = poll.events.map((event): Json => {
      if (event.kind === "resolution") return [event.marketId, event.atUs, event.payout.yes, event.payout.no]
      const { instrument, quote } = event
      const seen = seenAs(quote)
      const body: Array<Json> = [
        this.numberOf(instrument, known),
        event.atUs,
        seen.status,
        seen.acceptingOrders,
        seen.yesPrice,
        seen.noPrice,
        seen.bestBid,
        seen.bestAsk,
        seen.midPrice,
        seen.liquidity,
        seen.volume
      ]
      const { disputed } = quote
      const confirmedUs = event.confirmedUs ?? quote.atUs
      const confirmed = confirmedUs > quote.atUs
      const saysMore = confirmed || disputed !== disputeUnsaid(instrument.source)
      if (quote.atUs !== event.atUs || saysMore) body.push(quote.atUs)
      if (saysMore) body.push(disputed)
      if (confirmed) body.push(confirmedUs)
      return body
    })
    this.lastPoll = poll
    this.lastBody = {
      ...(known.length === 0 ? {} : { known }),
      events,
      ...(poll.problems.length === 0 ? {} : { problems: poll.problems })
    }
    return this.lastBody
  }

  /**
   * The part of a `look` record that says which rows were confirmed, as far as the session knows them: their numbers,
   * ascending, as ranges [first, how many, first, how many, ...], because nearly all rows of a source come together.
   */
  confirmed(source: string, marketIds: ReadonlyArray<MarketId>): JsonObject {
    const ids = this.known.get(source)
    const numbers = marketIds.flatMap((marketId) => ids?.get(marketId)?.number ?? [])
    if (numbers.length === 0) return {}
    return { confirmed: rangesOf(numbers.sort((a, b) => a - b)) }
  }

  private numberOf(market: Instrument, written: Array<Json>): number {
    let ids = this.known.get(market.source)
    if (ids === undefined) this.known.set(market.source, (ids = new Map()))
    const before = ids.get(market.marketId)
    if (before !== undefined && sameInstrument(before.instrument, market)) return before.number
    const number = this.count
    this.count += 1
    ids.set(market.marketId, { number, instrument: market })
    written.push(knownBody(number, market))
    return number
  }
}
