import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { toMicros } from "../../src/domain/units.ts"
import { cancelOrder } from "../../src/engine/commands/cancelOrder.ts"
import { executeSignal } from "../../src/engine/commands/executeSignal.ts"
import { riskStatus } from "../../src/engine/commands/riskStatus.ts"
import { settleUp } from "../../src/engine/commands/settleUp.ts"
import { outcomeOf, reasonOf as reason } from "./outcome.ts"
import { allOrders, allPositions, insert, inWorld, place, quoted, see, signal } from "./world.ts"

const exclusive = (marketId: string, bid: number, ask: number) =>
  quoted(marketId, bid, ask, { eventId: "e1", negRisk: true, conditionId: null })
const book = (limit: number, loss: number) =>
  `scenario loss limit exceeded: ${loss.toFixed(2)} > ${limit.toFixed(2)} (book)`

describe("the scenario limit of an account", () => {
  it.effect("counts what is held and what rests, also in the next process, until it is gone", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.5), quoted("m2", 0.49, 0.5, { eventId: "e2" }))
        expect(reason(yield* place({ qty: 60 }))).toBe("Accepted")
        const resting = outcomeOf(yield* place({ marketId: "m2", qty: 100, price: 0.4 }))
        expect(resting).toMatchObject({ _tag: "Accepted", orders: [{ order: { status: "open" } }] })
        expect(reason(yield* place({ qty: 100, marketId: "m2" }))).toBe(book(100, 120))
        expect(yield* riskStatus).toMatchObject({
          worstLoss: toMicros(70),
          events: [
            { eventId: "e2", worstLoss: toMicros(40) },
            { eventId: "e1", worstLoss: toMicros(30) }
          ]
        })
        if (resting._tag === "Accepted") yield* cancelOrder(resting.orders[0]!.order.id)
        expect((yield* riskStatus).worstLoss).toBe(toMicros(30))
        expect(reason(yield* place({ qty: 100, marketId: "m2" }))).toBe("Accepted")
      }),
      { risk: { max_scenario_loss: 100 } }
    )
  )

  it.effect("has room again once a hedge is held, and takes it away when the hedge is sold, which nobody refuses", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(exclusive("m1", 0.39, 0.4), exclusive("m2", 0.59, 0.6))
        expect(reason(yield* place({ token: "YES", qty: 200, price: 0.4 }))).toBe("Accepted")
        expect(reason(yield* place({ token: "YES", qty: 60, price: 0.4 }))).toBe(book(100, 104))
        // NO at 1 - 0.39 pays where YES does not.
        expect(reason(yield* place({ token: "NO", qty: 200, price: 0.61 }))).toBe("Accepted")
        expect((yield* riskStatus).worstLoss).toBe(toMicros(2))
        expect(reason(yield* place({ token: "YES", qty: 200, price: 0.4 }))).toBe("Accepted")
        // Selling the hedge leaves 400 YES for 160 USDC and what the hedge lost: over the limit, and allowed.
        yield* see(exclusive("m1", 0.4, 0.41))
        expect(reason(yield* place({ token: "NO", side: "sell", qty: 200, price: 0.59 }))).toBe("Accepted")
        expect((yield* riskStatus).worstLoss).toBe(toMicros(160))
        expect(reason(yield* place({ token: "YES", qty: 10, price: 0.41 }))).toBe(book(100, 164.1))
        // What does not add to the worst loss passes.
        expect(reason(yield* place({ token: "NO", qty: 10, price: 0.6 }))).toBe("Accepted")
        expect(reason(yield* place({ token: "YES", side: "sell", qty: 400, price: 0.4 }))).toBe("Accepted")
      }),
      { risk: { max_scenario_loss: 100 } }
    )
  )

  it.effect("counts one market of a neg-risk event once, also when it is told later that it is one", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(exclusive("m1", 0.39, 0.4), exclusive("m2", 0.39, 0.4))
        expect(reason(yield* place({ token: "NO", qty: 100, price: 0.61 }))).toBe("Accepted")
        expect(reason(yield* place({ token: "NO", marketId: "m2", qty: 100, price: 0.61 }))).toBe("Accepted")
        expect((yield* riskStatus).worstLoss).toBe(toMicros(22))
        yield* see({ ...exclusive("m2", 0.39, 0.4), negRisk: false })
        expect((yield* riskStatus).worstLoss).toBe(toMicros(122))
        expect(reason(yield* place({ token: "NO", qty: 2, price: 0.61 }))).toBe(
          "scenario loss limit exceeded: 123.22 > 70.00 (event e1)"
        )
      }),
      { risk: { max_event_scenario_loss: 70 } }
    )
  )

  it.effect("holds a bundle to the sum of its legs", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.39, 0.4), quoted("m3", 0.29, 0.3, { eventId: "e2" }))
        yield* insert(
          signal({
            strategy: "s8",
            payload: {
              primary_leg: { token: "NO", market_id: "m1", qty: 100, price: 0.61 },
              tail_hedge: { token: "YES", market_id: "m3", qty: 50, price: 0.3 }
            }
          })
        )
        const { executions } = yield* executeSignal({
          pick: { _tag: "next", count: 1 },
          mode: "paper",
          confirmed: false
        })
        expect(executions[0]?.reason).toBe(book(70, 76))
        expect(yield* allPositions).toStrictEqual([])
      }),
      { risk: { max_scenario_loss: 70 } }
    )
  )

  it.effect("lets go of what its market has paid out", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.5))
        yield* place({ qty: 100 })
        yield* place({ qty: 10, price: 0.4 })
        expect((yield* riskStatus).worstLoss).toBe(toMicros(54))
        yield* see(quoted("m1", 0.01, 0.02, { status: "closed", payout: { yes: 0, no: 1 } }))
        yield* settleUp
        expect((yield* riskStatus).worstLoss).toBe(0)
      }),
      { risk: { max_scenario_loss: 100 } }
    )
  )

  it.effect("is looked at without trading: what rests is not filled by who asks for the risk", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.5))
        yield* place({ qty: 100, price: 0.4 })
        yield* see(quoted("m1", 0.3, 0.31))
        expect((yield* riskStatus).worstLoss).toBe(toMicros(40))
        expect(yield* allOrders).toMatchObject([{ status: "open", filledQty: 0 }])
        yield* see(quoted("m1", 0.3, 0.31, { status: "closed" }))
        expect((yield* riskStatus).worstLoss).toBe(toMicros(40))
        expect(yield* allOrders).toMatchObject([{ status: "open", filledQty: 0 }])
      }),
      { risk: { max_scenario_loss: 100 } }
    )
  )

  it.effect("is not there unless it is set", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.5))
        yield* place({ qty: 100 })
        expect(yield* riskStatus).toMatchObject({ worstLoss: null, events: [{ eventId: "e1", worstLoss: null }] })
      })
    )
  )
})
