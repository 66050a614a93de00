import { sharePayout } from "../core/account/payout.ts"
import { type Market, type Payout } from "../domain/Market.ts"
import { leadingSource } from "./feeds/seenMarket.ts"

/** What every look says anew; null is a value as well. */
const shown = [
  ...(["eventId", "question", "status", "negRisk", "yesPrice", "noPrice", "bestBid", "bestAsk", "midPrice"] as const),
  ...(["liquidity", "volume"] as const)
]

/** What a source may leave out: then what is known stays. */
const keptWhenNull = [
  ...(["conditionId", "yesTokenId", "noTokenId", "yesLabel", "noLabel", "tickSize", "minOrderSize"] as const),
  ...(["acceptingOrders", "slug", "endDateUs"] as const)
]

const isSameFee = (seen: Market["fee"], known: Market["fee"]): boolean =>
  seen === null ||
  (known !== null &&
    seen.rate === known.rate &&
    seen.exponent === known.exponent &&
    seen.takerOnly === known.takerOnly &&
    seen.rebateRate === known.rebateRate)

/** A row that was tied to another source's by its contract keeps that one's canonical id, whatever it is called itself. */
const isSameCanonical = (seen: Market, known: Market): boolean =>
  seen.canonicalId === known.canonicalId ||
  (seen.source !== leadingSource && seen.conditionId !== null && seen.conditionId === known.conditionId)

const paysSame = (a: Payout, b: Payout): boolean => sharePayout(a).yes === sharePayout(b).yes

/** How the store words a report that contradicts a final one (store/recordResolutions.ts); null: it contradicts nothing. */
const contradictionBy = ({ payout, resolution, source, status }: Market): string | null => {
  const report =
    payout !== null
      ? `final ${payout.yes}/${payout.no}`
      : resolution !== null && resolution.state !== "final"
        ? resolution.state
        : status === "open"
          ? "open"
          : null
  return report === null ? null : `${source} later: ${report}`
}

/** The first final word stands, so what contradicts it is new only once. */
const isSameOutcome = (seen: Market, known: Market): boolean => {
  if (known.payout === null) return seen.payout === null && seen.resolution?.state === known.resolution?.state
  if (seen.payout !== null && paysSame(seen.payout, known.payout)) return true
  const contradiction = contradictionBy(seen)
  return contradiction === null || contradiction === known.resolution?.contradiction
}

/**
 * Whether a source shows a market as it is known: storing it would change nothing but times. The time of the last change
 * at the source says nothing: sources change rows without it, change it without the row, and date it in the future.
 */
export const isSameContent = (seen: Market, known: Market): boolean => {
  for (const name of shown) if (seen[name] !== known[name]) return false
  for (const name of keptWhenNull) if (seen[name] !== null && seen[name] !== known[name]) return false
  return isSameFee(seen.fee, known.fee) && isSameCanonical(seen, known) && isSameOutcome(seen, known)
}
