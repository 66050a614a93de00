import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { nowUs } from "../../src/engine/now.ts"
import { settleUp } from "../../src/engine/commands/settleUp.ts"
import { executeSignal } from "../../src/engine/commands/executeSignal.ts"
import { makeStoring } from "../../src/engine/session/storeFacts.ts"
import { type Follower } from "../../src/domain/RestTerms.ts"
import { price, shares } from "../../src/domain/units.ts"
import { allOrders, insert, inWorld, quoted, see, signal } from "../execution/world.ts"

/*
 * A session numbers its signals from 1, and the database has numbers of its own. An order that rests carries the number
 * of its signal into later sessions, whose own signals have the same numbers.
 */

const follower = (signalId: number): Follower => ({
  ...{ strategy: "s4", marketId: "m2", eventId: "e2", token: "NO", side: "buy", role: "hedge", signalId },
  ...{ limitPrice: price(100_000), qty: shares(5_000_000), orderedQty: shares(0) }
})

it.effect("an earlier session's signal is never taken for one of the session's own", () =>
  inWorld(
    Effect.gen(function* () {
      yield* see(quoted("m1", 0.49, 0.51))
      yield* insert({ ...signal({ marketId: "m1", targetPrice: 0.45, sizeHint: 10 }), style: "passive" })
      yield* executeSignal({ pick: { _tag: "next", count: 1 }, mode: "paper", confirmed: false })
      yield* settleUp
      const [order] = yield* allOrders
      expect(order).toMatchObject({ status: "open", signalId: 1 })

      const storing = yield* makeStoring("paper", false, null)
      const chosen = [{ id: 1, signal: signal({ marketId: "m3" }) }]
      yield* storing.store([{ kind: "scan", atUs: yield* nowUs, asked: true, stale: 0, chosen, left: 0, held: null }])
      const stored = (id: number) => ({ ...order!, signalId: id, rest: { ...order!.rest!, followers: [follower(id)] } })
      const [earlier, own] = [storing.ownNumbers(stored(1)), storing.ownNumbers(stored(2))]
      for (const [known, id] of [
        [earlier, -1],
        [own, 1]
      ] as const) {
        expect(known).toMatchObject({ signalId: id, rest: { followers: [{ signalId: id }] } })
      }
      expect([earlier, own].map(({ signalId }) => storing.storedSignal(signalId!))).toStrictEqual([1, 2])
    })
  )
)
