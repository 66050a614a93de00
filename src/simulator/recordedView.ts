import { type JsonObject } from "../domain/json.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import {
  type ClobListing,
  type ClobMarketRow,
  type ExchangeView,
  type LastTrade,
  type Row,
  type TradeRow
} from "./Backend.ts"
import { type EventVersion, type RecordedContent } from "./recordedContent.ts"
import {
  clobMarketRow,
  eventsOfMarkets,
  feeOf,
  gammaEventRow,
  gammaMarketRow,
  marketsOfEvent,
  numberOf,
  tagsOfEvents,
  textOf,
  tradeRow
} from "./recordedRows.ts"

/** The newest version at or before `us`. */
const versionAt = (versions: ReadonlyArray<EventVersion>, us: EpochMicros): JsonObject | undefined => {
  let [low, high] = [0, versions.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((versions[middle]?.us ?? Infinity) <= us) low = middle + 1
    else high = middle
  }
  return versions[low - 1]?.event
}

/** Raw Gamma markets and events at one time. Events with versions are shown from their first version on. */
const gammaAt = (content: RecordedContent, us: EpochMicros) => {
  const versioned = [...content.versions.values()]
    .map((list) => versionAt(list, us))
    .filter((event) => event !== undefined)
  const still = [...content.gammaEvents.values()].filter((event) => !content.versions.has(textOf(event["id"])))
  const events = [...still, ...versioned]
  const markets = new Map(content.gammaMarkets)
  for (const list of content.versions.values()) {
    for (const market of marketsOfEvent(list.at(-1)?.event ?? {})) markets.delete(textOf(market["id"]))
  }
  for (const event of versioned) for (const market of marketsOfEvent(event)) markets.set(textOf(market["id"]), market)
  const known = new Set(events.map((event) => textOf(event["id"])))
  const derived = eventsOfMarkets([...content.gammaMarkets.values()]).filter(
    (event) => !known.has(textOf(event["id"])) && !content.versions.has(textOf(event["id"]))
  )
  return { markets: [...markets.values()], events: [...events, ...derived] }
}

const lastTrades = (content: RecordedContent): ((token: string) => LastTrade | null) => {
  const last = new Map<string, LastTrade>()
  for (const trade of content.trades) {
    const token = textOf(trade["asset"])
    const price = String(numberOf(trade["price"], 0))
    if (!last.has(token)) last.set(token, { price, side: textOf(trade["side"]) === "SELL" ? "SELL" : "BUY" })
  }
  return (token) => last.get(token) ?? null
}

const clobRows = (content: RecordedContent) => {
  const fees = new Map([...content.gammaMarkets.values()].map((raw) => [textOf(raw["conditionId"]), feeOf(raw)]))
  const last = lastTrades(content)
  const rowsOf = (name: ClobListing) =>
    content.clob[name].map((raw) => clobMarketRow(raw, fees.get(textOf(raw["condition_id"])) ?? null, last))
  const full = rowsOf("markets")
  const sampled = new Set(content.clob["sampling-markets"].map((raw) => textOf(raw["condition_id"])))
  const simple = rowsOf("simplified-markets")
  const sampling = full.filter((row) => sampled.has(row.conditionId))
  // A recording without simplified pages still answers those listings, from the full rows.
  const listings: { readonly [name in ClobListing]: ReadonlyArray<ClobMarketRow> } = {
    markets: full,
    "simplified-markets": simple.length > 0 ? simple : full,
    "sampling-markets": sampling,
    "sampling-simplified-markets": simple.length > 0 ? rowsOf("sampling-simplified-markets") : sampling
  }
  const byCondition = new Map(full.map((row) => [row.conditionId, row]))
  const byToken = new Map([...simple, ...full].flatMap((row) => row.tokens.map(({ id }) => [id, row] as const)))
  return { listings, byCondition, byToken }
}

const plainRow = (raw: JsonObject): Row => ({ field: (name) => raw[name], json: () => JSON.stringify(raw) })

/** The recorded content as the exchange showed it at a market time. */
export const makeRecordedView = (content: RecordedContent): ((us: EpochMicros) => ExchangeView) => {
  const changes = [...content.versions.values()].flatMap((list) => list.map(({ us }) => us)).sort((a, b) => a - b)
  const clob = clobRows(content)
  const build = (version: number, us: EpochMicros) => {
    const { markets, events } = gammaAt(content, us)
    const marketRows = markets.map(gammaMarketRow)
    const eventRows = events.map(gammaEventRow)
    const byKey = new Map(eventRows.flatMap((row) => [[row.id, row] as const, [row.slug, row] as const]))
    return { version, marketRows, eventRows, byKey, tags: tagsOfEvents(events).map(plainRow) }
  }
  let current = build(-1, -Infinity)
  return (us) => {
    const version = changes.filter((change) => change <= us).length
    if (version !== current.version) current = build(version, us)
    const { marketRows, eventRows, byKey, tags } = current
    return {
      version,
      gammaMarkets: () => marketRows,
      gammaEvents: () => eventRows,
      gammaEvent: (idOrSlug) => byKey.get(idOrSlug),
      tags: () => tags,
      clobMarkets: (listing) => clob.listings[listing],
      clobMarket: (conditionId) => clob.byCondition.get(conditionId),
      marketOfToken: (tokenId) => clob.byToken.get(tokenId),
      book: (tokenId) => content.books.get(tokenId),
      trades: function* (): Generator<TradeRow> {
        for (const raw of content.trades) {
          if (numberOf(raw["timestamp"], 0) * MICROS_PER_SECOND <= us)
            yield tradeRow(raw, (slug) => byKey.get(slug)?.id ?? "")
        }
      },
      history: (tokenId, fromSec, toSec, everySec) => thin(content.histories.get(tokenId), fromSec, toSec, everySec)
    }
  }
}

/** Recorded samples of a window, no two of them closer than `everySec` (recorders jitter by a few seconds). */
const thin = (
  points: ReadonlyArray<{ readonly t: number; readonly p: number }> | undefined,
  fromSec: number,
  toSec: number,
  everySec: number
) => {
  const slack = Math.min(10, everySec / 6)
  let last = -Infinity
  return points?.filter(({ t }) => {
    if (t < fromSec || t > toSec || t - last < everySec - slack) return false
    last = t
    return true
  })
}
