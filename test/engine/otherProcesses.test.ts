import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { MICROS_PER_MS } from "../../src/domain/time.ts"
import { Instruments, marketEvent } from "../../src/domain/marketEvents.ts"
import { toMicros } from "../../src/domain/units.ts"
import { nowUs } from "../../src/engine/now.ts"
import { openCommand } from "../../src/engine/session/runPackages.ts"
import { cancelOrder } from "../../src/engine/commands/cancelOrder.ts"
import { settleUp } from "../../src/engine/commands/settleUp.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { allFills, allOrders, allPositions, inDatabase, noon, place, quoted, see } from "../execution/world.ts"
import { fill, request, result, temporaryFolder } from "../store/support.ts"

const closed = quoted("m1", 1, 1, { status: "closed", yesPrice: 1, noPrice: 0, payout: { yes: 1, no: 0 } })

const settled = Effect.map(allFills, (fills) =>
  fills.flatMap(({ externalFillId, qty }) => (externalFillId === null ? [] : [[externalFillId, qty]]))
)

describe("a session beside another process", () => {
  it.scoped("reads an account anew that the other one changed, and pays nothing twice", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "shared.db")
      yield* TestClock.setTime(noon / MICROS_PER_MS)
      yield* inDatabase(
        path,
        Effect.gen(function* () {
          yield* see(quoted("m1", 0.4, 0.5))
          yield* place({ qty: 10 })
          const known = yield* (yield* MarketRepo).findAll(["m1"])
          const { session } = yield* openCommand("paper", [...known.values()], true)
          const held = () => session.state.account.holding("manual", "m1", "YES")?.position.qty
          expect(held()).toBe(toMicros(10))

          yield* inDatabase(path, place({ qty: 5 }))
          yield* session.refreshAccount(false)
          expect(held()).toBe(toMicros(15))

          // The other process pays out; this one has not looked since and learns of the resolution by itself.
          yield* inDatabase(path, Effect.zipRight(see(closed), settleUp))
          const resolution = { kind: "resolution", marketId: "m1", payout: { yes: 1, no: 0 } } as const
          yield* session.push([{ ...resolution, atUs: yield* nowUs }])
          expect(yield* settled).toEqual([["settlement:manual:m1:YES", toMicros(15)]])
          expect(held() ?? 0).toBe(0)

          // A fill comes in late: it is paid under an id of its own when the account is read.
          const late = { strategy: "manual", qty: toMicros(4) }
          const atUs = yield* nowUs
          const fills = [fill({ ...late, atUs, externalFillId: "late" })]
          yield* inDatabase(
            path,
            Effect.flatMap(TradeRepo, (repo) =>
              repo.record({ results: [result({ request: { ...request, ...late }, fills })], signals: [], atUs })
            )
          )
          yield* session.refreshAccount(false)
          expect(yield* settled).toEqual([
            ["settlement:manual:m1:YES", toMicros(15)],
            ["late", toMicros(4)],
            ["settlement:manual:m1:YES:2", toMicros(4)]
          ])
          expect((yield* allPositions).every(({ qty }) => qty === 0)).toBe(true)
          expect(yield* checkInvariants).toEqual([])
        })
      )
    })
  )

  /** A session with an order for 10 at 0.45 that rests, in a database that a second process opens by its path. */
  const resting = <A, E, R>(
    body: (path: string, opened: Effect.Effect.Success<ReturnType<typeof openCommand>>) => Effect.Effect<A, E, R>
  ) =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "shared.db")
      yield* TestClock.setTime(noon / MICROS_PER_MS)
      const opened = Effect.gen(function* () {
        yield* see(quoted("m1", 0.48, 0.52))
        yield* place({ price: 0.45, qty: 10 })
        const known = yield* (yield* MarketRepo).findAll(["m1"])
        const command = yield* openCommand("paper", [...known.values()], true)
        expect(exposureOf(command)).toEqual({
          openOrders: 1,
          event: toMicros(4.5),
          strategy: toMicros(4.5),
          loss: 4.5e6
        })
        return yield* body(path, command)
      })
      return yield* inDatabase(path, opened, { risk: { max_scenario_loss: 1_000 } })
    })
  const exposureOf = ({ session: { state } }: Effect.Effect.Success<ReturnType<typeof openCommand>>) => ({
    openOrders: state.exposure.openOrders,
    event: state.exposure.eventNotional("e1"),
    strategy: state.exposure.strategyNotional("manual"),
    loss: state.worstLoss()?.book
  })
  const nothing = { openOrders: 0, event: 0, strategy: 0, loss: 0 }
  const held = ({ session: { state } }: Effect.Effect.Success<ReturnType<typeof openCommand>>) =>
    state.account.holding("manual", "m1", "YES")?.position ?? null

  it.scoped("counts a fill once that the other one stored first, in memory too", () =>
    resting((path, opened) =>
      Effect.gen(function* () {
        const crossing = quoted("m1", 0.4, 0.42)
        yield* inDatabase(path, Effect.zipRight(see(crossing), settleUp))
        expect(yield* allFills).toHaveLength(1)
        // The same quote reaches this session, whose order still rests as far as it knows.
        expect(exposureOf(opened).openOrders).toBe(1)
        const [market] = [...(yield* (yield* MarketRepo).findAll(["m1"])).values()]
        yield* opened.session.push([marketEvent(market!, yield* nowUs, new Instruments())])
        expect(yield* allFills).toHaveLength(1)
        // What rested pays its own limit, however far the ask fell below it.
        expect(held(opened)).toMatchObject({ qty: toMicros(10), cost: toMicros(4.5) })
        expect(exposureOf(opened)).toEqual({ openOrders: 0, event: 4.5e6, strategy: 4.5e6, loss: 4.5e6 })
        expect(opened.session.state.account.cash).toBe(-4.5e6)
        expect(yield* checkInvariants).toEqual([])
      })
    )
  )

  it.scoped("lets go of an order that the other one ended, and of what it might have cost", () =>
    resting((path, opened) =>
      Effect.gen(function* () {
        const [order] = yield* allOrders
        yield* inDatabase(path, cancelOrder(order!.id))
        // It hears of that when it looks, and not before.
        expect(exposureOf(opened).openOrders).toBe(1)
        yield* opened.session.refreshAccount(false)
        expect(exposureOf(opened)).toEqual(nothing)
        expect(held(opened)).toBeNull()
        expect(opened.session.state.freeShares("manual", "m1", "YES")).toBe(0)
      })
    )
  )

  it.scoped("and fills nothing of it when a quote comes that would have", () =>
    resting((path, opened) =>
      Effect.gen(function* () {
        const [order] = yield* allOrders
        yield* inDatabase(path, cancelOrder(order!.id))
        yield* see(quoted("m1", 0.4, 0.42))
        const [market] = [...(yield* (yield* MarketRepo).findAll(["m1"])).values()]
        yield* opened.session.push([marketEvent(market!, yield* nowUs, new Instruments())])
        expect(yield* allFills).toEqual([])
        expect((yield* allOrders).map(({ status }) => status)).toEqual(["canceled"])
        expect(held(opened)?.qty ?? 0).toBe(0)
        expect(exposureOf(opened)).toEqual(nothing)
      })
    )
  )
})
