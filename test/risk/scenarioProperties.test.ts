import * as fc from "fast-check"
import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { venueFee } from "../../src/core/venue/fees.ts"
import { sharePayout } from "../../src/core/account/payout.ts"
import { applyFill, emptyPosition, notionalOf } from "../../src/core/account/portfolio.ts"
import { type Token } from "../../src/domain/ids.ts"
import {
  type ContractRef,
  orderStake,
  positionStake,
  ScenarioBook,
  scenarioRefusal,
  type Stake
} from "../../src/risk/scenario.ts"
import { describeShared } from "../shared.ts"
import { price, type Price, shares, type Shares, usdc, type Usdc } from "../../src/domain/units.ts"

type Pay = readonly [yes: number, no: number]
type Outcome = ReadonlyMap<string, Pay>

const YES: Pay = [1, 0]
const NO: Pay = [0, 1]
const alonePays: ReadonlyArray<Pay> = [YES, NO, [0.5, 0.5]]

/** Two neg-risk events, one of them beside a market of its own kind, and an event of markets that stand alone. */
const universe: ReadonlyArray<ContractRef> = [
  ...["a", "b", "c"].map((contract) => ({ contract, eventId: "e1", negRisk: true })),
  ...["p", "q"].map((contract) => ({ contract, eventId: "e2", negRisk: true })),
  { contract: "r", eventId: "e2", negRisk: false },
  { contract: "x", eventId: "e3", negRisk: false }
]

/** What each part of the book that resolves by itself can pay: the four parts are independent. */
const parts: ReadonlyArray<ReadonlyArray<Outcome>> = [
  ...[
    ["a", "b", "c"],
    ["p", "q"]
  ].map((names) =>
    [null, ...names].map((winner): Outcome => new Map(names.map((name) => [name, name === winner ? YES : NO])))
  ),
  ...["r", "x"].map((name) => alonePays.map((pay): Outcome => new Map([[name, pay]])))
]

/** Every joint outcome of the universe: 4 * 3 * 3 * 3. */
const outcomes: ReadonlyArray<Outcome> = parts.reduce<ReadonlyArray<Outcome>>(
  (joint, part) => joint.flatMap((known) => part.map((more) => new Map([...known, ...more]))),
  [new Map()]
)

const payOf = (outcome: Outcome, contract: string, token: Token): number =>
  outcome.get(contract)![token === "YES" ? 0 : 1]

/** Every subset of what may or may not happen. */
const subsets = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  all.reduce<ReadonlyArray<ReadonlyArray<A>>>((sets, one) => [...sets, ...sets.map((set) => [...set, one])], [[]])

/** The worst loss as its definition has it: every outcome, every set of orders that fill. */
const bruteForce = (stakes: ReadonlyArray<Stake>): number => {
  const certain = stakes.filter(({ working }) => !working)
  const fills = subsets(stakes.filter(({ working }) => working))
  let worst = -Infinity
  for (const outcome of outcomes) {
    const lost = (of: ReadonlyArray<Stake>): number =>
      of.reduce((sum, { contract, cost, qty, token }) => sum + cost - qty * payOf(outcome, contract, token), 0)
    const base = lost(certain)
    for (const filled of fills) worst = Math.max(worst, base + lost(filled))
  }
  return worst
}

const money = fc.integer({ min: -5_000_000, max: 5_000_000 })
const token = fc.constantFrom<Token>("YES", "NO")
/** Any stake, shorts and windfalls included; what two sources say of its contract is the same. */
const stake: fc.Arbitrary<Stake> = fc
  .record({
    of: fc.constantFrom(...universe),
    token,
    qty: money.map(shares),
    cost: money.map(usdc),
    working: fc.boolean()
  })
  .map(({ of, ...rest }) => ({ ...of, ...rest }))
/** Stakes whose sources contradict each other. */
const contradicting: fc.Arbitrary<Stake> = fc.record({
  contract: fc.constantFrom("a", "b", "c"),
  eventId: fc.constantFrom("e1", "e2", "unknown", ""),
  negRisk: fc.boolean(),
  token,
  qty: money.map(shares),
  cost: money.map(usdc),
  working: fc.boolean()
})

const eventIds = ["e1", "e2", "e3", "unknown", ""]
const bookOf = (stakes: ReadonlyArray<Stake>): ScenarioBook => {
  const book = new ScenarioBook()
  for (const one of stakes) book.add(one)
  return book
}
const shown = (book: ScenarioBook) => [book.worstOfBook(), ...eventIds.map((id) => book.worstOfEvent(id))]

