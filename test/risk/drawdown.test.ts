import { describe, expect, it } from "vitest"
import { Account } from "../../src/core/account/account.ts"
import { replaySettings } from "../../src/backtest/replaySettings.ts"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { type EngineEvent } from "../../src/domain/EngineEvent.ts"
import { anyAge } from "../../src/domain/Freshness.ts"
import { instrumentOf } from "../../src/domain/instrument.ts"
import { type Portfolio } from "../../src/domain/Portfolio.ts"
import { type Position } from "../../src/domain/Position.ts"
import { blankMarket } from "../../src/domain/blankMarket.ts"
import { quoteOf } from "../../src/domain/quote.ts"
import { shares, type Usdc, usdc } from "../../src/domain/units.ts"
import { drawdownWatchOf, equityOf } from "../../src/engine/DrawdownWatch.ts"
import { EngineState } from "../../src/engine/EngineState.ts"
import { SyncRunner } from "../../src/engine/SyncRunner.ts"
import { fallFrom, peakAfter } from "../../src/risk/drawdown.ts"

const held = (strategy: string, qty: number, cost: number, realized: number): Position => ({
  ...{ strategy, marketId: "m", eventId: "e", token: "YES" },
  ...{ qty: shares(qty), cost: usdc(cost), realized: usdc(realized) }
})
const shown = (yesPrice: number) => quoteOf(blankMarket({ marketId: "m", yesPrice }))

describe("the drawdown stop", () => {
  it("counts from the highest equity, and from the first after a reset", () => {
    expect([peakAfter(null, usdc(-5)), peakAfter(usdc(3), usdc(2)), peakAfter(usdc(3), usdc(4))]).toStrictEqual([
      -5, 3, 4
    ])
    expect([fallFrom(null, usdc(-5)), fallFrom(usdc(3), usdc(2)), fallFrom(usdc(3), usdc(4))]).toStrictEqual([0, 1, 0])
  })

  it("sees what every strategy realized and holds, at the newest price", () => {
    const account = new Account()
    account.restore(held("a", 100e6, 50e6, -2e6), null)
    account.restore(held("b", 10e6, 4e6, 1e6), null)
    // Without a price a position counts at cost.
    expect(equityOf(account)).toBe(-1e6)
    account.mark("m", shown(0.3))
    expect(equityOf(account)).toBe(-1e6 - 20e6 - 1e6)
  })

  it("takes no equity for a peak of which a loss is not known yet", () => {
    const watch = drawdownWatchOf({ maxDrawdown: usdc(1) })
    expect(drawdownWatchOf({ maxDrawdown: null })).toBeNull()
    if (watch === null) throw new Error("a stop is set")
    expect(watch.peak).toBe(0)
    const account = new Account()
    account.restore(held("a", 100e6, 50e6, 0), null)
    account.restore(held("closed", 0, 0, 5e6), null)
    watch.restore(account, null)
    watch.see(account)
    expect([watch.peak, watch.fall(account)]).toStrictEqual([null, 0])
    account.mark("m", shown(0.4))
    watch.see(account)
    expect([watch.peak, watch.fall(account)]).toStrictEqual([-5e6, 0])
    account.mark("m", shown(0.45))
    // A look that is not over counts for the fall already.
    expect([watch.peak, watch.fall(account)]).toStrictEqual([-5e6, 0])
    watch.see(account)
    account.mark("m", shown(0.42))
    watch.see(account)
    expect([watch.peak, watch.fall(account)]).toStrictEqual([0, 3e6])
    watch.restore(account, usdc(9e6))
    watch.see(account)
    expect(watch.fall(account)).toBe(12e6)
  })
})

describe("the peak of the drawdown stop", () => {
  const portfolio = (peak: Usdc | null): Portfolio => ({
    positions: [held("a", 100e6, 50e6, 0), { ...held("a", 100e6, 50e6, 0), marketId: "n" }],
    ...{ working: [], realizedToday: usdc(0), decisions: [], tried: [], taken: [], peak }
  })
  const quoted = (atUs: number, marketId: string, yesPrice: number): EngineEvent => {
    const market = blankMarket({ marketId, yesPrice })
    return { kind: "market", atUs, instrument: instrumentOf(market), quote: quoteOf(market) }
  }
  const engine = (peak: Usdc | null) => {
    const { execution, risk } = defaultConfig
    const settings = replaySettings(
      {
        ...{ fromUs: 0, toUs: 10, strategies: [], compat: "market", settlement: true, execution },
        risk: { ...risk, max_drawdown: 20 }
      },
      anyAge
    )
    const state = new EngineState(settings, 0)
    const runner = new SyncRunner({ state, keepsEvidence: false, onFact: () => undefined, onSubmit: null })
    runner.push({ kind: "account", atUs: 1, portfolio: portfolio(peak) })
    return { state, runner }
  }

  it("takes one equity of each moment, whatever the order of its events, and the fall as it is now", () => {
    for (const order of [
      [0, 1],
      [1, 0]
    ]) {
      const { runner, state } = engine(usdc(0))
      for (const event of [quoted(1, "m", 0.5), quoted(1, "n", 0.5)]) runner.push(event)
      // One market gains 10 and the other loses 10 at the same moment: equity never was 10.
      const moment = [quoted(2, "m", 0.6), quoted(2, "n", 0.4)]
      for (const at of order) runner.push(moment[at]!)
      expect([state.drawdownWatch?.peak, state.drawdown()]).toStrictEqual([0, 0])
      runner.push(quoted(3, "n", 0.35))
      expect([state.drawdownWatch?.peak, state.drawdown()]).toStrictEqual([0, 5e6])
    }
  })

  it("counts a loss before its moment is over, and a gain as a peak only afterwards", () => {
    const { runner, state } = engine(usdc(0))
    for (const event of [quoted(1, "m", 0.5), quoted(1, "n", 0.5)]) runner.push(event)
    runner.push(quoted(2, "m", 0.45))
    expect([state.drawdownWatch?.peak, state.drawdown()]).toStrictEqual([0, 5e6])
    runner.push(quoted(2, "m", 0.6))
    expect([state.drawdownWatch?.peak, state.drawdown()]).toStrictEqual([0, 0])
    runner.push(quoted(3, "m", 0.58))
    expect([state.drawdownWatch?.peak, state.drawdown()]).toStrictEqual([10e6, 2e6])
    runner.push(quoted(4, "m", 0.7))
    runner.end(4)
    // The end of a run closes its last moment.
    expect([state.drawdownWatch?.peak, state.drawdown()]).toStrictEqual([20e6, 0])
  })

  it("does not come from a moment in which a fill is not settled yet", () => {
    const { runner, state } = engine(null)
    for (const event of [quoted(1, "m", 0.5), quoted(1, "n", 0.5)]) runner.push(event)
    runner.push(quoted(2, "m", 0.9))
    runner.push({ kind: "resolution", atUs: 2, marketId: "m", payout: { yes: 0, no: 1 } })
    // 40 at its last price, and then nothing paid out.
    expect([state.drawdownWatch?.peak, state.drawdown()]).toStrictEqual([0, 50e6])
  })
})
