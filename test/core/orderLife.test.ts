import { describe, expect, it } from "vitest"
import { startLife, stepLife } from "../../src/core/orderLife.ts"
import { type OrderTrade, type RestingOrder, type TradeState } from "../../src/domain/LiveOrder.ts"
import { isWorking, type OrderStatus, orderStatuses } from "../../src/domain/Order.ts"
import { type OrderEvent, type OrderLife } from "../../src/domain/OrderLife.ts"
import { MICRO, price, shares, toMicros, usdc } from "../../src/domain/units.ts"
import { otherReason, reasonText } from "../../src/domain/rejection.ts"

/** Shares. */
const QTY = 10
const AFTER = 5

const gtc = startLife({ tif: "gtc", qty: shares(QTY * MICRO), stagedAtUs: 0 })
const ioc = startLife({ tif: "ioc", qty: shares(QTY * MICRO), stagedAtUs: 0 })

const accepted = (state: "live" | "matched" | "delayed", filledQty: number | null = null): OrderEvent => ({
  _tag: "Accepted",
  state,
  filledQty: filledQty === null ? null : toMicros(filledQty)
})
const refused = (detail: string, notFilled = false): OrderEvent => ({
  _tag: "Refused",
  venueCode: "other",
  detail,
  notFilled
})
const lost: OrderEvent = { _tag: "AnswerLost", detail: "timeout" }
const notSent: OrderEvent = { _tag: "NotSent", detail: "no connection" }
const cancelConfirmed: OrderEvent = { _tag: "CancelConfirmed" }
const cancelRefused: OrderEvent = { _tag: "CancelRefused", detail: "already matched" }

const trade = (tradeId: string, qty: number, state: TradeState = "provisional"): OrderTrade => ({
  ...{ tradeId, orderHash: "0x1", conditionId: "0xc", role: "taker", state, word: state, atUs: 1 },
  parts: [
    { key: "a", price: price(400_000), qty: shares((qty - 1) * MICRO), fee: usdc(0) },
    { key: "b", price: price(500_000), qty: shares(MICRO), fee: usdc(0) }
  ]
})
const onBook: RestingOrder = {
  ...{
    hash: "0x1",
    conditionId: "0xc",
    tokenId: "1",
    side: "buy",
    price: toMicros(0.5),
    qty: toMicros(QTY),
    filledQty: toMicros(0)
  },
  createdAtUs: 0
}
const look = (
  atUs: number,
  trades: ReadonlyArray<OrderTrade> = [],
  resting: RestingOrder | null = null
): OrderEvent => ({
  _tag: "Looked",
  evidence: { atUs, resting, trades },
  absentAfterUs: AFTER
})
const rests = (atUs: number, ...trades: ReadonlyArray<OrderTrade>): OrderEvent => look(atUs, trades, onBook)
const gone = (atUs: number, ...trades: ReadonlyArray<OrderTrade>): OrderEvent => look(atUs, trades)

const after = (life: OrderLife, ...events: ReadonlyArray<OrderEvent>): OrderLife =>
  events.reduce((before, event) => stepLife(before, event).life, life)

const shown = ({ filledQty, reason, status }: OrderLife) => [status, filledQty / MICRO, reasonText(reason)]

describe("the answer to a new order", () => {
  it.each<[string, OrderLife, ReadonlyArray<OrderEvent>, OrderStatus, string]>([
    ["rests", gtc, [accepted("live")], "open", ""],
    ["matched: until its trades are seen", gtc, [accepted("matched", 4)], "submitted", ""],
    ["waits for its turn", ioc, [accepted("delayed")], "submitted", ""],
    ["refused", gtc, [refused("no balance")], "rejected", "no balance"],
    ["immediate, and nobody was there", ioc, [refused("nobody", true)], "canceled", "nobody"],
    ["nobody was there for one that may rest", gtc, [refused("post only", true)], "rejected", "post only"],
    ["certainly not sent", gtc, [notSent], "rejected", "no connection"],
    ["lost", gtc, [lost], "unknown", "answer lost: timeout"],
    ["lost, then told", gtc, [lost, accepted("live")], "open", ""],
    ["lost, then refused", gtc, [lost, refused("no")], "rejected", "no"],
    [
      "lost: a second attempt that was not sent says nothing of the first",
      gtc,
      [lost, notSent],
      "unknown",
      "answer lost: timeout"
    ],
    ["comes after a look", gtc, [rests(1, trade("t", 4)), accepted("live", 4)], "partially_filled", ""],
    ["comes after the order was given up", gtc, [gone(1), gone(9), accepted("live")], "open", ""],
    ["a refusal after the exchange showed it is none", gtc, [rests(1), refused("no")], "open", ""]
  ])("%s", (_, life, events, status, message) => {
    const ended = after(life, ...events)
    expect([ended.status, reasonText(ended.reason)]).toEqual([status, message])
  })
})

