import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import { parseTime } from "../../src/domain/time.ts"
import { calibrate, settledOf } from "../../src/reports/calibration.ts"
import { type Chart } from "../../src/reports/ReportModel.ts"
import { buildReportModel } from "../../src/reports/model.ts"
import { parseReportHead } from "../../src/reports/parseReportHead.ts"
import { artifact, eventful, modelOf, result, row } from "./support.ts"

const drawn = <A>(chart: Chart<A>): A => {
  if (chart._tag === "TooFew") throw new Error(chart.reason)
  return chart.data
}
const at = (clock: string): number => parseTime(`2026-02-20T${clock}:00Z`)!

describe("figures of a hand-made ledger", () => {
  const model = modelOf(eventful)

  it("sums", () => {
    expect(model.pnl).toStrictEqual({ total: 2.9, realized: 2.9, open: 0 })
    expect(model.trades).toStrictEqual({ count: 3, wins: 2, losses: 1 })
    expect(model.turnover).toBe(17)
    expect(model.fees).toBe(0.1)
  })

  it("cumulative realized PnL, in all and by strategy", () => {
    const { byStrategy, total } = drawn(model.realized)
    expect(total.points).toStrictEqual([
      { atUs: at("00:00"), value: 0 },
      { atUs: at("01:00"), value: -0.1 },
      { atUs: at("10:00"), value: 5.9 },
      { atUs: at("12:00"), value: -0.1 },
      { atUs: at("14:00"), value: 2.9 },
      { atUs: at("24:00") || parseTime("2026-02-21")!, value: 2.9 }
    ])
    expect(byStrategy.map(({ name, points }) => [name, points.at(-1)!.value])).toStrictEqual([
      ["s1", 5.9],
      ["s2", -3]
    ])
  })

  it("drawdown of the equity of all strategies together", () => {
    // Equity: -0.1, 3.9, 9.9, 0.9, 2.9.
    expect(drawn(model.drawdown).points.map(({ value }) => Math.round(value * 1e6) / 1e6)).toStrictEqual([
      0, -0.1, 0, 0, 0, -9, -7, -7
    ])
    expect(model.maxDrawdown).toBe(9)
  })

  it("calibration from what settlements paid and gained", () => {
    const rows = [...(eventful.replay ?? [])]
    const { bins, brier, count } = calibrate(rows.flatMap((each) => settledOf(each) ?? []))
    expect(count).toBe(3)
    expect(brier).toBeCloseTo((0.6 ** 2 + 0.6 ** 2 + 0.3 ** 2) / 3, 12)
    expect(bins.map(({ count: n, from, meanOutcome }) => [from, n, meanOutcome])).toStrictEqual([
      [0.4, 1, 1],
      [0.6, 1, 0],
      [0.7, 1, 1]
    ])
  })

  it("events, largest first, without those that were never traded", () => {
    expect(model.events.shown.map(({ eventId, pnl, strategy }) => [strategy, eventId, pnl])).toStrictEqual([
      ["s2", "e1", -6],
      ["s1", "e1", 5.9],
      ["s2", "e2", 3]
    ])
    expect(model.events).toMatchObject({ hidden: 0, untraded: 1 })
  })

  it("a short position's settlement is a buy", () => {
    const short = row({ side: "buy", leg: "settlement", fill_price: 1, realized_change: -7 })
    const settled = Array.from({ length: 10 }, (_, minute) => ({ ...short, ts: `2026-02-20T01:0${minute}:00Z` }))
    expect(drawn(modelOf({ replay: settled }).calibration).bins[0]).toMatchObject({ from: 0.3, meanOutcome: 1 })
  })
})

