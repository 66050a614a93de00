import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { afterEach, describe, expect, it } from "vitest"
import { openRecorded } from "../../src/simulator/recorded.ts"
import { describeShared } from "../shared.ts"
import { get, type Loose, walkKeyset, withExchange } from "./support.ts"

const made: Array<string> = []
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true })
})

const folder = (files: { readonly [name: string]: string | Buffer }): string => {
  const directory = mkdtempSync(join(tmpdir(), "recorded-"))
  made.push(directory)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), content)
  }
  return directory
}
const open = (directory: string) => Effect.runPromise(openRecorded(directory))

const gammaMarket = (id: string, more: object = {}) => ({
  id,
  question: `Question ${id}?`,
  slug: `question-${id}`,
  conditionId: `0x${id.padStart(64, "0")}`,
  outcomes: '["Yes", "No"]',
  outcomePrices: '["0.4", "0.6"]',
  clobTokenIds: `["${id}1", "${id}2"]`,
  active: true,
  closed: false,
  updatedAt: "2026-01-01T00:00:00Z",
  ...more
})
const clobMarket = (id: string, more: object = {}) => ({
  condition_id: `0x${id.padStart(64, "0")}`,
  question: `Question ${id}?`,
  tokens: [{ token_id: `${id}1`, outcome: "Yes", price: 0.4, winner: false }],
  rewards: { rates: [{ rewards_daily_rate: 1 }] },
  active: true,
  closed: false,
  accepting_orders: true,
  minimum_tick_size: 0.001,
  minimum_order_size: 5,
  neg_risk: false,
  ...more
})
const page = (...rows: ReadonlyArray<object>) => ({ data: rows, next_cursor: "LTE=", limit: 1000, count: rows.length })

describe("recorded backend", () => {
  it("knows files by their content, with byte order marks and gzip, and keeps rows as they are", async () => {
    const odd = gammaMarket("7", { question: "価格は? \u001b[1m", extra: { nested: [1, null] } })
    const directory = folder({
      "a/whatever.txt": `\ufeff${JSON.stringify([odd, gammaMarket("8", { closed: true })])}`,
      "b.bin": gzipSync(
        JSON.stringify({ id: "90", title: "Event", slug: "event", negRisk: true, markets: [gammaMarket("9")] })
      ),
      "c.json": JSON.stringify(page(clobMarket("7"), clobMarket("8"))),
      "d.json": JSON.stringify({
        history: [
          { t: 100, p: 0.4 },
          { t: 160, p: 0.5 },
          { t: 220, p: 0.6 }
        ]
      }),
      "e.json": JSON.stringify([
        {
          proxyWallet: "0x1",
          asset: "71",
          conditionId: odd.conditionId,
          side: "BUY",
          price: 0.41,
          size: 10,
          timestamp: 1_700_000_000
        }
      ]),
      "f.json": JSON.stringify({
        market: odd.conditionId,
        asset_id: "71",
        timestamp: "1",
        hash: "kept",
        bids: [{ price: "0.4", size: "9" }],
        asks: []
      }),
      "notes.md": "# not data",
      "other.json": '{"some":"thing"}'
    })
    const backend = await open(directory)
    expect(backend.stats).toMatchObject({ files: 6, broken: [], duplicates: 0 })
    expect(backend.stats.ignored.map((path) => path.slice(directory.length + 1))).toEqual(["notes.md", "other.json"])
    await withExchange({ backend }, async ({ urls }) => {
      expect((await get(`${urls.gamma}/markets/7`)).body).toEqual(odd)
      expect((await get(`${urls.gamma}/markets/9`)).body.events).toEqual([
        { id: "90", title: "Event", slug: "event", negRisk: true }
      ])
      expect((await get(`${urls.gamma}/events`)).body[0].markets).toHaveLength(1)
      expect((await get(`${urls.clob}/sampling-markets`)).body.data).toEqual([clobMarket("7"), clobMarket("8")])
      expect((await get(`${urls.clob}/simplified-markets`)).body.data[0].question).toBeUndefined()
      expect((await get(`${urls.clob}/tick-size?token_id=71`)).body).toEqual({ minimum_tick_size: 0.001 })
      expect((await get(`${urls.clob}/last-trade-price?token_id=71`)).body).toEqual({ price: "0.41", side: "BUY" })
      expect((await get(`${urls.clob}/book?token_id=71`)).body.hash).toBe("kept")
      expect((await get(`${urls.clob}/price?token_id=71&side=BUY`)).body).toEqual({ price: "0.4" })
      expect((await get(`${urls.clob}/midpoint?token_id=71`)).status).toBe(404)
      expect((await get(`${urls.data}/trades`)).body).toHaveLength(1)
      const history = await get(`${urls.clob}/prices-history?market=d&startTs=100&endTs=160&fidelity=1`)
      expect(history.body.history.map((point: Loose) => point.p)).toEqual([0.4, 0.5])
    })
  })

  it("keeps the newest copy of a market, counts the others, and tolerates broken files and lines", async () => {
    const event = (id: string) => JSON.stringify({ id, title: id, slug: id, markets: [gammaMarket(`${id}1`)] })
    const backend = await open(
      folder({
        "1.json": JSON.stringify([
          gammaMarket("1", { updatedAt: "2026-02-01T00:00:00Z", volume: "new" }),
          gammaMarket("2")
        ]),
        "2.json": JSON.stringify([gammaMarket("1", { volume: "old" }), gammaMarket("2", { volume: "later" })]),
        "3.jsonl": `${event("31")}\n\n${event("32")}\n{"id":"33","title":`,
        "4.json": '[{"id": "4", "question"',
        "5.json.gz": gzipSync('[{"id": "5"}]').subarray(0, 20),
        "6.json": JSON.stringify(page(clobMarket("1"), clobMarket("1"))),
        "7.json": JSON.stringify(page(clobMarket("2"), clobMarket("3"))),
        "8.json": JSON.stringify(page(clobMarket("3", { minimum_tick_size: 0.01 })))
      })
    )
    expect(backend.stats.duplicates).toBe(3)
    expect(backend.stats.broken.map(({ problem }) => problem)).toEqual([
      "line 4 is not JSON",
      "not JSON, and not JSON lines",
      expect.stringMatching(/unexpected end of file|header/)
    ])
    const rows = backend.at(backend.startUs).gammaMarkets()
    const volumeOf = (id: string) => rows.find((row) => row.id === id)?.field("volume")
    expect([volumeOf("1"), volumeOf("2"), rows.length]).toEqual(["new", "later", 4])
    // Repeats inside one page were sent by the exchange and stay; between files the last one counts.
    const clob = backend.at(backend.startUs).clobMarkets("markets")
    expect(clob.map((row) => [row.conditionId.at(-1), row.tick])).toEqual([
      ["1", 0.001],
      ["1", 0.001],
      ["2", 0.001],
      ["3", 0.01]
    ])
  })

  it("steps through versions of an event, never ahead of them", async () => {
    const version = (time: string, price: string, closed = false) =>
      JSON.stringify({
        committed_at: time,
        commit: "x",
        event: {
          id: "5",
          slug: "e",
          title: "E",
          markets: [gammaMarket("51", { outcomePrices: `["${price}", "x"]`, closed })]
        }
      })
    const backend = await open(
      folder({
        // Out of order, and with an offset.
        "h.jsonl": [
          version("2026-01-10T06:00:00+00:00", "0.5"),
          version("2026-01-10T13:00:00+09:00", "0.3"),
          version("2026-01-11T00:00:00Z", "1", true)
        ].join("\n"),
        "s.json": JSON.stringify([gammaMarket("51", { outcomePrices: '["final", "x"]' }), gammaMarket("60")])
      })
    )
    const at = (time: string) =>
      backend
        .at(Date.parse(time) * 1_000)
        .gammaMarkets()
        .map((row) => [row.id, JSON.parse(String(row.field("outcomePrices")))[0]])
    expect(new Date(backend.startUs / 1_000).toISOString()).toBe("2026-01-10T04:00:00.000Z")
    expect(at("2026-01-10T03:59:59Z")).toEqual([["60", "0.4"]])
    expect(at("2026-01-10T04:00:00Z")).toEqual([
      ["60", "0.4"],
      ["51", "0.3"]
    ])
    expect(at("2026-01-10T05:59:59Z")).toEqual([
      ["60", "0.4"],
      ["51", "0.3"]
    ])
    expect(at("2026-01-12T00:00:00Z")).toEqual([
      ["60", "0.4"],
      ["51", "1"]
    ])
    expect(at("2026-01-10T06:00:00Z")).toEqual([
      ["60", "0.4"],
      ["51", "0.5"]
    ])
  })

  it("says so when there is nothing to serve", async () => {
    const failure = (directory: string) => Effect.runPromise(Effect.flip(openRecorded(directory)))
    expect((await failure(folder({ "x.txt": "hello" }))).message).toContain("holds no Gamma, CLOB or data-api answers")
    expect((await failure("/nowhere/at/all")).message).toContain("is not a directory")
  })
})

