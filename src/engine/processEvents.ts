import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type AccountFill } from "../core/account.ts"
import { settlementFill } from "../core/settlement.ts"
import { type InputError, type StoreError, type VenueUnavailable } from "../domain/errors.ts"
import { type OrderUpdate } from "../domain/Execution.ts"
import { type MarketId } from "../domain/ids.ts"
import { type Payout } from "../domain/Market.ts"
import { type MarketEvent } from "../domain/MarketEvent.ts"
import { Executors } from "../ports/Executor.ts"
import { Journal } from "../ports/Journal.ts"
import { TradeRecorder } from "../ports/TradeRecorder.ts"
import { settlementEntry, updateEntry } from "./journalEntries.ts"
import { type CycleReport, type ProgramOptions } from "./program.ts"
import { settlementResult } from "./settlementResult.ts"
import { type TradingState } from "./TradingState.ts"

/** Takes in events from `from` on, up to the first that something has to be done about; gives its index, or the length. */
const absorb = (state: TradingState, events: ReadonlyArray<MarketEvent>, from: number): number => {
  for (let at = from; at < events.length; at += 1) {
    const event = events[at]
    if (event === undefined) break
    state.advance(event.atUs)
    if (event.kind === "market") {
      state.observe(event.market)
      if (state.working.size > 0 && state.workingIn(event.market.marketId).length > 0) return at
    } else {
      state.resolve(event.marketId, event.payout)
      if (state.isHeld(event.marketId) || state.workingIn(event.marketId).length > 0) return at
    }
  }
  return events.length
}

/** Stores what happened to a resting order, then lets the state follow. */
const applyUpdate = (state: TradingState, { fills, order, reason, status }: OrderUpdate) =>
  Effect.gen(function* () {
    const recorder = yield* TradeRecorder
    const stored = yield* recorder.apply({ orderId: order.id, fills, status, reason, atUs: state.nowUs })
    if (Option.isNone(stored)) {
      // Somebody else ended it; the next look at the database tells what became of it.
      state.forget(order.id)
      return
    }
    state.track(stored.value)
    const added = stored.value.filledQty - order.filledQty
    // A fill that was stored before is passed over as a whole.
    if (added !== 0) for (const fill of fills) state.fill(fill)
  })

/** New data meets the orders that rest in its market. */
const matchResting = (state: TradingState, marketId: MarketId, report: CycleReport) =>
  Effect.gen(function* () {
    const executors = yield* Executors
    const journal = yield* Journal
    const context = { atUs: state.nowUs, market: state.find }
    for (const mode of ["paper", "live"] as const) {
      const resting = state.workingIn(marketId).filter((order) => order.mode === mode)
      if (resting.length === 0) continue
      const updates = yield* executors[mode].refresh(resting, context)
      if (updates.length === 0) continue
      yield* journal.append(() => [updateEntry(state.nowUs, updates)])
      for (const update of updates) yield* applyUpdate(state, update)
      report.updates += updates.length
    }
  })

/** Pays out what is held in a resolved market: at the payout, without a fee. */
const settle = (
  state: TradingState,
  marketId: MarketId,
  payout: Payout,
  options: ProgramOptions,
  report: CycleReport
) =>
  Effect.gen(function* () {
    const recorder = yield* TradeRecorder
    const journal = yield* Journal
    const open = state.account.holdingsOf(marketId).flatMap((holding) => {
      const fill = settlementFill(holding, payout)
      return fill === null ? [] : [{ holding, fill }]
    })
    if (open.length === 0) return
    const fills = open.map(({ fill }) => fill)
    yield* journal.append(() => [settlementEntry(state.nowUs, fills)])
    const results = fills.map((fill) => settlementResult(fill, state.nowUs))
    const stored = yield* recorder.record({ results, signals: [], atUs: state.nowUs })
    const carryOut = (fill: AccountFill) => state.fill(fill)
    for (const [index, { fill, holding }] of open.entries()) {
      const paid = Option.isSome(stored) && (stored.value[index]?.filledQty ?? 0) > 0
      if (!paid) continue
      if (options.observer === undefined) carryOut(fill)
      else options.observer.onSettlement(state, holding, payout, carryOut)
      report.settlements += 1
    }
  })

/**
 * Takes in what the feed told, in order. Quiet stretches run without leaving this thread of control; where an event meets
 * resting orders or positions, the venue and the store are asked before the next event is looked at, so that the answer
 * does not depend on how many events came together.
 */
export const processEvents = (
  state: TradingState,
  events: ReadonlyArray<MarketEvent>,
  options: ProgramOptions,
  report: CycleReport
): Effect.Effect<void, StoreError | InputError | VenueUnavailable, Executors | Journal | TradeRecorder> =>
  Effect.gen(function* () {
    for (let at = absorb(state, events, 0); at < events.length; at = absorb(state, events, at + 1)) {
      const event = events[at]
      if (event === undefined) break
      const marketId = event.kind === "market" ? event.market.marketId : event.marketId
      yield* matchResting(state, marketId, report)
      if (event.kind === "resolution") yield* settle(state, marketId, event.payout, options, report)
    }
  })
