import { type Dimension } from "./units.ts"

/**
 * Microseconds since 1970-01-01T00:00Z. Milliseconds would tie a signal with a quote that came after it. A plain number is
 * taken for a time, money and quantities are not, and a time is none of them.
 */
export type EpochMicros = number & Dimension<"time">

export const MICROS_PER_MS = 1_000
export const MICROS_PER_SECOND = 1_000_000
export const MICROS_PER_HOUR = 3_600 * MICROS_PER_SECOND
export const MICROS_PER_DAY = 24 * MICROS_PER_HOUR

const isoPattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/

const daysInMonth = (year: number, month: number): number =>
  month === 2
    ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      ? 29
      : 28
    : [4, 6, 9, 11].includes(month)
      ? 30
      : 31

const offsetMinutes = (zone: string | undefined): number => {
  if (zone === undefined || zone === "Z" || zone === "z") return 0
  const digits = zone.slice(1).replace(":", "")
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || "0")
  return zone.startsWith("-") ? -minutes : minutes
}

/**
 * Reads ISO 8601 as Python and the exchange write it: with or without fraction, `T` or a blank, `Z`, `+00:00`, `+00`
 * or no offset (then UTC), or a bare date (midnight UTC). Digits beyond the microsecond are cut. Anything else,
 * and dates that do not exist, give `undefined`.
 */
export const parseTime = (text: string): EpochMicros | undefined => {
  const match = isoPattern.exec(text.trim())
  if (match === null) return undefined
  const [, y, mo, d, h = "0", mi = "0", s = "0", fraction = "", zone] = match
  const year = Number(y)
  const month = Number(mo)
  const day = Number(d)
  const hour = Number(h)
  const minute = Number(mi)
  const second = Number(s)
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const ms = Date.UTC(year, month - 1, day, hour, minute, second) - offsetMinutes(zone) * 60_000
  return ms * MICROS_PER_MS + Number(fraction.slice(0, 6).padEnd(6, "0"))
}

const two = (value: number): string => (value < 10 ? `0${value}` : `${value}`)

/** The date of the day that was formatted last: neighbouring times share it, and a Date costs ten times the rest. */
let formattedDay = Number.NaN
let formattedDate = ""

/** ISO 8601 in UTC with `Z`; six fraction digits when there is a fraction, none otherwise. */
export const formatTime = (us: EpochMicros): string => {
  const day = Math.floor(us / MICROS_PER_DAY)
  if (day !== formattedDay) {
    formattedDate = new Date(day * 86_400_000).toISOString().slice(0, -14)
    formattedDay = day
  }
  const inDay = us - day * MICROS_PER_DAY
  const seconds = Math.floor(inDay / MICROS_PER_SECOND)
  const fraction = Math.trunc(inDay - seconds * MICROS_PER_SECOND)
  const minutes = Math.floor(seconds / 60)
  const clock = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`
  return fraction === 0
    ? `${formattedDate}T${clock}Z`
    : `${formattedDate}T${clock}.${String(fraction).padStart(6, "0")}Z`
}

/** Number of the UTC day that holds `us`; days are cut at 00:00 UTC. */
export const utcDay = (us: EpochMicros): number => Math.floor(us / MICROS_PER_DAY)
