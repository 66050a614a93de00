import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { regenerate } from "../../src/app/regenerate.ts"
import { LedgerTable } from "../../src/backtest/LedgerTable.ts"
import { type BacktestOptions, printedLimits } from "../../src/backtest/options.ts"
import { AppConfig, defaultConfig } from "../../src/config/AppConfig.ts"
import { type Market } from "../../src/domain/Market.ts"
import { type MarketView } from "../../src/domain/MarketView.ts"
import { MICROS_PER_HOUR } from "../../src/domain/time.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { type Strategy, StrategyRegistry } from "../../src/ports/StrategyRegistry.ts"
import { market, noon, run, temporaryFolder, using } from "../store/support.ts"
import { want } from "./programWorld.ts"

const STEPS = 12
const timeOf = (step: number): number => noon + step * MICROS_PER_HOUR

/** Prices and amounts of one moment, found at no other. */
const figures = (step: number) => ({
  yesPrice: 0.3 + step / 1_000,
  noPrice: 0.69 - step / 1_000,
  bestBid: 0.27 + step / 1_000,
  bestAsk: 0.32 + step / 1_000,
  midPrice: 0.2955 + step / 1_000,
  liquidity: 40_000 + step,
  volume: 70_000 + step
})

const closedAt = STEPS - 3

/** The market as it was at a step: at the end closed and paid, as its row in the markets table says all along. */
const stateAt = (step: number, marketId: string): Market => ({
  ...market({ marketId, ...figures(step), updatedAtUs: timeOf(step), sourceUpdatedUs: timeOf(step) + 1 }),
  fee: { rate: 0.02, exponent: 1, takerOnly: true, rebateRate: 0 },
  ...(step < closedAt ? {} : { status: "closed", acceptingOrders: false }),
  ...(step < closedAt ? {} : { payout: { yes: 1, no: 0 }, resolvedAtUs: timeOf(closedAt) - 7 })
})

const record = Effect.forEach(
  Array.from({ length: STEPS }, (_, step) => step),
  (step) =>
    Effect.flatMap(IngestRepo, (repo) =>
      repo.commitRun({
        run: run({ startedAtUs: timeOf(step), finishedAtUs: timeOf(step) }),
        // One of them is first seen in the middle.
        markets: [stateAt(step, "m1"), ...(step < 4 ? [] : [stateAt(step, "late")])],
        capturedAtUs: timeOf(step),
        confirmed: [],
        checkpointUs: null
      })
    ),
  { discard: true }
)

const options: BacktestOptions = {
  fromUs: noon,
  toUs: timeOf(STEPS),
  strategies: [],
  compat: "market",
  settlement: true,
  execution: { ...defaultConfig.execution, slippage_bps: 0 },
  risk: defaultConfig.risk
}

/** The strategy asked every half hour over the recording. */
const replay = (generate: Strategy["generate"]) =>
  Effect.gen(function* () {
    const path = join(yield* temporaryFolder, "store.db")
    yield* using(path, record)
    const ledger = new LedgerTable(printedLimits(options))
    const asked = regenerate({ intervalMs: 1_800_000, maxSignals: 20, cooldownUs: 0 })
    const report = yield* using(path, asked(options, { ledger, onProgress: null })).pipe(
      Effect.provideService(StrategyRegistry, [{ id: "own", title: "Own", generate }]),
      Effect.provideService(AppConfig, defaultConfig)
    )
    return { report, ledger: [...ledger.rows()] }
  })

/** Every value that can be reached from an object by any of its properties, shown or hidden, its own or inherited. */
const reachable = (root: unknown): ReadonlySet<unknown> => {
  const found = new Set<unknown>()
  const visit = (value: unknown): void => {
    if (found.has(value)) return
    found.add(value)
    if (typeof value !== "object" || value === null || value === Object.prototype || value === Array.prototype) return
    for (const key of Reflect.ownKeys(value)) {
      found.add(key)
      const { get, value: held } = Reflect.getOwnPropertyDescriptor(value, key) ?? {}
      visit(get === undefined ? held : (get.call(value) as unknown))
    }
    visit(Reflect.getPrototypeOf(value))
  }
  visit(root)
  return found
}

