import * as Effect from "effect/Effect"
import { describe, expect, it, vi } from "vitest"
import { StoreError } from "../../src/domain/errors.ts"
import { cancelOrder } from "../../src/engine/commands/cancelOrder.ts"
import { riskStatus } from "../../src/engine/commands/riskStatus.ts"
import { TradeRecorder } from "../../src/ports/TradeRecorder.ts"
import { noon, result } from "../store/support.ts"
import { LiveOrderRepo } from "../../src/ports/LiveOrderRepo.ts"
import { place } from "../execution/world.ts"
import { exchangeBooks, storedBooks, storedProblems } from "./liveAccount.ts"
import { resolve } from "./liveCells.ts"
import { type LiveWorld, withOneMarket } from "./liveWorld.ts"
import { query } from "./support.ts"
import { canceledByHand, noAnswerInTime } from "../../src/domain/rejection.ts"

const locked = Effect.fail(new StoreError({ operation: "update live order 1", detail: "database is locked" }))

/** Fails the nth time. */
const failing = <Args extends ReadonlyArray<unknown>, A>(
  real: (...args: Args) => Effect.Effect<A, StoreError>,
  nth: number
) => {
  let calls = 0
  return (...args: Args) => {
    calls += 1
    return calls === nth ? locked : real(...args)
  }
}

/** Places a live order while the nth change of a stored order fails. */
const placeWhile = ({ inside }: LiveWorld, method: "stage" | "advance", nth: number) =>
  inside(
    Effect.gen(function* () {
      const repo = yield* LiveOrderRepo
      const { advance, stage } = repo
      if (method === "stage") vi.spyOn(repo, "stage").mockImplementation(failing(stage, nth))
      else vi.spyOn(repo, "advance").mockImplementation(failing(advance, nth))
      return yield* place({ price: 0.52, qty: 150, tif: "gtc", mode: "live", confirmed: true })
    })
  )

const orders = ({ path }: LiveWorld) => query(path, "SELECT status, message FROM orders ORDER BY id")

describe("an order that was given up before it was signed", () => {
  it("counts until it is cancelled, and can be", () =>
    withOneMarket(async (world) => {
      const never = result({ mode: "live", status: "open", reason: noAnswerInTime, fills: [] })
      const ended = await world.inside(
        Effect.gen(function* () {
          yield* (yield* TradeRecorder).record({ results: [never], signals: [], atUs: noon })
          expect(yield* riskStatus).toMatchObject({ openOrders: 1 })
          return yield* cancelOrder(1)
        })
      )
      expect(ended).toMatchObject({ status: "canceled", reason: canceledByHand })
      expect(await world.inside(riskStatus)).toMatchObject({ openOrders: 0 })
      expect((await world.state()).requests.total).toBe(0)
    }))
})

describe("a database that fails while an order is under way", () => {
  it("before it is stored: nothing is sent", () =>
    withOneMarket(async (world) => {
      await placeWhile(world, "stage", 1)
      expect(orders(world)).toEqual([
        { status: "rejected", message: expect.stringMatching(/database is locked; nothing was sent$/) }
      ])
      expect((await world.state()).taken).toEqual([])
    }))

  it.each([
    ["when its answer is to be stored", 1],
    ["when what a look showed is to be stored", 2]
  ])("%s: the stored order stands, and there is no other", (_, nth) =>
    withOneMarket(async (world) => {
      await placeWhile(world, "advance", nth)
      expect(orders(world)).toMatchObject([{ status: nth === 1 ? "pending" : "submitted" }])
      await resolve(world)
      expect(orders(world)).toEqual([{ status: "partially_filled", message: "" }])
      expect(storedBooks(world)).toEqual(await exchangeBooks(world))
      expect(await storedProblems(world)).toEqual([])
    })
  )
})
