import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { formatTime, MICROS_PER_HOUR, parseTime } from "../../src/domain/time.ts"
import { expectClose } from "../backtest/close.ts"
import { runCli, scratch } from "../cli/cli.ts"
import { type Loose } from "../simulator/support.ts"
import { type Execution, referenceBacktest, type Risk } from "./backtest.ts"
import { makeOriginal, type OriginalContent, originalWindow, writeOriginal } from "./database.ts"

const { dir, remove } = scratch()
afterAll(remove)

const strategies = ["s1", "s2", "s4", "s8"]
const content = makeOriginal(11)

const plain: Execution = {
  slippage_bps: 5,
  fee_bps: 0,
  enable_partial_fill: false,
  liquidity_full_fill: 1000,
  min_fill_ratio: 0.1,
  enable_fill_probability: false,
  min_fill_probability: 0.05,
  enable_dynamic_slippage: false,
  spread_slippage_weight_bps: 50,
  liquidity_slippage_weight_bps: 25,
  liquidity_reference: 1000
}
const real: Execution = {
  ...plain,
  slippage_bps: 8,
  fee_bps: 20,
  enable_partial_fill: true,
  enable_fill_probability: true,
  enable_dynamic_slippage: true
}
const realOptions = [
  "--partial-fill",
  "--fill-probability",
  "--dynamic-slippage",
  "--fee-bps",
  "20",
  "--slippage-bps",
  "8"
]
const free: Risk = {
  max_daily_loss: 1e18,
  max_strategy_notional: 1e18,
  max_event_notional: 1e18,
  circuit_breaker_rejections: 1_000_000_000
}

/** With times that compare as instants. */
const withTimes = (artifact: Loose) => ({
  ...artifact,
  replay: artifact.replay.map(({ ts, ...row }: Loose) => ({ ...row, ts_us: parseTime(ts) }))
})

beforeAll(() => writeOriginal(join(dir, "original.db"), content))

let runs = 0
const ours = async (
  command: string,
  risk: Risk,
  options: ReadonlyArray<string>,
  db = "original.db"
): Promise<Loose> => {
  runs += 1
  const config = join(dir, `config-${runs}.yaml`)
  writeFileSync(config, JSON.stringify({ risk }))
  const out = join(dir, `out-${runs}.json`)
  const window = ["--from", formatTime(originalWindow.fromUs), "--to", formatTime(originalWindow.toUs)]
  const where = ["--db", db, "--config", config, "--out-json", out]
  const chosen = options.includes("--strategies") ? [] : ["--strategies", strategies.join(",")]
  const args = [command, "--compat", "original", ...chosen, ...window, ...where, ...options]
  const { code, stderr } = await runCli(args, { cwd: dir })
  expect(code, stderr).toBe(0)
  return JSON.parse(readFileSync(out, "utf8"))
}

const cases: ReadonlyArray<readonly [string, Execution, ReadonlyArray<string>, Risk]> = [
  ["defaults without limits", plain, [], free],
  ["partial fills, probabilities, slippage and fees", real, realOptions, free],
  ["limits", plain, [], { ...free, max_strategy_notional: 150, max_event_notional: 60, max_daily_loss: 250 }],
  ["a daily loss", real, realOptions, { ...free, max_daily_loss: 3 }],
  [
    "a breaker",
    plain,
    [],
    { max_strategy_notional: 80, max_event_notional: 1500, max_daily_loss: 250, circuit_breaker_rejections: 5 }
  ]
]

const reference = (execution: Execution, risk: Risk) =>
  referenceBacktest(content, {
    ...{ from_us: originalWindow.fromUs, to_us: originalWindow.toUs, strategies, execution, risk }
  })

