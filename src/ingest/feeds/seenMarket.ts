import { type Market } from "../../domain/Market.ts"

/** The source whose canonical id stands for a contract that several sources list. */
export const leadingSource = "gamma"

/**
 * A market seen again, as the store will have it (store/commitMarkets.ts): what the source leaves out this time is kept,
 * and a row that was tied to the leading source's stays tied.
 */
export const seenAgain = (seen: Market, known: Market): Market => ({
  ...seen,
  canonicalId:
    seen.source !== leadingSource && seen.conditionId !== null && seen.conditionId === known.conditionId
      ? known.canonicalId
      : seen.canonicalId,
  conditionId: seen.conditionId ?? known.conditionId,
  yesTokenId: seen.yesTokenId ?? known.yesTokenId,
  noTokenId: seen.noTokenId ?? known.noTokenId,
  yesLabel: seen.yesLabel ?? known.yesLabel,
  noLabel: seen.noLabel ?? known.noLabel,
  tickSize: seen.tickSize ?? known.tickSize,
  minOrderSize: seen.minOrderSize ?? known.minOrderSize,
  fee: seen.fee ?? known.fee,
  acceptingOrders: seen.acceptingOrders ?? known.acceptingOrders,
  slug: seen.slug ?? known.slug,
  endDateUs: seen.endDateUs ?? known.endDateUs,
  sourceUpdatedUs: seen.sourceUpdatedUs ?? known.sourceUpdatedUs
})

const outcomeFields: ReadonlySet<string> = new Set(["resolution", "payout", "resolvedAtUs"])

/** Whether two rows are one observation: equal in all that an event shows, and in their times. */
export const isSameRow = (a: Market, b: Market): boolean => {
  const other = new Map<string, unknown>(Object.entries(b))
  return Object.entries(a).every(
    ([name, value]) =>
      outcomeFields.has(name) ||
      Object.is(value, other.get(name)) ||
      (name === "fee" && JSON.stringify(a.fee) === JSON.stringify(b.fee))
  )
}
