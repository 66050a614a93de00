import * as Arbitrary from "effect/Arbitrary"
import * as fc from "effect/FastCheck"
import { describe, expect, it } from "vitest"
import * as Schema from "effect/Schema"
import {
  type Cause,
  packageIncomplete,
  type Rejection,
  type RejectionOf,
  rejectionLabel,
  rejectionText
} from "../../src/domain/rejection.ts"
import { RejectionJson, RejectionSchema, type riskSettings } from "../../src/domain/rejectionSchema.ts"
import { oldReason } from "../../src/store/migrations/oldReasons.ts"

type RiskCode = Extract<Cause, { readonly setting: unknown; readonly value: unknown }>["code"]

const gate = (
  code: "kill switch" | "live trading disabled" | "manual confirmation missing",
  setting: "KILL_SWITCH" | "ENABLE_LIVE_TRADING" | "REQUIRE_MANUAL_CONFIRM"
): Rejection => ({ code, by: "gate", setting, origin: "database" })

const risk = (
  code: RiskCode,
  setting: (typeof riskSettings)[number] | null,
  value: number | null,
  limit: number | null,
  event: string | null = null
): Rejection => ({ code, by: "risk", setting, value, limit, event })

const venue = (code: RejectionOf<"market closed">["code"]): Rejection => ({ code, by: "venue" })
const reported = (
  code: "not sent" | "answer lost" | "cancel refused" | "not stored",
  detail = "no connection"
): Rejection => ({ code, by: "venue", detail })
const ended = (code: Extract<Cause, { readonly partly: boolean }>["code"], partly: boolean): Rejection => ({
  code,
  by: "venue",
  partly
})
const rule = (code: RejectionOf<"price outside">["code"], value: number, limit: number): Rejection => ({
  code,
  by: "venue",
  value,
  limit
})
const market = (side: "ask" | "bid", shown: number | null, limit: number): Rejection => ({
  code: "not marketable",
  by: "market",
  side,
  shown,
  limit
})

