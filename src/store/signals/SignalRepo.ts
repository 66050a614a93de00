import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type StrategyId } from "../../domain/ids.ts"
import { type PackageId } from "../../domain/OrderIntent.ts"
import { madeSignal, type NewSignal, type Signal, type SignalStatus } from "../../domain/Signal.ts"
import { type TriedAttempt } from "../../domain/Portfolio.ts"
import { type EpochMicros, formatTime, MICROS_PER_SECOND } from "../../domain/time.ts"
import { SignalRepo } from "../../ports/SignalRepo.ts"
import { toStoreError } from "../errors.ts"
import { insertRows, placeholders, rowsOf, storing, type SqlValue } from "../statements.ts"
import { CLAIMED, payloadOf, sideOf, signalStatusOf, styleOf } from "../texts.ts"
import { immediate } from "../transaction.ts"
import { decodePayload } from "./decode.ts"
import { fillOrders } from "./fillOrders.ts"
import { legsOf, legsText } from "./legsColumn.ts"

const SignalRow = Schema.Struct({
  id: Schema.Number,
  strategy: Schema.String,
  market_id: Schema.String,
  event_id: Schema.String,
  side: Schema.String,
  score: Schema.Number,
  confidence: Schema.Number,
  target_price: Schema.Number,
  size_hint: Schema.Number,
  rationale: Schema.String,
  payload_json: Schema.String,
  legs_json: Schema.NullOr(Schema.String),
  package_id: Schema.NullOr(Schema.String),
  style: Schema.NullOr(Schema.String),
  time_to_live_sec: Schema.NullOr(Schema.Number),
  status: Schema.String,
  status_reason: Schema.String,
  created_us: Schema.NullOr(Schema.Number)
})
const columns = Object.keys(SignalRow.fields).join(", ")

const signalOf = (row: typeof SignalRow.Type): Signal => {
  const signal = {
    id: row.id,
    strategy: row.strategy,
    marketId: row.market_id,
    eventId: row.event_id,
    side: sideOf(row.side),
    score: row.score,
    confidence: row.confidence,
    targetPrice: row.target_price,
    sizeHint: row.size_hint,
    rationale: row.rationale,
    payload: payloadOf(row.payload_json),
    style: styleOf(row.style),
    ...(row.time_to_live_sec === null ? {} : { timeToLiveSec: row.time_to_live_sec }),
    status: signalStatusOf(row.status),
    createdAtUs: row.created_us ?? 0,
    ...(row.status_reason === "" ? {} : { reason: row.status_reason })
  }
  const orders =
    row.style === null
      ? decodePayload(signal, row.payload_json)
      : { legs: legsOf(row.legs_json, signal), packageId: row.package_id }
  return { ...signal, ...orders }
}

const inserted = [
  ...["id", "strategy", "market_id", "event_id", "side", "score", "confidence", "target_price", "size_hint"],
  ...["rationale", "payload_json", "legs_json", "package_id", "style", "status", "created_at", "created_us"],
  ...["updated_at", "time_to_live_sec"]
]

const valuesOf = (signal: Signal): ReadonlyArray<SqlValue> => {
  const at = formatTime(signal.createdAtUs)
  return [
    signal.id,
    signal.strategy,
    signal.marketId,
    signal.eventId,
    signal.side,
    signal.score,
    signal.confidence,
    signal.targetPrice,
    signal.sizeHint,
    signal.rationale,
    JSON.stringify(signal.payload),
    legsText(signal.legs, signal),
    signal.packageId,
    signal.style,
    signal.status,
    at,
    signal.createdAtUs,
    at,
    signal.timeToLiveSec ?? null
  ]
}

const CountRow = Schema.Struct({ count: Schema.Number })

/** How the reason of an expired signal begins. */
const EXPIRED = "signal expired: "

const TriedRow = Schema.Struct({
  strategy: Schema.String,
  market_id: Schema.String,
  side: Schema.String,
  at_us: Schema.Number
})

const IdRow = Schema.Struct({ id: Schema.Number })

/** Another process has one of the signals: the claim of the others goes too. */
class NotAllNew extends Schema.TaggedError<NotAllNew>()("NotAllNew", {}) {}

