import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { riskStatus } from "../../src/engine/commands/riskStatus.ts"
import { VenueSync } from "../../src/ports/VenueSync.ts"
import { place } from "../execution/world.ts"
import { YES } from "../simulator/tradingSupport.ts"
import { exchangeBooks, storedBooks, storedProblems } from "./liveAccount.ts"
import { ABSENT_SEC, type LiveWorld, type Moment, withOneMarket } from "./liveWorld.ts"
import { query } from "./support.ts"

/** What befalls the request with which an order is sent. */
export interface Fault {
  readonly name: string
  /** See src/simulator/faults.ts. */
  readonly rule: string
  /** Whether the exchange takes the order in, at the first offer or a later one. */
  readonly arrives: boolean
  /** The exchange says in so many words that it did nothing. */
  readonly refuses?: boolean
  /** The process waits for its deadline. */
  readonly hangs?: boolean
}

/** An order, and what the market makes of it if it arrives. */
export interface Wanted {
  readonly name: string
  readonly price: number
  readonly qty: number
  readonly tif: "gtc" | "ioc"
  readonly filled: number
  readonly rests: number
}

/** As a person types it. */
export const placing = ({ price, qty, tif }: Pick<Wanted, "price" | "qty" | "tif">) => [
  ...["place-order", "--market", "m1", "--token", "YES", "--side", "buy", "--price", String(price)],
  ...["--qty", String(qty), "--tif", tif, "--mode", "live", "--confirm-live", "--json"]
]

const sync = Effect.flatMap(VenueSync, ({ sync }) => sync)

const another = { price: 0.45, qty: 5, tif: "gtc" } as const

const placeInside = (world: LiveWorld, { price, qty, tif }: Pick<Wanted, "price" | "qty" | "tif">) =>
  world.inside(place({ price, qty, tif, mode: "live", confirmed: true }))

const orderOf = ({ path }: LiveWorld) => {
  const [order] = query(
    path,
    "SELECT id, status, message, qty, filled_qty, hash FROM orders JOIN live_orders ON order_id = orders.id ORDER BY id"
  )
  return order
}

const takenIds = async ({ state }: LiveWorld): Promise<ReadonlyArray<string>> =>
  (await state()).taken.map(({ id }: { readonly id: string }) => id.toLowerCase())

const expectSameBooks = async (world: LiveWorld): Promise<void> => {
  expect(storedBooks(world)).toEqual(await exchangeBooks(world))
  expect(await storedProblems(world)).toEqual([])
}

/** As many looks as the rules need: one that sees it rest or filled, or two that do not, long enough apart. */
export const resolve = async (world: LiveWorld): Promise<void> => {
  for (let looks = 1; ; looks++) {
    const { unresolved } = await world.inside(sync)
    const mayFill = query(world.path, "SELECT id FROM orders WHERE tif = 'ioc' AND status = 'partially_filled'")
    if (unresolved.length + mayFill.length === 0) return
    expect(looks).toBeLessThan(3)
    await new Promise((resume) => setTimeout(resume, ABSENT_SEC * 1_100))
  }
}

const statusAtRest = ({ filled, qty, rests, tif }: Wanted): string =>
  rests > 0 ? (filled > 0 ? "partially_filled" : "open") : filled >= qty ? "filled" : tif === "ioc" ? "canceled" : "?"

/** Where the order must be once it is known what became of it, and what must hold from then on. */
const expectAccounted = async (world: LiveWorld, { arrives, refuses = false }: Fault, wanted: Wanted) => {
  const absent = !arrives || wanted.filled + wanted.rests === 0
  const order = orderOf(world)
  expect(await takenIds(world)).toEqual(absent ? [] : [order?.["hash"]])
  expect(order).toMatchObject({
    status: absent && !arrives && refuses ? "rejected" : absent ? "canceled" : statusAtRest(wanted),
    filled_qty: absent ? 0 : wanted.filled
  })
  await expectSameBooks(world)
}

