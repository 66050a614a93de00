import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { costOf } from "../../src/core/priceTimeBook.ts"
import { type VenueOrder, type VenueTradeRecord } from "../../src/simulator/TradingEngine.ts"
import { applyTransfers, COLLATERAL, EXCHANGE, OUTSIDE } from "../../src/simulator/tradingLedger.ts"
import { reserved } from "../../src/simulator/tradingState.ts"
import { type Account, accounts, orderOf, TICK, walletOf, type World, world } from "./tradingSteps.ts"
import { engineOver, NO, SECOND, START, YES } from "./tradingSupport.ts"

const OPENING = 60_000_000

type Engine = ReturnType<typeof engineOver>

/** Pairs that a wallet begins with. */
const split = ({ state }: Engine, wallet: string, amount: number): void => {
  applyTransfers(state.ledger, [
    { from: OUTSIDE, to: COLLATERAL, asset: "", amount },
    { from: COLLATERAL, to: wallet, asset: YES, amount },
    { from: COLLATERAL, to: wallet, asset: NO, amount }
  ])
}

/** A wallet's balances, counted from the trades alone. */
const counted = (name: Account, pairs: number, trades: ReadonlyArray<VenueTradeRecord>) => {
  const held = { "": OPENING, [YES]: pairs, [NO]: pairs } as Record<string, number>
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
const problems = (engine: Engine, pairs: number, nowUs: number): ReadonlyArray<string> => {
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
    const held = counted(name, pairs, trades)
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

const run = ({ pairs, states, steps }: World, check: boolean): Engine => {
  const engine = engineOver(states, { tick: TICK / 1e6, rate: 0.05 }, { startBalance: OPENING })
  for (const name of accounts) {
    engine.openWallet(walletOf(name), START)
    split(engine, walletOf(name), pairs)
  }
  const placed = new Map<string, VenueOrder>()
  let nowUs = START
  for (const [i, one] of steps.entries()) {
    if (one.kind === "wait") nowUs += one.seconds * SECOND
    else if (one.kind === "fate") engine.setCourse(one.fate)
    else if (one.kind === "delay") engine.setDelay(one.seconds * SECOND)
    else if (one.kind === "sellAll") {
      const size = Math.floor(engine.balance(walletOf("a"), YES, nowUs) / 10_000) * 10
      const all = { kind: "place", account: "a", tokenId: YES, side: "sell", ticks: 82, orderType: "FAK" } as const
      if (size > 0) engine.place(orderOf({ ...all, size, postOnly: false }, `0x${i}`, nowUs), nowUs)
    } else if (one.kind === "cancel") {
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
    if (check) expect(problems(engine, pairs, nowUs)).toEqual([])
  }
  for (const { record } of engine.state.trades) expectWithinLimits(record, placed)
  return engine
}

describe("any sequence of orders, cancels, times and trades of others", () => {
  it("keeps money and shares, covers what is open, and never trades beyond a limit", () => {
    let [trades, failed, dragged, minted] = [0, 0, 0, 0]
    fc.assert(
      fc.property(world, (one) => {
        const engine = run(one, true)
        trades += engine.state.trades.length
        const gone = engine.state.trades.filter(({ failedAtUs }) => failedAtUs !== null)
        failed += gone.length
        dragged += gone.filter(({ course }) => course !== "fail").length
        minted += engine.state.trades.filter(({ record }) =>
          record.makers.some((row) => row.side === record.side)
        ).length
      }),
      { numRuns: 60 }
    )
    // It looked at something.
    expect(trades).toBeGreaterThan(100)
    expect(failed).toBeGreaterThan(dragged)
    expect(dragged).toBeGreaterThan(0)
    expect(minted).toBeGreaterThan(20)
  })

  it("is the same for the same sequence", () => {
    fc.assert(
      fc.property(world, (one) => {
        const [a, b] = [run(one, false), run(one, false)]
        expect(a.state.trades).toEqual(b.state.trades)
        expect([...a.state.ledger.balances]).toEqual([...b.state.ledger.balances])
      }),
      { numRuns: 20 }
    )
  })
})
