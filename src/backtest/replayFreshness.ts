import * as Effect from "effect/Effect"
import { freshnessOf } from "../core/freshness.ts"
import { type StoreError } from "../domain/errors.ts"
import { anyAge, type Freshness } from "../domain/Freshness.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
import { HistoryReader } from "../ports/HistoryReader.ts"
import { type BacktestOptions } from "./options.ts"

type Asked = Pick<BacktestOptions, "compat" | "freshness" | "risk" | "toUs">

/**
 * How old quotes may be in a replay: as given, else as configured, `auto` from the looks that were recorded up to the end
 * of the window and, where the strategies are asked again, from how often. Signals that are replayed were decided on by
 * a run that asked as often as its looks say. The original knows no such limit.
 */
export const replayFreshness = (
  { compat, freshness, risk, toUs }: Asked,
  intervalSec: number | null
): Effect.Effect<Freshness, StoreError, HistoryReader> => {
  if (compat === "original") return Effect.succeed(anyAge)
  if (freshness !== undefined) return Effect.succeed(freshness)
  const { max_quote_age_sec: setting } = risk
  const intervalUs = intervalSec === null ? null : intervalSec * MICROS_PER_SECOND
  if (typeof setting === "number") return Effect.succeed(freshnessOf(setting, intervalUs, new Map()))
  return Effect.flatMap(HistoryReader, ({ spacings }) =>
    Effect.map(spacings(toUs), (found) => freshnessOf(setting, intervalUs, found))
  )
}
