import { describe, expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { SwitchRepo } from "../../src/ports/SwitchRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { allFills, allOrders, inWorld, noon, place, quoted, see } from "./world.ts"

const yesNo = [false, true]
const credentials = [
  ["POLYMARKET_PRIVATE_KEY", "0xsecret"],
  ["POLYMARKET_FUNDER", "0xfunder"],
  ["POLYMARKET_SIGNATURE_TYPE", "0"]
] as const

const cases = yesNo.flatMap((kill) =>
  yesNo.flatMap((live) =>
    yesNo.flatMap((require) =>
      yesNo.flatMap((confirmed) =>
        yesNo.flatMap((withCredentials) =>
          (["paper", "live"] as const).map((mode) => ({ kill, live, require, confirmed, withCredentials, mode }))
        )
      )
    )
  )
)

type Case = (typeof cases)[number]

/** The specification's gate order, said once more: kill switch, live, confirmation, credentials. */
const expected = ({ confirmed, kill, live, mode, require, withCredentials }: Case): string | null => {
  if (kill) return "kill switch"
  if (mode === "paper") return null
  if (!live) return "live trading disabled"
  if (require && !confirmed) return "manual confirmation missing"
  return withCredentials
    ? "live order: live execution is not available in this version; nothing was sent"
    : "live order: missing credentials POLYMARKET_PRIVATE_KEY, POLYMARKET_FUNDER, POLYMARKET_SIGNATURE_TYPE; nothing was sent"
}

describe("gates", () => {
  it.effect("let through what the whole truth table of switches, mode, confirmation and credentials lets through", () =>
    inWorld(
      Effect.gen(function* () {
        const switches = yield* SwitchRepo
        const repo = yield* TradeRepo
        yield* see(quoted("m1", 0.39, 0.41))
        let trades = 0
        for (const one of cases) {
          const name = JSON.stringify(one)
          yield* switches.set("KILL_SWITCH", one.kill, noon)
          yield* switches.set("ENABLE_LIVE_TRADING", one.live, noon)
          yield* switches.set("REQUIRE_MANUAL_CONFIRM", one.require, noon)
          const before = yield* repo.decisionsSince(noon)
          const environment = new Map(one.withCredentials ? credentials : [])
          const outcome = yield* place({ mode: one.mode, confirmed: one.confirmed }).pipe(
            Effect.withConfigProvider(ConfigProvider.fromMap(environment))
          )
          const order = (yield* allOrders).at(-1)
          const reason = expected(one)
          expect(order?.mode, name).toBe(one.mode)
          if (reason === null) {
            trades += 1
            expect(outcome._tag, name).toBe("Accepted")
            expect(order?.status, name).toBe("filled")
            continue
          }
          expect(outcome._tag, name).toBe("Refused")
          expect(order, name).toMatchObject({ status: "rejected", filledQty: 0 })
          expect(order?.message.startsWith(reason), `${name}: ${order?.message}`).toBe(true)
          expect(order?.message).not.toContain("0xsecret")
          // None of these counts for the circuit breaker, as a rejection or otherwise.
          expect(yield* repo.decisionsSince(noon), name).toEqual(before)
        }
        expect(trades).toBe(16)
        expect(yield* allFills).toHaveLength(16)
        expect(yield* allOrders).toHaveLength(cases.length)
      })
    )
  )

  it.effect("obeys the environment before the database, and the database before the configuration", () =>
    inWorld(
      Effect.gen(function* () {
        const switches = yield* SwitchRepo
        yield* see(quoted("m1", 0.39, 0.41))
        yield* switches.set("KILL_SWITCH", true, noon)
        expect((yield* place({}))._tag).toBe("Accepted")
      }),
      { environmentSwitches: new Map([["KILL_SWITCH", "off"]]) }
    )
  )

  it.effect("refuses everything while a switch cannot be read, and stores nothing", () =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.39, 0.41))
        const error = yield* Effect.flip(place({}))
        expect(error._tag).toBe("InputError")
        expect(error.message).toContain("KILL_SWITCH")
        expect(yield* allOrders).toEqual([])
      }),
      { environmentSwitches: new Map([["KILL_SWITCH", "flase"]]) }
    )
  )
})
