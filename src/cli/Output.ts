import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type Json } from "../domain/json.ts"
import { type Screen } from "../reports/terminal.ts"

/** Where a command's result goes: one JSON value or text on stdout, remarks on stderr. */
export class Output extends Context.Tag("monomarket/cli/Output")<
  Output,
  {
    /** The command's one result. `text` is asked only when JSON is not wanted. */
    readonly result: (json: Json, text: (screen: Screen) => string) => Effect.Effect<void>
    /** A remark for people, on stderr; silent with --json. */
    readonly note: (text: string) => Effect.Effect<void>
    readonly json: boolean
  }
>() {}
