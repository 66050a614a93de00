// Serves /markets/keyset in pages of 100, from memory, in a process of its own, so that its work does not count.
import { readdirSync, readFileSync, statSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { makeUniverse, startExchange } from "../../dist/index.js"

const [wantedText, folder] = process.argv.slice(2)
const wanted = Number(wantedText)

const filesBelow = (dir) =>
  readdirSync(dir).flatMap((name) => {
    const path = join(dir, name)
    return statSync(path).isDirectory() ? filesBelow(path) : path.endsWith(".json") ? [path] : []
  })

const recordedMarkets = () =>
  filesBelow(folder)
    .map((path) => JSON.parse(readFileSync(path, "utf8").replace(/^\uFEFF/, "")))
    .filter((content) => Array.isArray(content) && content[0]?.outcomePrices !== undefined)
    .flat()

const generatedMarkets = () =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const { urls } = yield* startExchange({ backend: makeUniverse({ seed: 1, markets: wanted }) })
        const rows = []
        for (let cursor = ""; ;) {
          const after = cursor === "" ? "" : `&after_cursor=${encodeURIComponent(cursor)}`
          const page = yield* Effect.promise(() =>
            fetch(`${urls.gamma}/markets/keyset?limit=100${after}`).then((answer) => answer.json())
          )
          rows.push(...page.markets)
          if (page.next_cursor === undefined) return rows
          cursor = page.next_cursor
        }
      })
    )
  )

const source = folder === "" ? await generatedMarkets() : recordedMarkets()
const markets = Array.from({ length: wanted }, (_, i) => {
  const market = source[i % source.length]
  if (i < source.length) return market
  const copy = Math.floor(i / source.length)
  return { ...market, id: `${market.id}${copy}`, conditionId: `0x${(i + 1).toString(16).padStart(64, "0")}` }
})
const pages = []
for (let at = 0; at < markets.length; at += 100) {
  const more = at + 100 < markets.length ? { next_cursor: String(at + 100) } : {}
  pages.push(JSON.stringify({ markets: markets.slice(at, at + 100), ...more }))
}

const bodies = pages.map((page) => Buffer.from(page))

const server = createServer((request, response) => {
  const cursor = new URL(request.url, "http://127.0.0.1").searchParams.get("after_cursor") ?? "0"
  const body = bodies[Number(cursor) / 100]
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length })
  response.end(body)
})
server.listen(0, "127.0.0.1", () => process.send({ url: `http://127.0.0.1:${server.address().port}`, pages }))
