import { describe, expect, it } from "vitest"
import { alarmJson, packageAlarmText } from "../../../src/core/packages/alarm.ts"
import { tradedIn } from "../../../src/core/packages/traded.ts"
import { type PackageAlarm } from "../../../src/domain/PackageAlarm.ts"
import { price, toMicros, usdc } from "../../../src/domain/units.ts"
import { order } from "../venue/markets.ts"

const alarm: PackageAlarm = {
  kind: "bundle stranded",
  reason: "m2 NO: refused",
  legs: [
    { leg: 0, qty: toMicros(12.5), notional: toMicros(6.25), certain: true, order: order("m1", 12.5) },
    {
      ...{ leg: 1, qty: toMicros(3), notional: toMicros(0.9), certain: false },
      order: order("m2", 3, { side: "sell", token: "NO", action: "close" })
    }
  ]
}

describe("the alarm of a package", () => {
  it("says which legs are, or may be, without counter legs, for how much, and why", () => {
    expect(packageAlarmText(alarm)).toBe(
      "bundle stranded: 12.50 YES of m1 bought without counter leg (6.25 USDC); " +
        "up to 3.00 NO of m2 may be sold without counter leg (0.90 USDC, from what was held): m2 NO: refused"
    )
  })

  it("keeps the same in a journal, in micro-units", () => {
    const { eventId, strategy } = order("m1", 1)
    expect(alarmJson(alarm)).toStrictEqual({
      kind: "bundle stranded",
      reason: "m2 NO: refused",
      legs: [
        {
          ...{ strategy, market: "m1", event: eventId, token: "YES", side: "buy" },
          ...{ qty: 12_500_000, notional: 6_250_000, certain: true }
        },
        {
          ...{ strategy, market: "m2", event: eventId, token: "NO", side: "sell" },
          ...{ qty: 3_000_000, notional: 900_000, certain: false }
        }
      ]
    })
  })
})

describe("what an order traded", () => {
  it("is the sum of its fills: quantity, money and fees", () => {
    const fill = (natural: number, qty: number, fee: number) => ({
      ...{ strategy: "s", marketId: "m", eventId: "e", token: "YES" as const, side: "buy" as const, atUs: 0 },
      ...{ price: toMicros(natural), qty: toMicros(qty), fee: usdc(fee), externalFillId: null, report: "" }
    })
    expect(tradedIn([fill(0.4, 10, 7), fill(0.5, 2, 5)])).toStrictEqual({
      qty: 12_000_000,
      notional: 5_000_000,
      fee: 12
    })
    expect(tradedIn([])).toStrictEqual({ qty: 0, notional: 0, fee: 0 })
    expect(tradedIn([{ ...fill(0, 1, 0), price: price(333_333) }]).notional).toBe(333_333)
  })
})
