import * as Effect from "effect/Effect"
import { Account } from "../../core/account/account.ts"
import { type MarketQuote } from "../../core/venue/quote.ts"
import { StoreError } from "../../domain/errors.ts"
import { type Fill } from "../../domain/Fill.ts"
import { type MarketId, type StrategyId } from "../../domain/ids.ts"
import { type Price, toMicros, type Usdc, usdc } from "../../domain/units.ts"
import { HistoryReader, type SnapshotRow } from "../../ports/HistoryReader.ts"
import { nowUs } from "../now.ts"
import { loadTradeBook, markQuote, type TradeBook } from "../tradeBook.ts"

/** Greatest falls of equity from its running peak, with a point for every moment at which a fill or a price moved it. */
export interface MarkedDrawdowns {
  readonly total: Usdc
  readonly byStrategy: ReadonlyMap<StrategyId, Usdc>
}

const micros = (natural: number | null): Price | null => (natural === null ? null : toMicros(natural))

const quoteOf = ({ atUs, no, yes }: SnapshotRow): MarketQuote => ({
  atUs,
  yes: micros(yes),
  no: micros(no),
  bid: null,
  ask: null,
  liquidity: 0
})

/** The fills with the stored snapshots of their markets, in time order, then the newest prices. */
export const accountAtMarks = (
  { fills, markets }: Pick<TradeBook, "fills" | "markets">,
  snapshots: Iterable<SnapshotRow>
): Account => {
  const account = new Account()
  account.followMoments()
  const inOrder = [...fills].sort((a, b) => a.atUs - b.atUs || a.id - b.id)
  const quotes = new Map<MarketId, MarketQuote>()
  let moment = Number.NEGATIVE_INFINITY
  let done = 0
  const reach = (atUs: number): void => {
    if (atUs > moment) account.endMoment()
    moment = Math.max(moment, atUs)
  }
  const fillUntil = (atUs: number): void => {
    for (let next: Fill | undefined = inOrder[done]; next !== undefined && next.atUs < atUs; next = inOrder[done]) {
      reach(next.atUs)
      account.fill(next, null)
      const quote = quotes.get(next.marketId)
      if (quote !== undefined) account.mark(next.marketId, quote)
      done += 1
    }
  }
  for (const row of snapshots) {
    if (!markets.has(row.marketId)) continue
    fillUntil(row.atUs)
    reach(row.atUs)
    const quote = quoteOf(row)
    quotes.set(row.marketId, quote)
    account.mark(row.marketId, quote)
  }
  fillUntil(Number.POSITIVE_INFINITY)
  reach(Number.MAX_SAFE_INTEGER)
  for (const [id, market] of markets) account.mark(id, markQuote(market))
  account.endMoment()
  return account
}

/** What the stored snapshots say of the time between the fills. Walks the history since the first fill once. */
export const markedDrawdowns = Effect.scoped(
  Effect.gen(function* () {
    const book = yield* loadTradeBook
    const fromUs = book.fills.reduce((first, { atUs }) => Math.min(first, atUs), yield* nowUs)
    const reader = yield* HistoryReader
    const history = yield* reader.open({ fromUs, toUs: Number.MAX_SAFE_INTEGER, strategies: [] })
    const account = yield* Effect.try({
      try: () => accountAtMarks(book, book.fills.length === 0 ? [] : history.snapshots),
      catch: (cause) =>
        cause instanceof StoreError
          ? cause
          : new StoreError({ operation: "read history", detail: String(cause), cause })
    })
    const found: MarkedDrawdowns = {
      total: usdc(account.marked.max),
      byStrategy: new Map([...account.byStrategy].map(([strategy, { marked }]) => [strategy, usdc(marked.max)]))
    }
    return found
  })
)
