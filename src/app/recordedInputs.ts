import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { StoreError } from "../domain/errors.ts"
import { type JournalRecord } from "../domain/Journal.ts"
import { type Order, orderStatuses } from "../domain/Order.ts"
import { type Portfolio } from "../domain/Portfolio.ts"
import { switchNames, type SwitchState } from "../domain/Switches.ts"
import { type Micros } from "../domain/units.ts"
import { AnswerBody } from "./venueAnswers.ts"

/*
 * The bodies of a session's inputs, as engine/journalEntries.ts writes them, read back. Those of `markets` records are
 * the feed's (ingest/JournalFeed.ts).
 */

const text = Schema.String
const micros = Schema.Finite
const ordinal = Schema.Int.pipe(Schema.positive())
const token = Schema.Literal("YES", "NO")

const PositionBody = Schema.Struct({
  ...{ strategy: text, market: text, event: text, token },
  ...{ qty: micros, cost: micros, realized: micros }
})

const WorkingBody = Schema.Struct({
  ...{ strategy: text, market: text, event: text, token },
  side: Schema.Literal("buy", "sell"),
  action: Schema.Literal("open", "close"),
  ...{ price: micros, qty: micros },
  tif: Schema.Literal("ioc", "gtc"),
  id: Schema.Int,
  mode: Schema.Literal("paper", "live"),
  status: Schema.Literal(...orderStatuses),
  filled: micros,
  external_id: Schema.NullOr(text),
  created_us: Schema.Int
})

const StateBody = Schema.Struct({
  read: ordinal,
  realized_today: micros,
  positions: Schema.Array(PositionBody),
  working: Schema.Array(WorkingBody),
  decisions: Schema.Array(Schema.Tuple(Schema.Int, Schema.Boolean)),
  tried: Schema.Array(Schema.Tuple(text, text, Schema.Literal("buy", "sell"), Schema.Int))
})

const SwitchesBody = Schema.Struct({
  read: ordinal,
  switches: Schema.Array(
    Schema.Struct({
      name: Schema.Literal(...switchNames),
      value: Schema.Boolean,
      origin: Schema.Literal("environment", "database", "config", "default")
    })
  )
})

const ConflictBody = Schema.Struct({ write: ordinal, filled: Schema.NullOr(Schema.Array(micros)) })

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

const orderOf = (body: typeof WorkingBody.Type): Order => ({
  id: body.id,
  strategy: body.strategy,
  marketId: body.market,
  eventId: body.event,
  token: body.token,
  side: body.side,
  action: body.action,
  limitPrice: body.price,
  qty: body.qty,
  tif: body.tif,
  mode: body.mode,
  status: body.status,
  filledQty: body.filled,
  externalId: body.external_id,
  createdAtUs: body.created_us,
  kind: "order",
  reason: null,
  signalId: null
})

/** The portfolio as it was read in cycle `read` of the session. */
export interface RecordedState {
  readonly read: number
  readonly portfolio: Portfolio
}

const stateBody = reader(StateBody)

export const recordedState = (record: JournalRecord): Either.Either<RecordedState, StoreError> =>
  Either.map(stateBody(record), ({ decisions, positions, read, realized_today, tried, working }) => ({
    read,
    portfolio: {
      positions: positions.map(({ event, market, ...position }) => ({
        ...position,
        marketId: market,
        eventId: event
      })),
      working: working.map(orderOf),
      realizedToday: realized_today,
      decisions: decisions.map(([atUs, rejected]) => ({ atUs, rejected })),
      tried: tried.map(([strategy, marketId, side, atUs]) => ({ strategy, marketId, side, atUs }))
    }
  }))

/** The switches from their reading number `read` on. */
export interface RecordedSwitches {
  readonly read: number
  readonly switches: ReadonlyArray<SwitchState>
}

export const recordedSwitches: (record: JournalRecord) => Either.Either<RecordedSwitches, StoreError> =
  reader(SwitchesBody)

/** What the database had after write number `write`, where that was something else. */
export interface RecordedConflict {
  readonly write: number
  readonly filled: ReadonlyArray<Micros> | null
}

export const recordedConflict: (record: JournalRecord) => Either.Either<RecordedConflict, StoreError> =
  reader(ConflictBody)

/** A look at the own orders, counted from 1, that failed. */
export interface RecordedBlindness {
  readonly read: number
  readonly operation: string
  readonly detail: string
}

export const recordedBlindness: (record: JournalRecord) => Either.Either<RecordedBlindness, StoreError> = reader(
  Schema.Struct({ read: ordinal, operation: text, detail: text })
)

export const recordedAnswer: (record: JournalRecord) => Either.Either<AnswerBody, StoreError> = reader(AnswerBody)
