import { describe, expect, it } from "vitest"
import { price, shares, toMicros, usdc } from "../../src/domain/units.ts"
import {
  type ContractRef,
  contractOf,
  orderStake,
  positionStake,
  ScenarioBook,
  scenarioRefusal,
  type Stake
} from "../../src/risk/scenario.ts"
import { reasonText } from "../../src/domain/rejection.ts"

const ref = (contract: string, changes: Partial<ContractRef> = {}): ContractRef => ({
  contract,
  eventId: "e1",
  negRisk: true,
  ...changes
})

/** Shares held, bought at `price` without a fee. */
const held = (of: ContractRef, token: "YES" | "NO", shares: number, price: number): Stake =>
  positionStake(of, { token, qty: toMicros(shares), cost: toMicros(shares * price), realized: usdc(0) })

const order = (of: ContractRef, token: "YES" | "NO", side: "buy" | "sell", shares: number, price: number): Stake =>
  orderStake(of, { token, side, qty: toMicros(shares), price: toMicros(price), fee: usdc(0) })

const bookOf = (stakes: ReadonlyArray<Stake>): ScenarioBook => {
  const book = new ScenarioBook()
  for (const stake of stakes) book.add(stake)
  return book
}
const lossOf = (...stakes: ReadonlyArray<Stake>): number => bookOf(stakes).worstOfBook() / 1e6

const [a, b, c] = ["a", "b", "c"].map((contract) => ref(contract)) as [ContractRef, ContractRef, ContractRef]
const alone = (contract: string) => ref(contract, { negRisk: false })

describe("the worst loss of an event", () => {
  it("is nothing without stakes", () => {
    expect(new ScenarioBook().worstOfBook()).toBe(0)
    expect(new ScenarioBook().worstOfEvent("e1")).toBe(0)
  })

  it("of YES on every market we know is all of it: an outcome we do not know may win", () => {
    expect(lossOf(held(a, "YES", 10, 0.3), held(b, "YES", 10, 0.3), held(c, "YES", 10, 0.3))).toBe(9)
  })

  it("of NO on every market of a neg-risk event is one of them: 10 * (3 * 0.6 - 2)", () => {
    expect(lossOf(held(a, "NO", 10, 0.6), held(b, "NO", 10, 0.6), held(c, "NO", 10, 0.6))).toBe(-2)
  })

  it("of the same NO in markets that do not exclude each other is all of it", () => {
    const markets = [alone("a"), alone("b"), alone("c")]
    expect(lossOf(...markets.map((market) => held(market, "NO", 10, 0.6)))).toBe(18)
  })

  it("is that of the winner that hurts most", () => {
    // a wins: 10 - 4 + 10 - 7; b wins: -4 - 7; neither: -4 + 10 - 7.
    expect(lossOf(held(a, "YES", 10, 0.4), held(b, "NO", 10, 0.7))).toBe(11)
    // a wins: -4 + 10 - 7; b wins: 10 - 4 - 7; neither: 20 - 11.
    expect(lossOf(held(a, "NO", 10, 0.4), held(b, "NO", 10, 0.7))).toBe(1)
  })

  it("of YES and NO of one market is what the pair costs above 1", () => {
    expect(lossOf(held(a, "YES", 10, 0.45), held(a, "NO", 10, 0.52))).toBe(-0.3)
    expect(lossOf(held(alone("a"), "YES", 10, 0.45), held(alone("a"), "NO", 10, 0.57))).toBe(0.2)
  })

  it("of a short is what it may have to pay", () => {
    const short = (token: "YES" | "NO"): Stake =>
      positionStake(alone("a"), { token, qty: toMicros(-10), cost: toMicros(-4), realized: usdc(0) })
    expect(lossOf(short("YES"))).toBe(6)
    expect(lossOf(short("YES"), short("NO"))).toBe(2)
  })

  it("does not offset one event with another, and sums them for the book", () => {
    const other = ref("x", { eventId: "e2" })
    const book = bookOf([held(a, "NO", 10, 0.6), held(other, "NO", 10, 0.2)])
    expect([book.worstOfEvent("e1"), book.worstOfEvent("e2"), book.worstOfBook()]).toStrictEqual([6e6, 2e6, 8e6])
  })
})

