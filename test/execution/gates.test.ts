import { describe, expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { cancelOrder } from "../../src/engine/commands/cancelOrder.ts"
import { liveCancel } from "../../src/engine/commands/liveCancel.ts"
import { liveStatus } from "../../src/engine/commands/liveStatus.ts"
import { SwitchRepo } from "../../src/ports/SwitchRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { VenueSync } from "../../src/ports/VenueSync.ts"
import { type Exchange, startExchange } from "../../src/simulator/server.ts"
import { CONDITION, NO, oneMarket, usual, YES } from "../simulator/tradingSupport.ts"
import { allFills, allOrders, inWorld, noon, place, quoted, see, type WorldOptions } from "./world.ts"
import { outcomeOf } from "./outcome.ts"
import { reasonText } from "../../src/domain/rejection.ts"

const yesNo = [false, true]

/** An account of a well-known test chain: it never holds anything. */
const privateKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
const credentials = [
  ["POLYMARKET_PRIVATE_KEY", privateKey],
  ["POLYMARKET_SIGNATURE_TYPE", "0"]
] as const

const cases = yesNo.flatMap((kill) =>
  yesNo.flatMap((live) =>
    yesNo.flatMap((require) =>
      yesNo.flatMap((confirmed) =>
        yesNo.flatMap((withCredentials) =>
          yesNo.flatMap((safe) =>
            (["paper", "live"] as const).map((mode) => ({
              kill,
              live,
              require,
              confirmed,
              withCredentials,
              safe,
              mode
            }))
          )
        )
      )
    )
  )
)

type Case = (typeof cases)[number]

const MISSING =
  "live order: missing credentials POLYMARKET_PRIVATE_KEY, POLYMARKET_FUNDER, POLYMARKET_SIGNATURE_TYPE; nothing was sent"

/** The specification's gate order, said once more: kill switch, live, confirmation, risk, credentials. */
const expected = ({ confirmed, kill, live, mode, require, safe, withCredentials }: Case): string | null => {
  if (kill) return "kill switch: KILL_SWITCH is on (database), no new orders"
  if (mode === "live" && !live) return "live trading disabled: ENABLE_LIVE_TRADING is off (database)"
  if (mode === "live" && require && !confirmed) {
    return "manual confirmation missing: REQUIRE_MANUAL_CONFIRM is on (database), use --confirm-live"
  }
  if (!safe) return "strategy notional limit exceeded: "
  return mode === "live" && !withCredentials ? MISSING : null
}

/** Requests of any kind that reached the exchange. */
const requestsTo = ({ stats }: Exchange) =>
  Effect.map(stats, ({ requests }) =>
    Object.entries(requests).reduce((sum, [name, count]) => (name.startsWith("control ") ? sum : sum + count), 0)
  )

/** What its matching engine took and what rests there, told by itself. */
const engineOf = ({ urls }: Exchange) =>
  Effect.promise(async () => {
    const state: { taken: ReadonlyArray<unknown>; orders: ReadonlyArray<unknown> } = JSON.parse(
      await (await fetch(`${urls.control}/state`)).text()
    )
    return { taken: state.taken.length, resting: state.orders.length }
  })

const throwSwitches = ({ kill, live, require }: Pick<Case, "kill" | "live" | "require">) =>
  Effect.gen(function* () {
    const switches = yield* SwitchRepo
    yield* switches.set("KILL_SWITCH", kill, noon)
    yield* switches.set("ENABLE_LIVE_TRADING", live, noon)
    yield* switches.set("REQUIRE_MANUAL_CONFIRM", require, noon)
  })

/** Refusals by risk do not open the breaker, so that every combination meets the same risk. */
const options: WorldOptions = { risk: { circuit_breaker_rejections: 1_000_000 } }

/** A world beside an exchange with one market, bids 0.48 and offers 0.52, which the database knows as m1. */
const beside = <A, E, R>(body: (exchange: Exchange) => Effect.Effect<A, E, R>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const exchange = yield* startExchange({ backend: oneMarket([usual]), trading: {} })
      const ids = { conditionId: CONDITION, yesTokenId: YES, noTokenId: NO, tickSize: 0.01 }
      const known = Effect.zipRight(see(quoted("m1", 0.48, 0.52, ids)), body(exchange))
      return yield* inWorld(known, { ...options, exchange })
    })
  )

const withCredentials = Effect.withConfigProvider(ConfigProvider.fromMap(new Map(credentials)))
const withoutCredentials = Effect.withConfigProvider(ConfigProvider.fromMap(new Map()))