/** Every code, and what people read of it: reports, CSV files and the command line show these texts. */
const table: ReadonlyArray<readonly [rejection: Rejection, text: string]> = [
  [gate("kill switch", "KILL_SWITCH"), "kill switch: KILL_SWITCH is on (database), no new orders"],
  [
    gate("live trading disabled", "ENABLE_LIVE_TRADING"),
    "live trading disabled: ENABLE_LIVE_TRADING is off (database)"
  ],
  [
    gate("manual confirmation missing", "REQUIRE_MANUAL_CONFIRM"),
    "manual confirmation missing: REQUIRE_MANUAL_CONFIRM is on (database), use --confirm-live"
  ],
  [
    { code: "own orders cannot be seen", by: "gate", detail: "open orders: timeout" },
    "own orders cannot be seen: open orders: timeout"
  ],
  [market("ask", 900_000, 100_200), "not marketable: ask 0.9000 > limit 0.1002"],
  [market("bid", 123_450, 500_000), "not marketable: bid 0.1235 < limit 0.5000"],
  [market("ask", null, 100_000), "not marketable: no ask"],
  [market("bid", null, 100_000), "not marketable: no bid"],
  [{ code: "no market data at or before signal time", by: "market" }, "no market data at or before signal time"],
  [{ code: "no market data", by: "market" }, "no market data"],
  [
    { code: "immediate or cancel", by: "market", value: 3_333_330, limit: 10_010_000 },
    "immediate or cancel: 3.33 of 10.01 filled"
  ],
  [
    { code: "displayed size taken", by: "market", value: 120_000_000, limit: 120_000_000 },
    "displayed size taken: 120.00 of 120.00"
  ],
  [{ code: "an order rests already", by: "market" }, "an order rests already"],
  [{ code: "not filled in the window", by: "market" }, "not filled in the window"],
  [{ code: "time to live over", by: "package", limit: 90_000_000 }, "time to live over: 90 s"],
  [
    { code: "partly unhedged", by: "package", value: 12_000_000, limit: 40_500_000 },
    "partly unhedged: 12.00 of 40.50 filled"
  ],
  [{ code: "signal gone", by: "strategy" }, "signal gone"],
  [risk("invalid order qty/price", null, null, null), "invalid order qty/price"],
  [risk("global stop-loss triggered", "max_daily_loss", -72e6, 50e6), "global stop-loss triggered: realized=-72.00"],
  [
    risk("strategy notional limit exceeded", "max_strategy_notional", 105e6, 100e6),
    "strategy notional limit exceeded: 105.00 > 100.00"
  ],
  [
    risk("event notional limit exceeded", "max_event_notional", 120e6, 110e6),
    "event notional limit exceeded: 120.00 > 110.00"
  ],
  [risk("circuit breaker open", "circuit_breaker_rejections", 3, 3), "circuit breaker open: rejected=3, threshold=3"],
  [
    risk("order notional limit exceeded", "max_order_notional", 60e6, 50e6),
    "order notional limit exceeded: 60.00 > 50.00"
  ],
  [risk("open order limit exceeded", "max_open_orders", 3, 3), "open order limit exceeded: 3.00 >= 3.00"],
  [risk("price collar exceeded", "price_collar", 60_000, 50_000), "price collar exceeded: 0.06 > 0.05"],
  [risk("price collar exceeded", "price_collar", null, 50_000), "price collar exceeded: no mid price is known"],
  [risk("stale quote", "max_quote_age_sec", 120e6, 60e6), "stale quote: age 120.00 s > 60.00 s"],
  [risk("stale quote", "max_quote_age_sec", null, 60e6), "stale quote: no quote is known"],
  [
    risk("resolution date notional limit exceeded", "max_resolution_date_notional", 9e6, 8e6),
    "resolution date notional limit exceeded: 9.00 > 8.00"
  ],
  [
    risk("scenario loss limit exceeded", "max_scenario_loss", 123.45e6, 100e6),
    "scenario loss limit exceeded: 123.45 > 100.00 (book)"
  ],
  [
    risk("scenario loss limit exceeded", "max_event_scenario_loss", 123.45e6, 60e6, "16167"),
    "scenario loss limit exceeded: 123.45 > 60.00 (event 16167)"
  ],
  [
    risk("market resolution disputed", "allow_disputed", null, null),
    "market resolution disputed: risk.allow_disputed is off"
  ],
  [risk("drawdown stop triggered", "max_drawdown", 100e6, 100e6), "drawdown stop triggered: 100.00 >= 100.00"],
  [risk("drawdown stop triggered", "max_drawdown", 100.25e6, 100e6), "drawdown stop triggered: 100.25 >= 100.00"],
  [
    risk("market notional limit exceeded", "max_market_notional", 61e6, 60e6),
    "market notional limit exceeded: 61.00 > 60.00"
  ],
  [
    risk("total notional limit exceeded", "max_total_notional", 501e6, 500e6),
    "total notional limit exceeded: 501.00 > 500.00"
  ],
  [risk("buying power exceeded", "buying_power", 1010.5e6, 1000e6), "buying power exceeded: 1010.50 > 1000.00"],
  // Two decimals would show the same number twice.
  [
    risk("strategy notional limit exceeded", "max_strategy_notional", 1000e6 + 1, 1000e6),
    "strategy notional limit exceeded: 1000.000001 > 1000.000000"
  ],
  [
    risk("event notional limit exceeded", "max_event_notional", 1, 0.25),
    "event notional limit exceeded: 0.000001 > 0.000000"
  ],
  [risk("price collar exceeded", "price_collar", 50_001, 50_000), "price collar exceeded: 0.050001 > 0.050000"],
  [risk("stale quote", "max_quote_age_sec", 60e6 + 1, 60e6), "stale quote: age 60.000001 s > 60.000000 s"],
  [
    risk("scenario loss limit exceeded", "max_scenario_loss", 100e6 + 10, 100e6),
    "scenario loss limit exceeded: 100.000010 > 100.000000 (book)"
  ],
  [market("ask", 500_040, 500_000), "not marketable: ask 0.50004 > limit 0.5"],
  [market("bid", 499_960, 500_000), "not marketable: bid 0.49996 < limit 0.5"],
  [rule("below minimum notional", 999_999, 1_000_000), "below minimum notional: 0.999999 < 1.000000"],
  [
    { code: "immediate or cancel", by: "market", value: 9_999_000, limit: 10_000_000 },
    "immediate or cancel: 9.999000 of 10.000000 filled"
  ],
  [{ code: "unwinding refused", by: "risk" }, "refused by risk"],
  [venue("market resolved"), "market resolved"],
  [venue("market closed"), "market closed"],
  [venue("market not accepting orders"), "market not accepting orders"],
  [venue("no executable liquidity"), "no executable liquidity"],
  [
    venue("closing more than is held"),
    "closing more than is held: there is no naked short, buy the other token instead"
  ],
  [venue("no answer in time"), "answer lost: no answer in time"],
  [venue("filled before it could be canceled"), "filled before it could be canceled"],
  [venue("filled by trades that were seen late"), "filled by trades that were seen late"],
  [{ code: "unknown market", by: "venue", market: "m1" }, "unknown market m1"],
  [{ code: "same contract", by: "venue", market: "m2", other: "m1" }, "same contract: m1 and m2 share one order book"],
  [rule("below minimum size", 4_000_000, 5_000_000), "below minimum size: 4.00 < 5.00"],
  [rule("below minimum notional", 990_000, 1_000_000), "below minimum notional: 0.99 < 1.00"],
  [rule("price not on tick", 455_000, 10_000), "price not on tick: 0.455 is no multiple of 0.01"],
  [rule("price outside", 995_000, 10_000), "price outside 0.01..0.99: 0.995"],
  [
    { code: "exchange refused", by: "venue", venueCode: "no_balance", detail: "not enough balance / allowance" },
    "not enough balance / allowance"
  ],
  [reported("not sent"), "no connection"],
  [reported("answer lost"), "answer lost: no connection"],
  [reported("cancel refused"), "cancel refused: no connection"],
  [reported("not stored"), "no connection"],
  [ended("canceled", false), "canceled"],
  [ended("canceled", true), "canceled, partly filled"],
  [ended("never seen at the exchange", false), "never seen at the exchange"],
  [ended("nothing traded", false), "nothing traded"],
  [ended("partly filled", true), "partly filled"],
  [ended("no longer on the book", false), "no longer on the book"],
  [ended("no longer on the book", true), "no longer on the book, partly filled"],
  [{ code: "trade reversed", by: "venue", trades: ["t1", "t2"] }, "trade failed on chain and was reversed: t1, t2"],
  [{ code: "deadline passed", by: "package", limit: 5_000_000 }, "deadline of 5 s passed"],
  [
    { code: "sized to the bundle", by: "package", value: 3_000_000, limit: 10_000_000 },
    "sized to the bundle: 3.00 of 10.00 filled"
  ],
  [{ code: "canceled by hand", by: "person" }, "canceled by hand"],
  [{ code: "canceled by its strategy", by: "strategy" }, "canceled by its strategy"],
  [{ code: "other", by: "unknown", detail: "what the original wrote" }, "what the original wrote"],
  [
    packageIncomplete({ marketId: "m9", token: "NO" }, market("ask", null, 1)),
    "bundle incomplete: m9 NO: not marketable: no ask"
  ],
  [
    packageIncomplete(null, { code: "deadline passed", by: "package", limit: 500_000 }),
    "bundle incomplete: deadline of 0.5 s passed"
  ],
  [packageIncomplete(null, null), "bundle incomplete: "],
  [
    { code: "partly filled, though", by: "venue", cause: { code: "other", by: "unknown", detail: "no" } },
    "partly filled, though: no"
  ]
]

