import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { get, type Loose, post, walkKeyset, withExchange } from "./support.ts"

const HOUR = 3_600_000_000
const small = () => ({ backend: makeUniverse({ seed: 11, markets: 250 }) })

describe("gamma", () => {
  it("pages by keyset over every open market exactly once, in any order", () =>
    withExchange(small(), async ({ urls }) => {
      const all = small().backend
      const open = all
        .at(all.startUs)
        .gammaMarkets()
        .filter((row) => row.field("closed") === false)
      for (const order of ["", "&order=volumeNum&ascending=false", "&order=endDate,liquidityNum"]) {
        const { rows, pages } = await walkKeyset(urls.gamma, order)
        expect(rows.map((row) => row.id).sort()).toEqual(open.map((row) => row.id).sort())
        expect(pages).toBe(Math.ceil(open.length / 100))
      }
      const { rows } = await walkKeyset(urls.gamma, "&order=volumeNum&ascending=false")
      const volumes = rows.map((row) => row.volumeNum)
      expect(volumes).toEqual([...volumes].sort((a, b) => b - a))
      const closed = await walkKeyset(urls.gamma, "&closed=true")
      expect(closed.rows.length).toBeGreaterThan(0)
      expect(closed.rows.every((row) => row.closed)).toBe(true)
    }))

  it("caps the page, ignores what the real API ignores, and refuses deep offsets", () =>
    withExchange(small(), async ({ urls }) => {
      const plain = await get(`${urls.gamma}/markets`)
      expect(plain.body).toHaveLength(20)
      expect((await get(`${urls.gamma}/markets?limit=500`)).body).toHaveLength(100)
      expect((await get(`${urls.gamma}/markets/keyset?limit=500`)).body.markets).toHaveLength(100)
      expect((await get(`${urls.gamma}/markets?order=volume_num&ascending=true`)).text).toBe(plain.text)
      const first = await get(`${urls.gamma}/markets/keyset?limit=10`)
      const next = first.body.next_cursor
      expect((await get(`${urls.gamma}/markets/keyset?limit=10&cursor=${next}`)).text).toBe(first.text)
      expect((await get(`${urls.gamma}/markets/keyset?limit=10&next_cursor=${next}`)).text).toBe(first.text)
      expect((await get(`${urls.gamma}/markets/keyset?limit=10&after_cursor=${next}`)).text).not.toBe(first.text)
      const deep = await get(`${urls.gamma}/markets?offset=2001`)
      expect(deep.status).toBe(422)
      expect(deep.body.error).toContain("keyset")
      expect((await get(`${urls.gamma}/markets?offset=2000`)).body).toEqual([])
      expect((await get(`${urls.gamma}/markets/keyset?offset=0`)).status).toBe(422)
      expect((await get(`${urls.gamma}/markets/keyset?after_cursor=rubbish`)).status).toBe(422)
      expect((await get(`${urls.gamma}/markets?limit=-1`)).status).toBe(422)
    }))

  it("filters, and finds single markets and events", () =>
    withExchange(small(), async ({ urls }) => {
      const { rows } = await walkKeyset(urls.gamma)
      const [a, b] = [rows[3], rows[40]]
      const by = async (query: string) => (await get(`${urls.gamma}/markets?${query}`)).body.map((row: Loose) => row.id)
      expect(await by(`id=${a.id}&id=${b.id}`)).toEqual([a.id, b.id])
      expect(await by(`condition_ids=${a.conditionId}`)).toEqual([a.id])
      expect(await by(`clob_token_ids=${JSON.parse(b.clobTokenIds)[1]}`)).toEqual([b.id])
      expect(await by(`slug=${encodeURIComponent(a.slug)}`)).toEqual([a.id])
      const rich = rows.filter((row) => row.liquidityNum >= 10_000).map((row) => row.id)
      expect(await by("liquidity_num_min=10000&limit=100")).toEqual(rich.slice(0, 100))
      const late = rows.filter((row) => row.endDate >= "2027-01-01").map((row) => row.id)
      expect(await by("end_date_min=2027-01-01T00:00:00Z&limit=100")).toEqual(late.slice(0, 100))
      const closed = (await get(`${urls.gamma}/markets?closed=true&limit=1`)).body[0]
      expect(await by(`id=${closed.id}`)).toEqual([])
      expect(await by(`id=${closed.id}&closed=true`)).toEqual([closed.id])
      expect((await get(`${urls.gamma}/markets/${a.id}`)).body).toEqual(a)
      expect((await get(`${urls.gamma}/markets/slug/${encodeURIComponent(a.slug)}`)).body).toEqual(a)
      expect((await get(`${urls.gamma}/markets/999`)).status).toBe(404)
      expect((await get(`${urls.gamma}/markets/abc`)).status).toBe(422)
      const event = (await get(`${urls.gamma}/events/${a.events[0].id}`)).body
      expect(event.markets.map((market: Loose) => market.id)).toContain(a.id)
      const tag = event.tags[0]
      expect((await get(`${urls.gamma}/events/slug/${event.slug}`)).body).toEqual(event)
      expect((await get(`${urls.gamma}/tags`)).body.map((each: Loose) => each.slug)).toContain(tag.slug)
      const tagged = await get(`${urls.gamma}/events?tag_id=${tag.id}&limit=100&include_markets=false`)
      expect(tagged.body.map((each: Loose) => each.id)).toContain(event.id)
      expect(tagged.body.every((each: Loose) => each.tags[0].id === tag.id && each.markets === undefined)).toBe(true)
      const { body } = await get(`${urls.gamma}/events/keyset?limit=7`)
      expect(body.events).toHaveLength(7)
      expect(typeof body.next_cursor).toBe("string")
    }))
})

