import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { startLife, stepLife } from "../../src/core/orderLife.ts"
import { type OrderEvidence, type OrderTrade, type TradeState } from "../../src/domain/LiveOrder.ts"
import { type OrderStatus, type TimeInForce } from "../../src/domain/Order.ts"
import { type OrderEvent, type OrderLife } from "../../src/domain/OrderLife.ts"
import { price, shares, usdc } from "../../src/domain/units.ts"

/*
 * A tiny exchange that knows the truth about one order, and a program that only gets answers and looks: late, twice, in
 * the wrong order, or never. Whatever happens, once it has looked often enough it must know the truth, and meanwhile count
 * exactly what it was shown.
 */

const SHARE = 1_000_000
const QTY = 100
const AFTER = 10
const HASH = "0x1"

type Fate = "taken" | "taken, answer lost" | "refused" | "never arrived, answer lost" | "not sent"

interface Scenario {
  readonly tif: TimeInForce
  readonly fate: Fate
  /** Shares of each fill at arrival, for an immediate order; the exchange may wait with them. */
  readonly atOnce: ReadonlyArray<number>
  readonly delayed: boolean
  readonly steps: ReadonlyArray<Step>
}

type Step =
  | { readonly do: "arrive" | "answer" | "cancel" | "look" | "delay" }
  | { readonly do: "fill"; readonly qty: number; readonly lag: number }
  | { readonly do: "chain"; readonly trade: number; readonly state: TradeState }
  /** Delivers one of the looks that were held back; `keep`: it will be delivered again. */
  | { readonly do: "deliver"; readonly which: number; readonly keep: boolean }
  | { readonly do: "wait"; readonly us: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>({ do: "arrive" }, { do: "answer" }, { do: "look" }, { do: "delay" }),
  fc.constantFrom<Step>({ do: "cancel" }, { do: "look" }, { do: "look" }, { do: "delay" }),
  fc.record({
    do: fc.constant("fill" as const),
    qty: fc.integer({ min: 1, max: QTY }),
    lag: fc.integer({ min: 0, max: 30 })
  }),
  fc.record({
    do: fc.constant("chain" as const),
    trade: fc.nat(),
    state: fc.constantFrom<TradeState>("provisional", "final", "final", "failed")
  }),
  fc.record({ do: fc.constant("deliver" as const), which: fc.nat(), keep: fc.boolean() }),
  fc.record({ do: fc.constant("wait" as const), us: fc.integer({ min: 1, max: 15 }) })
)

const scenario: fc.Arbitrary<Scenario> = fc.record({
  tif: fc.constantFrom<TimeInForce>("gtc", "ioc"),
  fate: fc.constantFrom<Fate>(
    "taken",
    "taken",
    "taken, answer lost",
    "refused",
    "never arrived, answer lost",
    "not sent"
  ),
  atOnce: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 3 }),
  delayed: fc.boolean(),
  steps: fc.array(step, { maxLength: 40 })
})

interface Traded {
  readonly id: string
  readonly qty: number
  readonly shownAt: number
  state: TradeState
}

/** The exchange's own books. */
class Exchange {
  now = 1
  arrived = false
  resting = false
  readonly trades: Array<Traded> = []
  private readonly scenario: Scenario

  constructor(scenario: Scenario) {
    this.scenario = scenario
  }

  private get matched(): number {
    return this.trades.reduce((sum, { qty }) => sum + qty, 0)
  }

  /** Shares of all trades that the chain has not thrown out. */
  get filled(): number {
    return this.trades.reduce((sum, { qty, state }) => sum + (state === "failed" ? 0 : qty), 0)
  }

  get takes(): boolean {
    return this.scenario.fate.startsWith("taken")
  }

  /** Whether nobody was there for an immediate order. */
  get unmatched(): boolean {
    return this.scenario.tif === "ioc" && !this.scenario.delayed && this.scenario.atOnce.length === 0
  }

  arrive(): void {
    if (this.arrived || !this.takes) return
    this.arrived = true
    this.resting = this.scenario.tif === "gtc"
    // An order to spend may get more shares than it asked for.
    if (!this.resting) for (const qty of this.scenario.atOnce) this.trade(qty, 5)
  }

