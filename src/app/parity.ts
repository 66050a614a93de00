import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { InputError, StoreError } from "../domain/errors.ts"
import { type JournalSession } from "../domain/Journal.ts"
import { isJsonObject } from "../domain/json.ts"
import { type JournalCheck, JournalReader } from "../ports/Journal.ts"
import { replaySession, type SessionReplay, type Strategies } from "./replaySession.ts"

/** Fails when the journal was altered: what it says proves nothing then. */
export const untouchedJournal: Effect.Effect<JournalCheck, StoreError, JournalReader> = Effect.gen(function* () {
  const { verify } = yield* JournalReader
  const check = yield* verify
  if (check.broken === null) return check
  const detail = `record ${check.broken.seq}: ${check.broken.problem}; nothing is replayed`
  return yield* new StoreError({ operation: "verify the journal", detail })
})

/** A session's replay, or the one line that says why there is none. */
export type SessionParity =
  | { readonly _tag: "Replayed"; readonly replay: SessionReplay }
  | { readonly _tag: "NotReplayed"; readonly session: JournalSession; readonly reason: string }

/** The session's decisions and those of its replay were the same, as far as the session came. */
export const isMatched = (session: SessionParity): boolean =>
  session._tag === "Replayed" && session.replay.parity.divergence === null

/** Whether a trading program ran in a session: what a person did by a command of its own decided nothing. */
const isProgram = ({ settings }: JournalSession): boolean => !(isJsonObject(settings) && "command" in settings)

/**
 * Replays the sessions of the journal that `wanted` picks, oldest first. One that cannot be replayed, because its strategies
 * or its settings do not fit this program, is reported as such; the others go on.
 */
export const sessionParities = <E>(wanted: (session: JournalSession) => boolean, strategies: Strategies<E>) =>
  Effect.gen(function* () {
    const reader = yield* JournalReader
    yield* untouchedJournal
    // A strategy file that cannot be loaded is nothing that a session could help.
    yield* Effect.scoped(Layer.build(strategies))
    const parities: Array<SessionParity> = []
    for (const session of (yield* reader.sessions).filter(wanted).filter(isProgram)) {
      parities.push(
        yield* replaySession(session.sessionId, strategies).pipe(
          Effect.map((replay): SessionParity => ({ _tag: "Replayed", replay })),
          Effect.catchIf(
            (error) => error instanceof InputError,
            ({ message }) => Effect.succeed<SessionParity>({ _tag: "NotReplayed", session, reason: message })
          )
        )
      )
    }
    return parities
  })
