import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { visibleMarket, visibleOf } from "../../src/core/marketView.ts"
import { blankMarket } from "../../src/domain/blankMarket.ts"
import {
  buildInstrument,
  type FieldKind,
  type FieldTypes,
  type Instrument,
  instrumentFields,
  instrumentNames,
  instrumentOf,
  sameInstrument
} from "../../src/domain/instrument.ts"
import { InstrumentSchema } from "../../src/domain/instrumentSchema.ts"
import { type Json } from "../../src/domain/json.ts"
import { type Market, marketFrom, unknownOutcome } from "../../src/domain/Market.ts"
import { MarketsEncoder } from "../../src/domain/marketsBody.ts"
import { quoteOf } from "../../src/domain/quote.ts"
import { decodeMarkets } from "../../src/ingest/decodeMarkets.ts"
import { HistoryReader } from "../../src/ports/HistoryReader.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { disputeUnsaid } from "../../src/domain/dispute.ts"
import { instrumentColumns, instrumentFrom, instrumentValues } from "../../src/store/instrumentColumns.ts"
import { marketColumns } from "../../src/store/marketRows.ts"
import { noon, run, temporaryFolder, using, withSqlite } from "../store/support.ts"

/** For each kind a value that is made from a number, another for each, and never what a blank market has. */
const values: { readonly [K in FieldKind]: (number: number) => FieldTypes[K] } = {
  text: (number) => `text ${number}`,
  marketId: (number) => `market ${number}`,
  eventId: (number) => `event ${number}`,
  flag: (number) => number % 2 === 1,
  maybeText: (number) => `maybe ${number}`,
  maybeTokenId: (number) => `${number}`,
  maybeFigure: (number) => number / 1000,
  maybeTime: (number) => noon + number,
  maybeFee: (number) => ({ rate: number / 100, exponent: 2, takerOnly: number % 2 === 0, rebateRate: 0.25 })
}

const valueFor = <K extends keyof Instrument>(name: K, number: number) =>
  values[instrumentFields[name].kind](number) as Instrument[K]

/** All fields said, each with a value of its own. */
const full = buildInstrument((name) => valueFor(name, 1 + 2 * instrumentNames.indexOf(name)))
/** The same but for one field. */
const changed = (name: keyof Instrument): Instrument => ({ ...full, [name]: valueFor(name, 1000) })
const silent = instrumentOf(blankMarket({ marketId: "silent" }))

const seen = blankMarket({ marketId: "seen", yesPrice: 0.4, bestBid: 0.39, bestAsk: 0.41, updatedAtUs: noon })
const marketOf = (instrument: Instrument): Market => marketFrom(instrument, seen, unknownOutcome)

const parsed = (body: Json): Json => JSON.parse(JSON.stringify(body)) as Json

describe("an instrument", () => {
  it.each(instrumentNames)("is another one when its %s is another", (name) => {
    expect(sameInstrument(full, { ...full })).toBe(true)
    expect(sameInstrument(marketOf(full), full)).toBe(true)
    expect(sameInstrument(full, changed(name))).toBe(false)
    expect(sameInstrument(marketOf(changed(name)), marketOf(full))).toBe(false)
  })

  it("is all of a market that was not seen of it", () => {
    for (const instrument of [full, silent]) {
      expect(instrumentOf(marketOf(instrument))).toStrictEqual(instrument)
      expect(visibleMarket(marketOf(instrument))).toStrictEqual(visibleOf(instrument, quoteOf(seen)))
      expect(visibleOf(instrument, quoteOf(seen))).toMatchObject(instrument)
    }
  })

  it("shows a strategy nothing else that the object at hand holds", () => {
    const knowsAll: Market = { ...marketOf(full), payout: { yes: 1, no: 0 }, resolvedAtUs: noon }
    const visible = visibleOf(knowsAll, quoteOf(knowsAll))
    expect(visible).toStrictEqual(visibleOf(full, quoteOf(seen)))
    expect([Object.isFrozen(visible), Object.isFrozen(visible.fee)]).toEqual([true, true])
  })

  it("passes its schema and comes back from JSON, and no field may be of another kind or missing", () => {
    const decode = Schema.decodeUnknownEither(InstrumentSchema)
    for (const instrument of [full, silent]) {
      const written: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(InstrumentSchema)(instrument)))
      expect(decode(written)).toEqual(Either.right(instrument))
    }
    for (const name of instrumentNames) {
      expect(Either.isLeft(decode({ ...full, [name]: [] }))).toBe(true)
      expect(Either.isLeft(decode(Object.fromEntries(Object.entries(full).filter(([key]) => key !== name))))).toBe(true)
    }
  })

  it("comes back from a journal, and is written again when any field changes", () => {
    const instruments = [full, silent, ...instrumentNames.map(changed)]
    const poll = {
      events: instruments.map((instrument) => ({
        kind: "market" as const,
        atUs: noon,
        instrument,
        quote: quoteOf(marketOf(instrument))
      })),
      problems: []
    }
    const body = parsed(new MarketsEncoder().encode(poll))
    expect(body).toMatchObject({ known: instruments.map((_, number) => ({ 0: number, length: 17 })) })
    expect(Either.getOrThrow(decodeMarkets(body, []))).toEqual({ ...poll, added: instruments })
  })

  it("has the values of its columns, and is read from them", () => {
    for (const instrument of [full, silent]) {
      expect(instrumentValues(instrument)).toHaveLength(instrumentColumns.length)
      expect(instrumentFrom(instrumentValues(instrument))).toStrictEqual(instrument)
    }
  })

  it.scoped("is stored whole: the table has its columns and no others but those of the newest look", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "store.db")
      const markets = [full, silent].map(marketOf)
      yield* using(
        path,
        Effect.gen(function* () {
          const ingest = yield* IngestRepo
          for (const market of markets) {
            yield* ingest.commitRun({
              run: run(),
              markets: [market],
              capturedAtUs: noon,
              confirmed: [],
              checkpointUs: null
            })
          }
          const { changedSince } = yield* MarketRepo
          const stored = (yield* changedSince(null, [])).markets
          const byId = new Map(stored.map((market) => [market.marketId, market]))
          expect(markets.map(({ marketId }) => byId.get(marketId))).toEqual(markets)
          const reader = yield* HistoryReader
          const history = yield* reader.openMarkets({ fromUs: noon, toUs: noon })
          const quotes = [...history.moments].flatMap((moment) => moment.quotes)
          expect(quotes).toEqual(
            [full, silent].map((instrument) => ({ instrument, quote: quoteOf(seen, disputeUnsaid(instrument.source)) }))
          )
        }).pipe(Effect.scoped)
      )
      const table = withSqlite(path, (db) =>
        db.prepare<[], string>("SELECT name FROM pragma_table_info('markets') WHERE name <> 'id'").pluck().all()
      )
      expect([...table].sort()).toEqual([...marketColumns].sort())
    })
  )
})
