import * as Duration from "effect/Duration"

/** A clock that is further off is refused by the exchange's authentication. Seconds. */
export const maxSkewSec = 5

/** An answer that takes longer is worth a warning: prices move meanwhile. */
export const slowAnswerMs = 1_000

/** Free bytes on the database's disk below which a warning, or a problem, is reported. */
export const lowDiskBytes = 1_000_000_000
export const minDiskBytes = 100_000_000

/** How long the database may be held by another process before that is reported. */
export const lockWaitMs = 1_000

/** Open markets whose tick size is compared beside those with live orders. */
export const comparedMarkets = 5

/** Nothing that is asked may hold up the rest for longer. */
export const checkDeadline = Duration.seconds(45)
