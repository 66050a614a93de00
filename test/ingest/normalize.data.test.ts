import { assert, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { type SourceId } from "../../src/domain/ids.ts"
import { type Market } from "../../src/domain/Market.ts"
import { normalizeMarket } from "../../src/ingest/normalize.ts"
import { describeShared } from "../shared.ts"

const seenAt = 1_790_000_000_000_000

const text = (path: string): string => {
  const bytes = readFileSync(path)
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").replace(/^\uFEFF/, "")
}

const rowsOf = (path: string): ReadonlyArray<unknown> => {
  if (path.includes(".jsonl")) {
    // Events carry their markets; Gamma's own market listing names the event in each of them.
    return text(path)
      .trim()
      .split("\n")
      .map((line): { id: string; slug: string; markets?: ReadonlyArray<object> } => JSON.parse(line))
      .flatMap(({ id, slug, markets }) => (markets ?? []).map((m) => ({ ...m, events: [{ id, slug }] })))
  }
  const json = JSON.parse(text(path))
  return Array.isArray(json) ? json : (json.data ?? json.markets)
}

const summary = (source: SourceId, rows: ReadonlyArray<unknown>) => {
  const stored: Array<Market> = []
  const refused: Record<string, number> = {}
  const dropped: Record<string, number> = {}
  for (const raw of rows) {
    const row = normalizeMarket(source, raw, seenAt)
    if (row._tag === "market") {
      stored.push(row.market)
      for (const reason of row.dropped) dropped[reason] = (dropped[reason] ?? 0) + 1
    } else refused[row.reason] = (refused[row.reason] ?? 0) + 1
  }
  const payouts: Record<string, number> = {}
  for (const { payout } of stored) {
    const key = payout === null ? "none" : `${payout.yes}/${payout.no}`
    payouts[key] = (payouts[key] ?? 0) + 1
  }
  const count = (test: (market: Market) => boolean) => stored.filter(test).length
  return {
    rows: rows.length,
    stored: stored.length,
    refused,
    ...(Object.keys(dropped).length > 0 && { dropped }),
    open: count((m) => m.status === "open"),
    payouts,
    tokens: count((m) => m.yesTokenId !== null && m.noTokenId !== null),
    free: count((m) => m.fee?.rate === 0),
    negRisk: count((m) => m.negRisk)
  }
}

type Summary = ReturnType<typeof summary>
const borat = "data/dev/borat-gamma-clob-2026-02"

const cases: ReadonlyArray<readonly [SourceId, string, Summary]> = [
  [
    "gamma",
    `${borat}/gh-pages/polymarket-backtest__data__raw__markets.json`,
    {
      rows: 600,
      stored: 600,
      refused: {},
      open: 300,
      payouts: { "0/1": 180, "1/0": 109, "0.5/0.5": 1, none: 310 },
      tokens: 600,
      free: 588,
      negRisk: 236
    }
  ],
  [
    "gamma",
    `${borat}/master/active-markets.json`,
    { rows: 100, stored: 100, refused: {}, open: 100, payouts: { none: 100 }, tokens: 100, free: 100, negRisk: 78 }
  ],
  [
    "clob",
    `${borat}/gh-pages/clob-markets.json`,
    {
      rows: 1000,
      stored: 946,
      refused: { "no market id": 54 },
      open: 0,
      payouts: { "0/1": 294, "1/0": 285, "0.5/0.5": 7, none: 360 },
      tokens: 945,
      free: 0,
      negRisk: 0
    }
  ],
  [
    "clob",
    `${borat}/gh-pages/clob-sampling.json`,
    { rows: 1000, stored: 1000, refused: {}, open: 1000, payouts: { none: 1000 }, tokens: 1000, free: 0, negRisk: 626 }
  ],
  [
    "clob",
    `${borat}/gh-pages/clob_sampling.json`,
    { rows: 1000, stored: 1000, refused: {}, open: 1000, payouts: { none: 1000 }, tokens: 1000, free: 0, negRisk: 621 }
  ],
  [
    "clob",
    `${borat}/gh-pages/clob-simplified.json`,
    { rows: 1000, stored: 1000, refused: {}, open: 1000, payouts: { none: 1000 }, tokens: 1000, free: 0, negRisk: 0 }
  ],
  [
    // One market closed with an ask of 1.009; eleven were never deployed (no condition, tokens or prices).
    "gamma",
    "data/dev/statground-2024/split/events.dev.2024-01..08.jsonl.gz",
    {
      rows: 6558,
      stored: 6558,
      refused: {},
      dropped: { "best ask outside [0, 1]": 1 },
      open: 0,
      payouts: { "0/1": 4602, "1/0": 1468, "0.5/0.5": 10, "1/1": 10, none: 468 },
      tokens: 6547,
      free: 6558,
      negRisk: 4070
    }
  ],
  [
    "gamma",
    "data/ci/gamma_markets_live_2026-02-13.json",
    { rows: 70, stored: 70, refused: {}, open: 70, payouts: { none: 70 }, tokens: 70, free: 70, negRisk: 48 }
  ]
]

for (const [source, path, expected] of cases) {
  describeShared(path, path, (file) => {
    it("is stored and refused to the row", () => assert.deepStrictEqual(summary(source, rowsOf(file)), expected))
  })
}

describeShared("data/dev/statground-2024/split/events.dev.2024-01..08.jsonl.gz", "markets of 2024", (history) => {
  it("have an event, a time of resolution not after now, and payouts that agree with their prices", () => {
    const rows = rowsOf(history)
    const read = rows.map((raw) => normalizeMarket("gamma", raw, seenAt))
    assert.isAbove(read.filter(({ _tag }) => _tag === "market").length, 0.9 * rows.length)
    for (const row of read) {
      if (row._tag === "refused") continue
      const { market } = row
      assert.notStrictEqual(market.eventId, "unknown")
      assert.strictEqual(market.payout === null, market.resolvedAtUs === null)
      if (market.payout !== null) {
        assert.deepStrictEqual(market.payout, { yes: market.yesPrice, no: market.noPrice })
        assert.isAtMost(market.resolvedAtUs ?? Infinity, seenAt)
      }
    }
  })
})

describeShared(borat, "one contract at two sources", (recording) => {
  it("has the same condition and token ids", () => {
    const byCondition = (source: SourceId, path: string) =>
      new Map(
        rowsOf(path).flatMap((raw) => {
          const row = normalizeMarket(source, raw, seenAt)
          return row._tag === "market" ? [[row.market.conditionId, row.market] as const] : []
        })
      )
    const clob = byCondition("clob", join(recording, "gh-pages/clob-sampling.json"))
    let twins = 0
    for (const [condition, market] of byCondition("gamma", join(recording, "master/active-markets.json"))) {
      const twin = clob.get(condition)
      if (twin === undefined) continue
      twins += 1
      assert.deepStrictEqual([market.yesTokenId, market.noTokenId], [twin.yesTokenId, twin.noTokenId])
    }
    assert.isAbove(twins, 0)
  })
})
