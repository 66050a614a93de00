import { type MarketEvent } from "./MarketEvent.ts"
import { disputeOf } from "./dispute.ts"
import { type MarketId } from "./ids.ts"
import { type Instrument, instrumentOf, sameInstrument } from "./instrument.ts"
import { type Market } from "./Market.ts"
import { quoteOf } from "./quote.ts"
import { type EpochMicros } from "./time.ts"

/** Gives the same object for a market as long as nothing in its instrument changes. */
export class Instruments {
  private readonly bySource = new Map<string, Map<MarketId, Instrument>>()

  of(market: Market): Instrument {
    let known = this.bySource.get(market.source)
    if (known === undefined) this.bySource.set(market.source, (known = new Map()))
    const before = known.get(market.marketId)
    if (before !== undefined && sameInstrument(before, market)) return before
    const now = instrumentOf(market)
    known.set(market.marketId, now)
    return now
  }
}

/** A market as last seen, as market data of the engine. `confirmedUs`: when its source showed it unchanged last. */
export const marketEvent = (
  market: Market,
  atUs: number,
  instruments: Instruments,
  confirmedUs?: EpochMicros
): MarketEvent => {
  const event = {
    kind: "market",
    atUs,
    instrument: instruments.of(market),
    quote: quoteOf(market, disputeOf(market))
  } as const
  return confirmedUs === undefined || confirmedUs <= event.quote.atUs ? event : { ...event, confirmedUs }
}

/** What markets as last seen say of their outcomes, as market data of the engine. */
export const resolutionEvents = (markets: ReadonlyArray<Market>, atUs: number): ReadonlyArray<MarketEvent> =>
  markets.flatMap(({ marketId, payout }) => (payout === null ? [] : [{ kind: "resolution", atUs, marketId, payout }]))
