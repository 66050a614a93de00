import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { AppConfig } from "../config/AppConfig.ts"
import { ConfigSources } from "../config/ConfigSources.ts"
import { resolveSwitches } from "../config/switches.ts"
import { type SwitchName } from "../domain/Switches.ts"
import { MICROS_PER_MS } from "../domain/time.ts"
import { SwitchRepo } from "../ports/SwitchRepo.ts"

/** Every switch as it stands now, with its origin. An unreadable value is an InputError, never a guess. */
export const readSwitches = Effect.gen(function* () {
  const config = yield* AppConfig
  const sources = yield* ConfigSources
  const repo = yield* SwitchRepo
  return yield* resolveSwitches(sources, yield* repo.all, config)
})

/** Stores a switch in the database. The environment still wins over it where it is set. */
export const setSwitch = Effect.fnUntraced(function* (name: SwitchName, value: boolean) {
  const repo = yield* SwitchRepo
  const nowMs = yield* Clock.currentTimeMillis
  yield* repo.set(name, value, nowMs * MICROS_PER_MS)
})
