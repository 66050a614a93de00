import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type InputError, type StoreError } from "../domain/errors.ts"
import { type SwitchState } from "../domain/Switches.ts"

/** The protections as they stand at this moment; asked before every bundle, so that a kill switch works at once. */
export class TradingSwitches extends Context.Tag("monomarket/ports/TradingSwitches")<
  TradingSwitches,
  { readonly read: Effect.Effect<ReadonlyArray<SwitchState>, StoreError | InputError> }
>() {}
