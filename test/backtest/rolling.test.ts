import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { runRolling } from "../../src/backtest/rolling.ts"
import { parseRollingSummaryV1 } from "../../src/backtest/rollingSchema.ts"
import { type RollingSummary } from "../../src/backtest/RollingSummary.ts"
import {
  MAX_WINDOWS,
  overlapMode,
  type RollingOptions,
  rollingWindows,
  type Window,
  windowCoverage
} from "../../src/backtest/rollingWindows.ts"
import { MAX_REASON_TEXTS, ReasonTally, runWindow } from "../../src/backtest/windowRun.ts"
import { MICROS_PER_HOUR } from "../../src/domain/time.ts"
import { at, type MemoryHistory, memoryHistory, signal, snapshot } from "./memoryHistory.ts"
import { optionsOf } from "./run.ts"

const rollingOf = (changes: Partial<RollingOptions> = {}): RollingOptions => ({
  ...optionsOf(),
  fromUs: at("2026-02-20T00:00:00Z"),
  toUs: at("2026-02-21T00:00:00Z"),
  windowHours: 6,
  stepHours: 6,
  ...changes
})

const windowsOf = (changes: Partial<RollingOptions> = {}): ReadonlyArray<Window> =>
  Either.getOrThrow(rollingWindows(rollingOf(changes)))

const hoursOf = (windows: ReadonlyArray<Window>) =>
  windows.map(({ fromUs, toUs }) => [
    (fromUs - at("2026-02-20T00:00:00Z")) / MICROS_PER_HOUR,
    (toUs - at("2026-02-20T00:00:00Z")) / MICROS_PER_HOUR
  ])

describe("windows of a rolling backtest", () => {
  it("start every step until the end, the last ones cut there", () => {
    expect(hoursOf(windowsOf({ windowHours: 10, stepHours: 8 }))).toEqual([
      [0, 10],
      [8, 18],
      [16, 24]
    ])
  })

  it("may be longer than the range", () => {
    expect(hoursOf(windowsOf({ windowHours: 100, stepHours: 100 }))).toEqual([[0, 24]])
  })

  it("overlap, tile or leave gaps", () => {
    expect(overlapMode(rollingOf({ windowHours: 2, stepHours: 1 }))).toBe("overlap")
    expect(overlapMode(rollingOf({ windowHours: 2, stepHours: 2 }))).toBe("tiled")
    expect(overlapMode(rollingOf({ windowHours: 2, stepHours: 3 }))).toBe("gapped")
  })

  it("are as long as Python's timedelta makes them: half microseconds go to the even one", () => {
    const [first] = windowsOf({ windowHours: 2.5 / MICROS_PER_HOUR, stepHours: 24 })
    expect(first!.toUs - first!.fromUs).toBe(2)
    const [second] = windowsOf({ windowHours: 3.5 / MICROS_PER_HOUR, stepHours: 24 })
    expect(second!.toUs - second!.fromUs).toBe(4)
  })

  it.each([
    [{ windowHours: 0 }, "--window-hours: must be above 0, not 0"],
    [{ windowHours: Number.NaN }, "--window-hours: must be above 0, not NaN"],
    [{ stepHours: -1 }, "--step-hours: must be above 0, not -1"],
    [{ toUs: at("2026-02-20T00:00:00Z") }, "--from: must be before --to"],
    [{ stepHours: 0.001 }, `--step-hours: 0.001 makes 24000 windows; at most ${MAX_WINDOWS} are run, take longer steps`]
  ])("refuses %o", (changes, message) => {
    const result = rollingWindows(rollingOf(changes))
    expect(Either.isLeft(result) ? result.left.message : "").toBe(message)
  })

  it("cover what a count of every minute says they cover", () => {
    const minutes = fc.integer({ min: 1, max: 40 })
    fc.assert(
      fc.property(minutes, minutes, fc.integer({ min: 1, max: 120 }), (window, step, range) => {
        const fromUs = at("2026-02-20T00:00:00Z")
        const minuteUs = MICROS_PER_HOUR / 60
        const span = { fromUs, toUs: fromUs + range * minuteUs }
        const windows = windowsOf({ ...span, windowHours: window / 60, stepHours: step / 60 })
        let sampled = 0
        let covered = 0
        for (let at = fromUs; at < span.toUs; at += minuteUs) {
          const inside = windows.filter(({ fromUs, toUs }) => fromUs <= at && at < toUs).length
          sampled += inside
          covered += inside > 0 ? 1 : 0
        }
        const coverage = windowCoverage(span, windows)
        expect(coverage.range_hours).toBeCloseTo(range / 60, 9)
        expect(coverage.sampled_hours).toBeCloseTo(sampled / 60, 6)
        expect(coverage.covered_hours).toBeCloseTo(covered / 60, 6)
        expect(coverage.overlap_hours).toBeCloseTo((sampled - covered) / 60, 6)
      })
    )
  })
})

