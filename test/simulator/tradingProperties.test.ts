import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { costOf, wholeLot } from "../../src/core/priceTimeBook.ts"
import { type TradeFate, type VenueOrder, type VenueTradeRecord } from "../../src/simulator/TradingEngine.ts"
import { applyTransfers, COLLATERAL, EXCHANGE, OUTSIDE } from "../../src/simulator/tradingLedger.ts"
import { reserved } from "../../src/simulator/tradingState.ts"
import { engineOver, NO, SECOND, type Shown, START, YES } from "./tradingSupport.ts"

const TICK = 5_000
const OPENING = 200_000_000
const PAIRS = 60_000_000
const accounts = ["a", "b"] as const
type Account = (typeof accounts)[number]
const walletOf = (account: Account) => `0x${account.repeat(4)}`

interface Place {
  readonly kind: "place"
  readonly account: Account
  readonly tokenId: string
  readonly side: "buy" | "sell"
  readonly ticks: number
  readonly size: number
  readonly orderType: VenueOrder["orderType"]
  readonly postOnly: boolean
}
type Step =
  | Place
  | { readonly kind: "cancel"; readonly account: Account; readonly which: number }
  | { readonly kind: "wait"; readonly seconds: number }
  | {
      readonly kind: "outsider"
      readonly tokenId: string
      readonly side: "buy" | "sell"
      readonly ticks: number
      readonly size: number
    }
  | { readonly kind: "fate"; readonly fate: TradeFate }
  | { readonly kind: "delay"; readonly seconds: number }

const tokenId = fc.constantFrom(YES, NO)
const side = fc.constantFrom("buy" as const, "sell" as const)
const account = fc.constantFrom(...accounts)
const ticks = fc.integer({ min: 85, max: 115 })
const size = fc.oneof(
  fc.integer({ min: 5_000, max: 60_000 }),
  fc.integer({ min: 5, max: 60 }).map((n) => n * 1_000)
)

const place: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("place" as const),
  account,
  tokenId,
  side,
  ticks,
  size,
  orderType: fc.constantFrom(
    "GTC" as const,
    "GTC" as const,
    "GTC" as const,
    "GTD" as const,
    "FAK" as const,
    "FOK" as const
  ),
  postOnly: fc.integer({ min: 0, max: 7 }).map((n) => n === 0)
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: place },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel" as const), account, which: fc.nat(50) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), seconds: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("outsider" as const), tokenId, side, ticks, size }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("fate" as const),
      fate: fc.constantFrom("confirm" as const, "fail" as const, "retry_then_confirm" as const, "stay_matched" as const)
    })
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delay" as const), seconds: fc.nat(3) }) }
)

/** A book around a price that walks, a new one every other second. */
const shown = fc
  .array(
    fc.record({
      bid: fc.integer({ min: 85, max: 112 }),
      spread: fc.integer({ min: 1, max: 4 }),
      sizes: fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 6, maxLength: 6 })
    }),
    { minLength: 1, maxLength: 12 }
  )
  .map((quotes) =>
    quotes.map(({ bid, spread, sizes }, i): Shown => {
      const level = (ticksOf: number, n: number) => [(ticksOf * TICK) / 1e6, (sizes[n] ?? 1) / 100] as const
      return {
        fromUs: i * 2 * SECOND,
        bids: [level(bid, 0), level(bid - 1, 1), level(bid - 3, 2)],
        asks: [level(bid + spread, 3), level(bid + spread + 1, 4), level(bid + spread + 2, 5)]
      }
    })
  )

const orderOf = (one: Place, id: string, nowUs: number): VenueOrder => {
  const price = one.ticks * TICK
  const immediate = one.orderType === "FOK" || one.orderType === "FAK"
  // A limit order's value is whole at its price; another price may leave fractions of it.
  const lot = immediate ? 10_000 : wholeLot(price)
  const qty = Math.ceil((one.size * 1_000) / lot) * lot
  const money = immediate ? Math.max(10_000, Math.floor((qty * one.ticks) / 2e6) * 10_000) : (price * qty) / 1e6
  const shares = immediate && one.side === "buy" ? Math.floor((money * 1e6) / price / 100) * 100 : qty
  const value = immediate && one.side === "sell" ? Math.floor((qty * price) / 1e8) * 100 : money
  return {
    id,
    owner: one.account,
    maker: walletOf(one.account),
    tokenId: one.tokenId,
    side: one.side,
    makerAmount: one.side === "buy" ? money : shares,
    takerAmount: one.side === "buy" ? shares : value,
    orderType: one.orderType,
    postOnly: one.postOnly,
    expirationSec: one.orderType === "GTD" ? Math.floor(nowUs / SECOND) + 66 : 0,
    negRisk: false
  }
}

