import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { type AppConfigShape } from "../config/AppConfig.ts"
import { parseConfig } from "../config/parse.ts"
import { freshnessOf } from "../core/freshness.ts"
import { InputError } from "../domain/errors.ts"
import { anyAge, type Freshness, type QuoteAgeSetting } from "../domain/Freshness.ts"
import { type StrategyId } from "../domain/ids.ts"
import { type Order } from "../domain/Order.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type RecordedSession } from "./recordedSession.ts"

const SettingsBody = Schema.Struct({
  version: Schema.String,
  /** Of the journal; the first had no number. */
  format: Schema.optional(Schema.Int),
  mode: Schema.Literal("paper", "live"),
  confirmed: Schema.Boolean,
  strategies: Schema.Array(Schema.String),
  interval_ms: Schema.NonNegative,
  max_signals: Schema.NonNegativeInt,
  cooldown_us: Schema.NonNegativeInt,
  risk: Schema.Object,
  execution: Schema.Object,
  strategy_parameters: Schema.Object,
  /** From version 0.10 on; before, no looks were recorded either. */
  freshness: Schema.optional(
    Schema.Struct({
      setting: Schema.NullOr(Schema.Union(Schema.Positive, Schema.Literal("auto"))),
      hides_stale: Schema.Boolean,
      other_us: Schema.NonNegativeInt,
      by_source: Schema.Array(Schema.Tuple(Schema.String, Schema.NonNegativeInt))
    })
  )
})

const parse = Schema.decodeUnknownEither(SettingsBody, { onExcessProperty: "error" })

/** With what a session ran. */
export interface RecordedSettings {
  /** Of the program. */
  readonly version: string
  readonly mode: Order["mode"]
  readonly confirmed: boolean
  readonly strategies: ReadonlyArray<StrategyId>
  readonly intervalMs: number
  readonly maxSignals: number
  readonly cooldownUs: EpochMicros
  /** How old quotes could be, in plain numbers. */
  readonly freshness: Freshness
  /** The session recorded when sources were asked; false: market data itself counted as an answer. */
  readonly recordsLooks: boolean
  /** Its sections risk, execution and strategies; which files hold strategies is not taken from a journal. */
  readonly config: Pick<AppConfigShape, "risk" | "execution" | "strategies">
}

/** A session that says nothing of it hid no rows, and refused by age only where its limit was set to a number. */
const freshnessIn = ({ freshness }: typeof SettingsBody.Type, configured: QuoteAgeSetting): Freshness => {
  if (freshness === undefined) {
    return typeof configured === "number" ? { ...freshnessOf(configured, 0, new Map()), hidesStale: false } : anyAge
  }
  const { by_source, hides_stale, other_us, setting } = freshness
  const bySource = by_source.map(([source, maxUs]) => ({ source, maxUs }))
  return { setting, hidesStale: hides_stale, limit: { bySource, otherUs: other_us } }
}

/**
 * Reads what the `session` record says; a key that does not fit is named. What the session's version of the program did
 * not know yet has its default: that is how the session ran.
 */
export const recordedSettings = ({
  sessionId,
  settings
}: Pick<RecordedSession, "sessionId" | "settings">): Either.Either<RecordedSettings, InputError> => {
  const refuse = (key: string, problem: string) =>
    new InputError({ field: `settings of session ${sessionId}`, problem: `${key}: ${problem}` })
  return Either.gen(function* () {
    const body = yield* Either.mapLeft(parse(settings), (error) => {
      const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
      return issue === undefined
        ? refuse("session", error.message)
        : refuse(issue.path.length === 0 ? "session" : issue.path.join("."), issue.message)
    })
    const { execution, risk, strategy_parameters } = body
    const { config } = yield* Either.mapLeft(
      parseConfig({ risk, execution, strategies: strategy_parameters }),
      ({ field, problem }) => refuse(field.replace(/^strategies\b/, "strategy_parameters"), problem)
    )
    return {
      version: body.version,
      mode: body.mode,
      confirmed: body.confirmed,
      strategies: body.strategies,
      intervalMs: body.interval_ms,
      maxSignals: body.max_signals,
      cooldownUs: body.cooldown_us,
      freshness: freshnessIn(body, config.risk.max_quote_age_sec),
      recordsLooks: body.freshness !== undefined,
      config: {
        risk: config.risk,
        execution: config.execution,
        strategies: { ...config.strategies, modules: [] }
      }
    }
  })
}
