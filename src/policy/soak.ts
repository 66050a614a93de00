import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"

/** A stage that failed is not waited for longer than this, however often it failed. */
export const maxStageDelay = Duration.minutes(5)

/** Repeats a failed stage at most `max` times: after `backoffSec`, then twice as long each time. */
export const stageRetry = (max: number, backoffSec: number): Schedule.Schedule<unknown> =>
  Schedule.exponential(Duration.seconds(backoffSec)).pipe(
    Schedule.modifyDelay((_, delay) => Duration.min(delay, maxStageDelay)),
    Schedule.intersect(Schedule.recurs(max))
  )

/** Open markets that each cycle's strategies look at, those seen last first. */
export const soakMarketLimit = 2_000
