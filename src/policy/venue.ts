import * as Duration from "effect/Duration"

/** One request to the exchange, from the connection to the last byte; a wait for its rate limit is not counted. */
export const venueDeadline = Duration.seconds(10)

/** No answer about one's own account is larger. */
export const venueBodyBytes = 8_000_000

/** Pages of open orders or trades read at most: a hundred rows each. */
export const maxLedgerPages = 300
