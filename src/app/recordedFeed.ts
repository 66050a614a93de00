import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { type RecordedRound, RecordedRounds } from "../backtest/RecordedRounds.ts"
import { StoreError } from "../domain/errors.ts"
import { type LookEvent } from "../domain/EngineEvent.ts"
import { type EpochMicros, MICROS_PER_MS } from "../domain/time.ts"
import { Feed, type FeedBatch, type Look } from "../ports/Feed.ts"
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

/** What became known at one moment of the recording. */
interface Moment {
  readonly atUs: EpochMicros
  readonly batch: FeedBatch
}

type Learnt = RecordedRound["events"]

const lookOf = ({ answered, confirmed, seenUs, source }: LookEvent): Look => ({
  ...{ source, atUs: seenUs },
  ...{ answered, confirmed, problem: null }
})

/** A round moment by moment: what was known before the window is there at its start. */
const momentsOf = ({ atUs: endUs, events, unknown }: RecordedRound, startUs: EpochMicros): ReadonlyArray<Moment> => {
  const byMoment = new Map<EpochMicros, Array<Learnt[number]>>()
  for (const event of events) {
    const atUs = Math.max(event.atUs, startUs)
    const known = byMoment.get(atUs)
    if (known === undefined) byMoment.set(atUs, [event])
    else known.push(event)
  }
  if (!byMoment.has(endUs)) byMoment.set(endUs, [])
  const problems = unknown === 0 ? [] : [`${unknown} snapshot(s) left out: their markets are not known`]
  return [...byMoment].map(([atUs, known]) => {
    const roundEnded = atUs === endUs
    const looks = known.flatMap((event) => (event.kind === "look" ? [lookOf(event)] : []))
    const events = known.filter((event) => event.kind !== "look")
    const batch = { events, looks, problems: roundEnded ? problems : [], roundEnded }
    // Looks from before the window confirm rows that are given with them.
    return { atUs, batch: atUs === startUs && events.length > 0 ? { ...batch, stored: true } : batch }
  })
}

/** Waits until the Clock has come to a moment. */
const until = (atUs: EpochMicros): Effect.Effect<void> =>
  Effect.flatMap(Clock.currentTimeNanos, (nanos) =>
    Effect.sleep(Duration.millis(Math.max(0, atUs - Number(nanos / 1_000n)) / MICROS_PER_MS))
  )

/**
 * Recorded markets of a window as a feed: first what was known before it, then everything as the Clock comes to its
 * moment. The synchronous runner of backtests takes the same rounds (RecordedRounds) without a clock.
 */
export const layer = ({ fromUs, intervalMs, toUs }: RecordedWindow): Layer.Layer<Feed, never, HistoryReader> =>
  Layer.effect(
    Feed,
    Effect.map(HistoryReader, (reader) => {
      const rounds = Effect.map(
        reader.openMarkets({ fromUs, toUs }),
        (history) => new RecordedRounds(history, { fromUs, intervalUs: intervalMs * MICROS_PER_MS, settlement: true })
      )
      const batchesOf = (recorded: RecordedRounds): Stream.Stream<FeedBatch, StoreError> =>
        Stream.unfoldEffect(false, (ended) =>
          ended
            ? Effect.succeedNone
            : Effect.try({
                try: () => {
                  const round = recorded.round()
                  return [momentsOf(round, fromUs), !round.more] as const
                },
                catch: toStoreError
              }).pipe(Effect.asSome)
        ).pipe(
          Stream.mapConcat((moments) => moments),
          Stream.mapEffect(({ atUs, batch }) => Effect.as(until(atUs), batch))
        )
      return Feed.of({
        batches: Stream.unwrapScoped(Effect.map(rounds, batchesOf)),
        recorded: Effect.void
      })
    })
  )