describe("backtest --compat original is what a slow reading of its rules gives, to 1e-9", () => {
  it("has wins, losses, positions that turn around and every refusal among its cases", () => {
    const runs = cases.map(([, execution, , risk]) => reference(execution, risk))
    const rows = runs.flatMap(({ replay }) => replay)
    const codes = new Set(rows.map(({ risk_reason }) => risk_reason.split(":")[0]))
    expect([...codes].sort()).toStrictEqual([
      "circuit breaker open",
      "event notional limit exceeded",
      "global stop-loss triggered",
      "ok",
      "strategy notional limit exceeded"
    ])
    const results = runs.flatMap((run) => run.results)
    for (const count of ["wins", "losses"] as const) {
      expect(Math.max(...results.map((result) => result[count]))).toBeGreaterThan(5)
    }
    expect(new Set(rows.map(({ token_id }) => token_id)).size).toBe(2)
  })

  it.each(cases)("%s", async (_, execution, options, risk) => {
    const wanted = reference(execution, risk)
    expect(wanted.executed_signals).toBeGreaterThan(3)
    expectClose(withTimes(await ours("backtest", risk, options)), wanted, "artifact")
  })
})

/**
 * 10 YES bought at a target of 0.40 with 100 bps: 0.404. Sold 4 at 0.50: 0.495, a gain of 4 * 0.091 = 0.364. Sold 10 more
 * at 0.30: 0.297; 6 close at a loss of 6 * 0.107 = 0.642, and 4 are short at 0.297. At the end YES stands at 0.20: the
 * short is worth 4 * 0.097 = 0.388, and all is 0.364 - 0.642 + 0.388 = 0.11. On the way the quote of 0.45 made the first
 * purchase worth 10 * 0.046 = 0.46. After the first sale it is 0.364 + 6 * 0.046 = 0.64, the peak; after the second, at
 * a quote of 0.35, it is -0.278 - 4 * 0.053 = -0.49, so the fall is 1.13.
 */
const byHand: OriginalContent = {
  markets: [
    {
      ...{ source: "gamma", market_id: "m", canonical_id: "c", event_id: "e", question: "Will it?", neg_risk: false },
      ...{ yes_price: 0.2, no_price: 0.8, mid_price: 0.2, liquidity: 5000 }
    }
  ],
  snapshots: [
    [0, 0.45],
    [3, 0.35],
    [5, 0.2]
  ].map(([hour = 0, yes = 0]) => ({
    ...{ market_id: "m", yes_price: yes, no_price: 1 - yes, liquidity: 5000 },
    atUs: originalWindow.fromUs + hour * MICROS_PER_HOUR
  })),
  signals: (
    [
      [1, "buy", 0.4, 10],
      [2, "sell", 0.5, 4],
      [4, "sell", 0.3, 10]
    ] as const
  ).map(([hour, side, target_price, size_hint], index) => ({
    ...{ id: index + 1, strategy: "s4", market_id: "m", event_id: "e", side, score: 1, confidence: 0.5, rationale: "" },
    ...{ target_price, size_hint, payload: {}, atUs: originalWindow.fromUs + hour * MICROS_PER_HOUR }
  }))
}

it("backtest --compat original is what a hand computes", async () => {
  writeOriginal(join(dir, "by-hand.db"), byHand)
  const found = await ours("backtest", free, ["--slippage-bps", "100", "--strategies", "s4"], "by-hand.db")
  const result = { pnl: 0.11, winrate: 0.5, max_drawdown: 1.13, trade_count: 3, wins: 1, losses: 1 }
  expectClose(found.results, [{ strategy: "s4", ...result }], "results")
  expectClose(found.event_results, [{ strategy: "s4", event_id: "e", ...result }], "event_results")
  expectClose(
    found.replay,
    [
      { fill_price: 0.404, executed_qty: 10, realized_change: 0, strategy_equity: 0.46, risk_notional: 4.04 },
      {
        fill_price: 0.495,
        executed_qty: 4,
        realized_change: 0.364,
        strategy_equity: 0.64,
        risk_realized_pnl_before: 0
      },
      { fill_price: 0.297, executed_qty: 10, realized_change: -0.642, strategy_equity: -0.49 }
    ],
    "replay"
  )
})

interface RollingWindow {
  readonly fromUs: number
  readonly toUs: number
}

