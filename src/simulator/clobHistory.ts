import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { type Answer, failure, json, wholeNumber } from "./answer.ts"
import { type ExchangeView } from "./Backend.ts"

const endpoint = "/prices-history"
const DAY = 86_400
const intervals: ReadonlyMap<string, number> = new Map([
  ["1h", 3_600],
  ["6h", 6 * 3_600],
  ["1d", DAY],
  ["1w", 7 * DAY],
  ["1m", 30 * DAY],
  ["max", 400 * DAY],
  ["all", 400 * DAY]
])
/** Finer samples than this over a longer window than `LONG_WINDOW` come back empty. */
const FINE_MINUTES = 10
const LONG_WINDOW = 15 * DAY
/** Resolved markets answer `interval=max` only at this or a coarser fidelity. */
const RESOLVED_MAX_MINUTES = 720

interface Window {
  readonly from: number
  readonly to: number
}

const windowOf = (query: URLSearchParams, nowSec: number): Window | string => {
  const interval = query.get("interval")
  const [start, end] = [query.get("startTs"), query.get("endTs")]
  if (interval !== null && (start !== null || end !== null)) return "interval and startTs/endTs are mutually exclusive"
  if (interval !== null) {
    const span = intervals.get(interval)
    return span === undefined
      ? `invalid interval: use one of ${[...intervals.keys()].join(", ")}`
      : { from: nowSec - span, to: nowSec }
  }
  if (start === null && end === null) return "interval or startTs/endTs is required"
  const to = wholeNumber(end, nowSec)
  const from = wholeNumber(start, (to ?? nowSec) - DAY)
  if (from === undefined || to === undefined) return "startTs and endTs must be whole seconds"
  return from > to ? "startTs must not be after endTs" : { from, to }
}

/** Sampled prices of one token; `market` is a token id, in spite of its name. */
export const pricesHistory = (view: ExchangeView, query: URLSearchParams, nowUs: EpochMicros): Answer => {
  const token = query.get("market")
  if (token === null || token === "") return failure(endpoint, 400, "market (a token id) is required")
  const fidelity = wholeNumber(query.get("fidelity"), 1)
  if (fidelity === undefined || fidelity === 0) return failure(endpoint, 400, "fidelity must be whole minutes above 0")
  const window = windowOf(query, Math.floor(nowUs / MICROS_PER_SECOND))
  if (typeof window === "string") return failure(endpoint, 400, window)
  const all = query.get("interval") === "max" || query.get("interval") === "all"
  const tooFine = !all && window.to - window.from > LONG_WINDOW && fidelity < FINE_MINUTES
  const resolvedMax = all && fidelity < RESOLVED_MAX_MINUTES && view.marketOfToken(token)?.closed === true
  if (tooFine || resolvedMax) return json(endpoint, { history: [] })
  const points = view.history(token, window.from, window.to, fidelity * 60) ?? []
  return json(endpoint, { history: points.map(({ t, p }) => ({ t, p })) })
}
