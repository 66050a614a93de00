import { hasBook } from "../core/venue/quote.ts"
import { type VisibleMarket } from "../domain/MarketView.ts"
import { quoteOf } from "../domain/quote.ts"

/** Plain code-unit order: the same on every machine. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** What a view's markets, which cannot change, come to in order: every strategy of a cycle asks for it. */
const ordered = new WeakMap<ReadonlyArray<VisibleMarket>, ReadonlyArray<VisibleMarket>>()

/**
 * Open markets by (market id, source). Every strategy starts from this order and sorts stably, so that ties fall by
 * market id and the output does not depend on the order of the input.
 */
export const openMarkets = (markets: ReadonlyArray<VisibleMarket>): ReadonlyArray<VisibleMarket> => {
  const known = ordered.get(markets)
  if (known !== undefined) return known
  const open = markets
    .filter((market) => market.status === "open")
    .sort((a, b) => compareText(a.marketId, b.marketId) || compareText(a.source, b.source))
  if (Object.isFrozen(markets)) ordered.set(markets, open)
  return open
}

/** A market whose YES price is known. */
export type PricedMarket = VisibleMarket & { readonly yesPrice: number }

export const hasYesPrice = (market: VisibleMarket): market is PricedMarket => market.yesPrice !== null

/** Cheapest YES first, then the most liquid. */
export const byYesThenLiquidity = (a: PricedMarket, b: PricedMarket): number =>
  a.yesPrice - b.yesPrice || b.liquidity - a.liquidity

/** Members by key, keys in the order of their first member. */
export const groupBy = <A>(
  items: ReadonlyArray<A>,
  key: (item: A) => string
): ReadonlyMap<string, ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const item of items) {
    const name = key(item)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return groups
}

const isBetterWitness = (a: VisibleMarket, b: VisibleMarket): boolean => {
  const books = Number(hasBook(quoteOf(a))) - Number(hasBook(quoteOf(b)))
  return books > 0 || (books === 0 && a.updatedAtUs > b.updatedAtUs)
}

const bestBy = (
  markets: ReadonlyArray<VisibleMarket>,
  key: (market: VisibleMarket) => string
): ReadonlyArray<VisibleMarket> =>
  [...groupBy(markets, key).values()].flatMap((rows) => {
    const [first, ...rest] = rows
    return first === undefined ? [] : [rest.reduce((best, row) => (isBetterWitness(row, best) ? row : best), first)]
  })

/**
 * Each contract once: of the rows with one condition id or one market id the one with a book, and of those the one seen
 * last. An older row may still show a gap that is gone.
 */
export const freshestContracts = (markets: ReadonlyArray<VisibleMarket>): ReadonlyArray<VisibleMarket> =>
  bestBy(
    bestBy(markets, ({ conditionId, marketId, source }) => conditionId ?? `${source}\u0000${marketId}`),
    ({ marketId }) => marketId
  )
