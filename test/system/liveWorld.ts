import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import { type orderRoute } from "../../src/app/trading.ts"
import { type AppConfig } from "../../src/config/AppConfig.ts"
import { nowUs } from "../../src/engine/now.ts"
import { IngestRepo } from "../../src/ports/IngestRepo.ts"
import { type Backend } from "../../src/simulator/Backend.ts"
import { parseFaults } from "../../src/simulator/faults.ts"
import { type Exchange } from "../../src/simulator/server.ts"
import { builtCli, type Run } from "../cli/cli.ts"
import { inDatabase } from "../execution/world.ts"
import { root } from "../shared.ts"
import { type Loose, withExchange } from "../simulator/support.ts"
import { addresses, privateKeys } from "../simulator/traders.ts"
import { CONDITION, NO, oneMarket, usual, YES } from "../simulator/tradingSupport.ts"
import { market, run, type Store, using, withSqlite } from "../store/support.ts"

/** An order without a trace for so long is gone: short, so that a test need not wait. */
export const ABSENT_SEC = 0.2
export const OPENING_BALANCE = 1_000_000_000
/** Of the market's taker fee. */
const RATE = 0.02

export const wallet = addresses[0] ?? ""

/** See liveProbe.mjs; `waiting`: while the exchange lets it wait for the answer to its order. */
export type Moment = "staged" | "waiting" | "answered" | "stored" | "seen" | "taken-in" | "exit"
export interface Kill {
  readonly moment: Moment
  /** Which of the orders that it sends; default: the first. */
  readonly post?: number
}

const secrets = { POLYMARKET_PRIVATE_KEY: privateKeys[0], POLYMARKET_SIGNATURE_TYPE: "0" }

type Inside = Store | Layer.Layer.Success<typeof orderRoute> | AppConfig

/** An exchange, a database that knows its markets, and processes that trade with both. */
export interface LiveWorld {
  readonly exchange: Exchange
  readonly path: string
  /** A command in a process of its own, killed at a moment or left to end. */
  readonly cli: (args: ReadonlyArray<string>, kill?: Kill) => Promise<Run>
  /** What a second process with the same configuration would do, done in this one; it starts when it is first asked. */
  readonly inside: <A, E>(body: Effect.Effect<A, E, Inside>) => Promise<A>
  /** From now on; "" ends them. */
  readonly faults: (rules: string) => Promise<void>
  /** What the exchange knows: GET /control/state. */
  readonly state: () => Promise<Loose>
}

const probe = join(root, "test", "system", "liveProbe.mjs")

const postSeen = async ({ stats }: Exchange, nth: number): Promise<void> => {
  for (;;) {
    const { recent } = await Effect.runPromise(stats)
    if (recent.filter(({ method, path }) => method === "POST" && path === "/order").length >= nth) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const spawnCli = (
  exchange: Exchange,
  dir: string,
  args: ReadonlyArray<string>,
  { moment, post = 1 }: Partial<Kill> = {}
): Promise<Run> =>
  new Promise((resolve, reject) => {
    const { urls } = exchange
    const child = spawn(
      process.execPath,
      ["--import", probe, builtCli(), ...args, "--config", join(dir, "live.yaml")],
      {
        cwd: dir,
        env: {
          PATH: process.env["PATH"] ?? "",
          ...secrets,
          ENABLE_LIVE_TRADING: "true",
          MONOMARKET_GAMMA_URL: urls.gamma,
          MONOMARKET_DATA_URL: urls.data,
          MONOMARKET_CLOB_URL: urls.clob,
          MONOMARKET_GEOBLOCK_URL: urls.geoblock,
          KILL_MOMENT: moment ?? "",
          KILL_POST: String(post)
        }
      }
    )
    let [stdout, stderr] = ["", ""]
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    child.on("error", reject)
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
    if (moment === "waiting") void postSeen(exchange, post).then(() => child.kill("SIGKILL"))
  })

/** The services over a database, opened once: a process that is started and goes on until it is ended. */
const startInside = (exchange: Exchange, path: string) => {
  let end = Effect.void
  const start = () =>
    new Promise<Runtime.Runtime<Inside>>((resolve, reject) => {
      const living = inDatabase(path, Effect.zipRight(Effect.map(Effect.runtime<Inside>(), resolve), Effect.never), {
        exchange,
        live: { absent_after_sec: ABSENT_SEC },
        environment: Object.entries(secrets),
        environmentSwitches: new Map([["ENABLE_LIVE_TRADING", "true"]] as const)
      })
      const fiber = Effect.runFork(Effect.catchAll(living, (error) => Effect.sync(() => reject(error))))
      end = Effect.asVoid(Fiber.interrupt(fiber))
    })
  let started: Promise<Runtime.Runtime<Inside>> | undefined
  const inside: LiveWorld["inside"] = async (body) => Runtime.runPromise(await (started ??= start()))(body)
  return { inside, end: () => Effect.runPromise(end) }
}

/** A world over the exchange of a backend and a database that `fill` makes. */
export const withWorld = async <A>(
  backend: Backend,
  fill: (path: string, exchange: Exchange) => Promise<void>,
  body: (world: LiveWorld) => Promise<A>
): Promise<A> => {
  const dir = mkdtempSync(join(tmpdir(), "monomarket-live-"))
  const path = join(dir, "live.db")
  writeFileSync(join(dir, "live.yaml"), `app: {db_path: ${path}}\nlive: {absent_after_sec: ${ABSENT_SEC}}\n`)
  try {
    return await withExchange(
      { backend, trading: { openingBalance: OPENING_BALANCE }, tuning: { retryAfterSec: 0 } },
      async (exchange) => {
        await fill(path, exchange)
        const { end, inside } = startInside(exchange, path)
        try {
          return await body({
            exchange,
            path,
            cli: (args, kill) => spawnCli(exchange, dir, args, kill),
            inside,
            faults: (rules) => Effect.runPromise(Effect.flatMap(parseFaults(rules), exchange.setFaults)),
            state: async () => (await fetch(`${exchange.urls.control}/state`)).json()
          })
        } finally {
          await end()
        }
      }
    )
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** The market was seen a moment ago: nothing is opened on a stale quote. */
const knowing = (path: string) =>
  using(
    path,
    Effect.gen(function* () {
      const repo = yield* IngestRepo
      const seenAtUs = yield* nowUs
      yield* repo.commitRun({
        run: run({ startedAtUs: seenAtUs, finishedAtUs: seenAtUs }),
        markets: [
          market({
            ...{ marketId: "m1", conditionId: CONDITION, yesTokenId: YES, noTokenId: NO },
            ...{ tickSize: 0.01, minOrderSize: 5, updatedAtUs: seenAtUs }
          })
        ],
        capturedAtUs: seenAtUs,
        confirmed: [],
        checkpointUs: null
      })
    })
  )

/** The bytes of a database that knows the one market: made once, since to migrate takes longer than a cell. */
let template: Buffer | undefined
const templateBytes = async (): Promise<Buffer> => {
  if (template !== undefined) return template
  const dir = mkdtempSync(join(tmpdir(), "monomarket-live-"))
  try {
    const path = join(dir, "template.db")
    await Effect.runPromise(knowing(path))
    template = withSqlite(path, (db) => db.serialize())
    return template
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** One market `m1`, bids 0.48 and 0.47, offers 0.52 and 0.53, 100 shares each. */
export const withOneMarket = <A>(body: (world: LiveWorld) => Promise<A>): Promise<A> =>
  withWorld(oneMarket([usual], { rate: RATE }), async (path) => writeFileSync(path, await templateBytes()), body)