const encode = Schema.encodeSync(RejectionJson)
const decode = Schema.decodeSync(RejectionJson)
const anyRejection: fc.Arbitrary<Rejection> = Arbitrary.make(RejectionSchema)
// -0 is written as 0.
const positiveZeros = (value: Rejection): Rejection => JSON.parse(JSON.stringify(value)) as Rejection

describe("a rejection", () => {
  it.each(table.map(([rejection, text]) => [text, rejection] as const))("reads: %s", (text, rejection) => {
    expect(rejectionText(rejection)).toBe(text)
    expect(decode(encode(rejection))).toStrictEqual(rejection)
  })

  it("says a limit that is finer than a micro-unit with all its digits", () => {
    const rejection = risk("event notional limit exceeded", "max_event_notional", 1, 0.75)
    expect(rejectionText(rejection)).toBe("event notional limit exceeded: 0.000001 > 7.5e-7")
  })

  it("has no code that the table leaves out", () => {
    const shown = new Set(table.map(([{ code }]) => code))
    fc.assert(
      fc.property(anyRejection, ({ code }) => shown.has(code)),
      { numRuns: 2_000 }
    )
  })

  it("comes back from JSON as it was, and always has a text and a name", () => {
    fc.assert(
      fc.property(anyRejection, (rejection) => {
        expect(decode(encode(rejection))).toStrictEqual(positiveZeros(rejection))
        expect(typeof rejectionText(rejection)).toBe("string")
        expect(typeof rejectionLabel(rejection)).toBe("string")
      }),
      { numRuns: 1_000 }
    )
  })

  it("is counted by its code, what the exchange refused by the exchange's own", () => {
    expect(rejectionLabel(market("ask", 1, 2))).toBe("not marketable")
    expect(rejectionLabel({ code: "exchange refused", by: "venue", venueCode: "no_balance", detail: "x" })).toBe(
      "no_balance"
    )
  })

  it("names the cause of a leg that took others along, and never a chain of them", () => {
    const first = packageIncomplete({ marketId: "a", token: "YES" }, market("bid", null, 1))
    expect(rejectionText(packageIncomplete({ marketId: "b", token: "NO" }, first))).toBe(
      "bundle incomplete: b NO: not marketable: no bid"
    )
  })
})

