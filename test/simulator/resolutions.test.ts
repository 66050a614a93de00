import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { wholeJob } from "../../src/app/unattended.ts"
import { onVirtualTime } from "../../src/app/virtualClock.ts"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../src/config/AppConfig.ts"
import { ConfigSources } from "../../src/config/ConfigSources.ts"
import { toMicros } from "../../src/domain/units.ts"
import { settleUp } from "../../src/engine/commands/settleUp.ts"
import { placeOrder } from "../../src/engine/commands/placeOrder.ts"
import { pnlReport } from "../../src/engine/commands/pnlReport.ts"
import { Ingestor } from "../../src/ports/Ingestor.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { makeInProcessExchange } from "../../src/simulator/inProcessClient.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { storeLayer } from "../../src/store/layer.ts"
import { temporaryFolder } from "../store/support.ts"
import { type Loose } from "./support.ts"

/** In this universe this market's outcome is proposed, contested, proposed again, and called a tie. */
const SEED = 338
const MARKET = "512049"

describe("a contested tie at the generated exchange", () => {
  it.live("is proposed, disputed and final in the store as it is told, and pays half", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const backend = makeUniverse({ seed: SEED, markets: 40 })
        const exchange = makeInProcessExchange({ backend })
        const database = join(yield* temporaryFolder, "tie.db")
        const config: AppConfigShape = {
          ...defaultConfig,
          app: { ...defaultConfig.app, db_path: database },
          data: {
            ...defaultConfig.data,
            gamma_base_url: exchange.urls.gamma,
            data_base_url: exchange.urls.data,
            clob_base_url: exchange.urls.clob,
            include_closed: true,
            rate_limit_per_sec: 1_000
          }
        }
        const layer = wholeJob.pipe(
          Layer.provide(Layer.succeed(HttpClient.HttpClient, exchange.client)),
          Layer.provideMerge(storeLayer(database, { create: true })),
          Layer.provideMerge(Layer.succeed(AppConfig, config)),
          Layer.provideMerge(
            Layer.succeed(ConfigSources, { file: null, setKeys: new Set<string>(), environmentSwitches: new Map() })
          )
        )
        const states: Array<string> = []
        const body = Effect.gen(function* () {
          const ingestor = yield* Ingestor
          const markets = yield* MarketRepo
          // Incremental: what the exchange says is new has to be dated as new.
          const look = (incremental: boolean) => ingestor.run({ sources: ["gamma"], limit: 10_000, incremental })
          yield* look(false)
          yield* placeOrder({
            marketId: MARKET,
            token: "YES",
            side: "buy",
            price: 0.99,
            qty: 20,
            tif: "ioc",
            strategy: "manual",
            mode: "paper",
            confirmed: false
          })
          const bought = yield* pnlReport
          expect(bought.open).toMatchObject([{ qty: toMicros(20) }])
          for (let paid = 0; paid === 0;) {
            // The first proposal stands for an hour only.
            yield* Effect.sleep(states.includes("disputed") ? "6 hours" : "30 minutes")
            yield* look(true)
            paid = (yield* settleUp).settlements.length
            const { payout, resolution } = Option.getOrThrow(yield* markets.find(MARKET))
            const state = resolution?.state ?? "nothing said"
            if (state !== states.at(-1)) states.push(state)
            expect(payout === null).toBe(paid === 0)
            expect(state === "final").toBe(paid === 1)
          }
          const { resolution } = Option.getOrThrow(yield* markets.find(MARKET))
          const { disputedAtUs, finalAtUs, proposedAtUs } = resolution ?? expect.fail("resolved")
          expect(proposedAtUs).toBeLessThan(disputedAtUs ?? 0)
          expect(disputedAtUs).toBeLessThan(finalAtUs ?? 0)
          const report = yield* pnlReport
          // Exactly half a USDC a share came back.
          expect(report.cash - bought.cash).toBe(toMicros(10))
          expect(report).toMatchObject({ open: [], openCost: 0, equity: report.cash })
          expect(yield* checkInvariants).toEqual([])
        })
        yield* onVirtualTime(backend.startUs, () => Effect.provide(body, layer))
        expect(states).toEqual(["nothing said", "proposed", "disputed", "proposed", "final"])
      })
    ).pipe(Logger.withMinimumLogLevel(LogLevel.None))
  )

  it("tells the oracle's history word by word, and dates each word as a change", () => {
    const universe = makeUniverse({ seed: SEED, markets: 40 })
    const told: Array<readonly [status: string, history: string]> = []
    let updatedAt = ""
    for (let step = 100; step < 730; step++) {
      const view = universe.at(universe.startUs + step * 300_000_000)
      const row: Loose = JSON.parse(
        view
          .gammaMarkets()
          .find(({ id }) => id === MARKET)!
          .json()
      )
      const now = [row.umaResolutionStatus ?? "", row.umaResolutionStatuses] as const
      if (now.join() !== (told.at(-1) ?? []).join()) {
        told.push(now)
        expect(row.updatedAt > updatedAt).toBe(true)
      }
      updatedAt = row.updatedAt
    }
    expect(told).toEqual([
      ["", "[]"],
      ["proposed", '["proposed"]'],
      ["disputed", '["proposed", "disputed"]'],
      ["proposed", '["proposed", "disputed", "proposed"]'],
      ["resolved", '["proposed", "disputed", "proposed"]']
    ])
  })
})
