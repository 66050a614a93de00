import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { SourceError } from "../../src/domain/errors.ts"
import { clobMarkets, clobMarketsById } from "../../src/polymarket/clob.ts"
import { dataMarkets } from "../../src/polymarket/dataApi.ts"
import { gammaMarkets, gammaMarketsById } from "../../src/polymarket/gamma.ts"
import { textIdOf } from "../../src/polymarket/wire.ts"
import { type GetJson } from "../../src/polymarket/http.ts"

type Query = Parameters<GetJson>[0]["query"]

/** A GetJson that answers from a function and keeps what was asked. */
const fake = (answer: (path: string, query: Query) => unknown) => {
  const asked: Array<{ readonly path: string; readonly query: Query }> = []
  const get: GetJson = (request) => {
    asked.push({ path: request.path, query: request.query })
    const outcome = request.read(answer(request.path, request.query))
    return "value" in outcome
      ? Effect.succeed(outcome.value)
      : new SourceError({
          source: "test",
          operation: "GET",
          bucket: "decode",
          retryable: true,
          retryAfterMs: null,
          detail: outcome.problem
        })
  }
  return { get, asked }
}

const collect = (pages: Stream.Stream<ReadonlyArray<unknown>, SourceError>) =>
  Effect.map(Stream.runCollect(pages), (chunk) => Chunk.toReadonlyArray(chunk))

const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => ({ id: String(from + i) }))

/** Pages over rows by numeric cursor, as a keyset listing does. */
const keyset = (rows: ReadonlyArray<unknown>) => (query: Query) => {
  const from = Number(query["after_cursor"] ?? 0)
  const to = from + Math.min(100, Number(query["limit"]))
  return { markets: rows.slice(from, to), ...(to < rows.length ? { next_cursor: String(to) } : {}) }
}

