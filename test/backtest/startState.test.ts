import { describe, expect, it } from "vitest"
import { at, type MemoryHistory, signal, snapshot } from "./memoryHistory.ts"
import { replay } from "./run.ts"

/** The window begins at midnight of the 20th. */
const dayBefore = "2026-02-19T18:00:00Z"
const evening = "2026-02-19T23:00:00Z"
const noon = "2026-02-20T12:00:00Z"

const played = async (history: Partial<MemoryHistory>, changes: Parameters<typeof replay>[1] = {}) => {
  const { report, rows } = await replay(
    {
      signals: [signal({ at: noon, targetPrice: 0.5 })],
      snapshots: [snapshot({ at: dayBefore, yes: 0.4 })],
      ...history
    },
    changes
  )
  return [rows.map(({ risk_reason }) => risk_reason), report.reject_reasons, report.executed_signals]
}
const resolvedAt = (time: string) => [{ marketId: "m1", atUs: at(time), payout: { yes: 1, no: 0 } }]

describe("the state at the start of the window", () => {
  it("has the newest quote from before it", async () => {
    expect(await played({})).toEqual([["ok"], {}, 1])
    const snapshots = [snapshot({ at: dayBefore, yes: 0.4 }), snapshot({ at: evening, yes: 0.6 })]
    expect(await played({ snapshots })).toEqual([
      ["not marketable: ask 0.6000 > limit 0.5000"],
      { "not marketable": 1 },
      0
    ])
  })

  it("knows what was resolved, closed or not accepting orders, each by its own code", async () => {
    expect(await played({ resolutions: resolvedAt(evening) })).toEqual([
      ["market resolved"],
      { "market resolved": 1 },
      0
    ])
    expect(await played({ snapshots: [snapshot({ at: dayBefore, yes: 0.4, status: "closed" })] })).toEqual([
      ["market closed"],
      { "market closed": 1 },
      0
    ])
    expect(await played({ snapshots: [snapshot({ at: dayBefore, yes: 0.4, acceptingOrders: false })] })).toEqual([
      ["market not accepting orders"],
      { "market not accepting orders": 1 },
      0
    ])
  })

  it("knows nothing of a market that was never seen, whether or not it resolved", async () => {
    const unseen = "no market data at or before signal time"
    expect(await played({ snapshots: [] })).toEqual([[unseen], { [unseen]: 1 }, 0])
    expect(await played({ snapshots: [], resolutions: resolvedAt(evening) })).toEqual([[unseen], { [unseen]: 1 }, 0])
  })

  it("is as resolved although a source goes on to show the market as open", async () => {
    const snapshots = [snapshot({ at: dayBefore, yes: 0.4 }), snapshot({ at: "2026-02-20T06:00:00Z", yes: 0.4 })]
    expect((await played({ snapshots, resolutions: resolvedAt(evening) }))[0]).toEqual(["market resolved"])
  })
})

describe("what a market says later", () => {
  it("counts from when it was said: closed and open again, accepting and not", async () => {
    const hours = [10, 11, 12, 13, 14]
    const time = (hour: number, minute = 0): string => `2026-02-20T${hour}:${String(minute).padStart(2, "0")}:00Z`
    const signals = hours.map((hour) => signal({ at: time(hour, 30), targetPrice: 0.5 }))
    const snapshots = [
      snapshot({ at: time(10), yes: 0.4 }),
      snapshot({ at: time(11), yes: 0.4, status: "closed" }),
      snapshot({ at: time(12), yes: 0.4 }),
      snapshot({ at: time(13), yes: 0.4, acceptingOrders: false }),
      snapshot({ at: time(14), yes: 0.4, acceptingOrders: true })
    ]
    expect((await played({ signals, snapshots }))[0]).toEqual([
      "ok",
      "market closed",
      "ok",
      "market not accepting orders",
      "ok"
    ])
  })

  it("of its outcome counts from when it was learnt, not from when it happened, and within a moment before signals", async () => {
    const signals = ["11:59:59", "12:00:00", "12:00:01"].map((clock) =>
      signal({ at: `2026-02-20T${clock}Z`, targetPrice: 0.5 })
    )
    const { rows } = await replay({
      signals,
      snapshots: [snapshot({ at: dayBefore, yes: 0.4 })],
      resolutions: resolvedAt(noon)
    })
    expect(rows.map(({ leg, risk_reason, ts }) => [ts.slice(11), leg, risk_reason])).toEqual([
      ["11:59:59Z", "primary", "ok"],
      ["12:00:00Z", "settlement", "settlement"],
      ["12:00:00Z", "primary", "market resolved"],
      ["12:00:01Z", "primary", "market resolved"]
    ])
  })

  it("of its outcome is left out with --no-settlement", async () => {
    expect(await played({ resolutions: resolvedAt(evening) }, { settlement: false })).toEqual([["ok"], {}, 1])
  })
})

describe("the tick of a market", () => {
  it("is the one that the exchange had then, and not the last one of the recording", async () => {
    const limitsWith = async (tickSize: number | null) => {
      const seen = { bid: 0.95, ask: 0.97, tickSize }
      const { rows } = await replay({
        signals: [{ ...signal({ at: noon, targetPrice: 0.966 }), style: "passive" }],
        snapshots: [
          snapshot({ at: dayBefore, yes: 0.96, ...seen }),
          snapshot({ at: "2026-02-20T12:10:00Z", yes: 0.96, bid: 0.95, ask: 0.955, tickSize })
        ],
        rules: new Map([["m1", { tickSize: 0.01 }]])
      })
      return rows.map(({ executed_qty, fill_price, target_price }) => [target_price, executed_qty > 0, fill_price])
    }
    expect(await limitsWith(0.001)).toEqual([[0.966, true, 0.966]])
    // A snapshot that did not keep it has that of the stored market.
    expect(await limitsWith(null)).toEqual([[0.96, true, 0.96]])
  })
})
