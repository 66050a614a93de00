import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type StoreError } from "../domain/errors.ts"
import { type SwitchName } from "../domain/Switches.ts"
import { type EpochMicros } from "../domain/time.ts"

/** The switches that were set in the database, as text: reading them is the caller's, who must refuse nonsense. */
export class SwitchRepo extends Context.Tag("monomarket/ports/SwitchRepo")<
  SwitchRepo,
  {
    readonly all: Effect.Effect<ReadonlyMap<SwitchName, string>, StoreError>
    readonly set: (name: SwitchName, value: boolean, atUs: EpochMicros) => Effect.Effect<void, StoreError>
  }
>() {}
