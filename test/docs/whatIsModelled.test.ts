import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { MarketBoard } from "../../src/core/MarketBoard.ts"
import { SimulatedVenue } from "../../src/core/venue/SimulatedVenue.ts"
import { venueModelOf } from "../../src/core/venue/simulateFill.ts"
import { blankMarket } from "../../src/domain/blankMarket.ts"
import { type OrderReport } from "../../src/domain/EngineEvent.ts"
import { type Token } from "../../src/domain/ids.ts"
import { instrumentOf } from "../../src/domain/instrument.ts"
import { type Order, type OrderRequest } from "../../src/domain/Order.ts"
import { executionStyles } from "../../src/domain/OrderIntent.ts"
import { quoteOf } from "../../src/domain/quote.ts"
import { fromMicros, toMicros } from "../../src/domain/units.ts"
import { approve } from "../../src/risk/approve.ts"
import { root } from "../shared.ts"

const page = readFileSync(join(root, "docs", "what-is-modelled.md"), "utf8")

/** The rows of the table under a heading, cell by cell, without the head. */
const tableUnder = (heading: string): ReadonlyArray<ReadonlyArray<string>> => {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? ""
  const rows = section.split("\n").filter((line) => line.startsWith("|"))
  return rows.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim())
  )
}

const unquoted = (cell: string | undefined): string => (cell ?? "").replaceAll("`", "")

describe("docs/what-is-modelled.md", () => {
  it("has every limit with its default, binding in each of the four ways", () => {
    const shown = tableUnder("Limits").map(([name, value, ...rest]) => [unquoted(name), value, ...rest.slice(0, 4)])
    const limits = Object.entries(defaultConfig.risk).map(([name, value]) => [
      name,
      value === null ? "off" : String(value),
      ...["yes", "yes", "yes", "yes"]
    ])
    expect(shown.toSorted()).toEqual(limits.toSorted())
  })

  it("has every style in each of the four ways, and the defaults of the strategies", () => {
    const shown = tableUnder("Styles")
    expect(shown.map(([name]) => unquoted(name))).toEqual([...executionStyles])
    for (const row of shown) expect(row.slice(1, 5)).toEqual(["yes", "yes", "yes", "yes"])
    const { s1, s10, s2, s4, s8, s9 } = defaultConfig.strategies
    expect(page).toContain("S1, S2, S9 and S10 are aggressive, S4 and S8 passive")
    expect([s1, s2, s9, s10].map(({ style }) => style)).toEqual(Array.from({ length: 4 }, () => "aggressive"))
    expect([s4, s8].map(({ style }) => style)).toEqual(["passive", "passive"])
  })

  it("names tests that exist", () => {
    const named = [...page.matchAll(/`(test\/[^`]+\.test\.ts)`/g)].map(([, path = ""]) => path)
    expect(named.length).toBeGreaterThan(2)
    for (const path of named) expect(existsSync(join(root, path)), path).toBe(true)
  })
})

const START = 1_000_000
const LATER = 2_000_000

/** A market of 100 USDC of liquidity. */
const seen = (bid: number, ask: number, atUs: number) =>
  blankMarket({
    ...{ marketId: "m1", yesPrice: (bid + ask) / 2, noPrice: 1 - (bid + ask) / 2, bestBid: bid, bestAsk: ask },
    ...{ liquidity: 100, updatedAtUs: atUs }
  })

const shownFills = (reports: ReadonlyArray<OrderReport | null>): string => {
  const fills = reports.flatMap((report) => report?.fills ?? [])
  return fills.length === 0
    ? "nothing"
    : fills.map(({ price, qty }) => `${fromMicros(qty)} at ${fromMicros(price)}`).join(", ")
}

/** Does what a row of the examples says, and gives the fills in its words. */
const carriedOut = (asked: string, then: string): string => {
  const [, qty, token, limit, how, again] =
    /^buy (\d+) (YES|NO) at (0\.\d+), (immediate|rests(?: \(optimistic\))?)(, and again)?$/.exec(asked) ?? []
  const restingFills = how === "rests (optimistic)" ? "optimistic" : "pessimistic"
  const board = new MarketBoard(false)
  const look = (bid: number, ask: number, atUs: number) => {
    const market = seen(bid, ask, atUs)
    board.observe(instrumentOf(market), quoteOf(market))
  }
  look(0.48, 0.52, START)
  const venue = new SimulatedVenue(
    board.find,
    venueModelOf({ ...defaultConfig.execution, resting_fills: restingFills }),
    false
  )
  const request: OrderRequest = {
    ...{ strategy: "s1", marketId: "m1", eventId: "e1", token: token as Token, side: "buy", action: "open" },
    ...{ limitPrice: toMicros(Number(limit)), qty: toMicros(Number(qty)), tif: how === "immediate" ? "ioc" : "gtc" }
  }
  const send = () =>
    venue.execute({ order: approve(request), plannedQty: request.qty, strictLimit: how !== "immediate" }, START, 0)
  const reports: Array<OrderReport | null> = [send()]
  if (again !== undefined) reports.push(send())
  const ask = /^the ask comes to (0\.\d+)$/.exec(then)?.[1]
  if (ask !== undefined) {
    look(Number(ask) - 0.04, Number(ask), LATER)
    const resting: Order = {
      ...request,
      ...{ id: 1, kind: "order", mode: "paper", status: "open", filledQty: toMicros(0), externalId: null },
      ...{ reason: null, signalId: null, createdAtUs: START }
    }
    reports.push(venue.match(resting, START, LATER))
  }
  return shownFills(reports)
}

describe("the examples of docs/what-is-modelled.md", () => {
  const examples = tableUnder("How a snapshot fills an order")

  it("are there", () => {
    expect(examples.length).toBeGreaterThan(7)
  })

  it.each(examples)("%s; then %s: %s", (asked = "", then = "", fills = "") => {
    expect(carriedOut(asked, then)).toBe(fills)
  })
})
