import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { MICROS_PER_MS } from "../../src/domain/time.ts"
import { toMicros } from "../../src/domain/units.ts"
import { nowUs } from "../../src/engine/now.ts"
import { openCommand } from "../../src/engine/session/runPackages.ts"
import { settleUp } from "../../src/engine/commands/settleUp.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { allFills, allPositions, inDatabase, noon, place, quoted, see } from "../execution/world.ts"
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
})
