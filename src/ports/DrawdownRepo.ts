import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type StoreError } from "../domain/errors.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Usdc } from "../domain/units.ts"

/** The drawdown stop as it is stored. Money in micro-USDC. */
export interface StoredDrawdown {
  /** Highest equity since the last reset; null: equity was not looked at since. */
  readonly peak: Usdc | null
  /** When that was seen first. */
  readonly peakUs: EpochMicros | null
  /** How often the stop was reset, and when the last time; null: never. */
  readonly resets: number
  readonly resetUs: EpochMicros | null
}

/** Keeps the peak of equity, from which the drawdown stop counts, across processes. */
export class DrawdownRepo extends Context.Tag("monomarket/ports/DrawdownRepo")<
  DrawdownRepo,
  {
    readonly read: Effect.Effect<StoredDrawdown, StoreError>
    /**
     * A lower peak than is stored changes nothing, and nor does one of before the last reset: `resets` is the number that
     * was read.
     */
    readonly raise: (peak: Usdc, atUs: EpochMicros, resets: number) => Effect.Effect<void, StoreError>
    /** Forgets the peak: it begins anew at the next look at equity. Running sessions read their portfolio again. */
    readonly reset: (atUs: EpochMicros) => Effect.Effect<void, StoreError>
  }
>() {}