describe("thin data", () => {
  it("says why there is no chart", () => {
    const model = modelOf()
    expect(model.realized).toMatchObject({ _tag: "TooFew", reason: expect.stringContaining("never changed") })
    expect(model.calibration).toMatchObject({
      _tag: "TooFew",
      reason: expect.stringContaining("No position was settled")
    })
    expect(model.pnlByStrategy).toMatchObject({ _tag: "TooFew" })
    expect(model.remarks).toContain("There was no signal in the window: nothing was replayed.")
  })

  it("does not draw a curve of two points, nor judge two settlements", () => {
    const settled = row({ side: "sell", leg: "settlement", fill_price: 1, realized_change: 1 })
    const replay = [1, 2].map((hour) => ({ ...settled, ts: `2026-02-20T0${hour}:00:00Z` }))
    const model = modelOf({ replay, total_signals: 2, executed_signals: 2 })
    expect(model.realized).toMatchObject({ reason: "Realized PnL changed only twice: too few points for a curve." })
    expect(model.calibration).toMatchObject({
      reason: "n/a: only 2 settled positions, of at least 10 that judging forecasts takes."
    })
    expect(model.remarks.join(" ")).toContain("Only 2 signals were executed")
  })

  it("names open positions, missing data and a missing checksum", () => {
    const { remarks } = modelOf({
      total_signals: 50,
      executed_signals: 50,
      results: [result("s1", 12.5)],
      sample_coverage: { window_hours: 24, covered_hours: 6, coverage_ratio: 0.25, history_limited: true, note: "gap" }
    })
    expect(remarks).toContain("Data covers 6.0 of 24.0 h of the window: gap.")
    expect(remarks.join(" ")).toContain("+12.50 USDC of the result are open positions")
    expect(remarks.join(" ")).toContain("no checksum")
    expect(remarks.join(" ")).not.toContain("Only 50")
  })

  it("counts rejected rows where schema 1.0 has no reasons", () => {
    const { reject_reasons, ...without } = eventful
    expect(reject_reasons).toBeDefined()
    expect(modelOf(without).rejections).toStrictEqual([{ reason: "not marketable", count: 1 }])
  })
})

describe("labels", () => {
  const questions = new Map([
    ["m1", "Will it rain?"],
    ["m2", "Will it \u001b[2Jsnow?"]
  ])

  it("are questions where they are known, ids elsewhere", () => {
    const [first, , third] = modelOf(eventful, { questions }).events.shown
    expect(first!.label).toStrictEqual({ question: "Will it rain?", otherMarkets: 1 })
    expect(third!.label).toBeNull()
  })

  it("hold no control characters", () => {
    const rows = eventful.replay ? [...eventful.replay].filter(({ market_id }) => market_id === "m2") : []
    const [first] = modelOf({ ...eventful, replay: rows }, { questions }).events.shown
    expect(first!.label!.question).toBe("Will it \\x1b[2Jsnow?")
  })
})

it("lists the 20 largest events and sums up the rest", () => {
  const event_results = Array.from({ length: 25 }, (_, index) => ({
    ...result("s1", index + 1),
    event_id: `e${index}`
  }))
  const { hidden, hiddenPnl, shown } = modelOf({ event_results }).events
  expect([shown.length, shown[0]!.pnl, hidden, hiddenPnl]).toStrictEqual([20, 25, 5, 15])
})

it("keeps eight curves: those with the largest results, in the order of the results", () => {
  const names = Array.from({ length: 10 }, (_, index) => `s${index + 1}`)
  const replay = names.map((strategy, index) =>
    row({ strategy, ts: `2026-02-20T1${index}:00:00Z`, realized_change: index + 1, strategy_equity: index + 1 })
  )
  const results = names.map((name, index) => result(name, index + 1))
  const { byStrategy, omitted } = drawn(modelOf({ replay, results }).realized)
  expect(byStrategy.map(({ name }) => name)).toStrictEqual(names.slice(2))
  expect(omitted).toBe(2)
})

it("names what is not a time", () => {
  const wrong = (fields: Parameters<typeof artifact>[0]) =>
    Either.getOrThrow(Either.flip(buildReportModel(artifact(fields))))
  expect(wrong({ from_ts: "yesterday" }).message).toBe('from_ts: must be a time, not "yesterday"')
  expect(wrong({ replay: [row({}), row({ ts: "later" })] }).message).toBe('replay[1].ts: must be a time, not "later"')
})

it("an artifact with a missing field, a wrong type or another major version is refused by its path", () => {
  const wrong = (value: unknown) => Either.getOrThrow(Either.flip(parseReportHead(value))).field
  const without = Object.fromEntries(Object.entries(artifact()).filter(([key]) => key !== "to_ts"))
  expect(wrong(without)).toBe("to_ts")
  expect(wrong({ ...artifact(), results: [result("s1", 1), { ...result("s2", 1), pnl: "1" }] })).toBe("results[1].pnl")
  expect(wrong({ ...artifact(), schema_version: "2.0" })).toBe("schema_version")
  expect(Either.isRight(parseReportHead(artifact(eventful)))).toBe(true)
})
