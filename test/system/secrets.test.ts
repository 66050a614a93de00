import { spawn } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { type AddressInfo } from "node:net"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, describe, expect, it } from "vitest"
import { parseFaults } from "../../src/simulator/faults.ts"
import { type Exchange } from "../../src/simulator/server.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { builtCli, scratch } from "../cli/cli.ts"
import { withExchange } from "../simulator/support.ts"
import { makeTrader, privateKeys, valuesOf } from "../simulator/traders.ts"
import { query } from "./support.ts"

const TIMEOUT = 300_000
const { dir, remove } = scratch()
afterAll(remove)

const common = ["--config", "config.yaml", "--db", "x.db", "--verbose"]

writeFileSync(
  join(dir, "config.yaml"),
  `data: {rate_limit_per_sec: 1000, timeout_sec: 2, max_retries: 1, backoff_base_sec: 0.01, breaker_failure_threshold: 1000}
risk: {max_strategy_notional: 100000, max_event_notional: 100000, circuit_breaker_rejections: 1000}
live: {absent_after_sec: 0.2}
`
)
writeFileSync(
  join(dir, "trader.mjs"),
  `export default {
  id: "trader",
  title: "Trader",
  generate: ({ markets }) =>
    markets.filter(({ bestAsk, bestBid }) => bestBid > 0.05 && bestAsk > 0.2 && bestAsk < 0.9).map((market) => ({
      marketId: market.marketId, side: "buy", targetPrice: market.bestAsk, sizeHint: 10,
      score: 1, confidence: 0.5, rationale: "Because."
    }))
}
`
)

/** Every way in which a secret may be written down, in lower case. */
const spellings = (secret: string): ReadonlyArray<string> => {
  const bare = secret.replace(/^0x/, "")
  const bytes = [
    ...[secret, bare].map((text) => Buffer.from(text, "utf8")),
    ...(/^[0-9a-f]+$/i.test(bare) ? [Buffer.from(bare, "hex")] : [Buffer.from(secret, "base64")])
  ]
  const encoded = bytes.flatMap((buffer) =>
    (["hex", "base64", "base64url"] as const).map((encoding) => buffer.toString(encoding).replace(/=+$/, ""))
  )
  return [...new Set([bare, bare.replaceAll(/[^\w]/g, ""), ...encoded].map((text) => text.toLowerCase()))]
}

/** Reads the body, and hands it on. */
const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = ""
  for await (const chunk of request) text += String(chunk)
  return text
}

/** What a mirror does with requests that carry credentials. */
type Reflection = "none" | "400" | "401" | "500" | "says no" | "not JSON" | "wrong shape"

type Reflect = (how: Reflection, alsoReads?: boolean) => void

/**
 * Something between us and the exchange that repeats whatever it was sent, headers and body, in its errors: as debugging
 * proxies do. It keeps the signatures that it sees.
 */
