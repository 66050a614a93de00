import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"
import { type BreakerSettings } from "../domain/Breaker.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"

/** One request to the exchange, from the connection to the last byte; a wait for its rate limit is not counted. */
export const venueDeadline = Duration.seconds(10)

/** No answer about one's own account is larger. */
export const venueBodyBytes = 8_000_000

/** Pages of open orders or trades read at most: a hundred rows each. */
export const maxLedgerPages = 300

/**
 * An order that certainly did not arrive (rate limit, engine restart, no connection) is offered again, the same signed
 * order, for a moment only: what a strategy wanted is soon stale.
 */
export const postSchedule = Schedule.exponential(Duration.millis(250), 2).pipe(
  Schedule.jittered,
  Schedule.intersect(Schedule.recurs(3))
)

/** An order whose answer was lost, or whose trades have not shown yet, is looked up until it is known: ten seconds or so. */
export const lookSchedule = Schedule.exponential(Duration.millis(200), 1.6).pipe(
  Schedule.either(Schedule.spaced(Duration.seconds(2))),
  Schedule.upTo(Duration.seconds(10))
)

/** The parts of a live order, each in the time that it may take: earlier orders in doubt, the market's rules, sending. */
export const doubtsDeadline = Duration.seconds(10)
export const rulesDeadline = Duration.seconds(5)
export const postDeadline = Duration.seconds(12)
/** For looking what became of it; a look that hangs is not waited for longer. */
export const settleDeadline = Duration.seconds(12)

/** Whether this place is blocked is asked once; the question waits no longer than this. */
export const geoblockDeadline = Duration.seconds(5)

/**
 * An exchange that does not answer what became of one's orders is left alone for a few seconds after some failures in a row
 * (policy/breaker.ts), so that a program with a short interval does not hammer it while it restarts.
 */
export const reconcileBreaker: BreakerSettings = { failureThreshold: 5, cooldownUs: 5 * MICROS_PER_SECOND }
