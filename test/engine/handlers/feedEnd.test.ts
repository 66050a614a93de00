import { describe, expect, it } from "vitest"
import * as Effect from "effect/Effect"
import { usdc } from "../../../src/domain/units.ts"
import { type Exchange } from "../../../src/ports/Executor.ts"
import { type Strategy } from "../../../src/ports/StrategyRegistry.ts"
import { defineStrategy } from "../../../src/strategies/defineStrategy.ts"
import { backtestOf, replayOf, second, seen, sessionOf, start } from "./world.ts"

const leg = (marketId: string, side: "buy" | "sell", price: number) =>
  ({ marketId, token: "YES", side, price, qty: 10 }) as const
const pair = { legs: [leg("a", "buy", 0.42), leg("b", "buy", 0.52)] }

/** Its timer is quicker than the legs of what it places: near the end something of it is always on its way. */
const restless = (...place: ReadonlyArray<typeof pair>): Strategy =>
  defineStrategy({
    ...{ id: "restless", title: "Restless", subscribe: { kinds: ["timer"], everySec: 0.2 } },
    on: (_event, { atUs }) => (atUs < start + 59.7 * second ? undefined : { place })
  })

/**
 * Buys a pair at the last look, and sells what it hears that it got. The package of the pair may still have to give that
 * back, so the sale buys the other outcome.
 */
const seller = (): Strategy =>
  defineStrategy({
    ...{ id: "seller", title: "Seller", subscribe: { kinds: ["market", "fill"] } },
    on: (event, { atUs }) => {
      if (event.kind === "market") {
        return atUs > start && event.market.marketId === "b" ? { place: [pair] } : undefined
      }
      if (event.kind !== "fill" || event.token === "NO") return undefined
      return { place: [{ legs: [leg(event.marketId, "sell", event.marketId === "a" ? 0.4 : 0.5)] }] }
    }
  })

/** The last look comes with the last round, so legs that follow arrive when there is no more data. */
const events = [0, 60].flatMap((at) => [seen(at, "a", 0.4, 0.42), seen(at, "b", 0.5, 0.52)])
const matched = { divergence: null, beyond: 0 }

/** It fills what it gets, three seconds later. */
const slow: Exchange = {
  submit: (orders) =>
    Effect.delay(
      Effect.succeed(
        orders.map(({ qty, request: { eventId, limitPrice, marketId, side, strategy, token } }, at) => ({
          ...({ status: "filled", reason: null, countsAsRejection: false, externalId: `order ${at}` } as const),
          fills: [
            {
              ...{ strategy, marketId, eventId, token, side, price: limitPrice, qty, fee: usdc(0), atUs: start },
              ...{ externalFillId: null, report: "" }
            }
          ]
        }))
      ),
      "3 seconds"
    ),
  cancel: () => Effect.dieMessage("nothing is cancelled here")
}

describe("a session whose data has come to its end", () => {
  it("ends although a strategy could go on without end", async () => {
    const paper = await sessionOf({ events, strategies: [restless(pair)], toSec: 60 })
    expect(paper.journal.slice(-1)).toMatchObject([{ kind: "end" }])
    expect(paper.fills.length).toBeGreaterThan(0)
    expect(paper.fills.length).toBe((await backtestOf(events, [restless(pair)], 60)).length)
    const { parity } = await replayOf(paper.journal, [restless(pair)])
    expect(parity).toMatchObject({ ...matched, matched: parity.recorded })
  })

  it("tells strategies of no more fills, as a strategy replay does", async () => {
    const fills = await backtestOf(events, [seller()], 60)
    const paper = await sessionOf({ events, strategies: [seller()], toSec: 60 })
    // Rows of one moment stand in an order of their own in a ledger.
    const byTime = [...paper.fills].sort(([a, , , tokenA], [b, , , tokenB]) => a - b || (tokenA < tokenB ? -1 : 1))
    expect(byTime).toStrictEqual(fills)
    expect(fills.map(([at, , market, token, side]) => [at, market, token, side])).toStrictEqual([
      [60, "b", "NO", "buy"],
      [60, "b", "YES", "buy"],
      [60.25, "a", "YES", "buy"]
    ])
    const { parity } = await replayOf(paper.journal, [seller()])
    expect(parity).toMatchObject({ ...matched, matched: parity.recorded })
  })

  it("carries out what was wanted before, one package after the other, and nothing that was wanted later", async () => {
    const live = await sessionOf({ events, strategies: [restless(pair, pair)], toSec: 60, exchange: slow })
    const traded = live.fills.map(([, , market]) => market)
    expect(traded.sort()).toStrictEqual(["a", "a", "b", "b"])
    const dropped = live.journal.filter(({ kind }) => kind === "dropped")
    expect(dropped.length).toBeGreaterThan(0)
    expect(live.state.waiting).toStrictEqual([])
  })

  it("asks the strategies after its last round, however long a look at the own orders takes", async () => {
    const asked: Array<number> = []
    const asks: Strategy = {
      ...{ id: "asks", title: "Asks" },
      generate: ({ atUs }) => {
        asked.push((atUs - start) / second)
        return []
      }
    }
    await sessionOf({ events, strategies: [asks], toSec: 60, lookMs: 5_000 })
    expect(asked).toStrictEqual([5, 65])
  })
})
