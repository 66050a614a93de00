import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { disputeUnsaid } from "../domain/dispute.ts"
import { buildInstrument, type Instrument, instrumentFields, instrumentNames } from "../domain/instrument.ts"
import { FeeScheduleSchema, fieldSchemas } from "../domain/instrumentSchema.ts"
import { type Json } from "../domain/json.ts"
import { type MarketEvent } from "../domain/MarketEvent.ts"
import { type RecordedPoll } from "../domain/marketsBody.ts"
import { type Observation, quoteOf } from "../domain/quote.ts"

const text = Schema.String
const figure = Schema.Finite
const maybe = Schema.NullOr(figure)
const time = Schema.Int
const number = Schema.NonNegativeInt

const FeeBody = Schema.transform(
  Schema.Tuple(figure, figure, Schema.Boolean, figure),
  Schema.typeSchema(FeeScheduleSchema),
  {
    strict: true,
    decode: ([rate, exponent, takerOnly, rebateRate]) => ({ rate, exponent, takerOnly, rebateRate }),
    encode: ({ exponent, rate, rebateRate, takerOnly }) => [rate, exponent, takerOnly, rebateRate] as const
  }
)
const fieldBodies = { ...fieldSchemas, maybeFee: Schema.NullOr(FeeBody) }

/** A number and the fields of an instrument, as `MarketsEncoder` writes them. */
type KnownBody = readonly [number: number, ...fields: ReadonlyArray<Instrument[keyof Instrument]>]
const Known = Schema.Tuple(
  number,
  ...instrumentNames.map((name) => fieldBodies[instrumentFields[name].kind])
) as Schema.Schema.AnyNoContext as Schema.Schema<KnownBody, ReadonlyArray<Json>>

const instrumentFrom = ([, ...fields]: KnownBody): Instrument =>
  buildInstrument((name) => fields[instrumentNames.indexOf(name)] as Instrument[typeof name])

// prettier-ignore
const Seen = Schema.Tuple(
  number, time, Schema.Literal("open", "closed"), Schema.NullOr(Schema.Boolean),
  maybe, maybe, maybe, maybe, maybe, figure, figure, Schema.optionalElement(time),
  Schema.optionalElement(Schema.NullOr(Schema.Boolean)), Schema.optionalElement(time)
)

const Resolved = Schema.Tuple(text, time, figure, figure)

const MarketsBody = Schema.Struct({
  known: Schema.optional(Schema.Array(Known)),
  events: Schema.Array(Schema.Unknown),
  problems: Schema.optional(Schema.Array(text))
})

const parse = Schema.decodeUnknownEither(MarketsBody, { onExcessProperty: "error" })
const parseEvent = Schema.decodeUnknownEither(Schema.Union(Seen, Resolved))

const isTime = (value: unknown): boolean => Number.isSafeInteger(value)
const isFigure = (value: unknown): boolean => Number.isFinite(value)
const isMaybe = (value: unknown): boolean => value === null || Number.isFinite(value)

const isDisputable = (event: ReadonlyArray<unknown>): boolean =>
  (event.length === 13 || (event.length === 14 && isTime(event[13]))) &&
  isTime(event[11]) &&
  (event[12] === null || typeof event[12] === "boolean")

/**
 * What `Seen` says, without its cost: a session has thousands of these in each record. Whatever it does not know is the
 * schema's to judge, and to explain.
 */
const isSeen = (event: unknown): event is typeof Seen.Type =>
  Array.isArray(event) &&
  (event.length === 11 || (event.length === 12 && isTime(event[11])) || isDisputable(event)) &&
  isTime(event[0]) &&
  event[0] >= 0 &&
  isTime(event[1]) &&
  (event[2] === "open" || event[2] === "closed") &&
  (event[3] === null || typeof event[3] === "boolean") &&
  isMaybe(event[4]) &&
  isMaybe(event[5]) &&
  isMaybe(event[6]) &&
  isMaybe(event[7]) &&
  isMaybe(event[8]) &&
  isFigure(event[9]) &&
  isFigure(event[10])

/** What a session's `markets` records have said of markets so far, by number. */
export type KnownMarkets = ReadonlyArray<Instrument>

export interface DecodedPoll extends RecordedPoll {
  /** To be put behind what was known: the next record goes on from there. */
  readonly added: KnownMarkets
}

const isResolved = (event: typeof Seen.Type | typeof Resolved.Type): event is typeof Resolved.Type =>
  typeof event[0] === "string"

const seenOf = (event: typeof Seen.Type): Observation => ({
  status: event[2],
  acceptingOrders: event[3],
  yesPrice: event[4],
  noPrice: event[5],
  bestBid: event[6],
  bestAsk: event[7],
  midPrice: event[8],
  liquidity: event[9],
  volume: event[10],
  updatedAtUs: event[11] ?? event[1]
})

const disputedOf = (event: typeof Seen.Type, { source }: Instrument): boolean | null => {
  const said = event[12]
  return said === undefined ? disputeUnsaid(source) : said
}

const firstProblem = (error: ParseResult.ParseError, place: ReadonlyArray<PropertyKey> = []): string => {
  const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
  return issue === undefined ? error.message : `${[...place, ...issue.path].join(".")}: ${issue.message}`
}

/**
 * Reads the body of a `markets` record as `MarketsEncoder` writes it, after the records of its session before it. What
 * is wrong with a bad body comes as one line that names the place.
 */
export const decodeMarkets = (body: Json, before: KnownMarkets): Either.Either<DecodedPoll, string> => {
  const parsed = parse(body)
  if (Either.isLeft(parsed)) return Either.left(firstProblem(parsed.left))
  const { events, known: numbered = [], problems = [] } = parsed.right
  const misplaced = numbered.findIndex((row, index) => row[0] !== before.length + index)
  if (misplaced !== -1) {
    return Either.left(`known.${misplaced}.0: must be ${before.length + misplaced}: a record of the session is missing`)
  }
  const added = numbered.map(instrumentFrom)
  const decoded: Array<MarketEvent> = []
  for (const [index, written] of events.entries()) {
    const checked = isSeen(written) ? Either.right(written) : parseEvent(written)
    if (Either.isLeft(checked)) return Either.left(firstProblem(checked.left, ["events", index]))
    const event = checked.right
    if (isResolved(event)) {
      const [marketId, atUs, yes, no] = event
      decoded.push({ kind: "resolution", atUs, marketId, payout: { yes, no } })
      continue
    }
    const known = before[event[0]] ?? added[event[0] - before.length]
    if (known === undefined) return Either.left(`events.${index}.0: market ${event[0]} is not known`)
    const quote = quoteOf(seenOf(event), disputedOf(event, known))
    const confirmedUs = event[13]
    const seen: MarketEvent = { kind: "market", atUs: event[1], instrument: known, quote }
    decoded.push(confirmedUs === undefined ? seen : { ...seen, confirmedUs })
  }
  return Either.right({ events: decoded, problems, added })
}
