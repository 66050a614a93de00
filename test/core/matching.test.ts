import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fillModelOf } from "../../src/core/venue/fillModel.ts"
import { matchSnapshot } from "../../src/core/venue/matching.ts"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { reasonText } from "../../src/domain/rejection.ts"
import { price, shares } from "../../src/domain/units.ts"

const MICRO = 1_000_000

/** Asks for less than the market's ask, and returns what is said of it. */
const told = (ask: number, limitPrice: number, slippage_bps: number): string =>
  reasonText(
    matchSnapshot(
      { token: "YES", side: "buy", limitPrice: price(limitPrice), qty: shares(10 * MICRO) },
      { atUs: 0, yes: price(ask), no: null, bid: null, ask: price(ask), liquidity: 1e9 },
      fillModelOf({ ...defaultConfig.execution, slippage_bps, enable_dynamic_slippage: false })
    ).reason
  )

describe("matchSnapshot", () => {
  it("tells prices that do not meet with four decimals, ties included, and with more where these would be equal", () => {
    const text = (micros: number): string => (micros / MICRO).toFixed(4)
    const holds = (ask: number, limit: number, bps: number): void => {
      const said = told(ask, limit, bps)
      if (text(ask) !== text(limit)) expect(said).toBe(`not marketable: ask ${text(ask)} > limit ${text(limit)}`)
      // What is written is true as it is written.
      const [, left, right] = /^not marketable: ask ([\d.]+) > limit ([\d.]+)$/.exec(said) ?? []
      expect([said, Number(left) > Number(right)]).toStrictEqual([said, true])
    }
    // Every tie of the fourth decimal: which way it goes depends on the binary fraction.
    for (let ask = 150; ask < MICRO; ask += 100) holds(ask, 50, 0)
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: MICRO - 1 }),
        fc.integer({ min: 1, max: MICRO - 1 }),
        fc.integer({ min: 0, max: 500 }),
        (ask, limit, bps) => {
          if (limit < ask) holds(ask, limit, bps)
        }
      )
    )
  })
})