const LastRow = Schema.Struct({ last: Schema.Number })

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const select = (rest: string, parameters: ReadonlyArray<SqlValue>) =>
    Effect.flatMap(rowsOf(SignalRow)(sql.unsafe(`SELECT ${columns} FROM signals ${rest}`, parameters)), (rows) =>
      Effect.try({ try: () => rows.map(signalOf), catch: toStoreError("read signals") })
    )

  /** Signals to trade. The original may write to the file at any time: what it wrote is decoded before. */
  const selectDecoded = (rest: string, parameters: ReadonlyArray<SqlValue>) =>
    Effect.gen(function* () {
      const undecoded = yield* sql`SELECT 1 FROM signals WHERE style IS NULL LIMIT 1`
      if (undecoded.length > 0) yield* immediate(sql)(fillOrders(sql))
      return yield* select(rest, parameters)
    })

  const insertAll = (signals: ReadonlyArray<NewSignal>, createdAtUs: EpochMicros) =>
    Effect.gen(function* () {
      if (signals.length === 0) return []
      // The write lock is held: the ids that follow are ours, and need no reading back.
      const [row] = yield* rowsOf(LastRow)(
        sql`SELECT MAX(COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'signals'), 0),
                       COALESCE((SELECT MAX(id) FROM signals), 0)) AS last`
      )
      const first = (row?.last ?? 0) + 1
      const stored = signals.map((signal, index) => madeSignal(signal, first + index, createdAtUs))
      yield* insertRows(sql, { table: "signals", columns: inserted }, stored.map(valuesOf))
      return stored
    }).pipe(immediate(sql), storing("store signals"))

  const list = (query: {
    readonly limit: number
    readonly status: SignalStatus | "all"
    readonly strategy: StrategyId | null
  }) => {
    const conditions: Array<string> = []
    const parameters: Array<SqlValue> = []
    if (query.status === "rejected") conditions.push("status NOT IN ('new', 'executed')")
    else if (query.status !== "all") {
      conditions.push("status = ?")
      parameters.push(query.status)
    }
    if (query.strategy !== null) {
      conditions.push("strategy = ?")
      parameters.push(query.strategy)
    }
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`
    return select(`${where} ORDER BY id DESC LIMIT ?`, [...parameters, query.limit]).pipe(storing("list signals"))
  }

  const pending = (limit: number) =>
    selectDecoded("WHERE status = 'new' ORDER BY id LIMIT ?", [limit]).pipe(storing("read new signals"))

  const newInPackage = (packageId: PackageId) =>
    selectDecoded("WHERE package_id = ? AND status = 'new' ORDER BY id", [packageId]).pipe(storing("read a package"))

  // One statement, so that a signal which another process takes at this moment is either its or expired, never both.
  const expire = ({ atUs, maxAgeSec }: { readonly atUs: EpochMicros; readonly maxAgeSec: number }) =>
    rowsOf(CountRow)(
      sql`UPDATE signals SET status = 'rejected', updated_at = ${formatTime(atUs)}, status_reason = ${EXPIRED} ||
            COALESCE(CAST((${atUs} - created_us) / 1000000 AS INTEGER) || ${` s old, at most ${maxAgeSec} s`},
              'its time cannot be read')
          WHERE status = 'new' AND (created_us < ${atUs - maxAgeSec * MICROS_PER_SECOND} OR created_us IS NULL) RETURNING 1 AS count`
    ).pipe(
      Effect.map((rows) => rows.length),
      storing("expire signals")
    )

  const countExpired = (window: {
    readonly fromUs: EpochMicros
    readonly toUs: EpochMicros
    readonly strategies: ReadonlyArray<StrategyId>
  }) => {
    const { fromUs, strategies, toUs } = window
    const only = strategies.length === 0 ? "" : ` AND strategy IN ${placeholders(strategies.length)}`
    return rowsOf(CountRow)(
      sql.unsafe(
        `SELECT COUNT(*) AS count FROM signals
         WHERE created_us BETWEEN ? AND ? AND substr(status_reason, 1, ${EXPIRED.length}) = ?${only}`,
        [fromUs, toUs, EXPIRED, ...strategies]
      )
    ).pipe(
      Effect.map((rows) => rows[0]?.count ?? 0),
      storing("count expired signals")
    )
  }

  const triedSince = (sinceUs: EpochMicros) =>
    rowsOf(TriedRow)(
      sql`SELECT LOWER(strategy) AS strategy, market_id, side, MAX(created_us) AS at_us FROM signals
          WHERE created_us >= ${sinceUs} AND status <> 'new' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`
    ).pipe(
      Effect.map((rows) =>
        rows.map(({ at_us, market_id, side, strategy }): TriedAttempt => ({
          strategy,
          marketId: market_id,
          side: sideOf(side),
          atUs: at_us
        }))
      ),
      storing("read what was tried")
    )

  const claim = (signalIds: ReadonlyArray<number>, atUs: EpochMicros) => {
    const ids = [...new Set(signalIds)]
    return rowsOf(IdRow)(
      sql.unsafe(
        `UPDATE signals SET status = 'executed', status_reason = ?, updated_at = ?
         WHERE status = 'new' AND id IN (SELECT value FROM json_each(?)) RETURNING id`,
        [CLAIMED, formatTime(atUs), JSON.stringify(ids)]
      )
    ).pipe(
      Effect.filterOrFail(
        (changed) => changed.length === ids.length,
        () => new NotAllNew()
      ),
      immediate(sql),
      Effect.as(true),
      Effect.catchTag("NotAllNew", () => Effect.succeed(false)),
      storing("claim signals")
    )
  }

  const withdraw = (input: {
    readonly asked: ReadonlyArray<StrategyId>
    readonly given: ReadonlyArray<NewSignal>
    readonly atUs: EpochMicros
  }) => {
    const kept = input.given.map(({ marketId, side, strategy }) => [strategy, marketId, side].join("\u001f"))
    return sql
      .unsafe(
        `UPDATE signals SET withdrawn_us = ?
         WHERE withdrawn_us IS NULL AND style <> 'aggressive' AND strategy IN (SELECT value FROM json_each(?))
           AND strategy || char(31) || market_id || char(31) || side NOT IN (SELECT value FROM json_each(?))`,
        [input.atUs, JSON.stringify(input.asked), JSON.stringify(kept)]
      )
      .pipe(Effect.asVoid, storing("withdraw signals"))
  }

  const release = (signalIds: ReadonlyArray<number>, atUs: EpochMicros) =>
    sql`UPDATE signals SET status = 'new', status_reason = '', updated_at = ${formatTime(atUs)}
        WHERE status = 'executed' AND status_reason = ${CLAIMED}
          AND id IN (SELECT value FROM json_each(${JSON.stringify(signalIds)}))`.pipe(
      Effect.asVoid,
      storing("release signals")
    )

  const find = (id: number) =>
    selectDecoded("WHERE id = ?", [id]).pipe(
      Effect.map((found) => Option.fromNullable(found[0])),
      storing("read a signal")
    )

  return SignalRepo.of({
    insertAll,
    list,
    pending,
    package: newInPackage,
    expire,
    countExpired,
    triedSince,
    claim,
    withdraw,
    release,
    find
  })
})

export const layer: Layer.Layer<SignalRepo, never, SqlClient.SqlClient> = Layer.effect(SignalRepo, make)
