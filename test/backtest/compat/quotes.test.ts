import { describe, expect, it } from "vitest"
import { OriginalQuotes } from "../../../src/backtest/compat/quotes.ts"
import { snapshot } from "../memoryHistory.ts"

const at = "2026-02-20T12:00:00Z"

describe("the original's quotes", () => {
  it("are those of the newest snapshot, with fractions; a mark is the newest price that there was", () => {
    const quotes = new OriginalQuotes()
    expect(quotes.newest("m1")).toBeNull()
    expect(quotes.mark("m1", "YES")).toBeNull()
    quotes.update(snapshot({ at, yes: 1 / 3, no: null, liquidity: 12.5 }))
    expect(quotes.newest("m1")).toMatchObject({ yes: 1e6 / 3, no: null, liquidity: 12.5e6 })
    quotes.update(snapshot({ at, yes: null, no: 0.25 }))
    expect(quotes.newest("m1")).toMatchObject({ yes: null, no: 250_000 })
    expect(quotes.mark("m1", "YES")?.price).toBe(1e6 / 3)
    expect(quotes.mark("m1", "NO")?.price).toBe(250_000)
  })
})