describe("ScenarioBook", () => {
  it("knows the worst of all joint outcomes", () => {
    fc.assert(
      fc.property(fc.array(stake, { maxLength: 8 }), (stakes) => {
        expect(bookOf(stakes).worstOfBook()).toBe(0 + bruteForce(stakes))
      }),
      { numRuns: 300 }
    )
  })

  it("does not depend on the order of arrival", () => {
    const shuffled = fc
      .array(contradicting, { maxLength: 10 })
      .chain((stakes) => fc.tuple(fc.constant(stakes), fc.shuffledSubarray(stakes, { minLength: stakes.length })))
    fc.assert(
      fc.property(shuffled, ([stakes, others]) => {
        expect(shown(bookOf(others))).toStrictEqual(shown(bookOf(stakes)))
      })
    )
  })

  it("is after a removal what it was before the addition", () => {
    fc.assert(
      fc.property(
        fc.array(contradicting, { maxLength: 8 }),
        fc.array(contradicting, { maxLength: 8 }),
        (kept, passing) => {
          const book = bookOf([...passing.slice(0, 4), ...kept, ...passing.slice(4)])
          for (const one of passing) book.remove(one)
          expect(shown(book)).toStrictEqual(shown(bookOf(kept)))
          for (const one of kept) book.remove(one)
          expect(shown(book)).toStrictEqual(shown(new ScenarioBook()))
        }
      )
    )
  })

  it("keeps one stake a key, the last that was set", () => {
    const sets = fc.array(fc.tuple(fc.constantFrom("k", "l", "m"), fc.option(contradicting)), { maxLength: 12 })
    fc.assert(
      fc.property(sets, fc.array(contradicting, { maxLength: 4 }), (steps, others) => {
        const book = bookOf(others)
        for (const [key, one] of steps) book.set(key, one)
        const last = [...new Map(steps).values()].filter((one) => one !== null)
        expect(shown(book)).toStrictEqual(shown(bookOf([...others, ...last])))
      })
    )
  })

  it("previews what adding does, and is unchanged by it", () => {
    const some = fc.array(contradicting, { maxLength: 4 })
    fc.assert(
      fc.property(some, some, some, (held, given, more) => {
        const book = bookOf(held)
        const now = shown(book)
        const preview = book.preview(more, given)
        expect(shown(book)).toStrictEqual(now)
        const before = bookOf([...held, ...given])
        const after = bookOf([...held, ...given, ...more])
        expect(preview.book).toStrictEqual({ before: before.worstOfBook(), after: after.worstOfBook() })
        for (const id of eventIds) {
          const change = { before: before.worstOfEvent(id), after: after.worstOfEvent(id) }
          const previewed = preview.events.find(({ eventId }) => eventId === id)
          if (previewed === undefined) expect(change.after).toBe(change.before)
          else expect(previewed).toStrictEqual({ eventId: id, ...change })
        }
      })
    )
  })

  it("finds an order that may fill no better than the order filled, in whole or in part", () => {
    fc.assert(
      fc.property(fc.array(stake, { maxLength: 6 }), stake, fc.integer({ min: 0, max: 4 }), (held, one, quarters) => {
        const [qty, cost] = [one.qty * 4, one.cost * 4]
        const filled = { ...one, qty: shares(one.qty * quarters), cost: usdc(one.cost * quarters), working: false }
        expect(
          bookOf([...held, { ...one, qty: shares(qty), cost: usdc(cost), working: true }]).worstOfBook()
        ).toBeGreaterThanOrEqual(bookOf([...held, filled]).worstOfBook())
      })
    )
  })
})

const TICK = 10_000
const LOT = 10_000
const fees = { rate: 0.04, exponent: 1, takerOnly: true, rebateRate: 0 }

interface Purchase {
  readonly of: ContractRef
  readonly token: Token
  readonly ticks: number
  readonly lots: number
  readonly filled: number
  readonly better: number
  readonly rests: boolean
}