describe("one contract of several sources", () => {
  it("resolves once, whatever event the rows name", () => {
    const atClob = ref("a", { eventId: "unknown" })
    const book = bookOf([held(a, "YES", 10, 0.45), held(atClob, "NO", 10, 0.52)])
    expect(book.worstOfBook()).toBe(-300_000)
    expect([book.worstOfEvent("e1"), book.worstOfEvent("unknown")]).toStrictEqual([-300_000, 0])
  })

  it("belongs to the named event, also when the name sorts last", () => {
    const named = held(ref("a", { eventId: "will-it-rain" }), "YES", 10, 0.45)
    const unnamed = held(ref("a", { eventId: "unknown" }), "NO", 10, 0.52)
    for (const stakes of [
      [named, unnamed],
      [unnamed, named]
    ]) {
      expect(bookOf(stakes).worstOfEvent("will-it-rain")).toBe(-300_000)
    }
  })

  it("moves back when the row that named the event is gone", () => {
    const stake = held(a, "NO", 10, 0.6)
    const book = bookOf([stake, held(ref("a", { eventId: "unknown" }), "NO", 10, 0.5), held(b, "NO", 10, 0.7)])
    expect(book.worstOfBook()).toBe(11_000_000 - 3_000_000)
    book.remove(stake)
    expect([book.worstOfEvent("e1"), book.worstOfEvent("unknown")]).toStrictEqual([7e6, 5e6])
  })

  it("excludes others only when no source denies it, and never without an event", () => {
    const pair = [held(a, "NO", 10, 0.6), held(b, "NO", 10, 0.6)]
    expect(lossOf(...pair)).toBe(2)
    expect(lossOf(...pair, held(ref("a", { negRisk: false }), "NO", 1, 0.6))).toBe(12.6)
    expect(lossOf(...["a", "b"].map((id) => held(ref(id, { eventId: "unknown" }), "NO", 10, 0.6)))).toBe(12)
    expect(lossOf(...["a", "b"].map((id) => held(ref(id, { eventId: "" }), "NO", 10, 0.6)))).toBe(12)
  })

  it("is told by its condition id, or by the market's where that is not known", () => {
    const row = { marketId: "512", eventId: "e1", negRisk: true }
    expect(contractOf({ ...row, conditionId: "0xab" }).contract).toBe("0xab")
    expect(contractOf({ ...row, conditionId: null })).toStrictEqual({ contract: "512", eventId: "e1", negRisk: true })
  })
})

describe("an order that may fill", () => {
  it("counts where it loses", () => {
    expect(lossOf(order(a, "YES", "buy", 10, 0.3), order(b, "YES", "buy", 10, 0.2))).toBe(5)
  })

  it("is no hedge before it fills, and costs nothing where it hedges", () => {
    const long = held(a, "YES", 10, 0.6)
    expect(lossOf(long, order(a, "NO", "buy", 10, 0.3))).toBe(6)
    expect(lossOf(long, held(a, "NO", 10, 0.3))).toBe(-1)
  })

  it("sells the hedge of a pair in the outcome that needs it", () => {
    const pair = [held(a, "YES", 10, 0.6), held(a, "NO", 10, 0.3)]
    expect(lossOf(...pair, order(a, "NO", "sell", 10, 0.2))).toBe(7)
  })

  it("costs its fee", () => {
    const stake = orderStake(a, {
      token: "YES",
      side: "buy",
      qty: shares(10e6),
      price: price(0.5e6),
      fee: usdc(175_000)
    })
    expect(bookOf([stake]).worstOfBook()).toBe(5_175_000)
  })
})

