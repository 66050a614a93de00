import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { StoreError } from "../../../domain/errors.ts"
import { type EngineEvent, type LookEvent } from "../../../domain/EngineEvent.ts"
import { type MarketId } from "../../../domain/ids.ts"
import { type Instrument } from "../../../domain/instrument.ts"
import { type JournalKind, type JournalRecord } from "../../../domain/Journal.ts"
import { type Order, orderStatuses } from "../../../domain/Order.ts"
import { type Portfolio } from "../../../domain/Portfolio.ts"
import { RejectionSchema } from "../../../domain/rejectionSchema.ts"
import { RestBody, restOf } from "../../../domain/restSchema.ts"
import { switchNames } from "../../../domain/Switches.ts"
import { price, shares, usdc } from "../../../domain/units.ts"

/*
 * The inputs of a session of format 2, as encode.ts writes them, read back as events. Those of `markets` records are read
 * by ingest/decodeMarkets.ts.
 */

const text = Schema.String
const micros = Schema.Finite
const time = Schema.Int
const token = Schema.Literal("YES", "NO")
const side = Schema.Literal("buy", "sell")
const tif = Schema.Literal("ioc", "gtc")
const status = Schema.Literal(...orderStatuses)
const names = { strategy: text, market: text, event: text, token }

const PositionBody = Schema.Struct({ ...names, qty: micros, cost: micros, realized: micros })

const WorkingBody = Schema.Struct({
  ...names,
  side,
  action: Schema.Literal("open", "close"),
  price: micros,
  qty: micros,
  tif,
  id: Schema.Int,
  mode: Schema.Literal("paper", "live"),
  status,
  filled: micros,
  external_id: Schema.NullOr(text),
  created_us: time,
  signal: Schema.optionalWith(Schema.Int, { exact: true }),
  rest: Schema.optionalWith(RestBody, { exact: true })
})

const AccountBody = Schema.Struct({
  realized_today: micros,
  positions: Schema.Array(PositionBody),
  working: Schema.Array(WorkingBody),
  decisions: Schema.Array(Schema.Tuple(time, Schema.Boolean)),
  tried: Schema.Array(Schema.Tuple(text, text, side, time)),
  /** Absent: no drawdown stop was set, or equity was not looked at since it was reset. */
  equity_peak: Schema.optional(micros),
  /** Sessions of earlier versions took nothing of what a snapshot displayed. */
  taken: Schema.optionalWith(Schema.Array(Schema.Tuple(text, token, side, micros, time)), { default: () => [] })
})

const SwitchesBody = Schema.Struct({
  switches: Schema.Array(
    Schema.Struct({
      name: Schema.Literal(...switchNames),
      value: Schema.Boolean,
      origin: Schema.Literal("environment", "database", "config", "default")
    })
  )
})

const FillBody = Schema.Struct({
  ...names,
  side,
  price: micros,
  qty: micros,
  fee: micros,
  at_us: time,
  external_id: Schema.NullOr(text)
})

const ReportBody = Schema.Struct({
  order: Schema.Int,
  status,
  reason: Schema.NullOr(RejectionSchema),
  counts: Schema.Boolean,
  fills: Schema.Array(FillBody),
  external_id: Schema.NullOr(text),
  lost: Schema.Boolean,
  nothing_sent: Schema.Boolean,
  took_us: micros
})

const LegBody = Schema.Struct({
  ...names,
  side,
  price: micros,
  qty: micros,
  tif,
  role: Schema.Literal("primary", "hedge", "sell_leg", "leg"),
  signal: Schema.NullOr(Schema.Int),
  rest: Schema.optionalWith(RestBody, { exact: true }),
  follows: Schema.optionalWith(Schema.Boolean, { exact: true })
})

const RequestBody = Schema.Struct({
  strategy: text,
  event: text,
  signals: Schema.Array(Schema.Int),
  legs: Schema.Array(LegBody),
  shortage: Schema.Literal("buy_other", "refuse"),
  strict_limit: Schema.Boolean,
  rounds: Schema.optionalWith(Schema.Boolean, { exact: true }),
  confirmed: Schema.Boolean
})

const VenueBody = Schema.Struct({ problem: Schema.NullOr(text) })
const TimerBody = Schema.Struct({ id: Schema.Literal("scan") })

/** Reads a body, or says which record does not fit where. */
const reader = <A, I>(schema: Schema.Schema<A, I>) => {
  const parse = Schema.decodeUnknownEither(schema, { onExcessProperty: "error" })
  return ({ body, kind, seq }: JournalRecord): Either.Either<A, StoreError> =>
    Either.mapLeft(parse(body), (error) => {
      const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
      const place = issue === undefined ? error.message : `${issue.path.join(".")}: ${issue.message}`
      return new StoreError({ operation: "read the journal", detail: `record ${seq} (${kind}): ${place}` })
    })
}

const workingOf = (body: typeof WorkingBody.Type): Order => ({
  id: body.id,
  kind: "order",
  strategy: body.strategy,
  marketId: body.market,
  eventId: body.event,
  token: body.token,
  side: body.side,
  action: body.action,
  limitPrice: price(body.price),
  qty: shares(body.qty),
  tif: body.tif,
  mode: body.mode,
  status: body.status,
  filledQty: shares(body.filled),
  externalId: body.external_id,
  createdAtUs: body.created_us,
  reason: null,
  signalId: body.signal ?? null,
  rest: body.rest === undefined ? null : restOf(body.rest)
})