describe("gates", () => {
  it.effect("send nothing but what is live, enabled, confirmed or need not be, with credentials, and within risk", () =>
    beside((exchange) =>
      Effect.gen(function* () {
        const repo = yield* TradeRepo
        const sent = { paper: 0, live: 0 }
        for (const one of cases) {
          const name = JSON.stringify(one)
          yield* throwSwitches(one)
          const before = { requests: yield* requestsTo(exchange), decisions: yield* repo.decisionsSince(noon) }
          const outcome = outcomeOf(
            yield* place({ mode: one.mode, confirmed: one.confirmed, qty: one.safe ? 10 : 3_000 }).pipe(
              one.withCredentials ? withCredentials : withoutCredentials
            )
          )
          const order = (yield* allOrders).at(-1)
          const reason = expected(one)
          expect(order?.mode, name).toBe(one.mode)
          const said = reasonText(order!.reason)
          expect(said, name).not.toContain(privateKey.slice(2))
          if (reason === null) {
            sent[one.mode] += 1
            expect([outcome._tag, order?.status, said], name).toStrictEqual(["Accepted", "open", ""])
            expect(order?.externalId ?? "", name).toMatch(one.mode === "live" ? /^0x[0-9a-f]{64}$/ : /^$/)
          } else {
            expect(outcome._tag, name).toBe("Refused")
            expect(order, name).toMatchObject({ status: "rejected", filledQty: 0, externalId: null })
            expect(said.startsWith(reason), `${name}: ${said}`).toBe(true)
            // Of these only what risk refuses counts for the circuit breaker.
            const counted = reason.startsWith("strategy notional")
            expect((yield* repo.decisionsSince(noon)).length - before.decisions.length, name).toBe(counted ? 1 : 0)
          }
          const asked = (yield* requestsTo(exchange)) - before.requests
          expect(asked > 0, name).toBe(one.mode === "live" && reason === null)
          expect(yield* engineOf(exchange), name).toStrictEqual({ taken: sent.live, resting: sent.live })
        }
        // On paper neither the live switches nor credentials matter: 16 of its 64. Live: 3 ways to have it confirmed.
        expect(sent).toStrictEqual({ paper: 16, live: 3 })
        expect(yield* exchange.stats).toMatchObject({ requests: { "clob POST /order": 3 } })
        expect(yield* allFills).toHaveLength(0)
        expect(yield* allOrders).toHaveLength(cases.length)
      })
    )
  )

  it.effect("let the kill switch through to nobody who looks or cancels", () =>
    beside((exchange) =>
      Effect.gen(function* () {
        const open = { kill: false, live: true, require: false }
        yield* throwSwitches(open)
        for (const price of [0.45, 0.46, 0.47]) yield* place({ mode: "live", price })
        expect(yield* engineOf(exchange)).toStrictEqual({ taken: 3, resting: 3 })
        yield* throwSwitches({ kill: true, live: false, require: true })
        expect(outcomeOf(yield* place({ mode: "live", confirmed: true }))._tag).toBe("Refused")

        const status = yield* liveStatus
        expect(status.resting.map(({ stored }) => stored?.order.id)).toStrictEqual([1, 2, 3])
        const { sync } = yield* VenueSync
        expect(yield* sync).toMatchObject({ changes: [], unresolved: [], foreignOrders: 0 })
        // Somebody sells through the 200 shares of others, all of order 3, and half of order 2.
        const nowUs = yield* exchange.nowUs
        exchange.trading.outsiderTrade({ tokenId: YES, side: "sell", price: 460_000, qty: 215_000_000 }, nowUs)
        const { changes } = yield* sync
        expect(changes.map(({ after }) => [after.order.id, after.order.status])).toStrictEqual([
          [2, "partially_filled"],
          [3, "filled"]
        ])

        expect(yield* cancelOrder(1)).toMatchObject({ id: 1, status: "canceled", filledQty: 0 })
        const { orders } = yield* liveCancel({ _tag: "order", id: 2 })
        expect(orders).toMatchObject([{ reason: null, order: { order: { id: 2, status: "canceled" } } }])
        expect(yield* liveCancel({ _tag: "all" })).toMatchObject({ orders: [] })
        expect(yield* engineOf(exchange)).toStrictEqual({ taken: 3, resting: 0 })
        const [, second] = yield* allOrders
        expect(second).toMatchObject({ status: "canceled", filledQty: 5_000_000 })
      }).pipe(withCredentials)
    )
  )

  it.effect("obey the environment before the database, and the database before the configuration", () =>
    inWorld(
      Effect.gen(function* () {
        const switches = yield* SwitchRepo
        yield* see(quoted("m1", 0.39, 0.41))
        yield* switches.set("KILL_SWITCH", true, noon)
        expect(outcomeOf(yield* place({}))._tag).toBe("Accepted")
      }),
      { environmentSwitches: new Map([["KILL_SWITCH", "off"]]) }
    )
  )

  it.effect("refuse everything while a switch cannot be read, and store nothing", () =>
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
