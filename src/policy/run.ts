import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"

/** Seconds from one cycle to the next, where a command does not say. */
export const defaultIntervalSec = 300

/** Inputs that wait for the engine: beyond these a feed waits too. */
export const inputBuffer = 256

/** A run that is asked to stop finishes what it does; what still waits for an exchange then is waited for no longer. */
export const stopGrace = Duration.seconds(3)

/** A database that could not be written is tried again so often in a row, then the run ends. */
export const restartSchedule: Schedule.Schedule<unknown> = Schedule.exponential(Duration.seconds(1)).pipe(
  Schedule.union(Schedule.spaced(Duration.seconds(30))),
  Schedule.intersect(Schedule.recurs(5))
)
