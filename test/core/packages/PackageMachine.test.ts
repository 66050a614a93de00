import { describe, expect, it } from "vitest"
import {
  type MachineLeg,
  PackageMachine,
  type PackagePolicy,
  type Traded
} from "../../../src/core/packages/PackageMachine.ts"
import { nothingTraded } from "../../../src/core/packages/traded.ts"
import { MICRO, price, shares, usdc } from "../../../src/domain/units.ts"

const policy: PackagePolicy = {
  deadlineUs: 10 * MICRO,
  unwind: "sell_back",
  maxUnwindLoss: usdc(5 * MICRO),
  unwindAttempts: 2
}
const buy = (limit: number, wanted: number): MachineLeg => ({
  side: "buy",
  limitPrice: price(limit * MICRO),
  qty: shares(wanted * MICRO)
})
const at = (paid: number, got: number, fee = 0): Traded => ({
  qty: shares(got * MICRO),
  notional: usdc(Math.round(paid * got * MICRO)),
  fee: usdc(fee * MICRO)
})

const start = (legs: ReadonlyArray<MachineLeg>, fields: Partial<PackagePolicy> = {}) =>
  new PackageMachine(
    legs,
    legs.map((_, index) => index),
    { ...policy, ...fields }
  )

/** Carries out the next action, which must be of this kind, and answers it. */
const answer = (machine: PackageMachine, kind: "submit" | "unwind", traded: Traded | "lost"): PackageMachine => {
  const action = machine.next()
  if (action.kind !== kind) throw new Error(`${kind} expected, got ${JSON.stringify(action)}`)
  const purpose = kind === "submit" ? "entry" : "unwind"
  const { leg, qty } = action
  machine.sent(purpose, leg, qty)
  if (traded === "lost") machine.lost(purpose, leg, nothingTraded)
  else machine.answered(purpose, leg, traded)
  return machine
}
const submit = (machine: PackageMachine, traded: Traded | "lost") => answer(machine, "submit", traded)
const unwind = (machine: PackageMachine, traded: Traded | "lost") => answer(machine, "unwind", traded)

describe("legs", () => {
  it("go one at a time in the given order, each whole while the earlier ones fill", () => {
    const state = new PackageMachine([buy(0.4, 10), buy(0.5, 20)], [1, 0], policy)
    expect(state.next()).toStrictEqual({ kind: "submit", leg: 1, qty: 20 * MICRO })
    submit(state, at(0.5, 20))
    expect(state.next()).toStrictEqual({ kind: "submit", leg: 0, qty: 10 * MICRO })
    expect(submit(state, at(0.4, 10)).next()).toStrictEqual({ kind: "end", outcome: "complete" })
  })

  it("are sized to what an earlier one filled, in whole lots", () => {
    const state = submit(start([buy(0.4, 9), buy(0.5, 27)]), at(0.4, 3.333333))
    expect(state.next()).toStrictEqual({ kind: "submit", leg: 1, qty: 9.99 * MICRO })
    expect(submit(state, at(0.5, 9.99)).next()).toStrictEqual({ kind: "end", outcome: "complete" })
  })

  it("that fill in part take the excess of the earlier ones with them", () => {
    const state = submit(start([buy(0.4, 10), buy(0.5, 10), buy(0.05, 10)]), at(0.4, 10))
    submit(state, at(0.5, 4))
    expect(state.next()).toStrictEqual({ kind: "submit", leg: 2, qty: 4 * MICRO })
    submit(state, at(0.05, 4))
    expect(state.next()).toMatchObject({ kind: "unwind", leg: 0, side: "sell", qty: 6 * MICRO, attempt: 1 })
    expect(unwind(state, at(0.39, 6)).next()).toStrictEqual({ kind: "end", outcome: "complete" })
  })

  it("are not sent after the deadline", () => {
    const state = submit(start([buy(0.4, 10), buy(0.5, 10)]), at(0.4, 10))
    state.stop()
    expect(state.next()).toMatchObject({ kind: "unwind", leg: 0, qty: 10 * MICRO })
    expect(unwind(state, at(0.4, 10)).next()).toStrictEqual({ kind: "end", outcome: "unwound" })
  })

  it("that find no counterparty end a package of which nothing is held", () => {
    expect(submit(start([buy(0.4, 10), buy(0.5, 10)]), nothingTraded).next()).toStrictEqual({
      kind: "end",
      outcome: "nothing"
    })
  })
})

