import { describe, expect, it } from "vitest"
import { type Market } from "../../src/domain/Market.ts"
import { normalizeMarket } from "../../src/ingest/normalize.ts"

const seenAt = 1_790_000_000_000_000

const read = (raw: object, source: "gamma" | "clob" = "gamma"): Market => {
  const row = normalizeMarket(source, { id: "1", outcomes: '["Yes","No"]', ...raw }, seenAt)
  if (row._tag === "refused") throw new Error(row.reason)
  return row.market
}

const gamma = (status: string | undefined, closed: boolean, prices: string, more: object = {}) =>
  read({ umaResolutionStatus: status, closed, outcomePrices: prices, ...more })

describe("resolution states", () => {
  for (const [name, market, state, payout] of [
    ["nothing said", gamma(undefined, false, '["0.4","0.6"]'), null, null],
    ["asked the oracle", gamma("requested", false, '["0.4","0.6"]'), null, null],
    ["proposed", gamma("proposed", false, '["0.0005","0.9995"]'), "proposed", null],
    ["proposed, closed at 0 and 1", gamma("proposed", true, '["0","1"]'), "proposed", null],
    ["disputed", gamma("disputed", false, '["0.9985","0.0015"]'), "disputed", null],
    ["disputed, closed at 0 and 1", gamma("disputed", true, '["1","0"]'), "disputed", null],
    ["challenged", gamma("Challenged", true, '["1","0"]'), "disputed", null],
    ["resolved", gamma("resolved", true, '["1","0"]'), "final", { yes: 1, no: 0 }],
    ["settled", gamma("settled", true, '["0.5","0.5"]'), "final", { yes: 0.5, no: 0.5 }],
    ["void as [1, 1]", gamma("resolved", true, '["1","1"]'), "final", { yes: 1, no: 1 }],
    ["nobody named", gamma("resolved", true, '["0","0"]'), "final", null],
    ["resolved at prices that are no payout", gamma("resolved", true, '["0.9999995","0.0000005"]'), "final", null],
    ["resolved, but it still trades", gamma("resolved", false, '["0.485","0.515"]'), "proposed", null],
    ["closed without a word", gamma(undefined, true, '["0","1"]'), null, null],
    [
      "resolved by the exchange's own oracle",
      gamma(undefined, true, '["1","0"]', { automaticallyResolved: true, umaResolutionStatuses: "[]" }),
      "final",
      { yes: 1, no: 0 }
    ],
    [
      "the last word of the history where there is no status",
      gamma(undefined, true, '["1","0"]', {
        automaticallyResolved: true,
        umaResolutionStatuses: '["proposed","disputed"]'
      }),
      "disputed",
      null
    ],
    [
      "the status before the history",
      gamma("proposed", false, '["0.5","0.5"]', { umaResolutionStatuses: '["proposed","disputed"]' }),
      "proposed",
      null
    ]
  ] as const) {
    it(name, () => {
      expect(market.payout).toEqual(payout)
      expect(market.resolution?.state ?? null).toBe(state)
      const { disputedAtUs = null, finalAtUs = null, proposedAtUs = null } = market.resolution ?? {}
      expect([proposedAtUs, disputedAtUs, finalAtUs]).toEqual(
        ["proposed", "disputed", "final"].map((each) => (each === state ? seenAt : null))
      )
    })
  }

  it("is final for a CLOB market with a winner, and nothing without", () => {
    const clob = (closed: boolean, winners: readonly [boolean, boolean], prices: readonly [number, number]) =>
      read(
        {
          closed,
          tokens: [
            { token_id: "11", outcome: "Yes", price: prices[0], winner: winners[0] },
            { token_id: "12", outcome: "No", price: prices[1], winner: winners[1] }
          ]
        },
        "clob"
      )
    expect(clob(true, [false, true], [0, 1])).toMatchObject({
      payout: { yes: 0, no: 1 },
      resolution: { state: "final" }
    })
    expect(clob(true, [false, false], [0, 1])).toMatchObject({ payout: null, resolution: null })
    expect(clob(true, [false, false], [0, 0])).toMatchObject({ payout: null, resolution: null })
    expect(clob(false, [true, false], [1, 0])).toMatchObject({ payout: null, resolution: null })
  })
})
