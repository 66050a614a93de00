import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { DrawdownRepo } from "../ports/DrawdownRepo.ts"
import { SignalRepo } from "../ports/SignalRepo.ts"
import { TradeRecorder } from "../ports/TradeRecorder.ts"
import { TradeRepo } from "../ports/TradeRepo.ts"

const make = Effect.gen(function* () {
  const trades = yield* TradeRepo
  const signals = yield* SignalRepo
  const stop = yield* DrawdownRepo
  const turn = yield* Effect.makeSemaphore(1)
  /** The version up to which this program knows what was traded; null: it has not looked yet. */
  let known: number | null = null
  /** How often the drawdown stop had been reset when its peak was read: a peak of before a reset is not stored. */
  let resets = 0

  // Another process wrote in between if the version does not follow the known one: that is left for the next look.
  const knowOwn = (stored: Option.Option<unknown>) =>
    Option.isNone(stored)
      ? Effect.void
      : Effect.map(trades.writtenVersion, (written) => {
          if (known !== null && written === known + 1) known = written
        })

  return TradeRecorder.of({
    exclusively: turn.withPermits(1),
    positions: trades.positions,
    working: trades.orders({ limit: Number.MAX_SAFE_INTEGER, status: "working", strategy: null }),
    realizedSince: trades.realizedSince,
    decisionsSince: trades.decisionsSince,
    triedSince: signals.triedSince,
    equityPeak: Effect.map(stop.read, ({ peak, resets: counted }) => {
      resets = counted
      return peak
    }),
    raiseEquityPeak: (peak, atUs) => stop.raise(peak, atUs, resets),
    takenSince: trades.takenSince,
    changedOutside: Effect.map(trades.version, (now) => {
      const changed = known !== null && now !== known
      known = now
      return changed
    }),
    signals: signals.insertAll,
    // First what was paid, then what is still held: a payout in between leaves nothing to be held.
    timesPaid: (position, qty) =>
      Effect.gen(function* () {
        const times = yield* trades.timesPaid(position)
        const held = yield* trades.position(position.strategy, position.marketId, position.token)
        return Option.isSome(held) && held.value.qty === qty ? times : null
      }),
    claim: signals.claim,
    release: signals.release,
    record: (input) => Effect.tap(trades.record(input), knowOwn),
    apply: (input) => Effect.tap(trades.apply(input), knowOwn)
  })
})

/** The database as the trading program's memory. */
export const layer: Layer.Layer<TradeRecorder, never, TradeRepo | SignalRepo | DrawdownRepo> = Layer.effect(
  TradeRecorder,
  make
)