describe("a lost answer", () => {
  it("ends the package: nothing is sent again and nothing is given back", () => {
    const state = submit(submit(start([buy(0.4, 10), buy(0.5, 10), buy(0.1, 10)]), at(0.4, 10)), "lost")
    expect(state.next()).toStrictEqual({ kind: "end", outcome: "stranded" })
    expect(state.stranded()).toStrictEqual([
      { leg: 0, qty: 10 * MICRO, notional: 4 * MICRO, certain: true },
      { leg: 1, qty: 10 * MICRO, notional: 5 * MICRO, certain: false }
    ])
  })

  it("that comes after all lets the package go on", () => {
    const lost = () => submit(submit(start([buy(0.4, 10), buy(0.5, 10), buy(0.1, 10)]), at(0.4, 10)), "lost")
    const found = lost()
    found.answered("entry", 1, at(0.5, 10))
    expect(found.next()).toStrictEqual({ kind: "submit", leg: 2, qty: 10 * MICRO })
    const none = lost()
    none.answered("entry", 1, nothingTraded)
    expect(none.next()).toMatchObject({ kind: "unwind", leg: 0 })
  })

  it("to an unwinding is not repeated and leaves no loss for others", () => {
    const state = submit(submit(start([buy(0.4, 10), buy(0.5, 10), buy(0.1, 10)]), at(0.4, 10)), at(0.5, 10))
    submit(state, nothingTraded)
    expect(state.next()).toMatchObject({ kind: "unwind", leg: 1, limitPrice: 1 })
    unwind(state, "lost")
    expect(state.next()).toMatchObject({ kind: "unwind", leg: 0, limitPrice: 0.4 * MICRO })
    unwind(state, at(0.4, 10))
    expect(state.next()).toStrictEqual({ kind: "end", outcome: "stranded" })
    expect(state.stranded()).toStrictEqual([{ leg: 1, qty: 10 * MICRO, notional: 5 * MICRO, certain: false }])
  })

  it("counts once when it comes twice", () => {
    const once = () => submit(start([buy(0.4, 10), buy(0.5, 10)]), at(0.4, 4))
    const twice = once()
    twice.answered("entry", 0, at(0.4, 4))
    expect(twice).toStrictEqual(once())
    expect(twice.next()).toStrictEqual({ kind: "submit", leg: 1, qty: 4 * MICRO })
  })
})

describe("unwinding", () => {
  const oneSided = (fields: Partial<PackagePolicy>, leg = buy(0.4, 100), traded = at(0.4, 100)) =>
    submit(submit(start([leg, buy(0.5, 100)], fields), traded), nothingTraded)

  it("sells no lower than the loss allows, the fee of the sale included", () => {
    expect(oneSided({}).next()).toMatchObject({ limitPrice: 0.35 * MICRO })
    expect(oneSided({}, buy(0.4, 100), at(0.4, 100, 1)).next()).toMatchObject({ limitPrice: 0.36 * MICRO })
    expect(oneSided({ maxUnwindLoss: usdc(0) }).next()).toMatchObject({ limitPrice: 0.4 * MICRO })
    expect(oneSided({ maxUnwindLoss: usdc(1e24) }).next()).toMatchObject({ limitPrice: 1 })
  })

  it("buys back no dearer than that", () => {
    const sale: MachineLeg = { side: "sell", limitPrice: price(0.4 * MICRO), qty: shares(100 * MICRO) }
    expect(oneSided({}, sale).next()).toMatchObject({ side: "buy", limitPrice: 0.45 * MICRO })
    expect(oneSided({ maxUnwindLoss: usdc(1e24) }, sale).next()).toMatchObject({ limitPrice: MICRO - 1 })
  })

  it("is not tried where no price is good enough", () => {
    const dear = oneSided({ maxUnwindLoss: usdc(0) }, buy(0.99, 100), at(0.99, 100, 2))
    expect(dear.next()).toStrictEqual({ kind: "end", outcome: "stranded" })
  })

  it("is tried again with what is left and the loss that is left, then ends", () => {
    const state = unwind(oneSided({}), at(0.36, 50))
    expect(state.next()).toMatchObject({ qty: 50 * MICRO, limitPrice: 0.34 * MICRO, attempt: 2 })
    unwind(state, nothingTraded)
    expect(state.next()).toStrictEqual({ kind: "end", outcome: "stranded" })
    expect(state.stranded()).toStrictEqual([{ leg: 0, qty: 50 * MICRO, notional: 20 * MICRO, certain: true }])
  })

  it("is left to people with `hold`", () => {
    expect(oneSided({ unwind: "hold" }).next()).toStrictEqual({ kind: "end", outcome: "stranded" })
  })
})

