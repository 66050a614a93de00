import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { type AppConfigShape } from "../config/AppConfig.ts"
import { parseConfig } from "../config/parse.ts"
import { InputError } from "../domain/errors.ts"
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
  strategy_parameters: Schema.Object
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
  /** Its sections risk, execution and strategies; which files hold strategies is not taken from a journal. */
  readonly config: Pick<AppConfigShape, "risk" | "execution" | "strategies">
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
      config: {
        risk: config.risk,
        execution: config.execution,
        strategies: { ...config.strategies, modules: [] }
      }
    }
  })
}