/** What nobody can know before `atUs` has come to it. */
const futureOf = (atUs: number): ReadonlyArray<unknown> => [
  "payout",
  "resolution",
  "resolvedAtUs",
  "sourceUpdatedUs",
  ...Array.from({ length: STEPS }, (_, step) => step)
    .filter((step) => timeOf(step) > atUs)
    .flatMap((step) => [...Object.values(figures(step)), timeOf(step), timeOf(step) + 1]),
  timeOf(closedAt) - 7
]

describe("a strategy that is run again over recorded data", () => {
  it.scoped("can reach nothing later than its view, whatever it looks at", () =>
    Effect.gen(function* () {
      const looks: Array<number> = []
      const leaks: Array<unknown> = []
      const ids = new Set<string>()
      yield* replay((view) => {
        looks.push(view.atUs)
        const values = reachable(view)
        for (const secret of futureOf(view.atUs)) if (values.has(secret)) leaks.push([view.atUs, secret])
        for (const { marketId, updatedAtUs, volume } of view.markets) {
          ids.add(marketId)
          // And it does see what has come.
          expect(updatedAtUs).toBe(timeOf(Math.floor((view.atUs - noon) / MICROS_PER_HOUR)))
          expect(volume).toBe(70_000 + (updatedAtUs - noon) / MICROS_PER_HOUR)
          if (marketId === "late") expect(view.atUs).toBeGreaterThanOrEqual(timeOf(4))
        }
        if (view.atUs >= timeOf(closedAt)) expect(view.markets).toEqual([])
        return []
      })
      expect(leaks).toEqual([])
      expect([...ids]).toEqual(["m1", "late"])
      expect(looks).toEqual(Array.from({ length: STEPS }, (_, step) => timeOf(step)))
    })
  )

  it.scoped("keeps a view as it was, however much later it looks at it again", () =>
    Effect.gen(function* () {
      const kept: Array<{ readonly view: MarketView; readonly then: string }> = []
      yield* replay((view) => {
        kept.push({ view, then: JSON.stringify(view) })
        for (const { then, view: older } of kept) expect(JSON.stringify(older)).toBe(then)
        return []
      })
      for (const { then, view } of kept) expect(JSON.stringify(view)).toBe(then)
      expect(new Set(kept.map(({ then }) => then)).size).toBe(STEPS)
    })
  )

  it.scoped("cannot change what it sees, so that what it does is all that it changes", () =>
    Effect.gen(function* () {
      const buy = ({ markets }: MarketView) =>
        markets.map(({ bestAsk, marketId }) => want(marketId, bestAsk ?? 0.5, { sizeHint: 20 }))
      const honest = yield* replay(buy)
      let refused = 0
      const vandalize = (act: () => unknown): void => {
        expect(act).toThrow(TypeError)
        refused += 1
      }
      const cheating = yield* replay((view) => {
        const signals = buy(view)
        vandalize(() => Object.assign(view, { atUs: timeOf(STEPS) }))
        vandalize(() => Object.assign(view, { markets: [] }))
        vandalize(() => Array.prototype.pop.call(view.markets))
        for (const seen of view.markets) {
          vandalize(() => Object.assign(seen, { bestAsk: 0.01 }))
          vandalize(() => Object.assign(seen, { payout: { yes: 1, no: 0 } }))
          vandalize(() => Object.assign(seen.fee ?? {}, { rate: 0 }))
        }
        return signals
      })
      expect(refused).toBeGreaterThan(50)
      expect(cheating.ledger).toEqual(honest.ledger)
      expect(cheating.report.ledger_sha256).toBe(honest.report.ledger_sha256)
      expect(honest.ledger.filter(({ executed_qty, leg }) => leg === "primary" && executed_qty > 0)).toHaveLength(14)
      expect(honest.ledger.filter(({ leg }) => leg === "settlement")).toHaveLength(2)
    })
  )
})
