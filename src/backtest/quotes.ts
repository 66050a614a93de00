import { type MarketQuote } from "../core/venue/quote.ts"
import { type MarketId, type Token } from "../domain/ids.ts"
import { type EpochMicros } from "../domain/time.ts"
import { MICRO, type MicroUnits, type Price, toMicros } from "../domain/units.ts"
import { type SnapshotRow } from "../ports/HistoryReader.ts"

/** The newest quote of a market, changed in place as snapshots arrive, and the newest price each token ever had. */
interface QuoteState extends MarketQuote {
  atUs: EpochMicros
  yes: Price | null
  no: Price | null
  bid: Price | null
  ask: Price | null
  liquidity: MicroUnits
  yesMark: Price | null
  noMark: Price | null
}

const micros = (natural: number | null): Price | null => (natural === null ? null : toMicros(natural))

/** The market as the replay has seen it so far: it can hold nothing later than the event being processed. */
export class QuoteBoard {
  private readonly states = new Map<MarketId, QuoteState>()

  update(row: SnapshotRow): MarketQuote {
    let state = this.states.get(row.marketId)
    if (state === undefined) {
      state = { atUs: 0, yes: null, no: null, bid: null, ask: null, liquidity: 0, yesMark: null, noMark: null }
      this.states.set(row.marketId, state)
    }
    state.atUs = row.atUs
    state.yes = micros(row.yes)
    state.no = micros(row.no)
    state.bid = micros(row.bid)
    state.ask = micros(row.ask)
    state.liquidity = row.liquidity * MICRO
    if (state.yes !== null) state.yesMark = state.yes
    if (state.no !== null) state.noMark = state.no
    return state
  }

  quote(marketId: MarketId): MarketQuote | null {
    return this.states.get(marketId) ?? null
  }

  /** Newest price of a token; null before any snapshot had one. */
  mark(marketId: MarketId, token: Token): Price | null {
    const state = this.states.get(marketId)
    if (state === undefined) return null
    return token === "YES" ? state.yesMark : state.noMark
  }
}
