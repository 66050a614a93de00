import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Ajv } from "ajv"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { alignPaper } from "../../src/app/align.ts"
import { alignmentJson } from "../../src/backtest/alignmentJson.ts"
import { alignmentText } from "../../src/backtest/alignmentText.ts"
import { withChecksum } from "../../src/backtest/migrate.ts"
import { verifyText } from "../../src/backtest/verify.ts"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { executeSignal } from "../../src/engine/commands/executeSignal.ts"
import { nowUs } from "../../src/engine/now.ts"
import { placeOrder } from "../../src/engine/commands/placeOrder.ts"
import { Ingestor } from "../../src/ports/Ingestor.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { SignalRepo } from "../../src/ports/SignalRepo.ts"
import { expectEveryFlipFound } from "../backtest/flips.ts"
import { signal } from "../execution/world.ts"
import { root } from "../shared.ts"
import { inSoakWorld } from "./soakWorld.ts"

/** Eight rounds of signals that the market would fill; paper executes every other round 20 minutes late. */
const tradedRounds = (delaySec: (round: number) => number) =>
  Effect.gen(function* () {
    const collect = Effect.flatMap(Ingestor, (ingestor) =>
      ingestor.run({ sources: ["gamma"], limit: 100, incremental: true })
    )
    for (let round = 0; round < 8; round += 1) {
      yield* collect
      const markets = yield* (yield* MarketRepo).list({ limit: 400, status: "open" })
      const liquid = markets.filter(({ bestAsk, bestBid }) => (bestBid ?? 0) > 0.1 && (bestAsk ?? 1) < 0.9)
      const signals = liquid.slice(0, 6).map((market) => ({
        ...signal({
          marketId: market.marketId,
          eventId: market.eventId,
          targetPrice: market.bestAsk ?? 0.5,
          sizeHint: 20
        })
      }))
      yield* (yield* SignalRepo).insertAll(signals, yield* nowUs)
      const delay = delaySec(round)
      if (delay > 0) {
        yield* Effect.sleep(delay * 1_000)
        yield* collect
      }
      yield* executeSignal({ pick: { _tag: "next", count: 100 }, mode: "paper", confirmed: false })
      yield* Effect.sleep("30 minutes")
    }
  })