const withMirror = async (
  { urls }: Exchange,
  body: (mirror: { readonly url: string; readonly reflect: Reflect }) => Promise<void>,
  seen: Set<string>
) => {
  let how: Reflection = "none"
  let reads = false
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const sent = await bodyOf(request)
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    for (const [name, value] of Object.entries(headers)) if (name === "poly_signature") seen.add(value)
    const [, signature = ""] = /"signature":"(0x\w+)"/.exec(sent) ?? []
    if (signature !== "") seen.add(signature)
    const { authorization = "", poly_api_key = "", poly_passphrase = "", poly_signature = "" } = headers
    // The secrets first: long errors are cut.
    const repeated = [authorization, poly_api_key, poly_passphrase, poly_signature, signature.toUpperCase()]
    const secret = repeated.filter((text) => text !== "").join(" ")
    const words = `you said ${secret} in ${sent} and ${JSON.stringify(headers)}`
    const say = (status: number, text: string) => response.writeHead(status).end(text)
    const isPrivate = "poly_api_key" in headers || "authorization" in headers
    if (isPrivate && how !== "none" && (reads || request.method !== "GET")) {
      if (how === "not JSON") return say(200, words)
      if (how === "wrong shape") return say(200, JSON.stringify([headers, sent]))
      if (how === "says no") return say(200, JSON.stringify({ success: false, errorMsg: words, orderID: "" }))
      return say(Number(how), JSON.stringify({ error: words }))
    }
    const ours = /^(poly_|content-type|accept|authorization)/
    const passed = Object.fromEntries(Object.entries(headers).filter(([name]) => ours.test(name)))
    const method = request.method ?? "GET"
    const told = await fetch(`${urls.clob}${request.url ?? ""}`, {
      method,
      headers: passed,
      ...(sent === "" ? {} : { body: sent })
    })
    return say(told.status, await told.text())
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  try {
    const { port } = server.address() as AddressInfo
    const reflect = (next: Reflection, alsoReads = false) => {
      how = next
      reads = alsoReads
    }
    await body({ url: `http://127.0.0.1:${port}`, reflect })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

interface Ran {
  readonly code: number | null
  readonly text: string
  readonly arguments: string
}

describe("secrets", () => {
  it(
    "are in nothing that a live session prints, logs, stores, writes, or shows in the list of processes",
    () =>
      withExchange(
        { backend: makeUniverse({ seed: "secrets", markets: 12 }), trading: {}, tuning: { retryAfterSec: 0 } },
        async (exchange) => {
          const { urls } = exchange
          const [privateKey, strangersKey] = privateKeys
          const secrets = new Set<string>([privateKey, strangersKey])
          const derived = valuesOf((await makeTrader(exchange)).credentials)
          for (const value of Object.values(derived)) secrets.add(value)
          const given = {
            POLYMARKET_API_KEY: "5ec2e7aa-0bad-4cab-8bad-facefeed0001",
            POLYMARKET_API_SECRET: Buffer.from("a secret that was given by hand").toString("base64"),
            POLYMARKET_API_PASSPHRASE: "passphrase-given-by-hand"
          }
          const token = "gateway-token-f00dfeed"
          for (const value of [...Object.values(given), token]) secrets.add(value)

          const account = { POLYMARKET_PRIVATE_KEY: privateKey, POLYMARKET_SIGNATURE_TYPE: "0" }
          const basics = {
            PATH: process.env["PATH"] ?? "",
            ENABLE_LIVE_TRADING: "true",
            MONOMARKET_GAMMA_URL: urls.gamma,
            MONOMARKET_DATA_URL: urls.data,
            MONOMARKET_CLOB_URL: urls.clob,
            MONOMARKET_GEOBLOCK_URL: urls.geoblock
          }
          const all: Array<Ran> = []
          const cli = (args: ReadonlyArray<string>, environment: Readonly<Record<string, string>> = account) =>
            new Promise<Ran>((resolve) => {
              const env = { ...basics, ...environment }
              const child = spawn(process.execPath, [builtCli(), ...args, ...common], { cwd: dir, env })
              const shown = readFileSync(`/proc/${child.pid}/cmdline`, "latin1")
              let text = ""
              for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (text += String(data)))
              child.on("close", (code) => {
                const ran = { code, text, arguments: shown }
                all.push(ran)
                resolve(ran)
              })
            })
          const says = async (pattern: RegExp, ran: Promise<Ran>) => expect((await ran).text).toMatch(pattern)
          const failing = (faults: string) => Effect.runPromise(Effect.flatMap(parseFaults(faults), exchange.setFaults))

          const run = ["run", "--mode", "live", "--confirm-live", "--interval-sec", "0", "--cycles", "2"]
          const trader = ["--strategy-module", "trader.mjs"]
          await says(
            /\([1-9] executed/,
            cli([...run, ...trader, "--strategies", "trader", "--max-signals-per-cycle", "2"])
          )
          const [market] = query(
            join(dir, "x.db"),
            `SELECT market_id FROM markets WHERE source = 'gamma' AND status = 'open' AND best_bid BETWEEN 0.3 AND 0.7
             AND condition_id IS NOT NULL ORDER BY market_id LIMIT 1`
          )
          const place = [
            ...["place-order", "--mode", "live", "--confirm-live", "--market", market?.["market_id"], "--token", "YES"],
            ...["--side", "buy", "--price", "0.1", "--qty", "20", "--tif", "gtc"]
          ]
          await says(/open/, cli(place))
          await says(/0x[0-9a-f]{64}/, cli([...place.filter((word) => word !== "--confirm-live"), "--sign-only"]))

          // One that hangs goes on beside the others until it gives up.
          await failing("clob/order/timeout-before#1")
          const hanging = cli(place)
          while (!("timeout-before" in (await Effect.runPromise(exchange.stats)).faults)) {
            await new Promise((resolve) => setTimeout(resolve, 10))
          }
          const log = readFileSync(join(dir, "x.db-wal"), "latin1")
          for (const fault of ["500-after", "reset-before", "truncated", "html", "429"]) {
            await failing(`clob/order/${fault}#1`)
            await cli(place)
          }
          await failing("")
          await hanging
          await withMirror(
            exchange,
            async ({ reflect, url }) => {
              const near = { ...account, MONOMARKET_CLOB_URL: url }
              const gateway = {
                ...near,
                POLYMARKET_CLOB_HEADERS_JSON: JSON.stringify({
                  POLY_API_KEY: derived.apiKey,
                  Authorization: `Bearer ${token}`
                })
              }
              await cli(place, near)
              for (const how of ["400", "401", "says no", "500", "not JSON", "wrong shape"] as const) {
                reflect(how)
                const { text } = await cli(place, near)
                // Refused with all of it repeated, which was cut out. Of the others nobody knew, and a look replaced the words.
                const cut = text.includes("you said <redacted> <redacted> <redacted> 0X<redacted> in")
                expect([how, cut]).toStrictEqual([how, how === "400" || how === "401" || how === "says no"])
              }
              reflect("400", true)
              await says(/you said/, cli(["live-cancel", "--all"], near))
              await says(/you said/, cli(["live-sync"], near))
              await says(/you said/, cli(["live-status"], gateway))
              await says(/you said/, cli(["doctor", "--live"], gateway))
            },
            secrets
          )
          await says(/HTTP 401/, cli(["live-status"], { ...account, ...given }))
          await cli(["doctor", "--live"], { ...account, ...given })
          const { POLYMARKET_API_KEY, POLYMARKET_API_PASSPHRASE } = given
          const incomplete = { POLYMARKET_API_KEY, POLYMARKET_API_PASSPHRASE }
          await says(/POLYMARKET_API_SECRET/, cli(["live-status"], { ...account, ...incomplete }))
          const broken = { POLYMARKET_CLOB_HEADERS_JSON: `{"Authorization": "Bearer ${token}"` }
          await says(/must be JSON/, cli(["live-status"], broken))
          const mistyped = { ...account, POLYMARKET_PRIVATE_KEY: `${strangersKey}0` }
          await says(/64 hexadecimal digits/, cli(place, mistyped))

          await cli(["generate-signals", ...trader, "--strategies", "trader"])
          await cli(["execute-signal", "--next", "1", "--mode", "live", "--confirm-live"])
          await says(/Account|balance/i, cli(["live-status"]))
          await cli(["live-sync", "--json"])
          await cli(["live-cancel", "--all", "--json"])
          await cli(["journal", "show", "--session", "1", "--limit", "1000", "--json"])
          await cli(["list-orders", "--json"])
          await cli(["list-fills", "--json"])
          await cli(["pnl-report", "--json"])
          await cli(["backtest", "--out-json", "backtest.json"])
          await cli(["report", "--in", "backtest.json", "--out-html", "report.html"])

          expect(secrets.size).toBeGreaterThan(12)
          const needles = [...secrets].flatMap(spellings)
          expect(needles.every((needle) => needle.length >= 12)).toBe(true)
          const made = readdirSync(dir).filter((name) => name !== "trader.mjs" && name !== "config.yaml")
          expect(made).toEqual(expect.arrayContaining(["x.db", "backtest.json", "report.html"]))
          const places: ReadonlyArray<readonly [string, string]> = [
            ["x.db-wal while it was in use", log],
            ...made.map((name) => [name, readFileSync(join(dir, name), "latin1")] as const),
            ...all.flatMap((ran) => [
              [`output of ${ran.arguments}`, ran.text] as const,
              [`arguments of ${ran.arguments}`, ran.arguments] as const
            ])
          ]
          const found = places.flatMap(([place, text]) => {
            const lower = text.toLowerCase()
            return needles.filter((needle) => lower.includes(needle)).map((needle) => ({ place, needle }))
          })
          expect(found).toStrictEqual([])
          // What was signed is stored, and what would let somebody else send it is not.
          const [signed] = query(join(dir, "x.db"), "SELECT * FROM live_orders ORDER BY order_id LIMIT 1")
          expect(JSON.stringify(signed)).toMatch(/salt/)
          expect(JSON.stringify(signed)).not.toMatch(/signature[^T]/i)
        }
      ),
    TIMEOUT
  )
})
