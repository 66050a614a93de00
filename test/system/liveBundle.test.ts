import * as Effect from "effect/Effect"
import { describe, expect, it, vi } from "vitest"
import { type Json } from "../../src/domain/json.ts"
import { parseFaults } from "../../src/simulator/faults.ts"
import { riskStatus } from "../../src/engine/commands/riskStatus.ts"
import { insert, signal } from "../execution/world.ts"
import { exchangeBooks, storedBooks, storedProblems } from "./liveAccount.ts"
import { placing, resolve } from "./liveCells.ts"
import { type LiveWorld, type Moment, withOneMarket } from "./liveWorld.ts"
import { query } from "./support.ts"

const leg = (token: "YES" | "NO", price = 0.52): Json => ({ market_id: "m1", token, side: "buy", price, qty: 20 })

/** Both outcomes at 0.52, one order each: what S9 and S10 list, at prices that nobody would want. */
const storeSignal = ({ inside }: LiveWorld) =>
  inside(insert(signal({ strategy: "s10", payload: { legs: [leg("YES"), leg("NO")] } })))

const execute = ["execute-signal", "--signal-id", "1", "--mode", "live", "--confirm-live", "--json"]

/** The rules hold from when the first leg's trades have been asked for: then it is known to be filled. */
const afterFirstLeg = ({ exchange }: LiveWorld, rules: string): void => {
  const { trades } = exchange.trading
  vi.spyOn(exchange.trading, "trades").mockImplementationOnce((owner, nowUs) => {
    Effect.runSync(Effect.flatMap(parseFaults(rules), exchange.setFaults))
    return trades(owner, nowUs)
  })
}

const orders = ({ path }: LiveWorld) =>
  query(path, "SELECT token_id AS token, side, status, filled_qty AS filled FROM orders ORDER BY id")

const claim = ({ path }: LiveWorld) => query(path, "SELECT status, status_reason AS reason FROM signals")

const expectSameBooks = async (world: LiveWorld): Promise<void> => {
  expect(storedBooks(world)).toEqual(await exchangeBooks(world))
  expect(await storedProblems(world)).toEqual([])
}

const takenCount = async ({ state }: LiveWorld): Promise<number> => (await state()).taken.length

/** The two cost the same; NO is sent first, since its ask is closer to the limit. */
const first = { token: "NO", side: "buy", status: "filled", filled: 20 }
const second = { token: "YES", side: "buy", status: "filled", filled: 20 }

/** Whatever became of it: the signal is not executed again, and what is sent next is sent once. */
const expectNotAgain = async (world: LiveWorld): Promise<void> => {
  const taken = await takenCount(world)
  expect(await world.cli(execute)).toMatchObject({ code: 2, stderr: expect.stringContaining("is already executed") })
  expect(await world.cli(["execute-signal", "--next", "5", ...execute.slice(3)])).toMatchObject({ code: 0 })
  expect(await takenCount(world)).toBe(taken)
}

const TIMEOUT = 300_000

describe("a bundle of two legs, the second of which suffers", () => {
  it.concurrent(
    "answer lost, found by looking: complete",
    () =>
      withOneMarket(async (world) => {
        await storeSignal(world)
        afterFirstLeg(world, "clob/order/reset-after#1")
        const { code, stderr, stdout } = await world.cli(execute)
        expect([code, stderr]).toEqual([0, ""])
        expect(JSON.parse(stdout)).toMatchObject({ executed: 1 })
        expect(orders(world)).toEqual([first, second])
        await expectSameBooks(world)
        await expectNotAgain(world)
      }),
    TIMEOUT
  )

  it.concurrent(
    "never arrived, and known not to have: the first is given back",
    () =>
      withOneMarket(async (world) => {
        await storeSignal(world)
        afterFirstLeg(world, "clob/order/reset-before#1")
        const { code, stderr } = await world.cli(execute)
        expect([code, stderr]).toEqual([0, ""])
        expect(orders(world)).toEqual([first, { ...second, status: "canceled", filled: 0 }, { ...first, side: "sell" }])
        const books = storedBooks(world)
        expect(books.shares).toEqual({})
        // 20 shares bought at 0.52 and sold at 0.48, a fee on both.
        expect(books.cash).toBeLessThan(1_000_000_000 - 800_000)
        expect(books.cash).toBeGreaterThan(1_000_000_000 - 1_100_000)
        await expectSameBooks(world)
        await expectNotAgain(world)
      }),
    TIMEOUT
  )

  it.concurrent.each([
    ["taken", "clob/order/reset-after#1", second],
    ["not taken", "clob/order/reset-before#1", { ...second, status: "canceled", filled: 0 }]
  ])(
    "answer lost and nobody can look, %s: kept, with an alarm, until live-sync tells",
    (_, lost, ends) =>
      withOneMarket(async (world) => {
        await storeSignal(world)
        afterFirstLeg(world, `${lost},clob/open-order/503,clob/open-orders/503,clob/trades/503`)
        const { code, stderr } = await world.cli(execute)
        expect(code).toBe(1)
        expect(stderr).toContain("bundle stranded")
        expect(stderr).toContain("up to 20.00")
        expect(orders(world).at(-1)).toMatchObject({ token: expect.any(String), status: "unknown", filled: 0 })
        const taken = await takenCount(world)

        const refused = await world.cli(placing({ price: 0.45, qty: 5, tif: "gtc" }))
        expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing was sent") })
        expect(await takenCount(world)).toBe(taken)

        await world.faults("")
        await resolve(world)
        expect(orders(world).slice(0, 2)).toEqual([first, ends])
        await expectSameBooks(world)
        await expectNotAgain(world)
      }),
    TIMEOUT
  )
})

describe("a process killed in the middle of a bundle", () => {
  const untouched = { ...second, status: "canceled", filled: 0 }
  const moments: ReadonlyArray<readonly [Moment, string, typeof second]> = [
    ["staged", "", untouched],
    ["waiting", "clob/order/timeout-before#1", untouched],
    ["waiting", "clob/order/timeout-after#1", second],
    ["answered", "", second],
    ["seen", "", second]
  ]

  it.concurrent.each(moments)(
    "%s %s: what was sent is remembered, followed, and not sent again",
    (moment, rules, ends) =>
      withOneMarket(async (world) => {
        await storeSignal(world)
        afterFirstLeg(world, rules)
        expect(await world.cli(execute, { moment, post: 2 })).toMatchObject({ signal: "SIGKILL", stderr: "" })
        const taken = await takenCount(world)
        expect(taken).toBe(ends === second ? 2 : 1)

        // The first leg is a position, the second counts until it is known what became of it.
        const [one, two, ...more] = orders(world)
        expect([one, two, more]).toEqual([
          first,
          { ...second, status: expect.stringMatching(/^(pending|submitted|unknown)$/), filled: 0 },
          []
        ])
        expect(claim(world)).toEqual([{ status: "executed", reason: "claimed for sending" }])
        const { openOrders } = await world.inside(riskStatus)
        expect(openOrders).toBe(1)
        expect(await storedProblems(world)).toEqual([])

        await expectNotAgain(world)
        await resolve(world)
        expect(orders(world).slice(0, 2)).toEqual([first, ends])
        await expectSameBooks(world)
        await expectNotAgain(world)
      }),
    TIMEOUT
  )
})
