import { type EventId, type MarketId, type TokenId } from "./ids.ts"
import { type EpochMicros } from "./time.ts"

/** Taker fee in USDC = shares * rate * (price * (1 - price))^exponent; makers pay nothing when `takerOnly`. */
export interface FeeSchedule {
  readonly rate: number
  readonly exponent: number
  readonly takerOnly: boolean
  /** Share of taker fees that goes back to makers, 0..1. */
  readonly rebateRate: number
}

/** The kinds of values that an instrument's fields have. A value is null where the source does not say. */
export interface FieldTypes {
  readonly text: string
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly flag: boolean
  readonly maybeText: string | null
  readonly maybeTokenId: TokenId | null
  readonly maybeFigure: number | null
  readonly maybeTime: EpochMicros | null
  readonly maybeFee: FeeSchedule | null
}
export type FieldKind = keyof FieldTypes

interface Field<K extends FieldKind> {
  readonly kind: K
  /** The field's column in the table `markets`; of a fee schedule, which has a column for each of its parts, how they begin. */
  readonly column: string
}
const field = <K extends FieldKind>(kind: K, column: string): Field<K> => ({ kind, column })

/**
 * The fields of an instrument, in the order in which a journal writes them. This is the only list: the type, the schema,
 * the columns of the store, the journal's bodies and the comparison all follow from it. A new field is a line here, at
 * the end, and a migration that adds its column; the compiler then asks for it where a market is made from what a source
 * sent, and in the few literals that are written out because every snapshot passes them.
 */
export const instrumentFields = {
  source: field("text", "source"),
  marketId: field("marketId", "market_id"),
  /** Ties one contract across sources. */
  canonicalId: field("text", "canonical_id"),
  eventId: field("eventId", "event_id"),
  question: field("text", "question"),
  /** Of its event one market at most resolves to YES. */
  negRisk: field("flag", "neg_risk"),
  /** 0x + 64 hex digits; the strict tie between sources. */
  conditionId: field("maybeText", "condition_id"),
  yesTokenId: field("maybeTokenId", "yes_token_id"),
  noTokenId: field("maybeTokenId", "no_token_id"),
  yesLabel: field("maybeText", "yes_label"),
  noLabel: field("maybeText", "no_label"),
  /** Smallest price step, USDC per share. */
  tickSize: field("maybeFigure", "tick_size"),
  /** Smallest resting order, shares. */
  minOrderSize: field("maybeFigure", "min_order_size"),
  /** null: unknown; rate 0: known to be free. */
  fee: field("maybeFee", "fee"),
  slug: field("maybeText", "slug"),
  /** Planned end; often wrong, never a resolution. */
  endDateUs: field("maybeTime", "end_date_us")
}

/**
 * What stays the same about a market at one source, whatever it shows: two sources may list one contract, and each has
 * its own instrument. Natural units, as stored. The venue may change a few of these, such as the price step; then the
 * market has a new instrument.
 */
export type Instrument = {
  readonly [K in keyof typeof instrumentFields]: FieldTypes[(typeof instrumentFields)[K]["kind"]]
}

/** Names of the fields, in order. */
export const instrumentNames = Object.keys(instrumentFields) as ReadonlyArray<keyof Instrument>

type Building = { -readonly [K in keyof Instrument]?: Instrument[K] }

/** The instrument whose fields have the values that `valueOf` gives, asked in order. */
export const buildInstrument = (valueOf: <K extends keyof Instrument>(name: K) => Instrument[K]): Instrument => {
  const building: Building = {}
  const take = <K extends keyof Instrument>(name: K): void => {
    building[name] = valueOf(name)
  }
  instrumentNames.forEach(take)
  return building as Instrument
}

/** The instrument of a market, without what was seen of it. */
export const instrumentOf = (market: Instrument): Instrument => buildInstrument((name) => market[name])

const sameFee = (a: FeeSchedule | null, b: FeeSchedule | null): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    a.rate === b.rate &&
    a.exponent === b.exponent &&
    a.takerOnly === b.takerOnly &&
    a.rebateRate === b.rebateRate)

/** Whether all fields are the same. Two markets may be asked about as well: what was seen of them is not looked at. */
export const sameInstrument = (a: Instrument, b: Instrument): boolean => {
  if (a === b) return true
  for (const name of instrumentNames) {
    if (a[name] !== b[name] && (name !== "fee" || !sameFee(a.fee, b.fee))) return false
  }
  return true
}