describe("clob", () => {
  it("pages its listings by offset cursors", () =>
    withExchange({ backend: makeUniverse({ seed: 1, markets: 2_300 }) }, async ({ urls }) => {
      for (const listing of ["markets", "simplified-markets", "sampling-markets", "sampling-simplified-markets"]) {
        const ids: Array<string> = []
        let cursor = "MA=="
        while (cursor !== "LTE=") {
          const { body } = await get(`${urls.clob}/${listing}?next_cursor=${encodeURIComponent(cursor)}`)
          expect(body.limit).toBe(1_000)
          expect(body.count).toBe(body.data.length)
          for (const row of body.data) {
            ids.push(row.condition_id)
            expect(row.tokens).toHaveLength(2)
            expect(row.question === undefined).toBe(listing.includes("simplified"))
            if (listing.startsWith("sampling"))
              expect(row.closed === false && row.rewards.rates.length === 1).toBe(true)
          }
          cursor = body.next_cursor
        }
        expect(new Set(ids).size).toBe(ids.length)
        expect(ids.length).toBeGreaterThan(listing.startsWith("sampling") ? 1_001 : 2_000)
      }
      expect((await get(`${urls.clob}/markets?next_cursor=LTE%3D`)).status).toBe(400)
    }))

  it("answers everything about one token consistently", () =>
    withExchange({ ...small(), startUs: small().backend.startUs + 5 * HOUR }, async ({ urls }) => {
      const { rows } = await walkKeyset(urls.gamma)
      const market = rows.find((row) => row.feesEnabled && row.negRisk && row.lastTradePrice !== undefined)
      const [token, no] = JSON.parse(market.clobTokenIds)
      const ask = async (path: string) => (await get(`${urls.clob}${path}token_id=${token}`)).body
      const book = await ask("/book?")
      const [bid, offer] = [book.bids.at(-1).price, book.asks.at(-1).price]
      expect(book.hash).toMatch(/^[0-9a-f]{40}$/)
      expect(book).toMatchObject({ market: market.conditionId, asset_id: token, min_order_size: "5", neg_risk: true })
      expect(await ask("/price?side=BUY&")).toEqual({ price: bid })
      expect(await ask("/price?side=SELL&")).toEqual({ price: offer })
      expect(Number((await ask("/midpoint?")).mid)).toBeCloseTo((Number(bid) + Number(offer)) / 2, 9)
      expect(Number((await ask("/spread?")).spread)).toBeCloseTo(Number(offer) - Number(bid), 9)
      expect(Number((await ask("/last-trade-price?")).price)).toBe(market.lastTradePrice)
      expect(await ask("/tick-size?")).toEqual({ minimum_tick_size: market.orderPriceMinTickSize })
      expect((await get(`${urls.clob}/tick-size/${token}`)).body).toEqual({
        minimum_tick_size: market.orderPriceMinTickSize
      })
      expect(await ask("/neg-risk?")).toEqual({ neg_risk: true })
      expect(await ask("/fee-rate?")).toEqual({ base_fee: 1_000 })
      const full = (await get(`${urls.clob}/markets/${market.conditionId}`)).body
      expect(full.tokens.map((each: Loose) => each.token_id)).toEqual([token, no])
      const compact = (await get(`${urls.clob}/clob-markets/${market.conditionId}`)).body
      expect(compact.fd).toEqual({ r: market.feeSchedule.rate, e: 1, to: true })
      expect(compact).toMatchObject({ mts: market.orderPriceMinTickSize, mos: 5, nr: true, mbf: 1_000 })
      expect((await get(`${urls.clob}/markets-by-token/${no}`)).body).toEqual({
        condition_id: market.conditionId,
        primary_token_id: token,
        secondary_token_id: no
      })
      const batch = [{ token_id: token }, { token_id: "123" }, { token_id: no }]
      expect((await post(`${urls.clob}/books`, batch)).body.map((each: Loose) => each.asset_id)).toEqual([token, no])
      expect((await post(`${urls.clob}/prices`, [{ token_id: token, side: "SELL" }])).body).toEqual({
        [token]: { SELL: offer }
      })
      expect(Object.keys((await post(`${urls.clob}/midpoints`, batch)).body).sort()).toEqual([token, no].sort())
      expect((await post(`${urls.clob}/spreads`, { not: "a list" })).status).toBe(400)
      const missing = await get(`${urls.clob}/book?token_id=123`)
      expect([missing.status, missing.body.error]).toEqual([404, "No orderbook exists for the requested token id"])
      expect((await get(`${urls.clob}/price?token_id=${token}&side=buy`)).status).toBe(400)
    }))

  it("follows the rules of prices-history", () =>
    withExchange(small(), async ({ urls, advance }) => {
      await Effect.runPromise(advance(6 * HOUR))
      const { rows } = await walkKeyset(urls.gamma)
      const old = rows.find((row) => row.startDate < "2026-06-01")
      const token = JSON.parse(old.clobTokenIds)[0]
      const ask = (query: string) => get(`${urls.clob}/prices-history?market=${token}&${query}`)
      const hour = (await ask("interval=1h&fidelity=10")).body.history
      expect(hour.length).toBeGreaterThanOrEqual(6)
      expect(hour[1].t - hour[0].t).toBe(600)
      for (const { p } of hour) expect(p > 0 && p < 1).toBe(true)
      expect((await ask("interval=1h&startTs=1")).status).toBe(400)
      expect((await ask("fidelity=10")).status).toBe(400)
      expect((await ask("interval=2h")).status).toBe(400)
      expect((await ask("startTs=1790000000&endTs=1792000000&fidelity=1")).body.history).toEqual([])
      const week = (await ask("startTs=1790000000&endTs=1790600000&fidelity=60")).body.history
      expect(week.length).toBeGreaterThan(150)
      const closed = (await get(`${urls.gamma}/markets?closed=true&limit=1`)).body[0]
      const dead = JSON.parse(closed.clobTokenIds)[0]
      const of = async (query: string) =>
        (await get(`${urls.clob}/prices-history?market=${dead}&${query}`)).body.history
      expect(await of("interval=max&fidelity=60")).toEqual([])
      expect((await of("interval=max&fidelity=720")).length).toBeGreaterThan(0)
      expect((await get(`${urls.clob}/prices-history?market=1&interval=1d`)).body).toEqual({ history: [] })
    }))

  it("never pretends to trade", () =>
    withExchange(small(), async ({ urls }) => {
      for (const path of ["/order", "/orders", "/auth/api-key", "/v1/heartbeats"]) {
        const { status, body } = await post(`${urls.clob}${path}`, {})
        expect([status, body.error]).toEqual([503, "Trading is currently disabled. Check polymarket.com for updates"])
      }
      expect((await get(`${urls.clob}/data/orders`)).status).toBe(503)
      expect((await get(`${urls.clob}/rewards/markets/current`)).status).toBe(404)
    }))
})