type Engine = ReturnType<typeof engineOver>

/** Pairs that a wallet begins with. */
const split = ({ state }: Engine, wallet: string): void => {
  const amount = PAIRS
  applyTransfers(state.ledger, [
    { from: OUTSIDE, to: COLLATERAL, asset: "", amount },
    { from: COLLATERAL, to: wallet, asset: YES, amount },
    { from: COLLATERAL, to: wallet, asset: NO, amount }
  ])
}

/** A wallet's balances, counted from the trades alone. */
const counted = (name: Account, trades: ReadonlyArray<VenueTradeRecord>) => {
  const held = { "": OPENING, [YES]: PAIRS, [NO]: PAIRS } as Record<string, number>
  const move = (token: string, bought: boolean, price: number, qty: number) => {
    held[token]! += bought ? qty : -qty
    held[""]! += (bought ? -1 : 1) * costOf(price, qty)
  }
  for (const trade of trades) {
    if (trade.status === "FAILED") continue
    for (const row of trade.makers) {
      if (row.owner === name) move(row.tokenId, row.side === "buy", row.price, row.qty)
      if (trade.takerOwner !== name) continue
      const price = row.tokenId === trade.tokenId ? row.price : 1e6 - row.price
      move(trade.tokenId, trade.side === "buy", price, row.qty)
    }
    if (trade.takerOwner === name) held[""]! -= trade.fee
  }
  return held
}

/** What is wrong with an engine's books and balances; one `expect` a step is dear enough. */
const problems = (engine: Engine, nowUs: number): ReadonlyArray<string> => {
  const wrong: Array<string> = []
  const same = (what: string, a: number, b: number) => void (a === b || wrong.push(`${what}: ${a} is not ${b}`))
  const { ledger } = engine.state
  const at = (who: string, asset: string) => ledger.balances.get(who)?.get(asset) ?? 0
  for (const asset of ["", YES, NO]) {
    const everybody = [...ledger.balances.keys()]
    const sum = everybody.reduce((total, who) => total + at(who, asset), 0)
    same(`sum of ${asset}`, sum, 0)
  }
  // Every pair that exists is paid for.
  same("collateral", at(COLLATERAL, ""), -at(COLLATERAL, YES))
  same("pairs", at(COLLATERAL, NO), at(COLLATERAL, YES))
  same("shares of the exchange", Math.abs(at(EXCHANGE, YES)) + Math.abs(at(EXCHANGE, NO)), 0)
  for (const name of accounts) {
    const trades = engine.trades(name, nowUs)
    const held = counted(name, trades)
    for (const asset of ["", YES, NO]) {
      const balance = engine.balance(walletOf(name), asset === "" ? null : asset, nowUs)
      same(`balance of ${asset}`, balance, held[asset]!)
      if (balance < 0) wrong.push(`balance of ${asset} below zero`)
      if (reserved(engine.state, walletOf(name), asset) > balance) wrong.push(`${asset} reserved beyond the balance`)
    }
    for (const open of engine.openOrders(name, nowUs)) {
      const mine = trades.filter(({ id }) => open.tradeIds.includes(id))
      const fromTrades = mine.reduce((sum, trade) => {
        const rows = trade.makers.filter(({ orderId }) => orderId === open.order.id)
        return sum + (trade.takerOrderId === open.order.id ? trade.qty : 0) + rows.reduce((s, row) => s + row.qty, 0)
      }, 0)
      same(`filled of ${open.order.id}`, open.filledQty, fromTrades)
      if (open.filledQty >= open.qty) wrong.push(`${open.order.id} is full and open`)
    }
  }
  const book = engine.book(YES, nowUs)!
  if ((book.bids.at(-1)?.[0] ?? 0) >= (book.asks.at(-1)?.[0] ?? 1e6)) wrong.push("the book is crossed")
  return wrong
}

