import { describe, expect, it } from "vitest"
import {
  hasBook,
  type MarketQuote,
  midPrice,
  oppositePrice,
  shownPrice,
  tokenPrice
} from "../../../src/core/venue/quote.ts"
import { LOT, venueRefusal } from "../../../src/core/venue/matching.ts"
import { price, type Price, shares, toMicros } from "../../../src/domain/units.ts"

const micros = (natural: number | null): Price | null => (natural === null ? null : toMicros(natural))
const quote = (fields: { yes?: number; no?: number; bid?: number; ask?: number }): MarketQuote => ({
  atUs: 0,
  yes: micros(fields.yes ?? null),
  no: micros(fields.no ?? null),
  bid: micros(fields.bid ?? null),
  ask: micros(fields.ask ?? null),
  liquidity: 0
})
const both = (of: (token: "YES" | "NO") => number | null) => [of("YES"), of("NO")]

describe("the price of a token", () => {
  it("is what is shown, or the mirror of the other, or unknown", () => {
    expect(both((token) => shownPrice(quote({ yes: 0.4 }), token))).toStrictEqual([400_000, null])
    expect(both((token) => tokenPrice(quote({ yes: 0.4 }), token))).toStrictEqual([400_000, 600_000])
    expect(both((token) => tokenPrice(quote({ no: 0.7 }), token))).toStrictEqual([300_000, 700_000])
    expect(both((token) => tokenPrice(quote({ yes: 0.4, no: 0.5 }), token))).toStrictEqual([400_000, 500_000])
    expect(both((token) => tokenPrice(quote({}), token))).toStrictEqual([null, null])
  })

  it("in the middle of the book, or as shown where one side is missing", () => {
    const book = { yes: 0.9, bid: 0.4, ask: 0.42 }
    expect(both((token) => midPrice(quote(book), token))).toStrictEqual([410_000, 590_000])
    for (const gone of [{ bid: 0 }, { ask: 1 }]) {
      expect(both((token) => midPrice(quote({ ...book, ...gone }), token))).toStrictEqual([900_000, 100_000])
    }
  })
})

describe("what the market trades at", () => {
  const sides = (fields: Parameters<typeof quote>[0]) =>
    (["YES", "NO"] as const).map((token) =>
      (["buy", "sell"] as const).map((side) => oppositePrice(quote(fields), token, side))
    )

  it("is the other side of the one book, mirrored for NO", () => {
    expect(sides({ yes: 0.5, bid: 0.4, ask: 0.42 })).toStrictEqual([
      [420_000, 400_000],
      [600_000, 580_000]
    ])
  })

  it("is nothing where a side is missing: 0 is no bid, and 1 no ask", () => {
    expect(sides({ yes: 0.5, bid: 0, ask: 0.42 })).toStrictEqual([
      [420_000, null],
      [null, 580_000]
    ])
    expect(sides({ yes: 0.5, bid: 0.4, ask: 1 })).toStrictEqual([
      [null, 400_000],
      [600_000, null]
    ])
  })

  it("is the shown price where there is no book at all", () => {
    for (const fields of [{ yes: 0.5 }, { yes: 0.5, bid: 0, ask: 1 }]) {
      expect(hasBook(quote(fields))).toBe(false)
      expect(sides(fields)).toStrictEqual([
        [500_000, 500_000],
        [500_000, 500_000]
      ])
    }
    expect([hasBook(quote({ bid: 0.1 })), hasBook(quote({ ask: 0.1 }))]).toStrictEqual([true, true])
    // The lowest and the highest price that there is.
    expect([hasBook(quote({ bid: 0.000_001 })), hasBook(quote({ ask: 0.999_999 }))]).toStrictEqual([true, true])
  })
})

describe("what the exchange refuses", () => {
  const rules = { tickSize: price(10_000), minOrderSize: toMicros(5) }
  const rests = (natural: number, qty: number, of = rules) =>
    venueRefusal({ limitPrice: toMicros(natural), qty: toMicros(qty), resting: true }, of)
  const takes = (natural: number, qty: number) =>
    venueRefusal({ limitPrice: toMicros(natural), qty: toMicros(qty), resting: false }, rules)

  it("takes one lot and no less, and taking orders from one USDC", () => {
    expect(takes(0.5, 2)).toBeNull()
    expect(takes(0.5, 1.99)).toMatchObject({ code: "below minimum notional", value: 995_000, limit: 1_000_000 })
    expect(takes(0.5, 0.009)).toMatchObject({ code: "below minimum size", value: 9_000, limit: LOT })
    expect(
      venueRefusal({ limitPrice: price(500_000), qty: LOT, resting: true }, { ...rules, minOrderSize: null })
    ).toBeNull()
    expect(venueRefusal({ limitPrice: price(500_000), qty: shares(LOT - 1), resting: true }, rules)).not.toBeNull()
  })

  it("takes resting orders of the market's own minimum and on its grid, from the lowest to the highest tick", () => {
    expect([rests(0.5, 5), rests(0.01, 5), rests(0.99, 5)]).toStrictEqual([null, null, null])
    expect(rests(0.5, 4.99)).toMatchObject({ code: "below minimum size", value: 4_990_000, limit: 5_000_000 })
    expect(rests(0.505, 5)).toMatchObject({ code: "price not on tick", value: 505_000, limit: 10_000 })
    expect(rests(1, 5)).toMatchObject({ code: "price outside", value: 1_000_000 })
    expect(rests(0, 5)).toMatchObject({ code: "price outside", value: 0 })
    const wide = { ...rules, tickSize: price(100_000) }
    expect([rests(0.9, 5, wide), rests(0.1, 5, wide)]).toStrictEqual([null, null])
    expect(rests(0.95, 5, wide)).toMatchObject({ code: "price not on tick" })
  })

  it("asks nothing of what is not known", () => {
    expect(
      venueRefusal({ limitPrice: price(123_457), qty: LOT, resting: true }, { tickSize: null, minOrderSize: null })
    ).toBeNull()
    expect(
      venueRefusal({ limitPrice: price(123_457), qty: LOT, resting: true }, { tickSize: price(0), minOrderSize: null })
    ).toBeNull()
  })
})
