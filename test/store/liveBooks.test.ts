import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { foldFills, positionKey } from "../../src/core/account/portfolio.ts"
import { type TradeState } from "../../src/domain/LiveOrder.ts"
import { type Side } from "../../src/domain/ids.ts"
import { toMicros, usdc } from "../../src/domain/units.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { advance, looked, signed, stage, trade } from "./liveSupport.ts"
import { fill, inStore, noon, result } from "./support.ts"

/** Trades of two live orders, the second a sale, and fills on paper, all of one position. */
type Happening =
  | { readonly order: 1 | 2; readonly trade: number; readonly state: TradeState }
  | { readonly paper: Side; readonly qty: number; readonly price: number }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      order: fc.constantFrom(1 as const, 2 as const),
      trade: fc.integer({ min: 1, max: 4 }),
      state: fc.constantFrom<TradeState>("provisional", "final", "failed")
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({
      paper: fc.constantFrom<Side>("buy", "sell"),
      qty: fc.integer({ min: 1, max: 9 }),
      price: fc.integer({ min: 1, max: 99 })
    })
  }
)

/** Price and shares of a trade are its own, whenever it is told. */
const tradeOf = (order: 1 | 2, n: number, state: TradeState) =>
  trade(order, `t${n}`, n, { state, price: (order * 10 + n * 7) / 100, fee: n })

const live = (happened: ReadonlyArray<Happening>) =>
  Effect.gen(function* () {
    const repo = yield* TradeRepo
    yield* stage(signed(1))
    yield* stage(signed(2, { side: "sell", action: "close" }))
    for (const [index, next] of happened.entries()) {
      if ("order" in next) yield* advance(next.order, looked(1, [tradeOf(next.order, next.trade, next.state)]), index)
      else {
        const { paper: side, price, qty } = next
        const fills = [fill({ side, qty: toMicros(qty), price: toMicros(price / 100), fee: usdc(3) })]
        yield* repo.record({ results: [result({ fills })], signals: [], atUs: noon })
      }
    }
    return {
      problems: yield* checkInvariants,
      fills: yield* repo.fillHistory,
      positions: yield* repo.positions,
      realized: yield* repo.realizedSince(0)
    }
  })

describe("the books of live trading", () => {
  it.effect("are those of the trades that did not fail, in whatever order they were told", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(fc.array(happening, { minLength: 4, maxLength: 14 }), async (happened) => {
          const books = await Effect.runPromise(inStore(live(happened)))
          expect(books.problems).toEqual([])
          const failed = new Set(
            happened.flatMap((next) =>
              "order" in next && next.state === "failed" ? [`t${next.trade}:${next.order}`] : []
            )
          )
          const counted = books.fills.flatMap(({ externalFillId, orderId }) =>
            externalFillId === null ? [] : [`${externalFillId.split(":")[0]}:${orderId}`]
          )
          const told = new Set(happened.flatMap((next) => ("order" in next ? [`t${next.trade}:${next.order}`] : [])))
          expect(new Set(counted)).toEqual(new Set([...told].filter((id) => !failed.has(id))))
          const folded = foldFills(books.fills)
          for (const position of books.positions) {
            const { cost, qty, realized } = folded.positions.get(positionKey(position)) ?? {
              cost: 0,
              qty: 0,
              realized: 0
            }
            expect(position).toMatchObject({ cost, qty, realized })
          }
          expect(books.fills.map(({ realizedChange }) => realizedChange)).toEqual(folded.realizedChanges)
          expect(books.realized).toBe(folded.realizedChanges.reduce((sum, change) => sum + change, 0))
        }),
        { numRuns: 12 }
      )
    )
  )
})