const windowsOf = (windowHours: number, stepHours: number): ReadonlyArray<RollingWindow> => {
  const { fromUs, toUs } = originalWindow
  const made: Array<RollingWindow> = []
  for (let at = fromUs; at < toUs; at += stepHours * MICROS_PER_HOUR) {
    made.push({ fromUs: at, toUs: Math.min(toUs, at + windowHours * MICROS_PER_HOUR) })
  }
  return made
}

const countsOf = (reasons: ReadonlyArray<string>): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...new Set(reasons)].sort().map((reason) => [reason, reasons.filter((one) => one === reason).length])
  )

/** A rolling summary by its own rules: every window a run of its own that starts with nothing. */
const referenceRolling = (windowHours: number, stepHours: number, risk: Risk) => {
  const windows = windowsOf(windowHours, stepHours).map(({ fromUs, toUs }) => ({
    ...{ fromUs, toUs },
    run: referenceBacktest(content, { from_us: fromUs, to_us: toUs, strategies, execution: plain, risk })
  }))
  const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)
  const rows = windows.map(({ run }) => {
    const reasons = run.replay.filter(({ risk_allowed }) => !risk_allowed).map(({ risk_reason }) => risk_reason)
    return {
      total_signals: run.total_signals,
      executed_signals: run.executed_signals,
      rejected_signals: run.rejected_signals,
      execution_rate: run.total_signals === 0 ? 0 : run.executed_signals / run.total_signals,
      pnl_total: sum(run.results.map(({ pnl }) => pnl)),
      risk_rejection_reasons: countsOf(reasons)
    }
  })
  const total = sum(rows.map(({ total_signals }) => total_signals))
  const executed = sum(rows.map(({ executed_signals }) => executed_signals))
  const pnls = rows.map(({ pnl_total }) => pnl_total)
  return {
    windows: rows,
    summary: {
      run_count: rows.length,
      total_signals: total,
      executed_signals: executed,
      rejected_signals: total - executed,
      execution_rate: executed / total,
      empty_window_count: rows.filter(({ total_signals }) => total_signals === 0).length,
      positive_window_count: pnls.filter((pnl) => pnl > 0).length,
      positive_window_rate: pnls.filter((pnl) => pnl > 0).length / rows.length,
      pnl_sum: sum(pnls),
      pnl_avg: sum(pnls) / rows.length,
      sampled_hours: sum(windows.map(({ fromUs, toUs }) => toUs - fromUs)) / MICROS_PER_HOUR
    },
    strategy_aggregate: strategies.map((strategy, index) => {
      const results = windows.map(({ run }) => run.results[index])
      return {
        strategy,
        windows: rows.length,
        avg_pnl: sum(results.map((one) => one?.pnl ?? Number.NaN)) / rows.length,
        avg_winrate: sum(results.map((one) => one?.winrate ?? Number.NaN)) / rows.length,
        total_trades: sum(results.map((one) => one?.trade_count ?? Number.NaN))
      }
    })
  }
}

describe("backtest-rolling --compat original is what a slow reading of its rules gives, to 1e-9", () => {
  const risk = {
    ...{ max_strategy_notional: 150, max_event_notional: 60, max_daily_loss: 250, circuit_breaker_rejections: 5 }
  }
  it.each([
    ["overlap", 3, 2],
    ["tiled", 2.4, 2.4],
    ["gapped", 1.5, 3]
  ] as const)("%s windows", async (mode, window, step) => {
    const hours = ["--window-hours", String(window), "--step-hours", String(step), "--workers", "2"]
    const summary = await ours("backtest-rolling", risk, hours)
    expect(summary.overlap_mode).toBe(mode)
    expectClose(summary, referenceRolling(window, step, risk), "summary")
    for (const [index, { risk_rejection_reasons }] of referenceRolling(window, step, risk).windows.entries()) {
      expect(Object.entries(summary.windows[index].risk_rejection_reasons)).toEqual(
        Object.entries(risk_rejection_reasons)
      )
    }
  })
})
