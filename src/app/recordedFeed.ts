import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { RecordedRounds } from "../backtest/RecordedRounds.ts"
import { StoreError } from "../domain/errors.ts"
import { type EpochMicros, MICROS_PER_MS } from "../domain/time.ts"
import { Feed, type FeedBatch } from "../ports/Feed.ts"
import { HistoryReader } from "../ports/HistoryReader.ts"

export interface RecordedWindow {
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
  /** From one round to the next, as the strategies are to be asked. */
  readonly intervalMs: number
}

const toStoreError = (cause: unknown): StoreError =>
  cause instanceof StoreError
    ? cause
    : new StoreError({
        operation: "read history",
        detail: cause instanceof Error ? cause.message : String(cause),
        cause
      })

/**
 * Recorded markets of a window as a feed: first what was known before it, then each interval's data as the Clock comes to
 * its end. The synchronous runner of backtests takes the same rounds (RecordedRounds) without a clock.
 */
export const layer = ({ fromUs, intervalMs, toUs }: RecordedWindow): Layer.Layer<Feed, never, HistoryReader> =>
  Layer.effect(
    Feed,
    Effect.map(HistoryReader, (reader) => {
      const rounds = Effect.map(reader.openMarkets({ fromUs, toUs }), (history) => {
        return new RecordedRounds(history, { fromUs, intervalUs: intervalMs * MICROS_PER_MS, settlement: true })
      })
      const batchesOf = (recorded: RecordedRounds): Stream.Stream<FeedBatch, StoreError> =>
        Stream.unfoldEffect(false, (ended) =>
          ended
            ? Effect.succeedNone
            : Effect.try({
                try: () => {
                  const { events, more, unknown } = recorded.round()
                  const problems = unknown === 0 ? [] : [`${unknown} snapshot(s) left out: their markets are not known`]
                  return [{ events, looks: [], problems, roundEnded: true }, !more] as const
                },
                catch: toStoreError
              }).pipe(Effect.asSome)
        ).pipe(
          Stream.zipWithIndex,
          // The first round is at the start of the window, the others an interval later each.
          Stream.mapEffect(([batch, index]) =>
            index === 0 ? Effect.succeed(batch) : Effect.delay(Effect.succeed(batch), Duration.millis(intervalMs))
          )
        )
      return Feed.of({
        batches: Stream.unwrapScoped(Effect.map(rounds, batchesOf)),
        recorded: Effect.void
      })
    })
  )
