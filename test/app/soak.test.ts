import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { runSoak, type SoakOptions } from "../../src/app/soak.ts"
import { type CycleLine, readHistory, readLatest, soakPaths } from "../../src/app/soakFiles.ts"
import { soakStatus } from "../../src/app/soakStatus.ts"
import { makeRng, nextFloat, nextInt } from "../../src/core/rng.ts"
import { isWorking, type Order, type OrderStatus } from "../../src/domain/Order.ts"
import { cancelOrder } from "../../src/engine/commands/cancelOrder.ts"
import { placeOrder } from "../../src/engine/commands/placeOrder.ts"
import { setSwitch } from "../../src/engine/switches.ts"
import { type SoakCycle } from "../../src/engine/soak/soakCycle.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"
import { TradeRepo } from "../../src/ports/TradeRepo.ts"
import { faultKinds, type FaultRule } from "../../src/simulator/faults.ts"
import { checkInvariants } from "../../src/store/invariants.ts"
import { inSoakWorld, maxSignalAge } from "./soakWorld.ts"

const options = (outDir: string, fields: Partial<SoakOptions> = {}): SoakOptions => ({
  hours: 1,
  intervalSec: 300,
  maxSignalsPerCycle: 10,
  ingestLimit: 40,
  retryMax: 2,
  retryBackoffSec: 5,
  outDir,
  ...fields
})

const never = Deferred.make<void>()

/** What cannot be said of an order at one moment. */
const stateProblem = ({ filledQty, id, qty, status }: Order): string | null => {
  const wrong = (text: string) => `order ${id} is ${status}, ${text}`
  if (filledQty < 0 || filledQty > qty) return wrong(`filled ${filledQty} of ${qty}`)
  if (status === "filled" && filledQty !== qty) return wrong("not wholly filled")
  if ((status === "open" || status === "rejected") && filledQty !== 0) return wrong(`filled ${filledQty}`)
  if (status === "partially_filled" && (filledQty === 0 || filledQty === qty)) return wrong(`filled ${filledQty}`)
  return null
}

/** What an order may become: an end is an end, and shares never come back. */
const stepProblem = (before: Order, after: Order): string | null => {
  if (after.filledQty < before.filledQty) return `order ${after.id} lost shares`
  if (!isWorking(before.status) && before.status !== after.status) {
    return `order ${after.id} went from ${before.status} to ${after.status}`
  }
  return before.status === "partially_filled" && after.status === "open" ? `order ${after.id} opened again` : null
}

/** Everything that must hold after a cycle, told in sentences; none is what is expected. */
const makeWatch = () => {
  let known = new Map<number, Order>()
  const seen = new Map<OrderStatus, number>()
  const check = (cycle: SoakCycle) =>
    Effect.gen(function* () {
      const repo = yield* TradeRepo
      const problems = (yield* checkInvariants).map(({ detail }) => detail)
      const { pnl } = cycle
      if (pnl === null) problems.push(`no report: ${cycle.errors.join("; ")}`)
      else {
        // Deposits are none: cash + what is open, at cost = what was realized; with marks: = profit.
        if (pnl.cash + pnl.openCost !== pnl.total.realized) problems.push("cash + open cost is not realized PnL")
        const value = pnl.open.reduce<number>((sum, { unrealized }) => sum + unrealized, pnl.openCost)
        if (pnl.cash + value !== pnl.total.pnl) problems.push("cash + positions is not PnL")
        if (pnl.mismatches.length > 0) problems.push("positions are not the fold of their fills")
        const strategies = pnl.strategies.reduce((sum, row) => sum + row.pnl, 0)
        const events = pnl.events.reduce((sum, row) => sum + row.pnl, 0)
        if (strategies !== pnl.total.pnl || events !== pnl.total.pnl) problems.push("attribution does not add up")
      }
      for (const { marketId, qty, strategy, token } of yield* repo.positions) {
        if (qty < 0) problems.push(`${strategy} is short of ${marketId} ${token}`)
      }
      const orders = yield* repo.orders({ limit: Number.MAX_SAFE_INTEGER, status: "all", strategy: null })
      for (const order of orders) {
        const before = known.get(order.id)
        const problem = stateProblem(order) ?? (before === undefined ? null : stepProblem(before, order))
        if (problem !== null) problems.push(problem)
      }
      known = new Map(orders.map((order) => [order.id, order]))
      seen.clear()
      for (const { status } of orders) seen.set(status, (seen.get(status) ?? 0) + 1)
      return problems
    })
  return { check, seen }
}