describe("gammaMarkets", () => {
  it.effect("walks the keyset with after_cursor until there is no next_cursor, 100 rows a page", () =>
    Effect.gen(function* () {
      const page = keyset(ids(0, 250))
      const { get, asked } = fake((_path, query) => page(query))
      const pages = yield* collect(gammaMarkets(get, { limit: 1_000, includeClosed: false }))
      assert.deepStrictEqual(
        pages.map((rows) => rows.length),
        [100, 100, 50]
      )
      assert.deepStrictEqual(
        asked.map(({ path, query }) => [path, query["limit"], query["closed"], query["after_cursor"]]),
        [
          ["/markets/keyset", "100", "false", undefined],
          ["/markets/keyset", "100", "false", "100"],
          ["/markets/keyset", "100", "false", "200"]
        ]
      )
    })
  )

  it.effect("asks for no more rows than the limit leaves", () =>
    Effect.gen(function* () {
      const page = keyset(ids(0, 500))
      const { get, asked } = fake((_path, query) => page(query))
      const pages = yield* collect(gammaMarkets(get, { limit: 130, includeClosed: true }))
      assert.deepStrictEqual(
        pages.map((rows) => rows.length),
        [100, 30]
      )
      assert.deepStrictEqual(
        asked.map(({ query }) => query["limit"]),
        ["100", "30"]
      )
    })
  )

  it.effect("spends what open markets leave of the limit on closed ones, newest first", () =>
    Effect.gen(function* () {
      const open = keyset(ids(0, 120))
      const closed = keyset(ids(1_000, 300))
      const { get, asked } = fake((_path, query) => (query["closed"] === "true" ? closed(query) : open(query)))
      const pages = yield* collect(gammaMarkets(get, { limit: 240, includeClosed: true }))
      assert.deepStrictEqual(
        pages.map((rows) => rows.length),
        [100, 20, 100, 20]
      )
      const last = asked.at(-1)
      assert.deepStrictEqual(
        [last?.query["closed"], last?.query["order"], last?.query["ascending"], last?.query["limit"]],
        ["true", "closedTime", "false", "20"]
      )
    })
  )

  it.effect("shows a market once when it moves between pages or closes in between", () =>
    Effect.gen(function* () {
      const { get } = fake((_path, query) =>
        query["closed"] === "true"
          ? { markets: [{ id: "2" }, { id: "9" }] }
          : query["after_cursor"] === undefined
            ? { markets: [{ id: "1" }, { id: "2" }], next_cursor: "a" }
            : { markets: [{ id: "2" }, { id: 3 }] }
      )
      const pages = yield* collect(gammaMarkets(get, { limit: 100, includeClosed: true }))
      assert.deepStrictEqual(pages, [[{ id: "1" }, { id: "2" }], [{ id: 3 }], [{ id: "9" }]])
    })
  )

  it.effect("stops when a cursor repeats although its rows are new", () =>
    Effect.gen(function* () {
      let from = 0
      const { get, asked } = fake(() => ({ markets: ids((from += 10), 10), next_cursor: "same" }))
      const pages = yield* collect(gammaMarkets(get, { limit: 1_000, includeClosed: false }))
      assert.strictEqual(pages.flat().length, 20)
      assert.strictEqual(asked.length, 2)
    })
  )

  it.effect("stops when the server ignores the cursor and shows page one again under new cursors", () =>
    Effect.gen(function* () {
      let nth = 0
      const { get, asked } = fake(() => ({ markets: ids(0, 100), next_cursor: `c${nth++}` }))
      const pages = yield* collect(gammaMarkets(get, { limit: 1_000, includeClosed: false }))
      assert.strictEqual(pages.flat().length, 100)
      assert.strictEqual(asked.length, 2)
    })
  )

  it.effect("keeps rows without an id, for the reader to refuse", () =>
    Effect.gen(function* () {
      const { get } = fake(() => ({ markets: [null, {}, { id: "" }, "x", { id: "1" }] }))
      const pages = yield* collect(gammaMarkets(get, { limit: 100, includeClosed: false }))
      assert.deepStrictEqual(pages, [[null, {}, { id: "" }, "x", { id: "1" }]])
    })
  )

  for (const [what, answer, problem] of [
    ["a bare array", [], 'expected an object with "markets", got array'],
    ["no markets", {}, '"markets" is undefined, not an array'],
    ["markets that are no list", { markets: {} }, '"markets" is object, not an array'],
    ["a cursor that is no text", { markets: [], next_cursor: 5 }, '"next_cursor" is number, not a string'],
    ["null", null, 'expected an object with "markets", got null']
  ] as const) {
    it.effect(`calls ${what} the wrong shape`, () =>
      Effect.gen(function* () {
        const { get } = fake(() => answer)
        const error = yield* Effect.flip(collect(gammaMarkets(get, { limit: 10, includeClosed: false })))
        assert.strictEqual(error.bucket, "decode")
        assert.strictEqual(error.detail, problem)
      })
    )
  }
})

describe("clobMarkets", () => {
  const rows = (from: number) => [{ condition_id: `0x${from}` }, { condition_id: `0x${from + 1}` }]

  for (const end of ["LTE=", ""]) {
    it.effect(`follows next_cursor until "${end}"`, () =>
      Effect.gen(function* () {
        const { get, asked } = fake((_path, query) =>
          query["next_cursor"] === undefined
            ? { data: rows(0), next_cursor: "MTAwMA==", limit: 1000, count: 2 }
            : { data: rows(2), next_cursor: end }
        )
        const pages = yield* collect(clobMarkets(get, { limit: 100, listing: "sampling-markets" }))
        assert.strictEqual(pages.flat().length, 4)
        assert.deepStrictEqual(
          asked.map(({ path, query }) => [path, query["next_cursor"]]),
          [
            ["/sampling-markets", undefined],
            ["/sampling-markets", "MTAwMA=="]
          ]
        )
      })
    )
  }

  it.effect("cuts a page that is larger than the limit, and reads the whole history when told to", () =>
    Effect.gen(function* () {
      const { get, asked } = fake(() => ({ data: [...rows(0), ...rows(2)], next_cursor: "MTAwMA==" }))
      const pages = yield* collect(clobMarkets(get, { limit: 3, listing: "markets" }))
      assert.strictEqual(pages.flat().length, 3)
      assert.deepStrictEqual(
        asked.map(({ path }) => path),
        ["/markets"]
      )
    })
  )
})

