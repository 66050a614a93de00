import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type SwitchState } from "../domain/Switches.ts"
import { MICROS_PER_MS } from "../domain/time.ts"
import { switchesEntry } from "../engine/journalEntries.ts"
import { Journal } from "../ports/Journal.ts"
import { TradingSwitches } from "../ports/TradingSwitches.ts"

const same = (a: ReadonlyArray<SwitchState>, b: ReadonlyArray<SwitchState>): boolean =>
  a.length === b.length && a.every((state, index) => JSON.stringify(state) === JSON.stringify(b[index]))

const journaled = (
  inner: Context.Tag.Service<TradingSwitches>,
  journal: Context.Tag.Service<Journal>
): Context.Tag.Service<TradingSwitches> => {
  let reads = 0
  let last: ReadonlyArray<SwitchState> = []
  return {
    read: Effect.gen(function* () {
      const states = yield* inner.read
      reads += 1
      if (same(states, last)) return states
      last = states
      const atMs = yield* Clock.currentTimeMillis
      const read = reads
      yield* journal.append(() => [switchesEntry(atMs * MICROS_PER_MS, read, states)])
      return states
    })
  }
}

/** Switches whose every change is in the journal, with the number of the reading that saw it first. */
export const journaledSwitches = <E, R>(
  switches: Layer.Layer<TradingSwitches, E, R>
): Layer.Layer<TradingSwitches, E, R | Journal> =>
  Layer.flatMap(switches, (context) =>
    Layer.effect(
      TradingSwitches,
      Effect.map(Journal, (journal) => journaled(Context.get(context, TradingSwitches), journal))
    )
  )