describe("data", () => {
  it("lists trades with their filters, and has no markets", () =>
    withExchange({ ...small(), startUs: small().backend.startUs + HOUR }, async ({ urls }) => {
      expect((await get(`${urls.data}/`)).body).toEqual({ data: "OK" })
      const trades = (await get(`${urls.data}/trades?limit=10000`)).body
      expect(trades.length).toBeGreaterThan(300)
      expect((await get(`${urls.data}/trades`)).body).toEqual(trades.slice(0, 100))
      expect((await get(`${urls.data}/trades?limit=5&offset=7`)).body).toEqual(trades.slice(7, 12))
      const market = trades[0].conditionId
      const own = trades.filter((trade: Loose) => trade.conditionId === market)
      expect((await get(`${urls.data}/trades?market=${market}&limit=10000`)).body).toEqual(own)
      const big = trades.filter((trade: Loose) => trade.side === "SELL" && trade.size * trade.price >= 50)
      expect((await get(`${urls.data}/trades?side=SELL&filterType=CASH&filterAmount=50&limit=10000`)).body).toEqual(big)
      expect(trades[0].transactionHash).toMatch(/^0x[0-9a-f]{64}$/)
      expect((await get(`${urls.data}/trades?offset=10001`)).status).toBe(400)
      expect((await get(`${urls.data}/oi?market=${market}`)).body[0].market).toBe(market)
      expect((await get(`${urls.data}/value?user=0xabc`)).body).toEqual([{ user: "0xabc", value: 0 }])
      for (const path of ["/markets", "/v1/markets", "/v2/markets", "/nothing"]) {
        expect((await get(`${urls.data}${path}`)).status).toBe(404)
      }
    }))
})