describeShared("data/dev/borat-gamma-clob-2026-02", "recordings of February 2026", (recording) => {
  it("serves every row", async () => {
    const backend = await open(recording)
    expect(backend.stats).toMatchObject({ files: 9, broken: [] })
    expect(backend.stats.rows).toEqual({
      "gamma /markets": 694,
      "gamma /markets?closed=false": 398,
      "gamma /events": 532,
      "clob /markets": 2008,
      "clob /simplified-markets": 1000,
      "clob /sampling-markets": 1008,
      "clob /sampling-simplified-markets": 1000,
      "clob /book": 0,
      "clob /prices-history": 2,
      "data /trades": 100
    })
    await withExchange({ backend }, async ({ urls }) => {
      const [openRows, closedRows] = [await walkKeyset(urls.gamma), await walkKeyset(urls.gamma, "&closed=true")]
      expect(openRows.rows.length).toBe(398)
      expect(closedRows.rows.length).toBe(694 - 398)
      const first = (await get(`${urls.clob}/markets`)).body
      const second = (await get(`${urls.clob}/markets?next_cursor=${first.next_cursor}`)).body
      const third = (await get(`${urls.clob}/markets?next_cursor=${second.next_cursor}`)).body
      expect([first.count, second.count, third.count, third.next_cursor]).toEqual([1000, 1000, 8, "LTE="])
    })
  })
})

describeShared("data/dev/statground-2024", "events of 2024 with their history", (recording) => {
  it("serves every market of every event, and steps through the versions", async () => {
    const backend = await open(recording)
    expect(backend.stats.broken).toEqual([])
    await withExchange({ backend }, async ({ urls, advance }) => {
      const size = async () =>
        (await walkKeyset(urls.gamma, "&closed=true")).rows.length + (await walkKeyset(urls.gamma)).rows.length
      expect(await size()).toBe(backend.stats.rows["gamma /markets"])
      const closed = async () => (await get(`${urls.gamma}/events/16171`)).body.closed
      expect(await closed()).toBe(false)
      await Effect.runPromise(advance(60 * 86_400_000_000))
      expect(await closed()).toBe(true)
    })
  })
})
