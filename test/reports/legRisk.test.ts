import { describe, expect, it } from "vitest"
import { backtestText } from "../../src/cli/backtestView.ts"
import { blocksOf } from "../../src/reports/blocks.ts"
import { legTable } from "../../src/reports/reportTables.ts"
import { type OrderIntent } from "../../src/domain/OrderIntent.ts"
import { toMicros } from "../../src/domain/units.ts"
import { signal, snapshot } from "../backtest/memoryHistory.ts"
import { replay } from "../backtest/run.ts"
import { modelOf, result, row } from "./support.ts"

const legs = { leg_packages: 3, leg_unwound: 1, leg_stranded: 1, leg_risk_cost: 4.5 }
const titles = (model: ReturnType<typeof modelOf>) =>
  blocksOf(model).flatMap((block) => ("title" in block ? [block.title] : []))

describe("leg risk in a report", () => {
  it("is a table of the strategies that sent bundles of several legs, with their sum", () => {
    const gained = { leg_packages: 2, leg_unwound: 2, leg_stranded: 0, leg_risk_cost: -0.25 }
    const model = modelOf({ results: [result("s2", -4, legs), result("s4", 1), result("s9", 0, gained)] })
    expect(model.strategies.map(({ legs: of }) => of)).toStrictEqual([
      { bundles: 3, unwound: 1, stranded: 1, cost: 4.5 },
      null,
      { bundles: 2, unwound: 2, stranded: 0, cost: -0.25 }
    ])
    const table = legTable(model.strategies)
    expect(table?.rows.map((cells) => cells.map(({ text }) => text))).toStrictEqual([
      ["s2", "3", "1", "1", "4.50"],
      ["s9", "2", "2", "0", "-0.25"]
    ])
    expect(table?.total?.map(({ text }) => text)).toStrictEqual(["All", "5", "3", "1", "4.25"])
    expect(titles(model)).toContain("Leg risk")
  })

  it("is left out where there were none, and in artifacts that do not say", () => {
    const model = modelOf({ results: [result("s4", 1)] })
    expect(legTable(model.strategies)).toBeNull()
    expect(titles(model)).not.toContain("Leg risk")
  })

  it("has rows after the window at its last moment", () => {
    const late = row({ ts: "2026-02-21T00:00:05Z", realized_change: -2, strategy_equity: -2 })
    const { equity } = modelOf({
      replay: [
        row({ ts: "2026-02-20T06:00:00Z", strategy_equity: -1 }),
        row({ strategy_equity: -3, ts: "2026-02-20T12:00:00Z" }),
        late
      ],
      results: [result("s1", -2)]
    })
    const points = equity._tag === "Drawn" ? equity.data.total.points : []
    const end = Date.parse("2026-02-21T00:00:00Z") * 1_000
    expect(points.at(-1)).toStrictEqual({ atUs: end, value: -2 })
    expect(points.every(({ atUs }) => atUs <= end)).toBe(true)
  })
})

describe("leg risk on the terminal", () => {
  const screen = { columns: 120, colour: false }
  const leg = (marketId: string, limit: number): OrderIntent => ({
    ...{ role: "leg", marketId, token: "YES", side: "buy", limitPrice: toMicros(limit), qty: toMicros(100) }
  })
  const at = "2026-02-20T12:00:00Z"
  const snapshots = [snapshot({ at, yes: 0.38, bid: 0.37, ask: 0.39 }), snapshot({ at, marketId: "m2", yes: 0.29 })]
  const gone = snapshot({ at: "2026-02-20T12:00:00.100Z", marketId: "m2", yes: 0.35 })

  it("says what it cost, by strategy, and is left out where there was none", async () => {
    const pair = { ...signal({ at, strategy: "s2" }), legs: [leg("m1", 0.4), leg("m2", 0.3)] }
    const { report } = await replay({ signals: [pair], snapshots: [...snapshots, gone] })
    const lines = backtestText(report, [], screen).split("\n")
    const title = lines.findIndex((line) => line.startsWith("Leg risk (USDC)"))
    const cells = lines.slice(title).map((line) => line.match(/[\w.+-]+/g) ?? [])
    expect(cells).toContainEqual(["strategy", "bundles", "unwound", "stranded", "cost", "pnl"])
    expect(cells).toContainEqual(["s2", "1", "1", "0", "2.00", "-2.00"])
    const plain = await replay({ signals: [signal({ at, targetPrice: 0.4 })], snapshots })
    expect(backtestText(plain.report, [], screen)).not.toContain("Leg risk")
  })
})
