import { describe, expect, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { SwitchRepo } from "../../src/ports/SwitchRepo.ts"
import { inStore, noon } from "./support.ts"

describe("SwitchRepo", () => {
  it.effect("gives the texts that are stored, and ignores names that are no switch", () =>
    inStore(
      Effect.gen(function* () {
        const repo = yield* SwitchRepo
        const sql = yield* SqlClient.SqlClient
        expect(yield* repo.all).toEqual(new Map())
        yield* repo.set("KILL_SWITCH", true, noon)
        yield* repo.set("KILL_SWITCH", false, noon + 1)
        yield* sql`INSERT INTO switches VALUES ('ENABLE_LIVE_TRADING', 'perhaps', ''), ('OTHER', '1', '')`
        expect(yield* repo.all).toEqual(
          new Map([
            ["ENABLE_LIVE_TRADING", "perhaps"],
            ["KILL_SWITCH", "false"]
          ])
        )
      })
    )
  )
})