describe("dataMarkets", () => {
  it.effect("pages by offset until nothing new comes", () =>
    Effect.gen(function* () {
      const all = ids(0, 130)
      const { get, asked } = fake((_path, query) => {
        const from = Number(query["offset"])
        return all.slice(from, from + Number(query["limit"]))
      })
      const pages = yield* collect(dataMarkets(get, { limit: 1_000 }))
      assert.strictEqual(pages.flat().length, 130)
      assert.deepStrictEqual(
        asked.map(({ query }) => query["offset"]),
        ["0", "100", "130"]
      )
    })
  )
})

describe("gammaMarketsById", () => {
  it.effect(
    "asks for open markets and then for the closed ones, a page of ids at a time, and drops what was not asked",
    () =>
      Effect.gen(function* () {
        const closed = new Set(["7", "150"])
        const { get, asked } = fake((_path, query) => {
          const wanted = [query["id"] ?? []].flat()
          const rows = wanted.filter((id) => closed.has(id) === (query["closed"] === "true") && id !== "8")
          // A server that does not know the filter gives rows of its own choice.
          return { markets: [...rows, "9999"].map((id) => ({ id })), next_cursor: "more" }
        })
        const wanted = Array.from({ length: 160 }, (_, index) => String(index))
        const pages = yield* collect(gammaMarketsById(get, [...wanted, "0", "0xabc", "", "1e3"]))
        assert.deepStrictEqual(
          asked.map(({ path, query }) => [path, query["closed"], query["limit"], query["id"]?.length]),
          [
            ["/markets/keyset", "false", "100", 100],
            ["/markets/keyset", "true", "100", 2],
            ["/markets/keyset", "false", "100", 60],
            ["/markets/keyset", "true", "100", 1]
          ]
        )
        const found = pages.flat().map((row) => textIdOf(row, "id"))
        assert.deepStrictEqual(new Set(found), new Set(wanted.filter((id) => id !== "8")))
        assert.strictEqual(found.length, 159)
      })
  )

  it.effect("asks for nothing where no id is Gamma's", () =>
    Effect.gen(function* () {
      const { get, asked } = fake(() => ({ markets: [] }))
      assert.deepStrictEqual(yield* collect(gammaMarketsById(get, ["0xabc"])), [])
      assert.deepStrictEqual(asked, [])
    })
  )
})

describe("clobMarketsById", () => {
  it.effect("asks for each condition id, and leaves out what the CLOB does not know", () =>
    Effect.gen(function* () {
      const [known, unknown] = ["a", "b"].map((digit) => `0x${digit.repeat(64)}`)
      const paths: Array<string> = []
      const get: GetJson = (request) => {
        paths.push(request.path)
        const answer = request.read({ condition_id: known })
        return request.path.endsWith(`${unknown}`)
          ? new SourceError({
              ...{ source: "clob", operation: "GET", bucket: request.notFound ?? "http_4xx", retryable: false },
              ...{ retryAfterMs: null, detail: "not found" }
            })
          : "value" in answer
            ? Effect.succeed(answer.value)
            : Effect.die(answer.problem)
      }
      const pages = yield* collect(clobMarketsById(get, [`${unknown}`, `${known}`, "12", `${known}`]))
      assert.deepStrictEqual(paths, [`/markets/${unknown}`, `/markets/${known}`])
      assert.deepStrictEqual(pages.flat(), [{ condition_id: known }])
    })
  )
})