  fill(qty: number, lag: number): void {
    if (this.resting) this.trade(Math.min(qty, QTY - this.matched), lag)
    if (this.matched >= QTY) this.resting = false
  }

  cancel(): OrderEvent | null {
    if (!this.arrived) return null
    if (!this.resting) return { _tag: "CancelRefused", detail: "not on the book" }
    this.resting = false
    return { _tag: "CancelConfirmed" }
  }

  chain(which: number, state: TradeState): void {
    const trade = this.trades[which % Math.max(1, this.trades.length)]
    if (trade !== undefined && trade.state !== "failed") trade.state = state
  }

  answer(): OrderEvent {
    switch (this.scenario.fate) {
      case "not sent":
        return { _tag: "NotSent", detail: "no connection" }
      case "refused":
        return { _tag: "Refused", venueCode: "other", detail: "no balance", notFilled: false }
      case "taken": {
        this.arrive()
        if (this.unmatched) return { _tag: "Refused", venueCode: "other", detail: "nobody", notFilled: true }
        const gets = this.scenario.atOnce.reduce((sum, qty) => sum + qty, 0)
        if (this.scenario.tif === "gtc") return { _tag: "Accepted", state: "live", filledQty: shares(0) }
        return {
          _tag: "Accepted",
          state: this.scenario.delayed ? "delayed" : "matched",
          filledQty: shares(gets * SHARE)
        }
      }
      case "taken, answer lost":
      case "never arrived, answer lost":
        if (this.scenario.fate === "taken, answer lost") this.arrive()
        return { _tag: "AnswerLost", detail: "timeout" }
    }
  }

  look(): OrderEvent {
    const trades = this.trades.filter(({ shownAt }) => shownAt <= this.now).map(tradeOf)
    const { now: atUs } = this
    const resting: OrderEvidence["resting"] = this.resting
      ? {
          ...{
            hash: HASH,
            conditionId: "0xc",
            tokenId: "1",
            side: "buy",
            price: price(500_000),
            qty: shares(QTY * SHARE)
          },
          ...{ filledQty: shares(this.matched * SHARE), createdAtUs: 1 }
        }
      : null
    return { _tag: "Looked", evidence: { atUs, resting, trades }, absentAfterUs: AFTER }
  }

  private trade(qty: number, lag: number): void {
    if (qty > 0) this.trades.push({ id: `t${this.trades.length}`, qty, shownAt: this.now + lag, state: "provisional" })
  }
}

const tradeOf = ({ id, qty, state }: Traded): OrderTrade => ({
  ...{ tradeId: id, orderHash: HASH, conditionId: "0xc", role: "taker", state, word: state, atUs: 1 },
  parts: [{ key: "a", price: price(500_000), qty: shares(qty * SHARE), fee: usdc(0) }]
})

/** Called at every event of every run: cheaper than an expectation. */
const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`violated: ${what}`)
}

/** What the program has been shown of trades, the last word of each. */
class Program {
  life: OrderLife
  private readonly words = new Map<string, { readonly qty: number; readonly state: TradeState }>()
  private readonly added = new Set<string>()
  private readonly reversed = new Set<string>()

  constructor(tif: TimeInForce) {
    this.life = startLife({ tif, qty: shares(QTY * SHARE), stagedAtUs: 1 })
  }

  hear(event: OrderEvent): void {
    const before = this.life
    const result = stepLife(before, event)
    this.life = result.life
    if (event._tag === "Looked") this.note(event.evidence)
    for (const { tradeId } of result.add) {
      must(!this.added.has(tradeId), `${tradeId} is added once`)
      this.added.add(tradeId)
    }
    for (const tradeId of result.reverse) {
      must(this.added.has(tradeId) && !this.reversed.has(tradeId), `${tradeId} is reversed once`)
      this.reversed.add(tradeId)
    }
    for (const id of result.confirm) must(before.trades.get(id)?.state === "provisional", `${id} was provisional`)
    this.check()
  }