/** The order's further life is followed like any other's: its rest fills, its trades become final, a new one is sent. */
const expectLivesOn = async (world: LiveWorld, fault: Fault, { filled, rests }: Wanted) => {
  const { exchange } = world
  const resting = fault.arrives ? rests : 0
  if (resting > 0) {
    const nowUs = await Effect.runPromise(exchange.nowUs)
    exchange.trading.outsiderTrade({ tokenId: YES, side: "sell", price: 10_000, qty: 1_000_000_000 }, nowUs)
    await world.inside(sync)
    expect(orderOf(world)).toMatchObject({ status: "filled", filled_qty: filled + resting })
    await expectSameBooks(world)
  }
  await Effect.runPromise(exchange.advance(300_000_000))
  await world.inside(sync)
  expect(query(world.path, "SELECT id FROM fills WHERE venue_state <> 'final'")).toEqual([])
  expect((await world.inside(sync)).changes).toEqual([])
  const before = await takenIds(world)
  await placeInside(world, another)
  expect(await takenIds(world)).toHaveLength(before.length + 1)
  await expectSameBooks(world)
}

/** The process goes on after the fault, and ends by itself. */
export const goesOn = (fault: Fault, wanted: Wanted, own: boolean): Promise<void> =>
  withOneMarket(async (world) => {
    await world.faults(`clob/order/${fault.rule}`)
    if (own) expect(await world.cli(placing(wanted))).toMatchObject({ signal: null })
    else await placeInside(world, wanted)
    await world.faults("")
    await expectAccounted(world, fault, wanted)
    await expectLivesOn(world, fault, wanted)
  })

const knowsAlready: ReadonlyArray<Moment> = ["taken-in", "exit"]

/** While nobody can tell what became of the order it counts, and nothing else is sent. */
const expectRemembered = async (world: LiveWorld, wanted: Wanted, taken: ReadonlyArray<string>) => {
  const order = orderOf(world)
  expect(["pending", "submitted", "unknown"]).toContain(order?.["status"])
  const status = await world.inside(riskStatus)
  expect(status.openOrders).toBe(1)
  const atStake = Math.round(wanted.price * wanted.qty * 1e6)
  expect(status.strategies).toEqual([{ strategy: "manual", notional: atStake }])
  expect(await takenIds(world)).toEqual(taken)
}

const lastMessage = ({ path }: LiveWorld): unknown =>
  query(path, "SELECT message FROM orders ORDER BY id DESC LIMIT 1")[0]?.["message"]

/** Started again while it is not known what became of the order. */
const expectPatience = async (world: LiveWorld, wanted: Wanted, own: boolean) => {
  const taken = await takenIds(world)
  await expectRemembered(world, wanted, taken)

  // The exchange cannot be asked: nothing is sent.
  await world.faults("clob/open-order/503,clob/open-orders/503,clob/trades/503")
  await placeInside(world, another)
  expect(lastMessage(world)).toMatch(/nothing was sent/)
  await expectRemembered(world, wanted, taken)

  await world.faults("")
  if (taken.length === 0) {
    // One look that does not find it proves nothing yet.
    if (own) expect(await world.cli(placing(another))).toMatchObject({ code: 1 })
    else await placeInside(world, another)
    expect(lastMessage(world)).toMatch(/what became of order 1 is not known yet: see live-sync; nothing was sent/)
    await expectRemembered(world, wanted, taken)
  } else if (own) expect(await world.cli(["live-sync", "--json"])).toMatchObject({ code: 0, stderr: "" })
}

/** The process is killed, and started again; `own`: as a process of its own as well. */
export const killed = (fault: Fault, wanted: Wanted, moment: Moment, own: boolean): Promise<void> =>
  withOneMarket(async (world) => {
    await world.faults(`clob/order/${fault.rule}`)
    expect(await world.cli(placing(wanted), { moment })).toMatchObject({ signal: "SIGKILL" })
    await world.faults("")
    if (!knowsAlready.includes(moment)) await expectPatience(world, wanted, own)
    await resolve(world)
    const told = { ...fault, refuses: false }
    await expectAccounted(world, told, wanted)
    await expectLivesOn(world, told, wanted)
  })
