import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { judge, matchExecutions, pairsOf } from "../../src/backtest/alignment.ts"
import { alignmentTemplate, fillTemplate, templateNames } from "../../src/backtest/alignmentTemplate.ts"
import { adverseBps, type ExecutedLeg, executionSide } from "../../src/backtest/executionSide.ts"
import { QuoteBoard } from "../../src/backtest/quotes.ts"
import { packageIncomplete, type Rejection } from "../../src/domain/rejection.ts"
import { MICROS_PER_SECOND } from "../../src/domain/time.ts"
import { toMicros } from "../../src/domain/units.ts"
import { root } from "../shared.ts"

const leg = (signalId: number, fields: Partial<ExecutedLeg> & { price?: number } = {}): ExecutedLeg => ({
  atUs: signalId * MICROS_PER_SECOND,
  signalId,
  strategy: "s4",
  eventId: "e1",
  marketId: `m${signalId}`,
  token: "YES",
  side: "buy",
  qty: toMicros(10),
  limitPrice: toMicros(0.5),
  executedQty: toMicros(10),
  fillPrice: toMicros(fields.price ?? 0.5),
  fee: toMicros(0),
  reason: null,
  ...fields
})
const refused = (signalId: number, reason: Rejection) =>
  leg(signalId, { executedQty: toMicros(0), fillPrice: toMicros(0), reason })

const notMarketable: Rejection = { code: "not marketable", by: "market", side: "ask", shown: 900_000, limit: 100_000 }
const overLimit: Rejection = {
  ...{ code: "strategy notional limit exceeded", by: "risk", setting: "max_strategy_notional" },
  ...{ value: 1, limit: 0, event: null }
}

const board = (...rows: ReadonlyArray<readonly [string, number]>) => {
  const quotes = new QuoteBoard()
  for (const [marketId, yes] of rows) {
    const rest = {
      bid: null,
      ask: null,
      liquidity: 0,
      status: "open",
      acceptingOrders: null,
      disputed: null,
      tickSize: null
    } as const
    quotes.update({ marketId, atUs: 0, yes, no: 1 - yes, ...rest })
  }
  return quotes
}

describe("one side of an alignment", () => {
  it("counts signals, legs and reasons, and values what is left at the newest prices", () => {
    const side = executionSide(
      [
        leg(1, { price: 0.4, fee: toMicros(0.1) }),
        leg(2, { executedQty: toMicros(4), side: "buy", token: "NO", eventId: "e2", strategy: "s8" }),
        refused(3, notMarketable),
        refused(4, packageIncomplete({ marketId: "m9", token: "YES" }, overLimit)),
        { ...refused(4, overLimit), marketId: "m9" }
      ],
      [],
      board(["m1", 0.6], ["m2", 0.7])
    )
    expect(side).toMatchObject({ signals: 4, executed: 2, rejected: 2, legs: 5, filledLegs: 2, executionRate: 0.5 })
    expect(side.fillRate).toBeCloseTo(0.4, 12)
    expect(side.fillRatio).toBeCloseTo(14 / 20, 12)
    // 10 shares 20 % below the limit, 4 at it.
    expect(side.slippageBps).toBeCloseTo((-2_000 * 10) / 14, 6)
    expect(side.total).toMatchObject({ fees: 0.1, realized: -0.1, turnover: 6, trades: 2 })
    expect(side.total.pnl).toBeCloseTo(10 * 0.2 - 0.1 + 4 * (0.3 - 0.5), 9)
    expect(side.byStrategy.get("s8")?.pnl).toBeCloseTo(-0.8, 9)
    expect(side.byEvent.get("e1")?.pnl).toBeCloseTo(1.9, 9)
    expect([...side.reasons]).toEqual([
      ["not marketable", 1],
      ["strategy notional limit exceeded", 1]
    ])
  })

  it("settles at the resolution, in the order of time, and measures the fall of realized PnL", () => {
    const side = executionSide(
      [leg(1, { marketId: "m1" }), leg(5, { marketId: "m1", side: "sell", price: 0.2 }), leg(6, { marketId: "m2" })],
      [
        { marketId: "m2", atUs: 9 * MICROS_PER_SECOND, payout: { yes: 1, no: 0 } },
        { marketId: "m7", atUs: 9 * MICROS_PER_SECOND, payout: { yes: 1, no: 0 } }
      ],
      board(["m2", 0.1])
    )
    expect(side.total.realized).toBeCloseTo(-3 + 5, 9)
    expect(side.total.pnl).toBeCloseTo(2, 9)
    expect(side.total.maxDrawdown).toBeCloseTo(3, 9)
  })

  it("says how much worse a price is for the side that trades", () => {
    expect(adverseBps("buy", 510_000, 500_000)).toBeCloseTo(200, 9)
    expect(adverseBps("sell", 510_000, 500_000)).toBeCloseTo(-200, 9)
    expect(adverseBps("buy", 1, 0)).toBe(0)
  })
})

