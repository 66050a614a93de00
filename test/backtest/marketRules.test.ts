import { describe, expect, it } from "vitest"
import { at, signal, snapshot } from "./memoryHistory.ts"
import { replay } from "./run.ts"

const noon = "2026-02-20T12:00:00Z"
const before = "2026-02-20T11:00:00Z"
const later = "2026-02-20T17:00:00Z"

/** One row per line of the table under `--compat original`: what happens here, and what the original did. */
describe("market rules against --compat original", () => {
  describe("fill price: the market's, and the target is a limit", () => {
    const history = {
      signals: [signal({ at: noon, targetPrice: 0.1, sizeHint: 10 })],
      snapshots: [snapshot({ at: before, yes: 0.9 })]
    }

    it("a market at 0.90 with a buy target of 0.10 does not trade", async () => {
      const { report, rows } = await replay(history, { execution: { slippage_bps: 5 } })
      expect(report.executed_signals).toBe(0)
      expect(report.results[0]?.pnl).toBe(0)
      expect(rows[0]?.risk_reason).toBe("not marketable: ask 0.9000 > limit 0.1000")
      expect(report.reject_reasons).toEqual({ "not marketable": 1 })
    })

    it("the original fills it at the wish and books a phantom profit", async () => {
      const { report } = await replay(history, { compat: "original" })
      expect(report.executed_signals).toBe(1)
      expect(report.results[0]?.pnl).toBeCloseTo(8, 9)
    })

    it("fills at the ask, not at the target, when the market is better", async () => {
      const { rows } = await replay({
        signals: [signal({ at: noon, targetPrice: 0.5 })],
        snapshots: [snapshot({ at: before, yes: 0.4, bid: 0.39, ask: 0.41 })]
      })
      expect(rows[0]).toMatchObject({ fill_price: 0.41, executed_qty: 10, target_price: 0.5 })
    })

    it("worsens the ask by slippage, rounded against the trader", async () => {
      const { rows } = await replay(
        { signals: [signal({ at: noon, targetPrice: 0.5 })], snapshots: [snapshot({ at: before, yes: 0.333 })] },
        { execution: { slippage_bps: 5 } }
      )
      expect(rows[0]?.fill_price).toBe(0.333167)
    })

    it("never fills better than the quote, even above 0.99", async () => {
      const { rows } = await replay({
        signals: [signal({ at: noon, targetPrice: 0.999 })],
        snapshots: [snapshot({ at: before, yes: 0.995 })]
      })
      expect(rows[0]?.fill_price).toBe(0.995)
    })

    it("buys NO at 1 - YES's bid", async () => {
      const payload = JSON.stringify({ primary_leg: { token: "NO", market_id: "m1", qty: 10, price: 0.65 } })
      const { rows } = await replay({
        signals: [signal({ at: noon, payloadJson: payload })],
        snapshots: [snapshot({ at: before, yes: 0.4, bid: 0.38, ask: 0.42 })]
      })
      expect(rows[0]).toMatchObject({ token_id: "NO", fill_price: 0.62 })
    })

    it("does not trade against a side that is empty", async () => {
      const { rows } = await replay({
        signals: [signal({ at: noon, targetPrice: 0.9 })],
        snapshots: [snapshot({ at: before, yes: 0.4, bid: 0.38, ask: 1 })]
      })
      expect(rows[0]?.risk_reason).toBe("not marketable: no ask")
    })
  })

  describe("look-ahead: none, in both", () => {
    const history = {
      signals: [signal({ at: noon, targetPrice: 0.1 })],
      snapshots: [snapshot({ at: later, yes: 0.1 })]
    }
    for (const compat of ["market", "original"] as const) {
      it(`a quote that comes five hours after the signal is not used (${compat})`, async () => {
        const { report, rows } = await replay(history, { compat })
        expect(report.executed_signals).toBe(0)
        expect(rows[0]?.risk_reason).toBe("no market data at or before signal time")
      })
    }

    it("a quote of the very moment is used", async () => {
      const { report } = await replay({
        signals: [signal({ at: noon, targetPrice: 0.1 })],
        snapshots: [snapshot({ at: noon, yes: 0.1 })]
      })
      expect(report.executed_signals).toBe(1)
    })
  })

  describe("sell without holding: buys the other outcome", () => {
    const history = {
      signals: [signal({ at: noon, side: "sell", targetPrice: 0.3, sizeHint: 10 })],
      snapshots: [snapshot({ at: before, yes: 0.4 })]
    }

    it("buys NO at 1 - price", async () => {
      const { rows } = await replay(history)
      expect(rows).toHaveLength(1)
      expect(rows[0]).toMatchObject({
        side: "buy",
        token_id: "NO",
        fill_price: 0.6,
        target_price: 0.7,
        executed_qty: 10
      })
    })

    it("the original opens a negative position", async () => {
      const { rows } = await replay(history, { compat: "original" })
      expect(rows[0]).toMatchObject({ side: "sell", token_id: "YES", fill_price: 0.3 })
    })

    it("sells what is held first, and buys the other outcome for the rest", async () => {
      const { rows } = await replay({
        signals: [
          signal({ at: "2026-02-20T11:30:00Z", side: "buy", targetPrice: 0.4, sizeHint: 4 }),
          signal({ at: noon, side: "sell", targetPrice: 0.3, sizeHint: 10 })
        ],
        snapshots: [snapshot({ at: before, yes: 0.4 })]
      })
      expect(rows.slice(1).map((row) => [row.side, row.token_id, row.executed_qty])).toEqual([
        ["buy", "NO", 6],
        ["sell", "YES", 4]
      ])
    })
  })

  describe("legs: all, as a bundle", () => {
    const payload = JSON.stringify({
      primary_leg: { token: "NO", market_id: "m1", qty: 10, price: 0.9 },
      tail_hedge: { token: "YES", market_id: "m2", qty: 50, price: 0.03 },
      hedge_budget_ratio: 0.15
    })
    const signals = [signal({ at: noon, strategy: "s8", payloadJson: payload })]
    const primary = snapshot({ at: before, yes: 0.1 })

    it("primary and hedge fill together", async () => {
      const { report, rows } = await replay({
        signals,
        snapshots: [primary, snapshot({ at: before, marketId: "m2", yes: 0.03 })]
      })
      expect(rows.map((row) => [row.leg, row.market_id, row.executed_qty])).toEqual([
        ["primary", "m1", 10],
        ["hedge", "m2", 50]
      ])
      expect(report).toMatchObject({ total_signals: 1, executed_signals: 1 })
    })

    it("neither fills when one cannot", async () => {
      const { report, rows } = await replay({
        signals,
        snapshots: [primary, snapshot({ at: before, marketId: "m2", yes: 0.05 })]
      })
      expect(report.executed_signals).toBe(0)
      expect(rows.map((row) => row.risk_reason)).toEqual([
        "bundle incomplete: m2 YES: not marketable: ask 0.0500 > limit 0.0300",
        "not marketable: ask 0.0500 > limit 0.0300"
      ])
      expect(report.reject_reasons).toEqual({ "not marketable": 1 })
    })

    it("risk sees their sum", async () => {
      const snapshots = [primary, snapshot({ at: before, marketId: "m2", yes: 0.03 })]
      const { report, rows } = await replay({ signals, snapshots }, { risk: { max_strategy_notional: 10 } })
      expect(report.executed_signals).toBe(0)
      expect(rows[1]?.risk_reason).toBe("strategy notional limit exceeded: 10.50 > 10.00")
    })

    it("the original trades the primary leg alone", async () => {
      const { rows } = await replay({ signals, snapshots: [primary] }, { compat: "original" })
      expect(rows.map((row) => row.leg)).toEqual(["primary"])
      expect(rows[0]?.executed_qty).toBe(10)
    })

    it("signals of one S2 basket are one bundle", async () => {
      const basket = JSON.stringify({ event_id: "e1", basket_markets: ["m1", "m2"], leg_weight: 0.5 })
      const leg = (marketId: string, targetPrice: number) =>
        signal({ at: noon, strategy: "s2", marketId, targetPrice, payloadJson: basket })
      const { report } = await replay({
        signals: [leg("m1", 0.5), leg("m2", 0.2)],
        snapshots: [snapshot({ at: before, yes: 0.5 }), snapshot({ at: before, marketId: "m2", yes: 0.3 })]
      })
      expect(report).toMatchObject({ executed_signals: 0, reject_reasons: { "not marketable": 2 } })
    })
  })

  describe("one contract has one order book", () => {
    const payload = JSON.stringify({
      buy_leg: { source: "gamma", market_id: "m1", mid: 0.4 },
      sell_leg: { source: "clob", market_id: "0xm1", mid: 0.5 }
    })
    const history = {
      signals: [signal({ at: noon, strategy: "s1", targetPrice: 0.405, payloadJson: payload })],
      snapshots: [snapshot({ at: before, yes: 0.4 }), snapshot({ at: before, marketId: "0xm1", yes: 0.5 })]
    }
    const rulesOf = (first: string, second: string) =>
      new Map(
        [["m1", first] as const, ["0xm1", second] as const].map(([marketId, conditionId]) => [
          marketId,
          { eventId: "e1", tickSize: null, minOrderSize: null, fee: null, conditionId }
        ])
      )

    it("the gap between two sources of it earns nothing", async () => {
      const { report, rows } = await replay({ ...history, rules: rulesOf("0xm1", "0xm1") })
      expect(report.executed_signals).toBe(0)
      expect(rows.map((row) => row.risk_reason)).toContain("same contract: m1 and 0xm1 share one order book")
    })

    it("two contracts do trade", async () => {
      const { rows } = await replay({ ...history, rules: rulesOf("0xm1", "0xm2") })
      expect(rows.map((row) => [row.side, row.token_id, row.executed_qty])).toEqual([
        ["buy", "NO", 10],
        ["buy", "YES", 10]
      ])
    })
  })

  describe("event cap: over all strategies", () => {
    const history = {
      signals: [
        signal({ at: "2026-02-20T11:30:00Z", strategy: "s1", targetPrice: 0.5, sizeHint: 100 }),
        signal({ at: noon, strategy: "s4", targetPrice: 0.5, sizeHint: 100 })
      ],
      snapshots: [snapshot({ at: before, yes: 0.5 })]
    }
    const risk = { max_event_notional: 60 }

    it("what another strategy holds counts", async () => {
      const { report, rows } = await replay(history, { risk })
      expect(report.executed_signals).toBe(1)
      expect(rows[1]?.risk_reason).toBe("event notional limit exceeded: 100.00 > 60.00")
    })

    it("the original counts per strategy", async () => {
      expect((await replay(history, { risk, compat: "original" })).report.executed_signals).toBe(2)
    })
  })

  describe("daily loss: of the current UTC day", () => {
    const buy = (time: string) => signal({ at: time, targetPrice: 0.9, sizeHint: 100 })
    const history = {
      signals: [
        buy("2026-02-20T01:00:00Z"),
        signal({ at: "2026-02-20T02:00:00Z", side: "sell", targetPrice: 0.5, sizeHint: 100 }),
        buy("2026-02-20T03:00:00Z"),
        buy("2026-02-21T03:00:00Z")
      ],
      snapshots: [
        snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.9 }),
        snapshot({ at: "2026-02-20T01:30:00Z", yes: 0.5 })
      ]
    }
    const changes = { toUs: at("2026-02-22T00:00:00Z"), risk: { max_daily_loss: 30 } }

    it("stops until midnight and no longer", async () => {
      const { rows } = await replay(history, changes)
      expect(rows.map((row) => row.risk_reason)).toEqual([
        "ok",
        "ok",
        "global stop-loss triggered: realized=-40.00",
        "ok"
      ])
    })

    it("the original never trades again", async () => {
      const { rows } = await replay(history, { ...changes, compat: "original" })
      expect(rows[3]?.risk_reason).toBe("global stop-loss triggered: realized=-40.00")
    })
  })

  describe("circuit breaker: window, cooldown, probe", () => {
    const big = (time: string) => signal({ at: time, targetPrice: 0.5, sizeHint: 1000 })
    const small = (time: string) => signal({ at: time, targetPrice: 0.5, sizeHint: 10 })
    const history = {
      signals: [
        big("2026-02-20T12:00:00Z"),
        big("2026-02-20T12:00:01Z"),
        small("2026-02-20T12:05:00Z"),
        small("2026-02-20T12:16:00Z")
      ],
      snapshots: [snapshot({ at: before, yes: 0.5 })]
    }
    const risk = { max_strategy_notional: 100, circuit_breaker_rejections: 2 }

    it("opens, refuses, and lets a probe close it after the cooldown", async () => {
      const { rows } = await replay(history, { risk })
      expect(rows.map((row) => row.risk_reason)).toEqual([
        "strategy notional limit exceeded: 500.00 > 100.00",
        "strategy notional limit exceeded: 500.00 > 100.00",
        "circuit breaker open: rejected=2, threshold=2",
        "ok"
      ])
    })

    it("the original stays open and feeds itself", async () => {
      const { rows } = await replay(history, { risk, compat: "original" })
      expect(rows[3]?.risk_reason).toBe("circuit breaker open: rejected=3, threshold=2")
    })

    it("an order that merely found no price does not count", async () => {
      const missed = Array.from({ length: 5 }, (_, i) => signal({ at: `2026-02-20T12:00:0${i}Z`, targetPrice: 0.1 }))
      const { rows } = await replay(
        { signals: [...missed, small("2026-02-20T12:01:00Z")], snapshots: history.snapshots },
        { risk }
      )
      expect(rows[5]?.risk_reason).toBe("ok")
    })
  })

  describe("orders that reduce a position pass the caps", () => {
    const history = {
      signals: [
        signal({ at: "2026-02-20T11:30:00Z", targetPrice: 0.5, sizeHint: 100 }),
        signal({ at: noon, side: "sell", targetPrice: 0.4, sizeHint: 100 })
      ],
      snapshots: [snapshot({ at: before, yes: 0.5 })]
    }
    const risk = { max_strategy_notional: 50 }

    it("here", async () => {
      expect((await replay(history, { risk })).report.executed_signals).toBe(2)
    })

    it("the original checks them like any other", async () => {
      const { rows } = await replay(history, { risk, compat: "original" })
      expect(rows[1]?.risk_reason).toBe("strategy notional limit exceeded: 90.00 > 50.00")
    })
  })

  describe("settlement at resolution", () => {
    const history = {
      signals: [signal({ at: noon, targetPrice: 0.4, sizeHint: 10 }), signal({ at: later, targetPrice: 0.9 })],
      snapshots: [snapshot({ at: before, yes: 0.4 }), snapshot({ at: "2026-02-20T13:00:00Z", yes: 0.7 })],
      resolutions: [{ marketId: "m1", atUs: at("2026-02-20T14:00:00Z"), payout: { yes: 1, no: 0 } }]
    }

    it("pays out as a ledger row, and the market trades no more", async () => {
      const { report, rows } = await replay(history)
      expect(rows[1]).toMatchObject({
        ts: "2026-02-20T14:00:00Z",
        leg: "settlement",
        risk_reason: "settlement",
        fill_price: 1,
        realized_change: 6
      })
      expect(rows[2]?.risk_reason).toBe("market resolved")
      expect(report.results[0]).toMatchObject({ pnl: 6, wins: 1, trade_count: 1 })
      expect(report.results[0]).toMatchObject({ brier: null, settled_positions: 1 })
    })

    it("a void pays half", async () => {
      const resolutions = [{ marketId: "m1", atUs: at("2026-02-20T14:00:00Z"), payout: { yes: 0.5, no: 0.5 } }]
      expect((await replay({ ...history, resolutions })).report.results[0]?.pnl).toBeCloseTo(1, 12)
    })

    it("--no-settlement leaves the position at its mark", async () => {
      const { report } = await replay({ ...history, signals: history.signals.slice(0, 1) }, { settlement: false })
      expect(report.results[0]).toMatchObject({ pnl: 3, wins: 0 })
    })

    it("the original knows no settlement", async () => {
      const { rows } = await replay(history, { compat: "original" })
      expect(rows.some((row) => row.leg === "settlement")).toBe(false)
    })
  })

  describe("fees: the venue's schedule, else fee_bps", () => {
    const fee = { rate: 0.07, exponent: 1, takerOnly: true, rebateRate: 0.2 }
    const rules = new Map([["m1", { eventId: "e1", tickSize: null, minOrderSize: null, fee }]])
    const history = {
      signals: [signal({ at: noon, targetPrice: 0.5, sizeHint: 100 })],
      snapshots: [snapshot({ at: before, yes: 0.5 })],
      rules
    }

    it("here", async () => {
      const { report, rows } = await replay(history, { execution: { fee_bps: 100 } })
      expect(rows[0]?.fee).toBe(1.75)
      expect(report.results[0]?.pnl).toBe(-1.75)
    })

    it("--fees bps and --fees none", async () => {
      const bps = await replay(history, { execution: { fee_bps: 100, fees: "bps" } })
      expect(bps.rows[0]?.fee).toBe(0.5)
      expect((await replay(history, { execution: { fee_bps: 100, fees: "none" } })).rows[0]?.fee).toBe(0)
    })

    it("the original uses fee_bps", async () => {
      const { rows } = await replay(history, { execution: { fee_bps: 100 }, compat: "original" })
      expect(rows[0]?.fee).toBeCloseTo(0.5, 12)
    })
  })
})
