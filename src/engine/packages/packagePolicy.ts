import * as Duration from "effect/Duration"
import { type AppConfigShape } from "../../config/AppConfig.ts"
import { MICROS_PER_MS, MICROS_PER_SECOND } from "../../domain/time.ts"
import { toMicros } from "../../domain/units.ts"
import { unwindAttempts, unwindPause } from "../../policy/packages.ts"
import { type EngineSettings } from "../EngineSettings.ts"

/** The part of the configuration by which packages of several legs are carried out. */
export type PackageSettings = Pick<
  AppConfigShape["execution"],
  "leg_delay_ms" | "bundle_deadline_sec" | "bundle_unwind" | "bundle_max_unwind_loss"
>

/** The same in micro-units, together with the parts of the policy that are fixed in the program. */
export const packagePolicyOf = (
  settings: PackageSettings
): Pick<EngineSettings, "packages" | "legDelayUs" | "unwindPauseUs"> => ({
  packages: {
    deadlineUs: Math.round(settings.bundle_deadline_sec * MICROS_PER_SECOND),
    unwind: settings.bundle_unwind,
    maxUnwindLoss: toMicros(settings.bundle_max_unwind_loss),
    unwindAttempts
  },
  legDelayUs: Math.round(settings.leg_delay_ms * MICROS_PER_MS),
  unwindPauseUs: Math.round(Duration.toMillis(unwindPause) * MICROS_PER_MS)
})
