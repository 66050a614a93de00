import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"

/** How long a statement waits for another process's transaction before it fails. */
export const BUSY_TIMEOUT_MS = 5_000

/** Opening meets a lock only while another process upgrades the file: a short wait, five seconds in all. */
export const openRetry = Schedule.spaced(Duration.millis(100)).pipe(
  Schedule.jittered,
  Schedule.intersect(Schedule.recurUpTo(Duration.seconds(5)))
)

/** SQLite's own limit of bound parameters in one statement. */
export const MAX_SQL_PARAMETERS = 32_766

/** Rows in one multi-row INSERT: measured best for rows as wide as a market. */
export const INSERT_ROWS = 250

/** Rows that a migration or a check holds at a time. */
export const PAGE_ROWS = 10_000

/**
 * How long before the last reconciliation trades are read again, microseconds: clocks differ, and the exchange shows a trade
 * some time after it matched.
 */
export const tradesMarginUs = 600_000_000

/** So many of a source's newest looks say how often it is asked. */
export const SPACING_LOOKS = 101

/** Rows in one page of a replay: few enough to stay in the processor's cache, measured fastest. */
export const HISTORY_PAGE_ROWS = 1000