/** A person who now and then rests an order, cancels one, or throws the kill switch. */
const meddle = (rng: ReturnType<typeof makeRng>) =>
  Effect.gen(function* () {
    const markets = yield* (yield* MarketRepo).list({ limit: 200, status: "open" })
    const trades = yield* TradeRepo
    const market = markets[nextInt(rng, Math.max(1, markets.length))]
    const working = yield* trades.orders({ limit: 100, status: "working", strategy: null })
    const victim = working[nextInt(rng, Math.max(1, working.length))]
    if (market !== undefined && nextFloat(rng) < 0.6) {
      const tick = market.tickSize ?? 0.01
      const steps = Math.max(1, Math.floor((market.bestBid ?? 0.5) / tick) - nextInt(rng, 3))
      const price = Number((steps * tick).toFixed(4))
      const wish = {
        marketId: market.marketId,
        token: "YES",
        side: "buy",
        qty: 20 + nextInt(rng, 50),
        tif: "gtc"
      } as const
      yield* Effect.either(placeOrder({ ...wish, price, strategy: "manual", mode: "paper", confirmed: false }))
    }
    if (victim !== undefined && nextFloat(rng) < 0.2) yield* Effect.either(cancelOrder(victim.id))
    yield* setSwitch("KILL_SWITCH", nextFloat(rng) < 0.1)
  })

const weather = (rng: ReturnType<typeof makeRng>): ReadonlyArray<FaultRule> => {
  const mood = nextFloat(rng)
  if (mood < 0.3) return []
  if (mood < 0.4) return [{ kind: "5xx", api: null, rate: 1, count: null }]
  if (mood < 0.45) return [{ kind: "timeout", api: null, rate: 1, count: null }]
  return Array.from({ length: 1 + nextInt(rng, 3) }, () => ({
    kind: faultKinds[nextInt(rng, faultKinds.length)] ?? "500",
    api: null,
    rate: 0.05 + 0.4 * nextFloat(rng),
    count: null
  }))
}

const linesOf = (outDir: string): ReadonlyArray<string> =>
  readFileSync(soakPaths(outDir).history, "utf8").trimEnd().split("\n")

describe("the soak on virtual time", () => {
  it("holds every invariant at every cycle of 30 days under the faults that one fixed seed draws", async () => {
    const rng = makeRng("soak weather")
    const watch = makeWatch()
    const problems: Array<string> = []
    const { faults, lines, report } = await Effect.runPromise(
      inSoakWorld(11, ({ clock, exchange, folder }) =>
        Effect.gen(function* () {
          const outDir = join(folder, "out")
          const startUs = clock.nowUs
          const report = yield* runSoak(
            options(outDir, { hours: 720, intervalSec: 21_600, maxSignalsPerCycle: 8 }),
            yield* never,
            (line, cycle) =>
              Effect.gen(function* () {
                for (const text of yield* watch.check(cycle)) problems.push(`cycle ${line.cycle}: ${text}`)
                yield* meddle(rng)
                exchange.setFaults(weather(rng))
              })
            // Every six hours: only signals of an earlier cycle find a market that has moved to their price.
          ).pipe(Effect.provide(maxSignalAge(null)))
          expect(clock.nowUs - startUs).toBeGreaterThan(29.5 * 86_400e6)
          return { report, lines: linesOf(outDir), faults: exchange.faultCounts() }
        })
      )
    )
    expect(problems).toEqual([])
    expect(report).toMatchObject({ cycles: 120, resumed: false, stopped: false })
    expect(lines).toHaveLength(121)
    // The month had its bad days, and trading went on.
    expect(report.partialCycles).toBeGreaterThan(10)
    expect(report.partialCycles).toBeLessThan(90)
    expect(report.executed).toBeGreaterThan(50)
    expect(Object.keys(faults).length).toBeGreaterThan(10)
    for (const status of ["filled", "canceled", "rejected", "expired"] as const) {
      expect([status, (watch.seen.get(status) ?? 0) > 0]).toEqual([status, true])
    }
  }, 300_000)
})

