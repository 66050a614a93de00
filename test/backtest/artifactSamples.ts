import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import * as Either from "effect/Either"
import { minorOf } from "../../src/backtest/decodeArtifact.ts"
import { PrintedLedgerDigest } from "../../src/backtest/ledgerDigest.ts"
import { type BacktestArtifactV1 } from "../../src/backtest/schema.ts"
import { type JsonObject } from "../../src/domain/json.ts"
import { root } from "../shared.ts"

/** A 1.0 artifact as the original writes it: one signal that traded. */
export const smallArtifact = (changes: JsonObject = {}): JsonObject => ({
  schema_version: "1.0",
  generated_at: "2026-02-22T00:00:00+00:00",
  from_ts: "2026-02-20T00:00:00+00:00",
  to_ts: "2026-02-21T00:00:00+00:00",
  total_signals: 1,
  executed_signals: 1,
  rejected_signals: 0,
  execution_config: {
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
  },
  risk_config: {
    max_daily_loss: 250,
    max_strategy_notional: 1000,
    max_event_notional: 1500,
    circuit_breaker_rejections: 5
  },
  results: [{ strategy: "s4", pnl: -0.01, winrate: 0, max_drawdown: 0.01, trade_count: 1, wins: 0, losses: 0 }],
  event_results: [
    { strategy: "s4", event_id: "e1", pnl: -0.01, winrate: 0, max_drawdown: 0.01, trade_count: 1, wins: 0, losses: 0 }
  ],
  replay: [
    {
      ts: "2026-02-20T01:00:00+00:00",
      strategy: "s4",
      event_id: "e1",
      market_id: "m1",
      token_id: "YES",
      side: "buy",
      qty: 200,
      executed_qty: 200,
      fill_ratio: 1,
      fill_probability: 1,
      slippage_bps_applied: 5,
      target_price: 0.1,
      fill_price: 0.10005,
      realized_change: 0,
      strategy_equity: -0.01,
      event_equity: -0.01,
      risk_allowed: true,
      risk_reason: "ok",
      risk_notional: 20.01,
      risk_realized_pnl_before: 0,
      risk_strategy_notional_before: 0,
      risk_event_notional_before: 0,
      risk_rejections_before: 0,
      risk_max_daily_loss: 250,
      risk_max_strategy_notional: 1000,
      risk_max_event_notional: 1500,
      risk_circuit_breaker_rejections: 5
    }
  ],
  ...changes
})

/** The text of an artifact as Python's json writes it: floats such as 5.0 and 9.3e-06, and a checksum over them. */
export const pythonArtifact = readFileSync(join(root, "test", "original", "python-artifact.json"), "utf8")

/** Texts of the artifacts that the original made, by file name. */
export const goldenArtifacts = (
  golden: string,
  kind: "backtest" | "rolling"
): ReadonlyArray<readonly [name: string, text: string]> =>
  readdirSync(golden)
    .filter((name) => name.endsWith(".json.gz") && !name.includes(".signals."))
    .filter((name) => name.includes(".rolling-") === (kind === "rolling"))
    .sort()
    .map((name) => [name, gunzipSync(readFileSync(join(golden, name))).toString("utf8")])

/** `ledger_sha256` made again from printed rows; null where they lack what it is made of. */
export const ledgerSha256Of = (
  artifact: Pick<BacktestArtifactV1, "compat" | "replay" | "schema_version">
): string | null => {
  if (artifact.compat !== "market") return null
  const digest = new PrintedLedgerDigest(minorOf(artifact.schema_version) ?? 0)
  for (const row of artifact.replay) digest.add(row)
  return Either.getOrElse(digest.result(), () => null)
}
