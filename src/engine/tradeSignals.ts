import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { packagesOf } from "../core/packages/packagesOf.ts"
import { type InputError, type StoreError } from "../domain/errors.ts"
import { rejectionText } from "../domain/rejection.ts"
import { type NewSignal, packageIdOf } from "../domain/Signal.ts"
import { Journal } from "../ports/Journal.ts"
import { type Strategy } from "../ports/StrategyRegistry.ts"
import { TradeRecorder } from "../ports/TradeRecorder.ts"
import { considerAll } from "../strategies/registry.ts"
import { signalsEntry, stopEntry } from "./journalEntries.ts"
import { type CycleReport, type ProgramOptions } from "./program.ts"
import { routeBundle, type Routing } from "./routeBundle.ts"
import { type Hurry } from "./sendOrder.ts"
import { signalWishes } from "./signalWishes.ts"
import { type TradingState } from "./TradingState.ts"

/**
 * The signals to trade now, best score first: those whose market was not tried within the cooldown, as many as a cycle may
 * trade. A basket is taken whole or left whole.
 */
const choose = (
  state: TradingState,
  ranked: ReadonlyArray<NewSignal>,
  { cooldownUs, maxSignals }: ProgramOptions
): ReadonlyArray<NewSignal> => {
  const now = state.nowUs
  const chosen: Array<NewSignal> = []
  const signals = ranked.map((signal) => ({ packageId: packageIdOf(signal, now), signal }))
  for (const bundle of packagesOf(signals)) {
    if (chosen.length >= maxSignals) break
    if (chosen.length + bundle.length > maxSignals) continue
    if (bundle.some(({ signal }) => state.triedWithin(signal, cooldownUs))) continue
    for (const { signal } of bundle) chosen.push(signal)
  }
  return chosen
}

/** Asks the strategies what they want, and routes it bundle by bundle. A switch that is thrown meanwhile ends it. */
export const tradeSignals = (
  state: TradingState,
  strategies: ReadonlyArray<Strategy>,
  options: ProgramOptions,
  report: CycleReport,
  hurry: Hurry
): Effect.Effect<void, StoreError | InputError, Routing> =>
  Effect.gen(function* () {
    const recorder = yield* TradeRecorder
    const journal = yield* Journal
    const { signals: ranked } = considerAll(strategies, state.view())
    const chosen = choose(state, ranked, options)
    report.skipped = ranked.length - chosen.length
    yield* journal.append(() => [
      { kind: "timer", atUs: state.nowUs, body: { signals: ranked.length } },
      signalsEntry(state.nowUs, chosen)
    ])
    if (chosen.length === 0) return
    const stored = yield* recorder.signals(chosen, state.nowUs)
    const bundles = packagesOf(stored)
    for (const [index, bundle] of bundles.entries()) {
      if (options.stop !== null && (yield* Deferred.isDone(options.stop))) {
        return yield* journal.append(() => [stopEntry(state.nowUs, bundles.length - index)])
      }
      for (const signal of bundle) state.markTried(signal)
      const { confirmed, mode } = options
      const wishes = signalWishes(bundle, (id) => state.find(id)?.eventId)
      const request = { wishes, mode, confirmed, shortage: "buy_other", strictLimit: false } as const
      const outcome = yield* routeBundle(state, request, hurry)
      options.observer?.onBundle(state, bundle, outcome)
      report.signals += bundle.length
      if (outcome._tag === "Accepted") {
        report.executed += bundle.length
        if (outcome.alarm !== null) report.alarms += 1
      } else if (outcome._tag === "Refused") {
        report.rejected += bundle.length
        if (outcome.by !== "switch") continue
        report.stoppedBy = rejectionText(outcome.reason)
        return
      }
    }
  })
