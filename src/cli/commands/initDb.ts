import * as Effect from "effect/Effect"
import { createdStore } from "../../app/store.ts"
import { AppConfig } from "../../config/AppConfig.ts"
import { MarketRepo } from "../../ports/MarketRepo.ts"
import { defineCommand } from "../command.ts"
import { Output } from "../Output.ts"

export const command = defineCommand({
  name: "init-db",
  description: "Creates the SQLite database, or upgrades one that an older version or the original wrote.",
  settings: {},
  layer: createdStore,
  handler: () =>
    Effect.gen(function* () {
      const { app } = yield* AppConfig
      // Building the Layer was the work; a read proves that the result is usable.
      const markets = yield* MarketRepo
      yield* markets.list({ limit: 1, status: "all" })
      const output = yield* Output
      yield* output.result({ db_path: app.db_path, status: "ready" }, () => `Database ${app.db_path} is ready.`)
    })
})