const run = (history: MemoryHistory, changes: Partial<RollingOptions> = {}, concurrency = 1): Promise<RollingSummary> =>
  Effect.runPromise(
    runRolling(rollingOf(changes), { runWindow, concurrency, onProgress: null }).pipe(
      Effect.provide(memoryHistory(history))
    )
  )

/** A token bought at 0.50 that is worth 0.60 at 05:00, and nothing afterwards. */
const history: MemoryHistory = {
  snapshots: [
    snapshot({ at: "2026-02-20T00:00:00Z", yes: 0.5 }),
    snapshot({ at: "2026-02-20T05:00:00Z", yes: 0.6 }),
    snapshot({ at: "2026-02-20T13:00:00Z", yes: 0.4 })
  ],
  signals: [
    signal({ at: "2026-02-20T01:00:00Z", sizeHint: 10, targetPrice: 0.5 }),
    signal({ at: "2026-02-20T02:00:00Z", sizeHint: 10, targetPrice: 0.3 }),
    signal({ at: "2026-02-20T14:00:00Z", sizeHint: 10, targetPrice: 0.3 })
  ]
}

describe("rolling summary", () => {
  it("adds up its windows, each of which starts with nothing", async () => {
    const { strategy_aggregate, summary, windows } = await run(history, { strategies: ["s2", "s4"] })
    expect(windows.map((row) => [row.total_signals, row.executed_signals, row.rejected_signals])).toEqual([
      [2, 1, 1],
      [0, 0, 0],
      [1, 0, 1],
      [0, 0, 0]
    ])
    expect(windows.map((row) => row.pnl_total)).toEqual([1, 0, 0, 0])
    expect(summary).toMatchObject({
      run_count: 4,
      total_signals: 3,
      executed_signals: 1,
      rejected_signals: 2,
      execution_rate: 1 / 3,
      empty_window_count: 2,
      positive_window_count: 1,
      positive_window_rate: 0.25,
      pnl_sum: 1,
      pnl_avg: 0.25,
      range_hours: 24,
      sampled_hours: 24,
      covered_hours: 24,
      overlap_hours: 0,
      coverage_ratio: 1,
      overlap_ratio: 0,
      coverage_label: "full"
    })
    expect(strategy_aggregate).toEqual([
      { strategy: "s2", windows: 4, avg_pnl: 0, avg_winrate: 0, total_trades: 0 },
      { strategy: "s4", windows: 4, avg_pnl: 0.25, avg_winrate: 0, total_trades: 1 }
    ])
  })

  it("counts what happens on the edge of two tiles in the second, and at the very end in the last", async () => {
    const edges = ["00:00:00Z", "06:00:00Z", "12:00:00Z", "18:00:00Z"].map((time) => `2026-02-20T${time}`)
    const onEdges: MemoryHistory = {
      signals: [...edges, "2026-02-21T00:00:00Z"].map((time) => signal({ at: time, targetPrice: 0.5, sizeHint: 10 })),
      snapshots: [
        snapshot({ at: "2026-02-19T23:00:00Z", yes: 0.5 }),
        // Seen on the edge: the window before it knows nothing of it.
        snapshot({ at: "2026-02-20T12:00:00Z", yes: 0.4 })
      ]
    }
    const { summary, windows } = await run(onEdges)
    expect(windows.map((row) => row.total_signals)).toEqual([1, 1, 1, 2])
    expect(windows.map((row) => row.end_included)).toEqual([false, false, false, true])
    expect(windows.map((row) => row.pnl_total)).toEqual([0, 0, 0, 0])
    expect(summary.total_signals).toBe(5)

    const original = await run(onEdges, { compat: "original" })
    expect(original.windows.map((row) => row.total_signals)).toEqual([2, 2, 2, 2])
    expect(original.windows.every((row) => row.end_included)).toBe(true)
  })

  it("averages a strategy over the windows that have it", async () => {
    const { strategy_aggregate } = await run(
      {
        signals: [
          signal({ at: "2026-02-20T01:00:00Z", targetPrice: 0.5, sizeHint: 10 }),
          signal({ at: "2026-02-20T02:00:00Z", targetPrice: 0.5, sizeHint: 10, strategy: "s8" }),
          signal({ at: "2026-02-20T13:00:00Z", targetPrice: 0.5, sizeHint: 10, strategy: "s8" })
        ],
        snapshots: [
          snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.4 }),
          snapshot({ at: "2026-02-20T06:00:00Z", yes: 0.5 })
        ]
      },
      { windowHours: 12, stepHours: 12, strategies: [], execution: { ...optionsOf().execution, fees: "none" } }
    )
    expect(strategy_aggregate).toEqual([
      { strategy: "s4", windows: 1, avg_pnl: 1, avg_winrate: 0, total_trades: 1 },
      { strategy: "s8", windows: 2, avg_pnl: 0.5, avg_winrate: 0, total_trades: 2 }
    ])
  })

  it("counts every rejected signal once under its whole reason, in the order of the texts", async () => {
    const { summary, windows } = await run(history)
    expect(windows[0]!.risk_rejection_reasons).toEqual({ "not marketable: ask 0.5000 > limit 0.3000": 1 })
    expect(Object.entries(summary.risk_rejection_reasons)).toEqual([
      ["not marketable: ask 0.4000 > limit 0.3000", 1],
      ["not marketable: ask 0.5000 > limit 0.3000", 1]
    ])
  })

  it("says how much of each window there is data for", async () => {
    const { windows } = await run(history)
    // Two snapshots in a window do not tell how far one reaches.
    expect(windows.map((row) => row.sample_coverage.observations)).toEqual([2, 0, 1, 0])
    expect(windows.map((row) => row.sample_coverage.covered_hours)).toEqual([0, 0, 0, 0])
    const [first, second] = windows
    const hourly = Array.from({ length: 25 }, (_, hour) =>
      snapshot({ at: new Date(Date.UTC(2026, 1, 20, hour)).toISOString(), yes: 0.5 })
    )
    const { summary, windows: full } = await run({ ...history, snapshots: hourly.slice(0, 13) })
    expect(full.map((row) => row.sample_coverage.covered_hours)).toEqual([6, 6, 0, 0])
    expect(summary).toMatchObject({ data_covered_hours: 12, data_coverage_ratio: 0.5, coverage_ratio: 1 })
    expect(first!.sample_coverage.note).toMatch(/^data only from .*, and nothing from /)
    // What was seen in the first window still says what the prices were in the second.
    expect(second!.sample_coverage.note).toMatch(
      /^no snapshot in the window; the quotes are from before it, the newest of \S+Z$/
    )
    const { windows: empty } = await run({ ...history, snapshots: [] })
    expect(empty[0]!.sample_coverage.note).toBe(
      "no snapshot in the window or before it: nothing can be marked or filled"
    )
  })

  it("says where a quarter of a window or more passed without data", async () => {
    const noteOf = async (...hours: ReadonlyArray<string>) => {
      const snapshots = hours.map((hour) => snapshot({ at: `2026-02-20T${hour}:00Z`, yes: 0.5 }))
      const { windows } = await run({ ...history, snapshots }, { windowHours: 24, stepHours: 24 })
      const { history_limited, note } = windows[0]!.sample_coverage
      return `${history_limited ? "limited" : "whole"}: ${note.replaceAll("2026-02-20T", "").replaceAll(":00Z", "")}`
    }
    const steady = ["00:00", "06:00", "12:00", "18:00", "23:59"]
    expect(await noteOf(...steady)).toBe("whole: the window is covered by data")
    expect(await noteOf("00:00", "01:00", "23:59")).toBe(
      "limited: data at both ends of the window, but nothing from 01:00 to 23:59"
    )
    expect(await noteOf("03:00", "04:00", "13:00")).toBe(
      "limited: data only from 03:00 to 13:00, and nothing from 04:00 to 13:00"
    )
    expect(await noteOf("03:00", "04:00")).toBe("limited: data only from 03:00 to 04:00")
  })

  it.each([
    [24, 1, "full"],
    [12, 24, "partial"],
    [11.9, 24, "sparse"],
    [22.8, 24, "full"],
    [22.7, 24, "partial"]
  ])("labels windows of %d h every %d h %s", async (windowHours, stepHours, label) => {
    expect((await run(history, { windowHours, stepHours })).summary.coverage_label).toBe(label)
  })

  it("does not depend on how many windows run at a time", async () => {
    const changes = { windowHours: 3, stepHours: 0.5 }
    const one = { ...(await run(history, changes)), generated_at: "" }
    const many = { ...(await run(history, changes, 8)), generated_at: "" }
    expect(JSON.stringify(many)).toBe(JSON.stringify(one))
    expect(one.windows).toHaveLength(48)
  })

  it("changes its digests when a price of the past changes", async () => {
    const one = await run(history)
    const other = await run({ ...history, snapshots: [snapshot({ at: "2026-02-20T00:00:00Z", yes: 0.49 })] })
    expect(other.ledger_sha256).not.toBe(one.ledger_sha256)
    expect(other.program.data_digest).not.toBe(one.program.data_digest)
    expect(other.program.config_digest).toBe(one.program.config_digest)
  })

  it("is what its schema says; a wrong field is named", async () => {
    const summary = await run(history)
    expect(Either.isRight(parseRollingSummaryV1("a.json", summary))).toBe(true)
    const broken = { ...summary, windows: [{ ...summary.windows[0], pnl_total: "much" }] }
    const refused = parseRollingSummaryV1("a.json", broken)
    expect(Either.isLeft(refused) ? refused.left.message : "").toMatch(/^a\.json: windows\[0\]\.pnl_total: /)
    const future = parseRollingSummaryV1("a.json", { ...summary, schema_version: "rolling-2.0" })
    expect(Either.isLeft(future) ? future.left.message : "").toBe(
      "a.json: schema_version: must be a schema version rolling-1.x"
    )
  })
})

describe("tally of reject reasons", () => {
  it("keeps so many texts and counts the rest by rule; nothing is lost", () => {
    const tally = new ReasonTally()
    for (let n = 0; n < MAX_REASON_TEXTS + 500; n += 1) tally.add(`cap exceeded: ${n} > 1`, 2)
    tally.add("cap exceeded: 0 > 1", 1)
    const counts = tally.sorted()
    expect(counts["cap exceeded: other amounts"]).toBe(1_000)
    expect(counts["cap exceeded: 0 > 1"]).toBe(3)
    expect(Object.keys(counts)).toHaveLength(MAX_REASON_TEXTS + 1)
    expect(Object.values(counts).reduce((a, b) => a + b, 0)).toBe(2 * (MAX_REASON_TEXTS + 500) + 1)
  })
})
