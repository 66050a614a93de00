import { formatTime, type EpochMicros } from "../domain/time.ts"
import { fromMicros, type MicroUnits } from "../domain/units.ts"

/** Shown where the source says nothing. */
export const NOTHING = "-"

/** `1234567.891` with `digits` decimals and commas; the same on every machine. Minus zero is zero. */
export const formatNumber = (value: number, digits: number): string => {
  if (!Number.isFinite(value)) return String(value)
  if (Math.abs(value) >= 1e15) return value.toExponential(3)
  const [whole = "0", fraction] = Math.abs(value).toFixed(digits).split(".")
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",")
  const text = fraction === undefined ? grouped : `${grouped}.${fraction}`
  return value < 0 && /[1-9]/.test(text) ? `-${text}` : text
}

/** USDC with two decimals. */
export const formatUsdc = (value: number | null): string => (value === null ? NOTHING : formatNumber(value, 2))

/** Micro-USDC as USDC with two decimals. */
export const formatMicroUsdc = (micros: MicroUnits | null): string =>
  micros === null ? NOTHING : formatUsdc(fromMicros(micros))

/** As formatUsdc with a plus sign for gains. */
export const formatPnl = (value: number | null): string => {
  const text = formatUsdc(value)
  return value !== null && value > 0 && /[1-9]/.test(text) ? `+${text}` : text
}

/** `1 fill after the close, +4.90`. USDC. */
export const afterCloseText = (fills: number, pnl: number): string =>
  `${formatNumber(fills, 0)} fill${fills === 1 ? "" : "s"} after the close, ${formatPnl(pnl)}`

/** A price or probability, USDC per share, four decimals. */
export const formatPrice = (value: number | null): string => (value === null ? NOTHING : formatNumber(value, 4))

/** Shares, two decimals. */
export const formatShares = (value: number | null): string => (value === null ? NOTHING : formatNumber(value, 2))

/** Part of a time, both in hours: short times are shown in seconds. */
export const formatPartOfHours = (part: number, whole: number): string =>
  whole < 0.1
    ? `${formatNumber(part * 3_600, 2)} of ${formatNumber(whole * 3_600, 2)} s`
    : `${formatNumber(part, 1)} of ${formatNumber(whole, 1)} h`

/** 0.1234 as 12.34%. */
export const formatPercent = (ratio: number | null): string =>
  ratio === null ? NOTHING : `${formatNumber(ratio * 100, 2)}%`

/** To the second, UTC. */
export const formatInstant = (us: EpochMicros | null): string =>
  us === null ? NOTHING : formatTime(Math.floor(us / 1_000_000) * 1_000_000)