describe("an alignment", () => {
  it("is aligned when paper executes at once", () =>
    Effect.runPromise(
      inSoakWorld(8, ({ clock }) =>
        Effect.gen(function* () {
          const fromUs = clock.nowUs
          yield* tradedRounds(() => 0)
          const { execution, risk } = yield* AppConfig
          const settings = { compat: "market", settlement: true, strategies: ["s4"], execution, risk } as const
          const { alignment } = yield* alignPaper({ ...settings, fromUs, toUs: clock.nowUs })
          expect(alignment).toMatchObject({
            verdict: "aligned",
            signalsMade: 48,
            match: { agreement: 1, overlap: 1, priceGapBps: 0, quantityRatio: 1, maxDelaySec: 0 }
          })
          expect(alignment.backtest.executed).toBeGreaterThan(20)
          expect(alignment.paper.total).toEqual(alignment.backtest.total)
        })
      )
    ))

  it("replays what paper tried; both sides add up, and the report is filled in", () =>
    Effect.runPromise(
      inSoakWorld(8, ({ clock }) =>
        Effect.gen(function* () {
          const begun = clock.nowUs
          yield* tradedRounds((round) => (round % 2) * 1_200)
          const left = { marketId: "nobody", eventId: "e1", targetPrice: 0.5 }
          yield* (yield* SignalRepo).insertAll([signal(left), signal(left)], yield* nowUs)
          const [market] = yield* (yield* MarketRepo).list({ limit: 1, status: "open" })
          const manual = {
            token: "YES",
            side: "buy",
            price: 0.01,
            qty: 300,
            tif: "gtc",
            strategy: "manual",
            mode: "paper",
            confirmed: false
          } as const
          yield* placeOrder({ ...manual, marketId: market?.marketId ?? "" })
          const { execution, risk } = yield* AppConfig
          const options = {
            compat: "market",
            settlement: true,
            strategies: [],
            execution,
            risk,
            fromUs: begun,
            toUs: clock.nowUs
          } as const
          const { alignment, report } = yield* alignPaper(options)
          const { backtest, match, paper } = alignment
          expect(alignment.signalsMade).toBe(50)
          expect(paper.signals).toBe(48)
          expect(backtest.signals).toBe(48)
          expect(match.bothExecuted + match.onlyBacktest + match.onlyPaper + match.neither).toBe(48)
          expect(match.bothExecuted).toBeGreaterThan(20)
          // A request or two of pacing on top of the delay.
          expect(match.medianDelaySec).toBeGreaterThanOrEqual(600)
          expect(match.medianDelaySec).toBeLessThan(605)
          expect(match.maxDelaySec).toBeLessThan(1_205)
          // Paper and the replay saw the same market at the same moments; the wait itself is told apart.
          expect(match).toMatchObject({ agreement: 1, overlap: 1, priceGapBps: 0, quantityRatio: 1 })
          expect(alignment.changedByWaiting).toBeGreaterThan(0)
          expect(alignment.changedByWaiting).toBeLessThan(24)
          expect(alignment.atOnce.total.pnl).not.toBe(backtest.total.pnl)
          expect(alignment.atOnce.signals).toBe(48)
          // The fold over the legs gives what the replay itself reports.
          const replayed = report.results.reduce((sum, { pnl }) => sum + pnl, 0)
          expect(backtest.total.pnl).toBeCloseTo(replayed, 6)
          expect(backtest.executed).toBe(report.executed_signals)
          for (const pairs of [alignment.strategyPairs, alignment.events]) {
            const sum = (of: "backtest" | "paper") => pairs.reduce((total, pair) => total + pair[of].pnl, 0)
            expect(sum("backtest")).toBeCloseTo(backtest.total.pnl, 6)
            expect(sum("paper")).toBeCloseTo(paper.total.pnl, 6)
          }
          const differences = alignment.events.map(({ pnlDifference }) => Math.abs(pnlDifference))
          expect(differences).toEqual([...differences].sort((a, b) => b - a))
          expect(alignment.manualOrders).toMatchObject([{ strategy: "manual", status: "open" }])
          const text = alignmentText(alignment)
          expect(text).not.toMatch(/\{\{|undefined|NaN/)
          expect(text).toContain(`## Verdict: ${alignment.verdict}`)
          expect(text).toContain(`Waiting changed the outcome of ${alignment.changedByWaiting} of 48 signals`)
          expect(text).toContain("Paper left 2 of 50 signals alone")
          expect(text).toContain("buy 300 YES at 0.01")
          const json = withChecksum(JSON.parse(JSON.stringify(alignmentJson(alignment))))
          const written = `${JSON.stringify(json, null, 2)}\n`
          expect(written).not.toContain("NaN")
          expect(yield* verifyText("align.json", written)).toMatchObject({
            checks: ["checksum", "schema alignment-1.0", "6 criteria"]
          })
          yield* expectEveryFlipFound(Buffer.from(written), 7)
          const schema = JSON.parse(readFileSync(join(root, "docs", "schema", "alignment-1.schema.json"), "utf8"))
          const validate = new Ajv({ allErrors: true }).compile(schema)
          expect([validate(json), validate.errors]).toEqual([true, null])
          expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(json)))
          const less = Object.fromEntries(Object.entries(json).filter(([name]) => name !== "match"))
          expect((yield* Effect.flip(verifyText("a.json", JSON.stringify(withChecksum(less))))).message).toBe(
            "a.json: match: is missing"
          )
          const kinder = withChecksum({ ...json, verdict: "not_aligned" })
          expect((yield* Effect.flip(verifyText("a.json", JSON.stringify(kinder)))).message).toContain(
            "a.json: verdict: is not_aligned, but the worst of the criteria is"
          )
          const before = yield* alignPaper({ ...options, fromUs: 0, toUs: begun - 1 })
          expect(before.alignment).toMatchObject({ verdict: "not_aligned", signalsMade: 0 })
          expect(alignmentText(before.alignment)).toContain("there is nothing to compare")
        })
      )
    ))
})