/** Their text is another's words alone, which an old message does not tell apart. */
const wordsOfOthers = new Set(["exchange refused", "not sent", "not stored", "other"])

/** No version that stored texts alone had these. */
const neverTextAlone = new Set<string>([
  ...["displayed size taken", "an order rests already", "not filled in the window"],
  ...["time to live over", "partly unhedged", "signal gone"]
])
const older = table.filter(([{ code }]) => !neverTextAlone.has(code))

describe("the text of a code that no older version had", () => {
  // Whoever counts texts alone (a rolling summary) takes what stands before the colon for the code.
  it.each(table.filter(([{ code }]) => neverTextAlone.has(code)))("begins with the code: %o", ({ code }, text) => {
    expect(text.split(":", 1)).toEqual([code])
  })
})

describe("the text of an older version", () => {
  it.each(older.map(([rejection, text]) => [text, rejection] as const))("is read back: %s", (text, rejection) => {
    const read = oldReason(text)
    expect(rejectionText(read)).toBe(text)
    expect(read.code).toBe(wordsOfOthers.has(rejection.code) ? "other" : rejection.code)
    expect(read.by).toBe(wordsOfOthers.has(rejection.code) ? "unknown" : rejection.by)
  })

  it("brings its numbers back as exact as they were printed", () => {
    expect(oldReason("not marketable: ask 0.9000 > limit 0.1002")).toStrictEqual(market("ask", 900_000, 100_200))
    expect(oldReason("circuit breaker open: rejected=3, threshold=5")).toStrictEqual(
      risk("circuit breaker open", "circuit_breaker_rejections", 3, 5)
    )
    expect(oldReason("scenario loss limit exceeded: 123.45 > 60.00 (event 16167)")).toStrictEqual(
      risk("scenario loss limit exceeded", "max_event_scenario_loss", 123.45e6, 60e6, "16167")
    )
    expect(oldReason("bundle incomplete: m9 YES: market closed")).toStrictEqual(
      packageIncomplete({ marketId: "m9", token: "YES" }, venue("market closed"))
    )
  })

  it("is kept as it is where no code made it", () => {
    for (const text of ["strategy notional limit exceeded: a lot", "kill switch: on", "not marketable", "order 7"]) {
      expect(oldReason(text)).toStrictEqual({ code: "other", by: "unknown", detail: text })
    }
  })

  it("is never changed, whatever it is", () => {
    fc.assert(fc.property(anyRejection, (any) => rejectionText(oldReason(rejectionText(any))) === rejectionText(any)))
    fc.assert(fc.property(fc.string(), (text) => rejectionText(oldReason(text)) === text))
  })
})
