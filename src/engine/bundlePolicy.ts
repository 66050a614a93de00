import { type AppConfigShape } from "../config/AppConfig.ts"
import { type BundlePolicy } from "../core/bundle.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
import { toMicros } from "../domain/units.ts"
import { unwindAttempts } from "../policy/bundle.ts"

export type BundleSettings = Pick<
  AppConfigShape["execution"],
  "bundle_deadline_sec" | "bundle_unwind" | "bundle_max_unwind_loss"
>

/** The configured bundle settings in micro-units. */
export const bundlePolicyOf = (settings: BundleSettings): BundlePolicy => ({
  deadlineUs: Math.round(settings.bundle_deadline_sec * MICROS_PER_SECOND),
  unwind: settings.bundle_unwind,
  maxUnwindLoss: toMicros(settings.bundle_max_unwind_loss),
  unwindAttempts
})
