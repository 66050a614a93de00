import { type EngineEvent } from "../domain/EngineEvent.ts"
import { type MarketId } from "../domain/ids.ts"
import { type Payout } from "../domain/Market.ts"
import { type EngineState } from "./EngineState.ts"
import { beginPackages, openWaiting } from "./packages/decidePackage.ts"
import { beginEvent, notifyOfMarket, notifyOfResolution, notifyOfTimer } from "./handlers/notify.ts"
import { takeReport } from "./packages/takeReport.ts"
import { type Out } from "./Out.ts"
import { expire, takeUpResting, withdraw } from "./packages/resting.ts"
import { pauseOver } from "./packages/runPackage.ts"
import { scan } from "./scan.ts"
import { usdc } from "../domain/units.ts"

/** Pays out what is held in a resolved market: at the payout, without a fee. */
const settle = (state: EngineState, marketId: MarketId, payout: Payout, out: Out): void => {
  state.account.payOut(marketId, payout, (fill, holding) => {
    const { eventId, strategy, token } = holding
    const { cost, qty } = holding.position
    const atUs = state.nowUs
    const realizedChange = state.fill(fill)
    const reported = {
      strategy,
      marketId,
      eventId,
      token,
      side: fill.side,
      price: fill.price,
      qty: fill.qty,
      fee: usdc(0),
      atUs
    }
    out.fact({
      kind: "settlement",
      atUs,
      strategy,
      marketId,
      eventId,
      token,
      fill: reported,
      payout,
      qty,
      cost,
      realizedChange
    })
  })
}

/** A portfolio that was read anew may hold positions in markets that have resolved already: they are paid out now. */
const settleResolved = (state: EngineState, out: Out): void => {
  for (const [marketId, payout] of state.board.resolutions) settle(state, marketId, payout, out)
}

const goOff = (state: EngineState, { atUs, id }: Extract<EngineEvent, { kind: "timer" }>, out: Out): void => {
  switch (id.kind) {
    case "scan":
      return scan(state, out)
    case "package":
      return pauseOver(state, id.run, out)
    case "expire":
      return expire(state, id.orderId, out)
    case "withdraw":
      return withdraw(state, id.orderId, out)
    case "strategy":
      return notifyOfTimer(state, id.strategy, atUs, out)
  }
}

const take = (state: EngineState, event: EngineEvent, out: Out): void => {
  switch (event.kind) {
    case "market":
      state.observe(event.instrument, event.quote, event.confirmedUs)
      return notifyOfMarket(state, event, out)
    case "resolution":
      state.resolve(event.marketId, event.payout)
      settle(state, event.marketId, event.payout, out)
      return notifyOfResolution(state, event.marketId, event.payout, out)
    case "look":
      state.board.confirm(event)
      if (event.answered) state.answered = true
      return
    case "report":
      return takeReport(state, event.orderId, event.report, out)
    case "package":
      return beginPackages(state, [event.package], out)
    case "timer":
      return goOff(state, event, out)
    case "account":
      state.restore(event.portfolio)
      takeUpResting(state, out)
      return settleResolved(state, out)
    case "switches":
      state.switches = event.switches
      return
    case "venue":
      state.ordersHidden = event.problem
      return
    case "stop":
      state.stopped = true
      return
  }
}

/**
 * The only place that changes trading state: takes one event, and writes commands and facts to `out`. It waits
 * for nothing and knows no clock, no store and no venue, so the same events give the same facts in a backtest, on
 * paper, live, and in the replay of a session.
 */
export const step = (state: EngineState, event: EngineEvent, out: Out): void => {
  state.advance(event.atUs)
  if (state.subscribers !== null) beginEvent(state, state.subscribers, event, out)
  take(state, event, out)
  // The end of one package may let the next one begin.
  if (state.waiting.length > 0) openWaiting(state, out)
}