describe("a look", () => {
  it.each<[string, OrderLife, ReadonlyArray<OrderEvent>, [OrderStatus, number, string]]>([
    ["finds a lost order on the book", gtc, [lost, rests(1)], ["open", 0, ""]],
    ["finds it with some shares", gtc, [lost, rests(1, trade("t", 4))], ["partially_filled", 4, ""]],
    [
      "finds all shares, whether it still showed on the book or not",
      gtc,
      [rests(1, trade("t", 10))],
      ["filled", 10, ""]
    ],
    ["a spending order got more", ioc, [accepted("matched", 12), gone(1, trade("t", 12))], ["filled", 12, ""]],
    ["that misses it once proves nothing", gtc, [accepted("live"), gone(99)], ["open", 0, ""]],
    ["nor twice within the time", gtc, [accepted("live"), gone(1), gone(5)], ["open", 0, ""]],
    ["one look, told twice, is one", gtc, [lost, gone(9), gone(9), gone(9)], ["unknown", 0, "answer lost: timeout"]],
    [
      "of before it was staged says nothing",
      startLife({ ...gtc, stagedAtUs: 50 }),
      [gone(1), gone(40)],
      ["pending", 0, ""]
    ],
    ["that finds it in between starts anew", gtc, [gone(1), rests(2), gone(3), gone(7)], ["open", 0, ""]],
    ["long enough", gtc, [accepted("live"), gone(1), gone(6)], ["canceled", 0, "no longer on the book"]],
    ["long enough, never seen", gtc, [lost, gone(1), gone(6)], ["canceled", 0, "never seen at the exchange"]],
    ["long enough, an immediate one", ioc, [lost, gone(1), gone(6)], ["canceled", 0, "never seen at the exchange"]],
    ["long enough, accepted", ioc, [accepted("matched"), gone(1), gone(6)], ["canceled", 0, "nothing traded"]],
    [
      "before all of an immediate order's trades",
      ioc,
      [accepted("matched", 7), gone(1, trade("t", 4))],
      ["partially_filled", 4, ""]
    ],
    [
      "all that an immediate order was said to get",
      ioc,
      [accepted("matched", 7), gone(1, trade("t", 7))],
      ["canceled", 7, "partly filled"]
    ],
    [
      "all that it was said to get, and some of it failed",
      ioc,
      [accepted("matched", 7), gone(1, trade("t", 4), trade("u", 3, "failed"))],
      ["canceled", 4, "partly filled"]
    ],
    [
      "what was told is rounded",
      ioc,
      [accepted("matched", 7), gone(1, trade("t", 6.999))],
      ["canceled", 6.999, "partly filled"]
    ],
    [
      "is waited for while fills were told and not shown",
      ioc,
      [accepted("matched", 7), gone(1), gone(99)],
      ["submitted", 0, ""]
    ],
    [
      "whatever was said of a cancel",
      gtc,
      [accepted("matched", 7), cancelConfirmed, gone(1, trade("t", 4)), gone(99)],
      ["partially_filled", 4, ""]
    ],
    [
      "a delayed order may get more than was told",
      ioc,
      [accepted("delayed", 2), gone(1, trade("t", 4))],
      ["partially_filled", 4, ""]
    ],
    ["some shares, then nothing more", ioc, [lost, gone(1, trade("t", 4)), gone(6)], ["canceled", 4, "partly filled"]],
    [
      "the rest was taken off the book",
      gtc,
      [rests(1, trade("t", 4)), gone(2), gone(7)],
      ["canceled", 4, "no longer on the book, partly filled"]
    ],
    ["contradicts an end that came too early", gtc, [lost, gone(1), gone(9), rests(10)], ["open", 0, ""]],
    [
      "unless it is the older one",
      gtc,
      [lost, gone(3), gone(9), rests(2)],
      ["canceled", 0, "never seen at the exchange"]
    ],
    [
      "whose trades count all the same",
      gtc,
      [lost, gone(3), gone(9), rests(2, trade("t", 4))],
      ["canceled", 4, "no longer on the book, partly filled"]
    ],
    [
      "finds the trades after the end",
      gtc,
      [lost, gone(1), gone(9), gone(10, trade("t", 10))],
      ["filled", 10, "filled by trades that were seen late"]
    ],
    [
      "finds trades of what was refused",
      gtc,
      [refused("no"), gone(1, trade("t", 4))],
      ["canceled", 4, "partly filled, though: no"]
    ]
  ])("%s", (_, life, events, expected) => {
    expect(shown(after(life, ...events))).toEqual(expected)
  })
})

