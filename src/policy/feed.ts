import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"

/**
 * The pace of a live feed: stepped when a round starts, it says when the next one may. A round that took longer is
 * followed at once, and what was missed is not made up for.
 */
export const roundSchedule = (intervalMs: number): Schedule.Schedule<number> =>
  Schedule.spaced(Duration.millis(intervalMs))

const shortestLook = Duration.seconds(5)
const longestLook = Duration.seconds(30)

/**
 * How long a round waits for a source. One that takes longer goes on in the background, and later rounds do not wait for
 * it until it has answered, so that a source which stalls costs one such wait.
 */
export const lookDeadline = (intervalMs: number): Duration.Duration =>
  Duration.clamp(Duration.millis(intervalMs), { minimum: shortestLook, maximum: longestLook })

/** Answers of sources that wait to be stored; when there are more, the feed waits for the store. */
export const recorderBacklog = 16

/** A feed that is stopped still stores what it has given; it waits for the store no longer than this. */
export const recorderGrace = Duration.seconds(3)
