import * as Either from "effect/Either"
import { buildReportModel, type ReportOptions } from "../../src/reports/model.ts"
import { type ReportModel } from "../../src/reports/ReportModel.ts"
import { type ReportArtifact, type ReportRow } from "../../src/reports/ReportArtifact.ts"

export const row = (fields: Partial<ReportRow>): ReportRow => ({
  ts: "2026-02-20T00:00:00Z",
  strategy: "s1",
  event_id: "e1",
  market_id: "m1",
  side: "buy",
  executed_qty: 10,
  fill_price: 0.5,
  realized_change: 0,
  strategy_equity: 0,
  risk_allowed: true,
  risk_reason: "ok",
  leg: "primary",
  ...fields
})

export const result = (strategy: string, pnl: number, more: Partial<ReportArtifact["results"][number]> = {}) => ({
  strategy,
  pnl,
  winrate: 0,
  max_drawdown: 0,
  trade_count: 1,
  wins: 0,
  losses: 0,
  ...more
})

/** A day with one strategy and nothing in it. */
export const artifact = (fields: Partial<ReportArtifact> = {}): ReportArtifact => ({
  schema_version: "1.1",
  generated_at: "2026-02-21T00:00:00Z",
  from_ts: "2026-02-20T00:00:00Z",
  to_ts: "2026-02-21T00:00:00Z",
  total_signals: 0,
  executed_signals: 0,
  rejected_signals: 0,
  execution_config: { slippage_bps: 5, enable_partial_fill: false },
  risk_config: { max_daily_loss: 250, price_collar: null },
  results: [result("s1", 0, { trade_count: 0 })],
  event_results: [],
  replay: [],
  ...fields
})

export const modelOf = (fields: Partial<ReportArtifact> = {}, options: ReportOptions = {}): ReportModel =>
  Either.getOrThrow(buildReportModel(artifact(fields), options))

/**
 * Two strategies on two markets: s1 buys at 0.40 and is settled at 1, s2 buys at 0.60 and 0.70 and is settled at 0 and
 * 1; one signal is rejected.
 */
export const eventful: Partial<ReportArtifact> = {
  total_signals: 4,
  executed_signals: 3,
  rejected_signals: 1,
  replay: [
    row({ ts: "2026-02-20T01:00:00Z", fill_price: 0.4, realized_change: -0.1, strategy_equity: -0.1 }),
    row({ ts: "2026-02-20T02:00:00Z", strategy: "s2", market_id: "m2", fill_price: 0.6, strategy_equity: 3 }),
    row({
      ts: "2026-02-20T02:00:00Z",
      strategy: "s2",
      event_id: "e2",
      market_id: "m3",
      fill_price: 0.7,
      strategy_equity: 4
    }),
    row({
      ts: "2026-02-20T03:00:00Z",
      executed_qty: 0,
      risk_allowed: false,
      risk_reason: "not marketable: ask 0.9000",
      strategy_equity: -0.1
    }),
    row({
      ts: "2026-02-20T10:00:00Z",
      side: "sell",
      leg: "settlement",
      fill_price: 1,
      realized_change: 6,
      strategy_equity: 5.9
    }),
    row({
      ts: "2026-02-20T12:00:00Z",
      strategy: "s2",
      market_id: "m2",
      side: "sell",
      leg: "settlement",
      fill_price: 0,
      realized_change: -6,
      strategy_equity: -5
    }),
    row({
      ts: "2026-02-20T14:00:00Z",
      strategy: "s2",
      event_id: "e2",
      market_id: "m3",
      side: "sell",
      leg: "settlement",
      fill_price: 1,
      realized_change: 3,
      strategy_equity: -3
    })
  ],
  results: [
    result("s1", 5.9, { wins: 1, max_drawdown: 0.1, fees: 0.1 }),
    result("s2", -3, { trade_count: 2, wins: 1, losses: 1, max_drawdown: 9, fees: 0 })
  ],
  event_results: [
    { ...result("s1", 5.9, { wins: 1 }), event_id: "e1" },
    { ...result("s2", -6, { losses: 1 }), event_id: "e1" },
    { ...result("s2", 3, { wins: 1 }), event_id: "e2" },
    { ...result("s2", 0, { trade_count: 0 }), event_id: "e3" }
  ],
  reject_reasons: { "not marketable": 1 },
  checksum_sha256: "c".repeat(64)
}

/** Questions that break careless layouts. */
export const nasty = {
  script: `<script>alert("x")</script><img src=x onerror='alert(1)'> & more`,
  chinese: "中国人民银行会在2026年6月降息吗？🚀",
  korean: "2026년 서울 시장 선거에서 이길까요?",
  arabic: "هل سيفوز فريق Real Madrid (2026) بدوري أبطال أوروبا؟",
  hebrew: "האם בנק ישראל יוריד את הריבית ב-25 נקודות בסיס לפני יוני 2026?",
  long: `Will ${"a very long question that does not end ".repeat(20)}resolve? https://example.com/${"a".repeat(300)}`,
  control: "Will it \u001b[2Jrain\u202e?"
}