describe("a position", () => {
  it("costs what it has lost so far, fees included, and no less for what it gained", () => {
    const position = { token: "YES", qty: toMicros(10), cost: toMicros(5) } as const
    expect(bookOf([positionStake(a, { ...position, realized: usdc(-20_000) })]).worstOfBook()).toBe(5_020_000)
    expect(bookOf([positionStake(a, { ...position, realized: usdc(3e6) })]).worstOfBook()).toBe(5e6)
  })

  it("is over when nothing is held", () => {
    const flat = positionStake(a, { token: "YES", qty: shares(0), cost: usdc(0), realized: usdc(-7e6) })
    expect(bookOf([flat]).worstOfBook()).toBe(0)
  })
})

describe("a book", () => {
  it("previews without changing", () => {
    const book = bookOf([held(a, "NO", 10, 0.6)])
    const preview = book.preview([held(b, "NO", 10, 0.7), held(ref("x", { eventId: "e2" }), "YES", 10, 0.1)])
    expect(preview).toStrictEqual({
      book: { before: 6e6, after: 4e6 },
      events: [
        { eventId: "e1", before: 6e6, after: 3e6 },
        { eventId: "e2", before: 0, after: 1e6 }
      ]
    })
    expect([book.worstOfBook(), book.worstOfEvent("e2")]).toStrictEqual([6e6, 0])
  })

  it("does not let go of what it never held", () => {
    const book = bookOf([held(a, "NO", 10, 0.6)])
    expect(() => book.remove(held(b, "NO", 10, 0.6))).toThrow("never added")
    expect(() => book.remove(held(ref("a", { eventId: "e2" }), "NO", 10, 0.6))).toThrow("never added")
    expect(book.worstOfBook()).toBe(6e6)
  })
})

describe("the limit", () => {
  const off = { maxScenarioLoss: null, maxEventScenarioLoss: null }
  const preview = (before: number, after: number) => ({
    book: { before: usdc(before * 1e6), after: usdc(after * 1e6) },
    events: [{ eventId: "16167", before: usdc(before * 1e6), after: usdc(after * 1e6) }]
  })

  it("is off unless it is set", () => {
    expect(scenarioRefusal(preview(0, 1e12), off)).toBeNull()
  })

  it("lets pass what is within, to the last unit", () => {
    expect(scenarioRefusal(preview(0, 100), { ...off, maxScenarioLoss: toMicros(100) })).toBeNull()
    expect(scenarioRefusal(preview(0, 100.000001), { ...off, maxScenarioLoss: toMicros(100) })).not.toBeNull()
  })

  it("says what is exceeded, the event first", () => {
    const terms = { code: "scenario loss limit exceeded", by: "risk", value: 123.45e6 }
    const book = scenarioRefusal(preview(50, 123.45), { ...off, maxScenarioLoss: toMicros(100) })
    expect(book).toStrictEqual({ ...terms, setting: "max_scenario_loss", limit: 100e6, event: null })
    expect(reasonText(book)).toBe("scenario loss limit exceeded: 123.45 > 100.00 (book)")
    const event = scenarioRefusal(preview(50, 123.45), {
      maxEventScenarioLoss: toMicros(60),
      maxScenarioLoss: toMicros(100)
    })
    expect(event).toStrictEqual({ ...terms, setting: "max_event_scenario_loss", limit: 60e6, event: "16167" })
    expect(reasonText(event)).toBe("scenario loss limit exceeded: 123.45 > 60.00 (event 16167)")
  })

  it("lets pass what does not add to a loss that is already over it", () => {
    const limits = { ...off, maxScenarioLoss: toMicros(100) }
    expect(scenarioRefusal(preview(150, 150), limits)).toBeNull()
    expect(scenarioRefusal(preview(150, 120), limits)).toBeNull()
    expect(reasonText(scenarioRefusal(preview(150, 150.01), limits))).toBe(
      "scenario loss limit exceeded: 150.01 > 100.00 (book)"
    )
  })
})