/** A purchase: what it wants, how much of it fills at once and how much better than its limit, and what then happens. */
const purchase: fc.Arbitrary<Purchase> = fc.record({
  of: fc.constantFrom(...universe),
  token,
  ticks: fc.integer({ min: 1, max: 99 }),
  lots: fc.integer({ min: 1, max: 5_000 }),
  filled: fc.double({ min: 0, max: 1, noNaN: true }),
  better: fc.integer({ min: 0, max: 20 }),
  rests: fc.boolean()
})
const sale = fc.record({
  index: fc.nat(),
  share: fc.double({ min: 0.01, max: 1, noNaN: true }),
  ticks: fc.integer({ min: 1, max: 99 })
})

interface Held {
  readonly of: ContractRef
  readonly token: Token
  readonly position: ReturnType<typeof emptyPosition>
}

/** An account whose every order asked the limit first, as a trading program keeps it. */
class Desk {
  readonly book = new ScenarioBook()
  readonly positions: Array<Held> = []
  readonly resting: Array<Stake> = []
  cash = 0
  private readonly limits: Parameters<typeof scenarioRefusal>[1]

  constructor(limits: Parameters<typeof scenarioRefusal>[1]) {
    this.limits = limits
  }

  /** The worst loss before and after the purchase was accepted, or null when it was refused. */
  buy({ better, filled, lots, of, rests, ticks, token }: Purchase) {
    const limit = price(ticks * TICK)
    const wantedQty = shares(lots * LOT)
    const wanted = orderStake(of, {
      token,
      side: "buy",
      qty: wantedQty,
      price: limit,
      fee: venueFee(fees, limit, wantedQty)
    })
    const before = this.book.worstOfBook()
    if (scenarioRefusal(this.book.preview([wanted]), this.limits) !== null) return null
    const at = price(Math.max(1, ticks - better) * TICK)
    const qty = shares(Math.floor(lots * filled) * LOT)
    if (qty > 0) this.fill(of, token, qty, at, venueFee(fees, at, qty))
    const rest = lots * LOT - qty
    if (rests && rest > 0 && this.resting.length < 4) {
      const resting = orderStake(of, { token, side: "buy", qty: shares(rest), price: limit, fee: usdc(0) })
      this.resting.push(resting)
      this.book.add(resting)
    }
    return { before, after: this.book.worstOfBook() }
  }

  /** Sells a share of what is held; the limit is not asked. */
  sell({ index, share, ticks }: { readonly index: number; readonly share: number; readonly ticks: number }): void {
    const found = this.positions[index % Math.max(1, this.positions.length)]
    if (found === undefined || found.position.qty === 0) return
    const qty = shares(Math.max(1, Math.floor((found.position.qty / LOT) * share)) * LOT)
    const at = price(ticks * TICK)
    this.fill(found.of, found.token, shares(-qty), at, venueFee(fees, at, qty))
  }

  /** What is lost in the worst joint outcome, with the set of resting orders filled that makes it worst. */
  worst(): number {
    const fills = subsets(this.resting)
    let worst = -Infinity
    for (const outcome of outcomes) {
      let paidOut = 0
      for (const { of, position, token } of this.positions) {
        paidOut += notionalOf(price(payOf(outcome, of.contract, token) * 1e6), position.qty)
      }
      for (const filled of fills) {
        const lost = filled.reduce((sum, one) => sum + one.cost - one.qty * payOf(outcome, one.contract, one.token), 0)
        worst = Math.max(worst, lost - this.cash - paidOut)
      }
    }
    return worst
  }

  stakes(): ReadonlyArray<Stake> {
    return [
      ...this.positions.map(({ of, position, token }) => positionStake(of, { token, ...position })),
      ...this.resting
    ]
  }

  private fill(of: ContractRef, token: Token, delta: Shares, at: Price, fee: Usdc): void {
    let known = this.positions.find((one) => one.of.contract === of.contract && one.token === token)
    if (known === undefined) this.positions.push((known = { of, token, position: emptyPosition() }))
    else this.book.remove(positionStake(of, { token, ...known.position }))
    applyFill(known.position, delta, at, fee)
    this.cash -= notionalOf(at, delta) + fee
    this.book.add(positionStake(of, { token, ...known.position }))
  }
}

