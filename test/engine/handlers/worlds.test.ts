import { describe, expect, it } from "vitest"
import { type Strategy } from "../../../src/ports/StrategyRegistry.ts"
import { defineStrategy } from "../../../src/strategies/defineStrategy.ts"
import { backtestOf, replayOf, resolved, seen, sessionOf } from "./world.ts"

/** Bids for YES at the best bid, and offers what it got three cents dearer; counts its fills. */
const quoter = (): Strategy =>
  defineStrategy({
    id: "quoter",
    title: "Quoter",
    subscribe: { kinds: ["market", "fill", "resolution"], markets: ["a"] },
    initial: { fills: 0, paid: 0 },
    on: (event, { openPackages, orders, positions }, _parameters, state) => {
      switch (event.kind) {
        case "market": {
          const { bestBid, marketId } = event.market
          if (bestBid === null || orders.length > 0 || positions.length > 0 || openPackages > 0) return undefined
          return { place: [{ legs: [{ marketId, token: "YES", side: "buy", price: bestBid, qty: 10 }], rest: true }] }
        }
        case "fill": {
          const { marketId, price, qty, side } = event
          const next = { ...state, fills: state.fills + 1 }
          if (side === "sell") return { state: next }
          return {
            state: next,
            place: [{ legs: [{ marketId, token: "YES", side: "sell", price: price + 0.03, qty }], rest: true }]
          }
        }
        case "resolution":
          return { state: { ...state, paid: state.paid + 1 }, cancel: "all" }
        case "timer":
          return undefined
      }
    }
  })

const events = [
  seen(0, "a", 0.4, 0.42),
  seen(30, "b", 0.6, 0.61),
  seen(60, "a", 0.41, 0.43),
  // The ask comes down to the bid that rests.
  seen(100, "a", 0.38, 0.4),
  // The bid comes up to the offer that rests.
  seen(150, "a", 0.43, 0.45),
  seen(200, "a", 0.44, 0.45),
  seen(250, "a", 0.43, 0.44),
  resolved(290, "a", 1)
]

describe("a strategy that hears of events", () => {
  it("trades the same in a strategy replay, on paper and in the replay of the paper session", async () => {
    const fills = await backtestOf(events, [quoter()], 300)
    expect(fills).toStrictEqual([
      [100, "quoter", "a", "YES", "buy", 0.4, 10, 0],
      [150, "quoter", "a", "YES", "sell", 0.43, 10, 0],
      [250, "quoter", "a", "YES", "buy", 0.44, 10, 0],
      [290, "quoter", "a", "YES", "sell", 1, 10, 0]
    ])
    const paper = await sessionOf({ events, strategies: [quoter()], toSec: 300 })
    expect(paper.fills).toStrictEqual(fills)
    expect(paper.state.subscribers?.find("quoter")?.state).toStrictEqual({ fills: 3, paid: 1 })
    const { parity } = await replayOf(paper.journal, [quoter()])
    expect(parity).toMatchObject({ divergence: null, beyond: 0 })
    expect(parity.matched).toBe(parity.recorded)
    expect(parity.recorded).toBeGreaterThan(8)
  })
})
