import { type EpochMicros, formatTime, MICROS_PER_SECOND } from "../domain/time.ts"

/** A moment as part of a file name, to the second, UTC: 20260220T120000Z. Sorts by time. */
export const stamp = (us: EpochMicros): string =>
  formatTime(Math.floor(us / MICROS_PER_SECOND) * MICROS_PER_SECOND).replace(/[-:]/g, "")