describe("a cancel", () => {
  it.each<[string, ReadonlyArray<OrderEvent>, [OrderStatus, number, string]]>([
    ["confirmed: it works until a look does not find it", [accepted("live"), cancelConfirmed], ["open", 0, ""]],
    ["confirmed and gone", [accepted("live"), cancelConfirmed, gone(1)], ["canceled", 0, "canceled"]],
    ["confirmed, partly filled", [cancelConfirmed, gone(1, trade("t", 4))], ["canceled", 4, "canceled, partly filled"]],
    ["lost the race", [cancelConfirmed, gone(1, trade("t", 10))], ["filled", 10, "filled before it could be canceled"]],
    [
      "lost the race, as shows later",
      [cancelConfirmed, gone(1), gone(2, trade("t", 10))],
      ["filled", 10, "filled before it could be canceled"]
    ],
    ["refused", [accepted("live"), cancelRefused], ["open", 0, "cancel refused: already matched"]],
    [
      "refused, and it stays where it is",
      [accepted("live"), cancelRefused, rests(1)],
      ["open", 0, "cancel refused: already matched"]
    ],
    [
      "refused because it filled",
      [accepted("live"), cancelRefused, gone(1, trade("t", 10))],
      ["filled", 10, "filled before it could be canceled"]
    ]
  ])("%s", (_, events, expected) => {
    expect(shown(after(gtc, ...events))).toEqual(expected)
  })
})

describe("a trade", () => {
  const steps = (events: ReadonlyArray<OrderEvent>) => {
    let life = gtc
    return events.map((event) => {
      const step = stepLife(life, event)
      life = step.life
      return [
        step.add.map(({ tradeId }) => tradeId).join(),
        step.confirm.join(),
        step.reverse.join(),
        life.filledQty / MICRO
      ]
    })
  }

  it("is added once, confirmed once and reversed once", () => {
    expect(
      steps([
        rests(1, trade("t", 4), trade("t", 4)),
        rests(2, trade("t", 4), trade("u", 3, "final")),
        rests(3, trade("t", 4, "final"), trade("u", 3)),
        rests(4, trade("t", 4, "final"), trade("u", 3, "final")),
        rests(5, trade("t", 4, "failed"), trade("u", 3, "final")),
        rests(6, trade("t", 4, "failed"))
      ])
    ).toEqual([
      ["t", "", "", 4],
      ["u", "", "", 7],
      ["", "t", "", 7],
      ["", "", "", 7],
      ["", "", "t", 3],
      ["", "", "", 3]
    ])
  })

  it("that failed comes in by no older page", () => {
    expect(
      steps([
        rests(1, trade("t", 4, "failed")),
        rests(2, trade("t", 4)),
        rests(3, trade("t", 4, "final")),
        // Two pages of one look disagree.
        rests(4, trade("u", 4), trade("u", 4, "failed"), trade("u", 4, "final"))
      ])
    ).toEqual(new Array(4).fill(["", "", "", 0]))
  })

  it("that failed leaves the order where the exchange shows it", () => {
    const failed = trade("t", 10, "failed")
    const filled = after(gtc, gone(1, trade("t", 10, "final")))
    expect(shown(after(filled, gone(2, failed)))).toEqual(["canceled", 0, "trade failed on chain and was reversed: t"])
    expect(shown(after(filled, rests(2, failed)))).toEqual(["open", 0, ""])
    const partly = after(gtc, accepted("live"), rests(1, trade("t", 4)))
    expect(shown(after(partly, gone(2, trade("t", 4, "failed"))))).toEqual(["open", 0, ""])
    const canceled = after(partly, cancelConfirmed, gone(2))
    expect(shown(after(canceled, gone(3, trade("t", 4, "failed"))))).toEqual([
      ...["canceled", 0, "trade failed on chain and was reversed: t"]
    ])
  })
})

describe("every event at every status", () => {
  const events: ReadonlyArray<OrderEvent> = [
    ...[
      accepted("live"),
      accepted("matched", 3),
      accepted("delayed"),
      refused("no"),
      refused("no", true),
      notSent,
      lost
    ],
    ...[cancelConfirmed, cancelRefused, gone(1), gone(99), rests(99), gone(99, trade("t", 10))]
  ]

  it.each(orderStatuses.map((status) => [status]))(
    "%s: is taken in, or ignored for a reason and without a trace",
    (status) => {
      let [ignored, taken] = [0, 0]
      for (const tif of ["gtc", "ioc"] as const) {
        for (const accepted of [false, true]) {
          for (const event of events) {
            const life: OrderLife = { ...gtc, tif, status, accepted, absentSinceUs: 50, reason: otherReason("so far") }
            const step = stepLife(life, event)
            expect(orderStatuses).toContain(step.life.status)
            if (step.ignored === null) {
              taken += 1
              continue
            }
            ignored += 1
            expect(step).toEqual({ life, add: [], confirm: [], reverse: [], ignored: step.ignored })
            expect(step.ignored).not.toBe("")
          }
        }
      }
      // Whatever the status, some news is taken in and some is ignored.
      expect([ignored > 0, taken > 0]).toEqual([true, true])
    }
  )

  it("after the end only looks and a premature end's answer change the status", () => {
    for (const status of orderStatuses.filter((word) => !isWorking(word))) {
      for (const event of events.filter(({ _tag }) => _tag !== "Looked")) {
        const life: OrderLife = { ...gtc, status, accepted: true }
        expect(stepLife(life, event).life.status).toBe(status)
      }
    }
  })
})
