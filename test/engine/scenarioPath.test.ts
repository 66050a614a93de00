import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { makerFee } from "../../src/core/venue/fees.ts"
import { notionalOf } from "../../src/core/account/portfolio.ts"
import { type Token } from "../../src/domain/ids.ts"
import { isWorking } from "../../src/domain/Order.ts"
import { MICRO, shares } from "../../src/domain/units.ts"
import { rejectionText } from "../../src/domain/rejection.ts"
import { executeSignal } from "../../src/engine/commands/executeSignal.ts"
import { settleUp } from "../../src/engine/commands/settleUp.ts"
import { riskStatus } from "../../src/engine/commands/riskStatus.ts"
import { allFills, allOrders, insert, inWorld, place, quoted, see, signal } from "../execution/world.ts"

/** m1 to m3 exclude each other; m4 stands alone, and m5 is the same contract as another source shows it. */
const CAP = 40
const conditionId = `0x${"b".repeat(64)}`
const takers = { rate: 0.04, exponent: 1, takerOnly: true, rebateRate: 0 }
const everybody = { ...takers, takerOnly: false }
const markets = [
  { marketId: "m1", contract: "m1", fields: { eventId: "e1", negRisk: true, fee: takers } },
  { marketId: "m2", contract: "m2", fields: { eventId: "e1", negRisk: true, fee: everybody } },
  { marketId: "m3", contract: "m3", fields: { eventId: "e1", negRisk: true, fee: null } },
  { marketId: "m4", contract: "c", fields: { eventId: "e2", conditionId, fee: everybody } },
  { marketId: "m5", contract: "c", fields: { eventId: "unknown", conditionId, fee: takers } }
] as const
const contractOf = (marketId: string) => markets.find((market) => market.marketId === marketId)!.contract
const feeOf = (marketId: string) => markets.find((market) => market.marketId === marketId)!.fields.fee

/** What YES pays in every joint outcome: one of the three or none, and YES, NO or a half of the other. */
const outcomes = [null, "m1", "m2", "m3"].flatMap((winner) =>
  [0, 0.5, 1].map((alone) => (contract: string) => (contract === "c" ? alone : contract === winner ? 1 : 0))
)

/** What stored fills and resting orders lose in the worst outcome, the resting ones filled where that hurts. micro-USDC. */
const worstRealizedLoss = Effect.gen(function* () {
  const fills = yield* allFills
  const working = (yield* allOrders).filter(({ status }) => isWorking(status))
  const lost = outcomes.map((pays) => {
    const payout = (marketId: string, token: Token, qty: number): number => {
      const yes = pays(contractOf(marketId))
      return Math.round(qty * (token === "YES" ? yes : 1 - yes))
    }
    const filled = fills.reduce((sum, { fee, marketId, price, qty, side, token }) => {
      const paid = notionalOf(price, qty) - payout(marketId, token, qty)
      return sum + fee + (side === "buy" ? paid : -paid)
    }, 0)
    return working.reduce((sum, { filledQty, limitPrice, marketId, qty, side, token }) => {
      const rest = qty - filledQty
      const paid = notionalOf(limitPrice, shares(rest)) - payout(marketId, token, rest)
      return sum + Math.max(0, (side === "buy" ? paid : -paid) + makerFee(feeOf(marketId), limitPrice, shares(rest)))
    }, filled)
  })
  // Each fill of an order rounds its own notional to whole units.
  return { loss: Math.max(...lost), rounding: fills.length + working.length }
})

const cents = (min: number, max: number) => fc.integer({ min, max }).map((value) => value / 100)
const token = fc.constantFrom<Token>("YES", "NO")
const marketId = fc.constantFrom(...markets.map((market) => market.marketId))
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("place" as const),
      marketId,
      token,
      price: cents(30, 75),
      qty: cents(500, 6_000),
      tif: fc.constantFrom("gtc" as const, "ioc" as const)
    })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("bundle" as const),
      first: fc.constantFrom("m1", "m2", "m3"),
      second: fc.constantFrom("m4", "m5"),
      token,
      qty: cents(500, 4_000)
    })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("quotes" as const),
      bids: fc.array(cents(35, 65), { minLength: 5, maxLength: 5 }),
      liquidity: fc.array(fc.integer({ min: 150, max: 1_500 }), { minLength: 5, maxLength: 5 })
    })
  }
)

const seeAll = (bids: ReadonlyArray<number>, liquidity: ReadonlyArray<number>) =>
  see(
    ...markets.map(({ fields, marketId: id }, index) =>
      quoted(id, bids[index]!, bids[index]! + 0.02, { ...fields, liquidity: liquidity[index]! })
    )
  )

type Step = typeof step extends fc.Arbitrary<infer A> ? A : never

const carryOut = (one: Step) =>
  Effect.gen(function* () {
    if (one.kind === "quotes") {
      yield* seeAll(one.bids, one.liquidity)
      yield* settleUp
      return null
    }
    if (one.kind === "place") {
      const { decision, ended } = yield* place(one)
      const refusal = decision?.refusal ?? ended?.refusal ?? null
      return refusal === null ? "ok" : rejectionText(refusal.reason)
    }
    const { first, qty, second } = one
    const leg = (id: string, of: Token) => ({ market_id: id, token: of, side: "buy", price: 0.7, qty })
    const legs = [leg(first, one.token), leg(second, "YES")]
    yield* insert(signal({ marketId: first, payload: { legs } }))
    const { executions } = yield* executeSignal({ pick: { _tag: "next", count: 1 }, mode: "paper", confirmed: false })
    return executions[0]?.reason ?? "ok"
  })

describe("whatever orders an account with a scenario limit accepts", () => {
  it.effect("no outcome loses more than the cap, and risk-status knows the worst", () =>
    Effect.gen(function* () {
      const runs = fc.sample(fc.array(step, { minLength: 10, maxLength: 16 }), { numRuns: 6, seed: 5 })
      let refused = 0
      let accepted = 0
      for (const steps of runs) {
        yield* inWorld(
          Effect.gen(function* () {
            yield* seeAll([0.5, 0.4, 0.45, 0.55, 0.5], [1_500, 1_500, 400, 1_500, 700])
            for (const one of steps) {
              const reason = yield* carryOut(one)
              if (reason?.startsWith("scenario loss limit exceeded") === true) refused += 1
              if (reason === "ok") accepted += 1
              const { loss, rounding } = yield* worstRealizedLoss
              expect(loss).toBeLessThanOrEqual(CAP * MICRO + rounding)
              const { worstLoss } = yield* riskStatus
              expect(Math.abs((worstLoss ?? Number.NaN) - loss)).toBeLessThanOrEqual(rounding)
            }
          }),
          {
            risk: {
              max_scenario_loss: CAP,
              max_strategy_notional: 1e6,
              max_event_notional: 1e6,
              circuit_breaker_rejections: 1_000
            },
            execution: { slippage_bps: 20, enable_partial_fill: true }
          }
        )
      }
      expect(Math.min(refused, accepted)).toBeGreaterThan(10)
    })
  )
})
