import { type Json, type JsonObject } from "./json.ts"
import { type FeeSchedule, type Market } from "./Market.ts"
import { type MarketEvent } from "./MarketEvent.ts"

/** What a poll of the market feed gave, as far as the journal keeps it. */
export interface RecordedPoll {
  readonly events: ReadonlyArray<MarketEvent>
  readonly problems: ReadonlyArray<string>
}

const feeBody = (fee: FeeSchedule | null): Json =>
  fee === null ? null : [fee.rate, fee.exponent, fee.takerOnly, fee.rebateRate]

const knownBody = (number: number, market: Market): Json => [
  number,
  market.source,
  market.marketId,
  market.canonicalId,
  market.eventId,
  market.question,
  market.negRisk,
  market.conditionId,
  market.yesTokenId,
  market.noTokenId,
  market.yesLabel,
  market.noLabel,
  market.tickSize,
  market.minOrderSize,
  feeBody(market.fee),
  market.slug,
  market.endDateUs
]

const sameFee = (a: FeeSchedule | null, b: FeeSchedule | null): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    a.rate === b.rate &&
    a.exponent === b.exponent &&
    a.takerOnly === b.takerOnly &&
    a.rebateRate === b.rebateRate)

/** Whether all that `knownBody` writes, besides source and market id, is the same. */
const sameKnown = (a: Market, b: Market): boolean =>
  a.canonicalId === b.canonicalId &&
  a.eventId === b.eventId &&
  a.question === b.question &&
  a.negRisk === b.negRisk &&
  a.conditionId === b.conditionId &&
  a.yesTokenId === b.yesTokenId &&
  a.noTokenId === b.noTokenId &&
  a.yesLabel === b.yesLabel &&
  a.noLabel === b.noLabel &&
  a.tickSize === b.tickSize &&
  a.minOrderSize === b.minOrderSize &&
  sameFee(a.fee, b.fee) &&
  a.slug === b.slug &&
  a.endDateUs === b.endDateUs

/**
 * Writes the bodies of a session's `markets` records. What stays the same about a market, most of its text, is written
 * once, under a number counted from 0, and again under a new number when it changes; from then on an event is the
 * number and a dozen figures. So the records of a session are read in order, from the first.
 *
 * `known`: [number, source, market id, canonical id, event id, question, neg-risk, condition id, YES token id, NO token
 * id, YES label, NO label, tick, minimum size, fee [rate, exponent, taker only, rebate rate], slug, end date].
 * `events`: a market is [number, time, status, accepting orders, yes, no, bid, ask, mid, liquidity, volume], and the
 * time it was seen when that is another; a resolution is [market id, time, payout of YES, payout of NO].
 * `problems`: as told. Lists that are empty are left out, but for `events`.
 *
 * Feeds tell outcomes by resolutions only: what a market itself says of one is not written.
 */
export class MarketsEncoder {
  private readonly known = new Map<string, Map<string, { readonly number: number; readonly market: Market }>>()
  private count = 0
  private lastPoll: RecordedPoll | null = null
  private lastBody: JsonObject = {}

  /** Asked again for the poll it wrote last, it gives the same body: a journal may ask twice for what it appends. */
  encode(poll: RecordedPoll): JsonObject {
    if (poll === this.lastPoll) return this.lastBody
    const known: Array<Json> = []
    const events = poll.events.map((event): Json => {
      if (event.kind === "resolution") return [event.marketId, event.atUs, event.payout.yes, event.payout.no]
      const { market } = event
      const body: Array<Json> = [
        this.numberOf(market, known),
        event.atUs,
        market.status,
        market.acceptingOrders,
        market.yesPrice,
        market.noPrice,
        market.bestBid,
        market.bestAsk,
        market.midPrice,
        market.liquidity,
        market.volume
      ]
      if (market.updatedAtUs !== event.atUs) body.push(market.updatedAtUs)
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

  private numberOf(market: Market, written: Array<Json>): number {
    let ids = this.known.get(market.source)
    if (ids === undefined) this.known.set(market.source, (ids = new Map()))
    const before = ids.get(market.marketId)
    if (before !== undefined && (before.market === market || sameKnown(before.market, market))) return before.number
    const number = this.count
    this.count += 1
    ids.set(market.marketId, { number, market })
    written.push(knownBody(number, market))
    return number
  }
}
