import * as Duration from "effect/Duration"

/** The exchange may refuse to take shares back until their purchase has settled: a few tries, a few seconds apart. */
export const unwindAttempts = 3

/** Before a leg is tried to be unwound again. */
export const unwindPause = Duration.seconds(2)

/**
 * How long the answer to one leg is waited for. After that it is unknown what became of it, and it is not sent again.
 * The parts of a live order (policy/venue.ts: doubts, rules, sending, looking) end before it together.
 */
export const answerTimeout = Duration.seconds(45)