describe("the scenario limit", () => {
  it("holds the loss in every joint outcome within the cap, whatever was accepted and whatever fills", () => {
    let refused = 0
    let accepted = 0
    const run = fc.property(fc.array(purchase, { maxLength: 25 }), fc.integer({ min: 1, max: 60 }), (orders, cap) => {
      const desk = new Desk({ maxScenarioLoss: usdc(cap * 1e6), maxEventScenarioLoss: null })
      for (const order of orders) {
        if (desk.buy(order) === null) refused += 1
        else accepted += 1
      }
      expect(desk.worst()).toBeLessThanOrEqual(cap * 1e6)
      expect(desk.book.worstOfBook()).toBe(0 + desk.worst())
    })
    fc.assert(run, { numRuns: 120 })
    expect(Math.min(refused, accepted)).toBeGreaterThan(50)
  })

  it("of an event holds each event by itself", () => {
    fc.assert(
      fc.property(fc.array(purchase, { maxLength: 25 }), fc.integer({ min: 1, max: 60 }), (orders, cap) => {
        const desk = new Desk({ maxScenarioLoss: null, maxEventScenarioLoss: usdc(cap * 1e6) })
        for (const order of orders) desk.buy(order)
        for (const id of eventIds) expect(desk.book.worstOfEvent(id)).toBeLessThanOrEqual(cap * 1e6)
      })
    )
  })

  it("never lets a purchase add to a loss over the cap, which a sale may have brought about", () => {
    const steps = fc.array(fc.oneof(purchase, sale), { maxLength: 25 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 60 }), (orders, cap) => {
        const desk = new Desk({ maxScenarioLoss: usdc(cap * 1e6), maxEventScenarioLoss: null })
        for (const step of orders) {
          if (!("of" in step)) {
            desk.sell(step)
            continue
          }
          const change = desk.buy(step)
          if (change !== null) expect(change.after).toBeLessThanOrEqual(Math.max(cap * 1e6, change.before))
        }
        expect(desk.book.worstOfBook()).toBe(0 + bruteForce(desk.stakes()))
      })
    )
  })

  it("lets the hedge back in after it was sold, and nothing that adds to the loss", () => {
    const desk = new Desk({ maxScenarioLoss: usdc(50e6), maxEventScenarioLoss: null })
    const [a, b] = universe as [ContractRef, ContractRef]
    const buy = (of: ContractRef, token: Token, ticks: number, lots: number) =>
      desk.buy({ of, token, ticks, lots, filled: 1, better: 0, rests: false })
    buy(a, "NO", 30, 10_000)
    buy(a, "YES", 60, 10_000)
    desk.sell({ index: 0, share: 1, ticks: 20 })
    const over = desk.book.worstOfBook()
    expect(over).toBe(60e6 + venueFee(fees, price(0.6e6), shares(100e6)))
    expect(buy(b, "YES", 10, 10)).toBeNull()
    buy(a, "NO", 30, 5_000)
    expect(desk.book.worstOfBook()).toBeLessThan(over)
  })
})

describeShared("data/ci/gamma_events_2024_resolved.jsonl.gz", "recorded resolutions", (path) => {
  interface Row {
    readonly negRisk?: boolean
    readonly closed?: boolean
    readonly outcomePrices?: string
    readonly umaResolutionStatus?: string
  }
  const events = gunzipSync(readFileSync(path))
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): { readonly markets?: ReadonlyArray<Row> } => JSON.parse(line))
  const paid = ({ outcomePrices }: Row): string => {
    const [yes, no] = JSON.parse(outcomePrices ?? "[]").map(Number)
    const pay = sharePayout({ yes, no })
    return `${pay.yes},${pay.no}`
  }

  it("of neg-risk events are among the outcomes that are looked at: one YES or none, never a void", () => {
    const negRisk = events.flatMap(({ markets = [] }) => {
      const rows = markets.filter((row) => row.negRisk === true && row.closed === true)
      return rows.length === 0 ? [] : [rows]
    })
    expect(negRisk.length).toBeGreaterThan(5)
    for (const rows of negRisk) {
      expect(rows.filter((row) => paid(row) === "1,0").length).toBeLessThanOrEqual(1)
      expect(rows.map(paid).filter((pay) => pay !== "1,0" && pay !== "0,1")).toStrictEqual([])
    }
  })

  it("of other markets too", () => {
    const rows = events.flatMap(({ markets = [] }) =>
      markets.filter((row) => row.negRisk !== true && row.umaResolutionStatus === "resolved")
    )
    const pays = new Set(rows.map(paid))
    const modelled = alonePays.map((pay) => pay.join())
    expect([...pays].filter((pay) => !modelled.includes(pay))).toStrictEqual([])
    expect(pays.size).toBe(3)
  })
})
