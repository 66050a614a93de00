import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type SubmitCommand } from "../../src/domain/Command.ts"
import { type EngineEvent } from "../../src/domain/EngineEvent.ts"
import { instrumentOf } from "../../src/domain/instrument.ts"
import { quoteOf } from "../../src/domain/quote.ts"
import { type Due, rankOf, Sequencer } from "../../src/engine/Sequencer.ts"
import { approve } from "../../src/risk/approve.ts"
import { market } from "../strategies/market.ts"
import { price, shares, usdc } from "../../src/domain/units.ts"

const order = approve({
  strategy: "s4",
  marketId: "m1",
  eventId: "e1",
  token: "YES",
  side: "buy",
  action: "open",
  limitPrice: price(500_000),
  qty: shares(1_000_000),
  tif: "ioc"
})
const arrival = (atUs: number, orderId: number): Due => {
  const terms = { plannedQty: order.qty, strictLimit: false, exact: false, alone: true }
  const command: SubmitCommand = { kind: "submit", orderId, order, ...terms, arrivesAtUs: atUs }
  return { kind: "arrival", atUs, command, sentUs: 0 }
}
const timer = (atUs: number, run: number): Due => ({ kind: "timer", atUs, id: { kind: "package", run } })
const nameOf = (due: Due): string =>
  due.kind === "arrival"
    ? `order ${due.command.orderId}`
    : due.id.kind === "package"
      ? `timer ${due.id.run}`
      : due.id.kind
const drain = (sequencer: Sequencer): ReadonlyArray<Due> => {
  const taken: Array<Due> = []
  for (let due = sequencer.take(); due !== undefined; due = sequencer.take()) taken.push(due)
  return taken
}

const atUs = 5
const report: Extract<EngineEvent, { kind: "report" }>["report"] = {
  status: "filled",
  fills: [],
  reason: null,
  countsAsRejection: false,
  lost: false,
  nothingSent: false,
  shown: null,
  quoteAtUs: null,
  tookUs: 0
}
/** One event of every kind, in their order within one moment. */
const kinds: ReadonlyArray<EngineEvent> = [
  {
    kind: "account",
    atUs,
    portfolio: { positions: [], working: [], realizedToday: usdc(0), decisions: [], tried: [], peak: null, taken: [] }
  },
  { kind: "switches", atUs, switches: [] },
  { kind: "venue", atUs, problem: null },
  { kind: "market", atUs, instrument: instrumentOf(market({})), quote: quoteOf(market({})) },
  { kind: "resolution", atUs, marketId: "m1", payout: { yes: 1, no: 0 } },
  { kind: "report", atUs, orderId: 1, report },
  {
    kind: "package",
    atUs,
    package: {
      strategy: "s4",
      eventId: "e1",
      signalIds: [],
      asked: [],
      legs: [],
      shortage: "refuse",
      strictLimit: true,
      confirmed: false
    }
  },
  { kind: "timer", atUs, id: { kind: "scan" } },
  { kind: "stop", atUs }
]

describe("the total order", () => {
  it("of one moment: what is known comes before what is decided on it", () => {
    const ranks = kinds.map(rankOf)
    expect(ranks).toStrictEqual([...ranks].sort((a, b) => a - b))
    expect(new Set(ranks).size).toBe(kinds.length)
  })

  it("of what falls due by itself: time, then orders before timers, then the order in which it was added", () => {
    const sequencer = new Sequencer()
    for (const due of [timer(5, 1), arrival(5, -1), timer(4, 2), arrival(5, -2), arrival(6, -3), timer(5, 3)]) {
      sequencer.add(due)
    }
    expect(sequencer.size).toBe(6)
    expect(sequencer.nextUs()).toBe(4)
    expect(drain(sequencer).map(nameOf)).toStrictEqual([
      "timer 2",
      "order -1",
      "order -2",
      "timer 1",
      "timer 3",
      "order -3"
    ])
    expect([sequencer.size, sequencer.nextUs(), sequencer.take()]).toStrictEqual([0, null, undefined])
  })

  it("between both: an order arrives after the market data of its moment, and before packages and timers", () => {
    const before = (due: Due) => {
      const sequencer = new Sequencer()
      sequencer.add(due)
      return kinds.filter((event) => sequencer.precedes(event)).map(({ kind }) => kind)
    }
    expect(before(arrival(5, -1))).toStrictEqual(["package", "timer", "stop"])
    expect(before(timer(5, 1))).toStrictEqual(["stop"])
    expect(before(arrival(4, -1))).toStrictEqual(kinds.map(({ kind }) => kind))
    expect(before(timer(6, 1))).toStrictEqual([])
    expect(kinds.some((event) => new Sequencer().precedes(event))).toBe(false)
  })

  it("is that of a stable sort, however adding and taking alternate", () => {
    const step = fc.oneof(
      fc.record({ atUs: fc.integer({ min: 0, max: 20 }), isOrder: fc.boolean() }),
      fc.constant("take" as const)
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const sequencer = new Sequencer()
        let model: Array<Due> = []
        const rank = (due: Due): number => (due.kind === "arrival" ? 0 : 1)
        for (const [index, one] of steps.entries()) {
          if (one === "take") {
            const [least, ...rest] = model
            expect(sequencer.take()).toBe(least)
            model = rest
          } else {
            const due = one.isOrder ? arrival(one.atUs, -index - 1) : timer(one.atUs, index)
            sequencer.add(due)
            model = [...model, due].sort((a, b) => a.atUs - b.atUs || rank(a) - rank(b))
          }
          expect(sequencer.nextUs()).toBe(model[0]?.atUs ?? null)
        }
        expect(drain(sequencer)).toStrictEqual(model)
      })
    )
  })
})
