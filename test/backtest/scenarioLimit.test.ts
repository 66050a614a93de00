import { describe, expect, it } from "vitest"
import { type Instrument } from "../../src/domain/instrument.ts"
import { at, signal, snapshot } from "./memoryHistory.ts"
import { replay } from "./run.ts"

const rules = (eventId: string, changes: Partial<Instrument> = {}): Partial<Instrument> => ({
  eventId,
  tickSize: null,
  minOrderSize: null,
  fee: null,
  ...changes
})
const time = (minute: number): string => `2026-02-20T12:${String(minute).padStart(2, "0")}:00Z`
/** YES at 0.40, so NO at 0.60. */
const quotes = (...marketIds: ReadonlyArray<string>) =>
  marketIds.map((marketId) => snapshot({ at: time(0), marketId, yes: 0.4 }))
const buyNo = (minute: number, marketId: string, qty: number) =>
  signal({
    at: time(minute),
    marketId,
    payloadJson: JSON.stringify({ primary_leg: { token: "NO", market_id: marketId, qty, price: 0.61 } })
  })
const exclusive = new Map(["m1", "m2", "m3"].map((id) => [id, rules("e1", { negRisk: true })]))
const alone = new Map(["m1", "m2", "m3"].map((id) => [id, rules("e1")]))
const reasons = async (...args: Parameters<typeof replay>) =>
  (await replay(...args)).rows.filter(({ leg }) => leg !== "settlement").map((row) => row.risk_reason)

describe("the scenario limit in a signal replay", () => {
  const history = {
    signals: [buyNo(1, "m1", 100), buyNo(2, "m2", 100), buyNo(3, "m3", 100)],
    snapshots: quotes("m1", "m2", "m3")
  }

  it("counts the markets of a neg-risk event together, and others by themselves", async () => {
    const risk = { max_scenario_loss: 100 }
    expect(await reasons({ ...history, rules: exclusive }, { risk })).toStrictEqual(["ok", "ok", "ok"])
    const over = "scenario loss limit exceeded: 120.00 > 100.00 (book)"
    expect(await reasons({ ...history, rules: alone }, { risk })).toStrictEqual(["ok", over, over])
    expect(await reasons(history, { risk })).toStrictEqual(["ok", over, over])
  })

  it("counts refusals by the code alone", async () => {
    const { report } = await replay({ ...history, rules: alone }, { risk: { max_event_scenario_loss: 100 } })
    expect(report.reject_reasons).toStrictEqual({ "scenario loss limit exceeded": 2 })
  })

  it("is not there unless it is set, nor in the original", async () => {
    expect(await reasons({ ...history, rules: alone })).toStrictEqual(["ok", "ok", "ok"])
    const original = { compat: "original" as const, risk: { max_scenario_loss: 1 } }
    expect(await reasons({ ...history, rules: alone }, original)).toStrictEqual(["ok", "ok", "ok"])
  })

  it("lets go of what was sold, which it never refuses, and of what was paid out", async () => {
    const sellNo = { token: "NO", market_id: "m1", qty: 100, price: 0.55 }
    const sale = signal({ at: time(2), side: "sell", payloadJson: JSON.stringify({ primary_leg: sellNo }) })
    const risk = { max_scenario_loss: 70 }
    const again = buyNo(4, "m2", 100)
    const once = { signals: [buyNo(1, "m1", 100), again], snapshots: history.snapshots, rules: alone }
    const over = "scenario loss limit exceeded: 120.00 > 70.00 (book)"
    expect(await reasons(once, { risk })).toStrictEqual(["ok", over])
    const sold = { ...once, signals: [buyNo(1, "m1", 100), sale, again] }
    expect(await reasons(sold, { risk })).toStrictEqual(["ok", "ok", "ok"])
    const resolutions = [{ marketId: "m1", atUs: at(time(3)), payout: { yes: 1, no: 0 } }]
    expect(await reasons({ ...once, resolutions }, { risk })).toStrictEqual(["ok", "ok"])
  })

  it("knows rows of two sources with one condition id for one contract", async () => {
    const conditionId = `0x${"a".repeat(64)}`
    const twins = new Map([
      ["m1", rules("e1", { conditionId })],
      ["m2", rules("unknown", { conditionId })]
    ])
    const yes = signal({ at: time(2), marketId: "m2", eventId: "unknown", targetPrice: 0.41, sizeHint: 100 })
    const signals = [buyNo(1, "m1", 100), yes, buyNo(3, "m1", 50)]
    const risk = { max_scenario_loss: 70 }
    // The YES of one row hedges the NO of the other: nothing is lost, so there is room again.
    expect(await reasons({ signals, snapshots: quotes("m1", "m2"), rules: twins }, { risk })).toStrictEqual([
      "ok",
      "ok",
      "ok"
    ])
  })
})