describe("the server", () => {
  it("moves with market time only", () =>
    withExchange(small(), async ({ urls, advance, nowUs }) => {
      const start = await Effect.runPromise(nowUs)
      const ask = async () => (await get(`${urls.gamma}/markets?limit=100`)).text
      const first = await ask()
      expect(await ask()).toBe(first)
      expect(await Effect.runPromise(advance(HOUR))).toBe(start + HOUR)
      expect(await ask()).not.toBe(first)
      expect((await get(`${urls.clob}/time`)).body).toBe((start + HOUR) / 1_000_000)
      expect(await Effect.runPromise(Effect.flip(advance(-1)))).toMatchObject({ _tag: "InputError", field: "advance" })
    }))

  it("counts requests by endpoint and remembers the last ones", () =>
    withExchange(small(), async ({ urls, stats, port }) => {
      await get(`${urls.gamma}/markets/keyset?limit=3`)
      await get(`${urls.gamma}/markets/999`)
      await get(`${urls.clob}/ok`)
      await get(`http://127.0.0.1:${port}/elsewhere`)
      const seen = await Effect.runPromise(stats)
      expect(seen.requests).toEqual({
        "clob /ok": 1,
        "gamma /markets/keyset": 1,
        "gamma /markets/{id}": 1,
        "unknown unknown": 1
      })
      expect(seen.recent.map(({ api, path, status }) => [api, path, status])).toEqual([
        ["gamma", "/markets/keyset", 200],
        ["gamma", "/markets/999", 404],
        ["clob", "/ok", 200],
        ["unknown", "/", 404]
      ])
      expect(seen.recent[0]).toMatchObject({ seq: 1, method: "GET", query: "?limit=3", fault: null })
    }))

  it("survives hostile requests", () =>
    withExchange(small(), async ({ urls }) => {
      for (const path of [
        "/markets/%00",
        "/markets/%E0%A4%A",
        "/markets/slug/../../etc",
        "/tags/__proto__",
        "/events/slug/%27"
      ]) {
        const { status } = await fetch(`${urls.gamma}${path}`)
        expect([404, 422]).toContain(status)
      }
      expect((await get(`${urls.clob}/constructor?token_id=1`)).status).toBe(404)
      expect((await fetch(`${urls.gamma}/markets`, { method: "DELETE" })).status).toBe(405)
      expect((await post(`${urls.clob}/books`, "x".repeat(5_000_000))).status).toBe(413)
    }))

  it("refuses a port in use and options that make no sense, in one line", () =>
    withExchange(small(), async ({ port }) => {
      const tryStart = (options: object) =>
        withExchange({ ...small(), ...options }, async () => "started").catch((error: unknown) => String(error))
      expect(await tryStart({ port })).toContain(`port: cannot listen on 127.0.0.1:${port}`)
      expect(await tryStart({ port: 70_000 })).toContain("port: must be a whole number from 0 to 65535")
      expect(await tryStart({ time: { kind: "real", speed: 0 } })).toContain("speed: must be above 0")
    }))
})
