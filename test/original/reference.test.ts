import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { expect, it } from "vitest"
import { parseTime } from "../../src/domain/time.ts"
import { expectClose } from "../backtest/close.ts"
import { describeShared } from "../shared.ts"
import { type Loose } from "../simulator/support.ts"
import { query } from "../system/support.ts"
import { referenceBacktest } from "./backtest.ts"
import { type OriginalContent } from "./database.ts"
import { signalsOf } from "./strategies.ts"

const timeOf = (text: Loose): number => {
  const us = parseTime(String(text))
  if (us === undefined) throw new Error(`not a time: ${text}`)
  return us
}

const contentOf = (db: string): OriginalContent => {
  const rows = (sql: string): ReadonlyArray<Loose> => query(db, sql)
  return {
    markets: rows("SELECT * FROM markets ORDER BY id").map((row) => ({ ...row, neg_risk: row.neg_risk === 1 })),
    snapshots: rows("SELECT * FROM market_snapshots ORDER BY id").map((row) => ({
      ...row,
      atUs: timeOf(row.captured_at)
    })),
    signals: rows("SELECT * FROM signals ORDER BY id").map((row) => ({
      ...row,
      payload: JSON.parse(row.payload_json),
      atUs: timeOf(row.created_at)
    }))
  }
}

describeShared("golden", "the slow reading of the original", (golden) => {
  const jsonOf = (name: string): Loose => JSON.parse(gunzipSync(readFileSync(join(golden, name))).toString("utf8"))
  const content = contentOf(join(golden, "synthetic-7.db"))
  // The cases of all four strategies at once would take it minutes.
  const artifacts = readdirSync(golden).filter((name) => /^synthetic-7\.(limits|breaker)\.s\d\.json\.gz$/.test(name))

  it("knows cases to meet", () => {
    expect(artifacts.length).toBeGreaterThan(3)
  })

  it.each(artifacts)("meets %s, to 1e-9", (name) => {
    const wanted = jsonOf(name)
    const read = referenceBacktest(content, {
      from_us: timeOf(wanted.from_ts),
      to_us: timeOf(wanted.to_ts),
      strategies: wanted.results.map(({ strategy }: Loose) => strategy),
      execution: wanted.execution_config,
      risk: wanted.risk_config
    })
    const { event_results, executed_signals, rejected_signals, results, total_signals } = wanted
    const replay = wanted.replay.map(({ ts, ...row }: Loose) => ({ ...row, ts_us: timeOf(ts) }))
    expectClose(read, { event_results, executed_signals, rejected_signals, results, total_signals, replay }, name)
  })

  it("meets the signals of every market", () => {
    const byKey = (rows: ReadonlyArray<Loose>) =>
      new Map(rows.map((row) => [`${row.strategy}/${row.market_id}/${row.side}`, row] as const))
    const read = byKey(signalsOf(content.markets))
    const wanted = byKey(jsonOf("synthetic-7.signals.json.gz"))
    expect([...read.keys()].sort()).toStrictEqual([...wanted.keys()].sort())
    for (const [key, signal] of wanted) {
      // The sentences are not compared: those of new signals are English here.
      delete signal.rationale
      expectClose(read.get(key), signal, key)
    }
  })
})
