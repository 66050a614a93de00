import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import Database from "better-sqlite3"
import { expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { normalizeMarket } from "../../src/ingest/normalize.ts"
import { edgeGate } from "../../src/strategies/edgeGate.ts"
import { considerS10 } from "../../src/strategies/s10.ts"
import { s2 } from "../../src/strategies/s2.ts"
import { considerS9 } from "../../src/strategies/s9.ts"
import { describeShared } from "../shared.ts"
import { market } from "./market.ts"
import { costs } from "./sets.ts"

// The counts that docs/strategies.md gives, on recorded answers of Gamma.

const { strategies } = defaultConfig
const readOpen = (file: string) => {
  const rows: ReadonlyArray<unknown> = JSON.parse(readFileSync(file, "utf8").replace(/^\uFEFF/, ""))
  return rows.flatMap((raw) => {
    const read = normalizeMarket("gamma", raw, 0)
    return read._tag === "market" && read.market.status === "open" ? [read.market] : []
  })
}
const count = (reasons: ReadonlyArray<{ readonly reason: string }>) =>
  Object.fromEntries(
    [...new Set(reasons.map(({ reason }) => reason))].map((reason) => [
      reason,
      reasons.filter((one) => one.reason === reason).length
    ])
  )

const measure = (file: string) => {
  const open = readOpen(file)
  const signals = s2(open, strategies.s2)
  const gated = edgeGate(signals, open, { enabled: true, min_net_edge: 0 }, costs)
  const yes = considerS10(open, { ...strategies.s10, yes_sets: true }, costs)
  return {
    open: open.length,
    s9: considerS9(open, strategies.s9, costs),
    s10: considerS10(open, strategies.s10, costs),
    yesSets: { kept: yes.signals.length, dropped: count(yes.dropped) },
    s2: { before: signals.length, after: gated.signals.length, dropped: count(gated.dropped) }
  }
}
const nothing = { signals: [], dropped: [] }
const borat = "data/dev/borat-gamma-clob-2026-02"

for (const [file, open, cheapYesSets, before, after] of [
  ["data/ci/gamma_markets_live_2026-02-13.json", 70, 1, 17, 6],
  [`${borat}/master/active-markets.json`, 100, 1, 15, 6],
  [`${borat}/gh-pages/polymarket-backtest__data__raw__markets.json`, 300, 24, 63, 6]
] as const) {
  describeShared(file, `recorded answers of Gamma: ${file}`, (path) => {
    it("S9, S10 and the edge gate find what docs/strategies.md says", () =>
      expect(measure(path)).toStrictEqual({
        open,
        s9: nothing,
        s10: nothing,
        // Pages cut events in the middle: every one of these sets is cheap because outcomes are not on the page.
        yesSets: { kept: 0, dropped: { "outcomes may be missing": cheapYesSets } },
        s2: { before, after, dropped: { "below minimum notional": before - after } }
      }))
  })
}

describeShared("data/dev/polyscraper-hourly-2025-07", "quotes of hourly markets", (quotes) => {
  it("S9 finds no crossed book in 13,047 of them", () => {
    let rows = 0
    for (const name of ["btc", "eth"]) {
      const db = new Database(join(quotes, `${name}_polyscraper.db`), { readonly: true })
      const read = db
        .prepare<[], { readonly bestBid: number; readonly bestAsk: number }>(
          "select best_bid as bestBid, best_ask as bestAsk from polydata"
        )
        .all()
      db.close()
      rows += read.length
      const parameters = { ...strategies.s9, min_price: 0, max_price: 1 }
      const seen = read.map((book, index) => market({ marketId: String(index), liquidity: 1000, ...book }))
      expect(considerS9(seen, parameters, costs)).toStrictEqual(nothing)
    }
    expect(rows).toBe(13_047)
  })
})

describeShared("data/dev/selcukguler-updown-2026-03/book_snapshots.ab3c8081.csv", "recorded books", (books) => {
  it("asks of both tokens below 1 are asks of different moments", () => {
    const [head, ...lines] = readFileSync(books, "utf8").trim().split("\n")
    const column = (name: string) => head!.split(",").indexOf(name)
    const rows = lines
      .map((line) => line.split(","))
      .map((cells) => ({
        atMs: Number(cells[column("timestamp_ms")]),
        contract: cells[column("condition_id")]!,
        outcome: cells[column("outcome")]!,
        ask: cells[column("best_ask")] === "" ? Number.NaN : Number(cells[column("best_ask")])
      }))
      .filter(({ ask, atMs }) => Number.isFinite(ask) && Number.isFinite(atMs))
      .sort((a, b) => a.atMs - b.atMs)
    const last = new Map<string, Map<string, (typeof rows)[number]>>()
    let pairs = 0
    const ages: Array<number> = []
    for (const row of rows) {
      const sides = last.get(row.contract) ?? new Map<string, (typeof rows)[number]>()
      last.set(row.contract, sides.set(row.outcome, row))
      const [one, two] = [...sides.values()]
      if (one === undefined || two === undefined) continue
      pairs += 1
      if (one.ask + two.ask < 1 - 1e-9) ages.push(Math.abs(one.atMs - two.atMs))
    }
    expect({ pairs, below: ages.length, together: ages.filter((age) => age < 6_000).length }).toStrictEqual({
      pairs: 1497,
      below: 21,
      together: 1
    })
  })
})

describeShared("data/dev/statground-2024/split/events.dev.2024-01..08.jsonl.gz", "events of 2024", (events) => {
  it("of 674 resolved neg-risk events one had no winner among its listed outcomes", () => {
    const winners: Array<number> = []
    for (const line of gunzipSync(readFileSync(events)).toString().trim().split("\n")) {
      const event: { readonly markets?: ReadonlyArray<Record<string, unknown>> } = JSON.parse(line)
      const legs = (event.markets ?? []).filter(({ negRisk }) => negRisk === true)
      if (legs.length < 2 || !legs.every(({ closed }) => closed === true)) continue
      expect(new Set(legs.map(({ negRiskMarketID }) => negRiskMarketID)).size).toBe(1)
      winners.push(legs.filter(({ outcomePrices }) => /^\["1", ?"0"\]$/.test(String(outcomePrices))).length)
    }
    expect(winners.length).toBe(674)
    expect(winners.filter((count) => count === 0)).toHaveLength(1)
    expect(Math.max(...winners)).toBe(1)
  })
})
