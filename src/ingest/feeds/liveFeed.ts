import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { AppConfig } from "../../config/AppConfig.ts"
import { type BreakerSettings } from "../../domain/Breaker.ts"
import { type SourceId } from "../../domain/ids.ts"
import { roundSchedule } from "../../policy/feed.ts"
import { Feed } from "../../ports/Feed.ts"
import { IngestRepo } from "../../ports/IngestRepo.ts"
import { IngestSources, type SourceShape } from "../../ports/IngestSource.ts"
import { LookRepo } from "../../ports/LookRepo.ts"
import { MarketRepo } from "../../ports/MarketRepo.ts"
import { TradeRepo } from "../../ports/TradeRepo.ts"
import { storeFetched } from "../askSource.ts"
import { breakerOf, chooseSources } from "../chosenSources.ts"
import { type Captured, type Message, nextBatch, type Running } from "./liveRounds.ts"
import { MarketMemory } from "./MarketMemory.ts"
import { makeRecorder, type Recorder } from "./recorder.ts"
import { Rounds } from "./rounds.ts"
import { makeFeedMemory } from "./sourceMemory.ts"

export interface LiveFeedOptions {
  readonly sources: ReadonlyArray<SourceId>
  /** How many markets of each source a round asks for. */
  readonly limit: number
  /** From the start of a round to the start of the next. */
  readonly intervalMs: number
}

interface Services {
  readonly repo: IngestRepo["Type"]
  readonly stored: MarketRepo["Type"]
  readonly looks: LookRepo["Type"]
  readonly positions: TradeRepo["Type"]["positions"]
  readonly breaker: BreakerSettings
}

/** A feed that runs until its scope closes; its first round is about to begin. */
const start = (options: LiveFeedOptions, sources: ReadonlyArray<SourceShape>, services: Services) =>
  Effect.gen(function* () {
    const { breaker, looks, positions, repo, stored } = services
    const memory = new MarketMemory()
    const feedMemory = makeFeedMemory(memory, stored, looks)
    const deps = { repo, memory: feedMemory, breaker }
    const mailbox = yield* Queue.unbounded<Message>()
    // The fibers of the feed are started after its recorder, so they end before it does.
    const recorder = yield* makeRecorder<Captured>(({ atUs, fetched }) => storeFetched(deps, fetched, atUs))
    yield* Effect.forkScoped(
      Effect.tapErrorCause(recorder.failed, (cause) => Queue.offer(mailbox, { _tag: "failed", cause }))
    )
    const running: Running = {
      ...{ options, sources, deps, stored, looks, positions, memory, feedMemory, mailbox, recorder },
      scope: yield* Effect.scope,
      pace: yield* Schedule.driver(roundSchedule(options.intervalMs)),
      rounds: new Rounds(),
      cursor: null,
      due: false
    }
    yield* Queue.offer(mailbox, { _tag: "round" })
    return running
  })

/**
 * The exchange as it is now. What a source brings becomes events as soon as it has answered, and is stored beside them
 * with the same time, so that a replay of the recording sees the same rows at the same moments. The first batch has the
 * open markets of the store and those that positions are held in; rows of other processes come when a round begins. A
 * source that fails or stalls holds back no other; only the store can make the feed fail.
 */
export const layer = (
  options: LiveFeedOptions
): Layer.Layer<Feed, never, AppConfig | IngestRepo | IngestSources | LookRepo | MarketRepo | TradeRepo> =>
  Layer.effect(
    Feed,
    Effect.gen(function* () {
      const { data } = yield* AppConfig
      const services: Services = {
        repo: yield* IngestRepo,
        stored: yield* MarketRepo,
        looks: yield* LookRepo,
        positions: (yield* TradeRepo).positions,
        breaker: breakerOf(data)
      }
      const registered = yield* IngestSources
      const current = yield* Ref.make<Recorder<Captured> | null>(null)
      const batches = Effect.gen(function* () {
        const sources = yield* chooseSources(registered, options)
        const running = yield* start(options, sources, services)
        yield* Effect.acquireRelease(Ref.set(current, running.recorder), () => Ref.set(current, null))
        return Stream.repeatEffect(nextBatch(running))
      })
      return Feed.of({
        batches: Stream.unwrapScoped(batches),
        recorded: Effect.flatMap(Ref.get(current), (recorder) => recorder?.flushed ?? Effect.void)
      })
    })
  )