const portfolioOf = (body: typeof AccountBody.Type): Portfolio => ({
  positions: body.positions.map((position) => ({
    strategy: position.strategy,
    marketId: position.market,
    eventId: position.event,
    token: position.token,
    qty: shares(position.qty),
    cost: usdc(position.cost),
    realized: usdc(position.realized)
  })),
  working: body.working.map(workingOf),
  realizedToday: usdc(body.realized_today),
  decisions: body.decisions.map(([atUs, rejected]) => ({ atUs, rejected })),
  tried: body.tried.map(([strategy, marketId, wanted, atUs]) => ({ strategy, marketId, side: wanted, atUs })),
  peak: body.equity_peak === undefined ? null : usdc(body.equity_peak),
  taken: body.taken.map(([marketId, taken, wanted, qty, atUs]) => ({
    ...{ marketId, token: taken, side: wanted, atUs },
    qty: shares(qty)
  }))
})

const reportOf = (body: typeof ReportBody.Type, atUs: number): EngineEvent => ({
  kind: "report",
  atUs,
  orderId: body.order,
  report: {
    status: body.status,
    reason: body.reason,
    countsAsRejection: body.counts,
    fills: body.fills.map((fill) => ({
      strategy: fill.strategy,
      marketId: fill.market,
      eventId: fill.event,
      token: fill.token,
      side: fill.side,
      price: price(fill.price),
      qty: shares(fill.qty),
      fee: usdc(fill.fee),
      atUs: fill.at_us,
      externalFillId: fill.external_id,
      report: ""
    })),
    ...(body.external_id === null ? {} : { externalId: body.external_id }),
    lost: body.lost,
    nothingSent: body.nothing_sent,
    shown: null,
    quoteAtUs: null,
    tookUs: body.took_us
  }
})

const requestOf = (body: typeof RequestBody.Type, atUs: number): EngineEvent => ({
  kind: "package",
  atUs,
  package: {
    strategy: body.strategy,
    eventId: body.event,
    signalIds: body.signals,
    asked: [],
    legs: body.legs.map((leg) => ({
      strategy: leg.strategy,
      marketId: leg.market,
      eventId: leg.event,
      token: leg.token,
      side: leg.side,
      limitPrice: price(leg.price),
      qty: shares(leg.qty),
      tif: leg.tif,
      role: leg.role,
      signalId: leg.signal,
      rest: leg.rest === undefined ? null : restOf(leg.rest),
      follows: leg.follows === true
    })),
    rounds: body.rounds === true,
    shortage: body.shortage,
    strictLimit: body.strict_limit,
    confirmed: body.confirmed
  }
})

const LookBody = Schema.Struct({
  source: text,
  answered: Schema.Boolean,
  seen_us: Schema.optional(time),
  confirmed: Schema.optional(Schema.Array(Schema.NonNegativeInt))
})

const read = {
  look: reader(LookBody),
  account: reader(AccountBody),
  switches: reader(SwitchesBody),
  venue: reader(VenueBody),
  report: reader(ReportBody),
  request: reader(RequestBody),
  timer: reader(TimerBody)
}

type EventReader = (record: JournalRecord) => Either.Either<EngineEvent, StoreError>

const eventReaders: Partial<Record<JournalKind, EventReader>> = {
  account: (record) =>
    Either.map(read.account(record), (body) => ({ kind: "account", atUs: record.atUs, portfolio: portfolioOf(body) })),
  switches: (record) =>
    Either.map(read.switches(record), ({ switches }) => ({ kind: "switches", atUs: record.atUs, switches })),
  venue: (record) => Either.map(read.venue(record), ({ problem }) => ({ kind: "venue", atUs: record.atUs, problem })),
  report: (record) => Either.map(read.report(record), (body) => reportOf(body, record.atUs)),
  request: (record) => Either.map(read.request(record), (body) => requestOf(body, record.atUs)),
  timer: (record) => Either.map(read.timer(record), () => ({ kind: "timer", atUs: record.atUs, id: { kind: "scan" } })),
  stop: ({ atUs }) => Either.right({ kind: "stop", atUs })
}

/** The markets of ranges [first, how many, first, how many, ...] of numbers; null: one of them is not known. */
const inRanges = (ranges: ReadonlyArray<number>, known: ReadonlyArray<Instrument>): ReadonlyArray<MarketId> | null => {
  const found: Array<MarketId> = []
  for (let at = 0; at < ranges.length; at += 2) {
    const first = ranges[at] ?? 0
    const end = first + (ranges[at + 1] ?? 0)
    if (end > known.length) return null
    for (let number = first; number < end; number += 1) {
      const market = known[number]
      if (market !== undefined) found.push(market.marketId)
    }
  }
  return found
}

/** The event of a `look` record; `known`: the markets that earlier `markets` records of its session numbered. */
export const lookOf = (record: JournalRecord, known: ReadonlyArray<Instrument>): Either.Either<LookEvent, StoreError> =>
  Either.flatMap(read.look(record), ({ answered, confirmed: ranges = [], seen_us, source }) => {
    const { atUs, seq } = record
    const confirmed = inRanges(ranges, known)
    return confirmed === null
      ? Either.left(
          new StoreError({
            operation: "read the journal",
            detail: `record ${seq} (look): confirms a market that no record before it names`
          })
        )
      : Either.right({ kind: "look", atUs, seenUs: seen_us ?? atUs, source, answered, confirmed })
  })

/** The event of an input record other than `markets` and `look`; null: the record is no input of the engine. */
export const eventOf = (record: JournalRecord): Either.Either<EngineEvent | null, StoreError> =>
  eventReaders[record.kind]?.(record) ?? Either.right(null)