describe("at the edge of a lot", () => {
  const lot = 0.01

  it("what is missing counts from one lot on", () => {
    const whole = submit(start([buy(0.4, 10), buy(0.5, 10)]), at(0.4, 10 - lot / 2))
    expect(whole.next()).toStrictEqual({ kind: "submit", leg: 1, qty: 10 * MICRO })
    const short = submit(start([buy(0.4, 10), buy(0.5, 10)]), at(0.4, 10 - lot))
    expect(short.next()).toStrictEqual({ kind: "submit", leg: 1, qty: 9.99 * MICRO })
  })

  it("one lot without a counter leg is given back, and less is not", () => {
    const one = submit(start([buy(0.4, 10), buy(0.5, 10)]), at(0.4, 10))
    expect(submit(one, at(0.5, 10 - lot)).next()).toMatchObject({ kind: "unwind", leg: 0, qty: lot * MICRO })
    const less = submit(start([buy(0.4, 10), buy(0.5, 10)]), at(0.4, 10))
    expect(submit(less, at(0.5, 10 - lot / 2)).next()).toStrictEqual({ kind: "end", outcome: "complete" })
  })

  it("a package of which every leg was given back whole is no complete one", () => {
    const state = submit(submit(start([buy(0.4, 10), buy(0.5, 10), buy(0.05, 10)]), at(0.4, 10)), at(0.5, 10))
    submit(state, nothingTraded)
    unwind(state, at(0.5, 10))
    unwind(state, at(0.4, 10))
    expect(state.next()).toStrictEqual({ kind: "end", outcome: "unwound" })
    expect(state.unwindLoss()).toBe(0)
  })
})

describe("the price at which a leg is given back", () => {
  const failing = (leg: MachineLeg, paid: number, maxUnwindLoss: number, fee = 0) => {
    const state = submit(start([leg, buy(0.5, 10)], { maxUnwindLoss: usdc(maxUnwindLoss * MICRO) }), at(paid, 10, fee))
    return submit(state, nothingTraded).next()
  }
  const sale: MachineLeg = { ...buy(0.4, 10), side: "sell" }

  it("loses at most what is allowed, fee included", () => {
    expect(failing(buy(0.4, 10), 0.4, 1)).toMatchObject({ side: "sell", limitPrice: 300_000 })
    expect(failing(buy(0.4, 10), 0.4, 1, 0.5)).toMatchObject({ side: "sell", limitPrice: 350_000 })
    expect(failing(sale, 0.4, 1)).toMatchObject({ side: "buy", limitPrice: 500_000 })
    expect(failing(sale, 0.4, 1, 0.5)).toMatchObject({ side: "buy", limitPrice: 450_000 })
  })

  it("stays between 0 and 1, and where no price there is good enough nothing is sent", () => {
    expect(failing(buy(0.4, 10), 0.4, 100)).toMatchObject({ side: "sell", limitPrice: 1 })
    expect(failing(sale, 0.4, 100)).toMatchObject({ side: "buy", limitPrice: 999_999 })
    // What cost 9.99 with a fee of 0.01 would have to be sold at 1.
    expect(failing(buy(0.999, 10), 0.999, 0, 0.01)).toStrictEqual({ kind: "end", outcome: "stranded" })
    expect(failing(sale, 0.001, 0, 0.01)).toStrictEqual({ kind: "end", outcome: "stranded" })
  })
})

describe("what a failed package may still give back", () => {
  it("is what its purchases filled, less what was given back", () => {
    const state = submit(start([buy(0.4, 10), buy(0.5, 10)]), at(0.4, 10))
    expect([state.mayGiveBack(0), state.mayGiveBack(1), state.mayGiveBack(2)]).toStrictEqual([10 * MICRO, 0, 0])
    submit(state, nothingTraded)
    unwind(state, at(0.4, 4))
    expect(state.mayGiveBack(0)).toBe(6 * MICRO)
  })

  it("is nothing of what was sold, and nothing where legs are kept", () => {
    const sold = submit(start([{ ...buy(0.4, 10), side: "sell" }, buy(0.5, 10)]), at(0.4, 10))
    expect(sold.mayGiveBack(0)).toBe(0)
    expect(submit(start([buy(0.4, 10), buy(0.5, 10)], { unwind: "hold" }), at(0.4, 10)).mayGiveBack(0)).toBe(0)
  })

  it("an order that is none of its legs changes nothing", () => {
    const state = start([buy(0.4, 10)])
    state.sent("entry", 5, shares(1))
    state.answered("entry", 5, at(0.4, 1))
    expect(state.next()).toStrictEqual({ kind: "submit", leg: 0, qty: 10 * MICRO })
    expect(state.isWaiting(5)).toBe(false)
  })
})