describe("paper beside a replay", () => {
  const created = new Map([1, 2, 3, 4].map((id) => [id, id * MICROS_PER_SECOND]))
  const replayed = [leg(1), leg(2), refused(3, notMarketable), refused(4, notMarketable)]
  const later = (one: ExecutedLeg, sec: number) => ({ ...one, atUs: one.atUs + sec * MICROS_PER_SECOND })

  it("matches signal by signal and leg by leg", () => {
    const match = matchExecutions(
      replayed,
      [
        later(leg(1, { price: 0.51, executedQty: toMicros(5) }), 10),
        later(refused(2, overLimit), 30),
        later(leg(3), 20),
        later(refused(4, overLimit), 300)
      ],
      created
    )
    expect(match).toMatchObject({ bothExecuted: 1, onlyBacktest: 1, onlyPaper: 1, neither: 1, agreement: 0.5 })
    expect(match).toMatchObject({ comparedLegs: 1, quantityRatio: 0.5, medianDelaySec: 25, maxDelaySec: 300 })
    expect(match.overlap).toBeCloseTo(1 / 3, 12)
    expect(match.priceGapBps).toBeCloseTo(200, 9)
  })

  it("judges by the worst criterion, and nothing tried is not aligned", () => {
    const many = Array.from({ length: 40 }, (_, index) => leg(index + 1))
    const ids = new Map(many.map(({ atUs, signalId }) => [signalId, atUs]))
    const verdictOf = (paper: ReadonlyArray<ExecutedLeg>) => {
      const quotes = board()
      return judge(executionSide(many, [], quotes), executionSide(paper, [], quotes), matchExecutions(many, paper, ids))
    }
    expect(verdictOf(many).verdict).toBe("aligned")
    expect(verdictOf(many).criteria.map(({ verdict }) => verdict)).toEqual(Array(6).fill("aligned"))
    const dearer = many.map((one) => ({ ...one, fillPrice: toMicros(0.504) }))
    expect(verdictOf(dearer).verdict).toBe("partially_aligned")
    const half = many.map((one) => (one.signalId % 2 === 0 ? one : refused(one.signalId, overLimit)))
    expect(verdictOf(half).verdict).toBe("not_aligned")
    // One of a hundred signals traded, and on one side only: too little to say that they part.
    const quiet = many.map((one) => refused(one.signalId, overLimit))
    const quotes = board()
    const judged = judge(
      executionSide([many[0]!, ...quiet.slice(1)], [], quotes),
      executionSide(quiet, [], quotes),
      matchExecutions([many[0]!, ...quiet.slice(1)], quiet, ids)
    )
    expect(judged.criteria.find(({ name }) => name === "executed by both / by either")).toMatchObject({
      value: 0,
      verdict: "partially_aligned"
    })
    expect(verdictOf(many.slice(0, 5)).criteria[0]).toMatchObject({ value: 5, verdict: "partially_aligned" })
    expect(verdictOf([]).verdict).toBe("not_aligned")
  })

  it("pairs what either side has", () => {
    const a = executionSide([leg(1, { strategy: "s1" })], [], board(["m1", 0.7]))
    const b = executionSide([leg(2, { strategy: "s2" })], [], board(["m2", 0.4]))
    expect(pairsOf(a.byStrategy, b.byStrategy)).toMatchObject([
      { id: "s1", pnlDifference: -2, paper: { pnl: 0, trades: 0 } },
      { id: "s2", pnlDifference: -1, backtest: { pnl: 0, trades: 0 } }
    ])
  })
})

describe("the alignment template", () => {
  it("is the published one, and every place in it can be filled", () => {
    expect(readFileSync(join(root, "docs", "backtest-vs-paper-alignment-template.md"), "utf8")).toBe(alignmentTemplate)
    const filled = fillTemplate(new Map(templateNames.map((name) => [name, `<${name}>`])))
    expect(filled).not.toContain("{{")
    expect(templateNames).toContain("verdict")
  })
})