const expectWithinLimits = (trade: VenueTradeRecord, placed: ReadonlyMap<string, VenueOrder>): void => {
  expect(trade.qty).toBe(trade.makers.reduce((sum, row) => sum + row.qty, 0))
  for (const row of trade.makers) {
    const maker = placed.get(row.orderId)
    const asTaken = row.tokenId === trade.tokenId ? row.price : 1e6 - row.price
    for (const [order, price] of [
      [maker, row.price],
      [placed.get(trade.takerOrderId), asTaken]
    ] as const) {
      if (order === undefined) continue
      const { makerAmount, takerAmount } = order
      if (order.side === "buy") expect(price * takerAmount).toBeLessThanOrEqual(makerAmount * 1e6)
      else expect(price * makerAmount).toBeGreaterThanOrEqual(takerAmount * 1e6)
    }
  }
}

const run = (states: ReadonlyArray<Shown>, steps: ReadonlyArray<Step>, check: boolean): Engine => {
  const engine = engineOver(states, { tick: TICK / 1e6, rate: 0.05 }, { startBalance: OPENING })
  for (const name of accounts) {
    engine.openWallet(walletOf(name), START)
    split(engine, walletOf(name))
  }
  const placed = new Map<string, VenueOrder>()
  let nowUs = START
  for (const [i, one] of steps.entries()) {
    if (one.kind === "wait") nowUs += one.seconds * SECOND
    else if (one.kind === "fate") engine.setFate(one.fate)
    else if (one.kind === "delay") engine.setDelay(one.seconds * SECOND)
    else if (one.kind === "cancel") {
      const open = engine.openOrders(one.account, nowUs)
      const target = open[one.which % Math.max(1, open.length)]
      if (target !== undefined) {
        expect(engine.cancel(one.account, [target.order.id], nowUs).canceled).toEqual([target.order.id])
      }
    } else if (one.kind === "outsider") {
      const qty = one.size * 1_000
      const price = one.ticks * TICK
      const { filled } = engine.outsiderTrade({ tokenId: one.tokenId, side: one.side, price, qty }, nowUs)
      expect(filled).toBeLessThanOrEqual(qty)
    } else {
      const order = orderOf(one, `0x${i}`, nowUs)
      const before = engine.balance(order.maker, one.side === "buy" ? null : one.tokenId, nowUs)
      const outcome = engine.place(order, nowUs)
      if (outcome._tag === "placed") placed.set(order.id, order)
      if (outcome._tag === "placed" && outcome.makingAmount !== null) {
        expect(outcome.makingAmount).toBeLessThanOrEqual(order.makerAmount)
        expect(order.makerAmount).toBeLessThanOrEqual(before)
      }
    }
    if (check) expect(problems(engine, nowUs)).toEqual([])
  }
  for (const { record } of engine.state.trades) expectWithinLimits(record, placed)
  return engine
}

describe("any sequence of orders, cancels, times and trades of others", () => {
  it("keeps money and shares, covers what is open, and never trades beyond a limit", () => {
    let [trades, failed, minted] = [0, 0, 0]
    fc.assert(
      fc.property(shown, fc.array(step, { minLength: 20, maxLength: 50, size: "max" }), (states, steps) => {
        const engine = run(states, steps, true)
        trades += engine.state.trades.length
        failed += engine.state.trades.filter(({ failedAtUs }) => failedAtUs !== null).length
        minted += engine.state.trades.filter(({ record }) =>
          record.makers.some((row) => row.side === record.side)
        ).length
      }),
      { numRuns: 60 }
    )
    // It looked at something.
    expect(trades).toBeGreaterThan(100)
    expect(failed).toBeGreaterThan(0)
    expect(minted).toBeGreaterThan(20)
  })

  it("is the same for the same sequence", () => {
    fc.assert(
      fc.property(shown, fc.array(step, { minLength: 5, maxLength: 40, size: "max" }), (states, steps) => {
        const [a, b] = [run(states, steps, false), run(states, steps, false)]
        expect(a.state.trades).toEqual(b.state.trades)
        expect([...a.state.ledger.balances]).toEqual([...b.state.ledger.balances])
      }),
      { numRuns: 20 }
    )
  })
})
