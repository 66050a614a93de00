import { type MarketId, type Token } from "../../domain/ids.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { MICRO, type MicroUnits } from "../../domain/units.ts"
import { type SnapshotRow } from "../../ports/HistoryReader.ts"

/** What the original looks at in a market: prices and liquidity of its newest snapshot so far. Micro-units. */
export interface OriginalQuote {
  readonly atUs: EpochMicros
  readonly yes: MicroUnits | null
  readonly no: MicroUnits | null
  readonly liquidity: MicroUnits
}

/** A price that a token was shown at, and when. Micro-USDC. */
export interface OriginalMark {
  readonly price: MicroUnits
  readonly atUs: EpochMicros
}

/** A market's quote, changed in place as snapshots arrive, and the newest price that each token ever had. */
interface QuoteState extends OriginalQuote {
  atUs: EpochMicros
  yes: MicroUnits | null
  no: MicroUnits | null
  liquidity: MicroUnits
  yesMark: OriginalMark | null
  noMark: OriginalMark | null
}

/** With the fractions of a micro-unit that the stored price may have. */
const micros = (natural: number | null): MicroUnits | null => (natural === null ? null : natural * MICRO)

/** Every market as the replay has seen it so far: nothing later than the row being processed can be asked. */
export class OriginalQuotes {
  private readonly states = new Map<MarketId, QuoteState>()

  update(row: SnapshotRow): OriginalQuote {
    let state = this.states.get(row.marketId)
    if (state === undefined) {
      state = { atUs: row.atUs, yes: null, no: null, liquidity: 0, yesMark: null, noMark: null }
      this.states.set(row.marketId, state)
    }
    state.atUs = row.atUs
    state.yes = micros(row.yes)
    state.no = micros(row.no)
    state.liquidity = row.liquidity * MICRO
    if (state.yes !== null) state.yesMark = { price: state.yes, atUs: row.atUs }
    if (state.no !== null) state.noMark = { price: state.no, atUs: row.atUs }
    return state
  }

  /** null before the market's first snapshot. */
  newest(marketId: MarketId): OriginalQuote | null {
    return this.states.get(marketId) ?? null
  }

  /** Newest price of a token; null before any snapshot had one. */
  mark(marketId: MarketId, token: Token): OriginalMark | null {
    const state = this.states.get(marketId)
    if (state === undefined) return null
    return token === "YES" ? state.yesMark : state.noMark
  }
}