describe("the files of a soak", () => {
  it("has a line per cycle, a status that is whole, and a last line", () =>
    Effect.runPromise(
      inSoakWorld(3, ({ clock, exchange, folder }) =>
        Effect.gen(function* () {
          const outDir = join(folder, "out")
          const begun = clock.nowUs
          exchange.setFaults([{ kind: "503", api: null, rate: 1, count: 60 }])
          const seen: Array<string> = []
          const report = yield* runSoak(options(outDir), yield* never, (line) =>
            Effect.gen(function* () {
              const latest = yield* readLatest(soakPaths(outDir).latest)
              expect(latest?.known).toMatchObject({ cycle: line.cycle, status: line.status })
              seen.push(line.status)
            })
          )
          expect(report.cycles).toBe(12)
          expect(report.partialCycles).toBe(seen.filter((status) => status === "partial").length)
          expect(seen[0]).toBe("partial")
          expect(seen.at(-1)).toBe("ok")
          const [first, ...others] = linesOf(outDir)
          expect(JSON.parse(first ?? "")).toEqual({
            ts: expect.any(String),
            cycle: 1,
            status: "partial",
            ingest_ok: false,
            signals_ok: true,
            execute_ok: true,
            executed_count: 0,
            execute_failures: 0,
            cycle_sec: expect.any(Number),
            db_path: join(folder, "soak.db"),
            config: null
          })
          expect(JSON.parse(others.at(-1) ?? "")).toEqual({
            ts: expect.any(String),
            status: "finished",
            cycles: 12,
            out_dir: outDir,
            db_path: join(folder, "soak.db")
          })
          const log = readFileSync(soakPaths(outDir).log, "utf8")
          expect(log).toContain("ingest: ")
          expect(log.trimEnd()).toMatch(/finished after 12 cycle\(s\)$/)
          expect(existsSync(soakPaths(outDir).pid)).toBe(false)
          const status = yield* soakStatus(outDir)
          expect(status).toMatchObject({ state: "finished", leftSec: 0, executed: report.executed })
          // Cycles begin every interval, however long each took.
          const { cycles } = yield* readHistory(soakPaths(outDir).history)
          const startOf = ({ cycle_sec, ts }: CycleLine) => Date.parse(ts) - cycle_sec * 1_000 - begun / 1_000
          cycles.slice(1).forEach((line, index) => expect(startOf(line)).toBeGreaterThanOrEqual((index + 1) * 299_000))
        })
      )
    ))

  it("goes on after a kill: same start, same count, no torn line", () =>
    Effect.runPromise(
      inSoakWorld(5, ({ folder }) =>
        Effect.gen(function* () {
          const outDir = join(folder, "out")
          const paths = soakPaths(outDir)
          // Killed in its fourth cycle: what is on the disk is what a dead process leaves.
          const first = yield* Effect.forkDaemon(
            runSoak(options(outDir), yield* never, (line) => (line.cycle === 4 ? Effect.never : Effect.void))
          )
          yield* Effect.sleep("30 minutes")
          const left = readFileSync(paths.history, "utf8")
          yield* Fiber.interrupt(first)
          writeFileSync(paths.history, left.slice(0, -20))
          writeFileSync(paths.pid, "999999999\n")
          expect(yield* soakStatus(outDir)).toMatchObject({ state: "killed", pid: null })
          const report = yield* runSoak(options(outDir), yield* never)
          expect(report).toMatchObject({ resumed: true, cycles: 3 + 6 })
          // The first process's figures are in the sum.
          const { executed, partial } = yield* soakStatus(outDir)
          expect(report).toMatchObject({ executed, partialCycles: partial })
          expect(executed).toBeGreaterThan(0)
          const cycles = linesOf(outDir).map((line) => JSON.parse(line).cycle)
          expect(cycles).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, undefined])
          expect(report.endedAtUs - report.startedAtUs).toBeLessThan(3_600e6)
          const again = yield* Effect.flip(runSoak(options(outDir), yield* never))
          expect(again.message).toMatch(/^--out-dir: the soak in .* finished at .*; name another folder$/)
        })
      )
    ))

  it("refuses a folder that another process or another database has", () =>
    Effect.runPromise(
      inSoakWorld(5, ({ folder }) =>
        Effect.gen(function* () {
          const outDir = join(folder, "out")
          yield* runSoak(options(outDir, { hours: 0.01 }), yield* never)
          const paths = soakPaths(outDir)
          writeFileSync(paths.history, linesOf(outDir).slice(0, -1).join("\n") + "\n")
          writeFileSync(paths.pid, `${process.ppid}\n`)
          const taken = yield* Effect.flip(runSoak(options(outDir), yield* never))
          expect(taken.message).toContain(`--out-dir: process ${process.ppid} soaks in`)
          writeFileSync(paths.pid, "999999999\n")
          const latest = readFileSync(paths.latest, "utf8")
          writeFileSync(paths.latest, latest.replace("soak.db", "other.db"))
          const other = yield* Effect.flip(runSoak(options(outDir), yield* never))
          expect(other.message).toContain("other.db, not on")
          appendFileSync(paths.latest, "{")
          expect((yield* Effect.flip(runSoak(options(outDir), yield* never)))._tag).toBe("FileError")
        })
      )
    ))

  it("finishes the running cycle when it is told to stop, and tries nothing again", () =>
    Effect.runPromise(
      inSoakWorld(7, ({ clock, exchange, folder }) =>
        Effect.gen(function* () {
          const outDir = join(folder, "out")
          const stop = yield* Deferred.make<void>()
          const begun = clock.nowUs
          exchange.setFaults([{ kind: "timeout", api: null, rate: 1, count: null }])
          const soak = yield* Effect.fork(runSoak(options(outDir, { hours: 24, retryBackoffSec: 3_600 }), stop))
          yield* Effect.sleep("10 minutes")
          yield* Deferred.succeed(stop, undefined)
          const report = yield* Fiber.join(soak)
          expect(report).toMatchObject({ stopped: true, cycles: 1, partialCycles: 1 })
          expect(clock.nowUs - begun).toBeLessThan(700e6)
          const lines = linesOf(outDir).map((line) => JSON.parse(line))
          expect(lines).toMatchObject([
            { cycle: 1, ingest_ok: false, signals_ok: true },
            { status: "finished", cycles: 1 }
          ])
        })
      )
    ))
})