  private note({ trades }: OrderEvidence): void {
    const rank = { provisional: 0, final: 1, failed: 2 }
    for (const { parts, state, tradeId } of trades) {
      const known = this.words.get(tradeId)
      if (known === undefined || rank[state] > rank[known.state])
        this.words.set(tradeId, { qty: parts[0]?.qty ?? 0, state })
    }
  }

  /** It counts what it was shown: not more, not less. */
  private check(): void {
    let sum = 0
    for (const { qty, state } of this.words.values()) if (state !== "failed") sum += qty
    const { filledQty, status, trades } = this.life
    must(filledQty === sum, `${filledQty} shares are counted, ${sum} were shown`)
    must(trades.size === this.words.size, "it knows the trades that were shown")
    for (const [id, { qty, state }] of trades) {
      const word = this.words.get(id)
      must(word?.qty === qty && word.state === state, `it knows the last word on ${id}`)
      must((this.added.has(id) && !this.reversed.has(id)) === (state !== "failed"), `${id} is stored if it is ${state}`)
    }
    must(status !== "filled" || sum >= QTY * SHARE, "filled has all shares")
    must((status !== "open" && status !== "rejected") || sum === 0, `${status} has no shares`)
  }
}

const truth = (exchange: Exchange): ReadonlyArray<OrderStatus> => {
  if (exchange.filled >= QTY) return ["filled"]
  if (exchange.resting) return [exchange.filled > 0 ? "partially_filled" : "open"]
  // What never was may have been refused before or after it was given up.
  return exchange.takes && !exchange.unmatched ? ["canceled"] : ["canceled", "rejected"]
}

const run = (world: Scenario): { readonly exchange: Exchange; readonly program: Program } => {
  const exchange = new Exchange(world)
  const program = new Program(world.tif)
  const held: Array<OrderEvent> = []
  let answered = false
  const tell = (event: OrderEvent | null): void => {
    if (event !== null) program.hear(event)
  }
  const answer = (): void => {
    if (answered) return
    answered = true
    tell(exchange.answer())
  }
  const deliver = (which: number, keep: boolean): void => {
    const at = which % Math.max(1, held.length)
    const look = held[at]
    if (look === undefined) return
    if (!keep) held.splice(at, 1)
    program.hear(look)
  }
  for (const next of world.steps) {
    if (next.do === "arrive") exchange.arrive()
    else if (next.do === "answer") answer()
    else if (next.do === "cancel") tell(exchange.cancel())
    else if (next.do === "look") program.hear(exchange.look())
    else if (next.do === "delay") held.push(exchange.look())
    else if (next.do === "fill") exchange.fill(next.qty, next.lag)
    else if (next.do === "chain") exchange.chain(next.trade, next.state)
    else if (next.do === "deliver") deliver(next.which, next.keep)
    else if (next.do === "wait") exchange.now += next.us
  }
  answer()
  // Every page that is still under way comes in, the newest first; then the exchange has shown everything.
  while (held.length > 0) deliver(held.length - 1, false)
  exchange.now += 100
  for (let looks = 0; looks < 3; looks += 1) {
    exchange.now += AFTER + 1
    program.hear(exchange.look())
  }
  return { exchange, program }
}

describe("an order's life against an exchange that answers late, twice, out of order or never", () => {
  it("comes to the exchange's truth, counts each trade once and loses none", () => {
    fc.assert(
      fc.property(scenario, (world) => {
        const { exchange, program } = run(world)
        expect(program.life.filledQty).toBe(exchange.filled * SHARE)
        expect(truth(exchange)).toContain(program.life.status)
        // It stays there.
        const { reason, status } = program.life
        exchange.now += 1_000
        program.hear(exchange.look())
        expect([program.life.status, program.life.reason]).toEqual([status, reason])
      }),
      { numRuns: 2_000 }
    )
  })

  it("meets every kind of end, so that the property says something", () => {
    const ends = new Map<string, number>()
    for (const world of fc.sample(scenario, { numRuns: 1_500, seed: 7 })) {
      const { life } = run(world).program
      ends.set(life.status, (ends.get(life.status) ?? 0) + 1)
    }
    for (const status of ["filled", "open", "partially_filled", "canceled", "rejected"]) {
      expect(ends.get(status) ?? 0, status).toBeGreaterThan(15)
    }
  })
})
