import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { filledIn } from "../domain/Execution.ts"
import { isWorking, type Order } from "../domain/Order.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Micros } from "../domain/units.ts"
import { conflictEntry } from "../engine/journalEntries.ts"
import { Journal } from "../ports/Journal.ts"
import { TradeRecorder } from "../ports/TradeRecorder.ts"

const journaled = (
  inner: Context.Tag.Service<TradeRecorder>,
  journal: Context.Tag.Service<Journal>
): Context.Tag.Service<TradeRecorder> => {
  /** What the program knows of orders that can still fill. */
  const filled = new Map<number, Micros>()
  let writes = 0

  const track = (order: Order): void => {
    if (isWorking(order.status)) filled.set(order.id, order.filledQty)
    else filled.delete(order.id)
  }

  const compare = (
    atUs: EpochMicros,
    write: number,
    expected: ReadonlyArray<Micros>,
    stored: ReadonlyArray<Order> | null
  ) => {
    if (stored !== null && stored.every(({ filledQty }, index) => filledQty === expected[index])) return Effect.void
    const had = stored === null ? null : stored.map(({ filledQty }) => filledQty)
    return journal.append(() => [conflictEntry(atUs, write, had)])
  }

  return {
    ...inner,
    working: Effect.tap(inner.working, (orders) =>
      Effect.sync(() => {
        filled.clear()
        for (const order of orders) track(order)
      })
    ),
    claim: (signalIds, atUs) =>
      Effect.gen(function* () {
        writes += 1
        const write = writes
        const claimed = yield* inner.claim(signalIds, atUs)
        if (!claimed) yield* journal.append(() => [conflictEntry(atUs, write, null)])
        return claimed
      }),
    record: (input) =>
      Effect.gen(function* () {
        writes += 1
        const write = writes
        const stored = yield* inner.record(input)
        const expected = input.results.map(({ fills }) => filledIn(fills))
        yield* compare(input.atUs, write, expected, Option.getOrNull(stored))
        if (Option.isSome(stored)) for (const order of stored.value) track(order)
        return stored
      }),
    apply: (input) =>
      Effect.gen(function* () {
        writes += 1
        const write = writes
        const stored = yield* inner.apply(input)
        const expected = [(filled.get(input.orderId) ?? 0) + filledIn(input.fills)]
        yield* compare(input.atUs, write, expected, Option.isNone(stored) ? null : [stored.value])
        if (Option.isSome(stored)) track(stored.value)
        else filled.delete(input.orderId)
        return stored
      })
  }
}

/**
 * A recorder that tells the journal where the database had something else than was written: a signal that another
 * process took first, an order that it ended, a payout that was paid already. What the program knows from then on
 * depends on it, so a replay has to be told.
 */
export const journaledRecorder = <E, R>(
  recorder: Layer.Layer<TradeRecorder, E, R>
): Layer.Layer<TradeRecorder, E, R | Journal> =>
  Layer.flatMap(recorder, (context) =>
    Layer.effect(
      TradeRecorder,
      Effect.map(Journal, (journal) => journaled(Context.get(context, TradeRecorder), journal))
    )
  )
