import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type StoreError } from "../../domain/errors.ts"
import { type SourceId } from "../../domain/ids.ts"
import { confirmedAt } from "../../domain/looks.ts"
import { type EpochMicros, MICROS_PER_MS } from "../../domain/time.ts"
import { lookDeadline } from "../../policy/feed.ts"
import { type FeedBatch } from "../../ports/Feed.ts"
import { type SourceShape } from "../../ports/IngestSource.ts"
import { type LookRepo } from "../../ports/LookRepo.ts"
import { type MarketRepo } from "../../ports/MarketRepo.ts"
import { type TradeRepo } from "../../ports/TradeRepo.ts"
import { type AskDeps, askSource, type Fetched } from "../askSource.ts"
import { problemsOf, statusProblem } from "../problems.ts"
import { type MarketMemory } from "./MarketMemory.ts"
import { type Recorder } from "./recorder.ts"
import { lateLook, type Rounds } from "./rounds.ts"
import { type FeedMemory } from "./sourceMemory.ts"

/** What the fibers of a feed let its stream know. */
export type Message =
  | { readonly _tag: "round" }
  | { readonly _tag: "answer"; readonly source: SourceId; readonly fetched: Fetched }
  | { readonly _tag: "deadline"; readonly source: SourceId; readonly round: number }
  | { readonly _tag: "failed"; readonly cause: Cause.Cause<StoreError> }

/** What a source brought, on its way into the store. */
export interface Captured {
  readonly fetched: Fetched
  readonly atUs: EpochMicros
}

/** A feed that runs. Only its stream changes it, one message at a time. */
export interface Running {
  readonly options: { readonly limit: number; readonly intervalMs: number }
  readonly sources: ReadonlyArray<SourceShape>
  readonly deps: AskDeps
  readonly stored: MarketRepo["Type"]
  readonly looks: LookRepo["Type"]
  readonly positions: TradeRepo["Type"]["positions"]
  readonly memory: MarketMemory
  readonly feedMemory: FeedMemory
  readonly mailbox: Queue.Queue<Message>
  readonly recorder: Recorder<Captured>
  readonly scope: Scope.Scope
  readonly pace: Schedule.ScheduleDriver<number>
  readonly rounds: Rounds
  /** Where to read on in the store; null before the first round. */
  cursor: number | null
  /** The next round may begin, and waits for the end of this one. */
  due: boolean
}

const nowUs = Effect.map(Clock.currentTimeMillis, (ms) => ms * MICROS_PER_MS)

const send = ({ mailbox, scope }: Running, message: Message, when: Effect.Effect<unknown>) =>
  Effect.forkIn(Effect.zipRight(when, Queue.offer(mailbox, message)), scope)

/** Asks a source in the background. However that ends, the stream hears of it. */
const ask = ({ deps, feedMemory, mailbox, options, scope }: Running, source: SourceShape) =>
  askSource(deps, source, { limit: options.limit, incremental: true }, (fetched) =>
    Effect.zipRight(feedMemory.prepare(fetched), Queue.offer(mailbox, { _tag: "answer", source: source.id, fetched }))
  ).pipe(
    Effect.tapErrorCause((cause) => Queue.offer(mailbox, { _tag: "failed", cause })),
    Effect.forkIn(scope)
  )

/** Whether the round has ended; the next one begins at once when its time has come. */
const ended = (running: Running) =>
  Effect.suspend(() => {
    const ends = running.rounds.ends()
    if (!ends || !running.due) return Effect.succeed(ends)
    running.due = false
    return Effect.as(Queue.offer(running.mailbox, { _tag: "round" }), ends)
  })

const held = (positions: Running["positions"]) =>
  Effect.map(positions, (all) => [...new Set(all.filter(({ qty }) => qty !== 0).map(({ marketId }) => marketId))])

/** A round begins: what the store has from elsewhere comes first, then the sources are asked. null: nothing came. */
const begin = (running: Running) =>
  Effect.gen(function* () {
    const { cursor, memory, options, pace, positions, rounds, sources, stored } = running
    const first = cursor === null
    const concerned = first ? yield* held(positions) : []
    const changes = yield* stored.changedSince(cursor, concerned)
    const confirmations = first ? yield* running.looks.confirmations(concerned) : []
    running.cursor = changes.cursor
    const atUs = yield* nowUs
    const events = memory.observeStored(changes, atUs, confirmedAt(confirmations))
    const { ask: idle, late } = rounds.begin(sources.map(({ id }) => id))
    yield* send(running, { _tag: "round" }, Effect.orDie(pace.next(undefined)))
    for (const source of sources.filter(({ id }) => idle.includes(id))) {
      const deadline = Effect.sleep(lookDeadline(options.intervalMs))
      yield* send(running, { _tag: "deadline", source: source.id, round: rounds.number }, deadline)
      yield* ask(running, source)
    }
    const looks = late.map((source) => lateLook(source, atUs))
    const problems = looks.flatMap(({ problem }) => problem ?? [])
    const batch: FeedBatch = { events, looks, stored: true, problems, roundEnded: yield* ended(running) }
    return first || events.length > 0 || looks.length > 0 ? batch : null
  })

/** A source has answered: what it brought becomes events, and goes to the recorder with the same time. */
const take = (running: Running, source: SourceId, fetched: Fetched) =>
  Effect.gen(function* () {
    const { memory, recorder, rounds } = running
    rounds.answered(source)
    const atUs = memory.captureTime(fetched.report.finishedAtUs)
    const events = memory.observe(fetched.markets, atUs)
    yield* recorder.offer({ fetched, atUs })
    const changed = new Set(fetched.markets.map(({ marketId }) => marketId))
    const confirmed = [...new Set(fetched.confirmed)].filter((marketId) => !changed.has(marketId))
    const problems = problemsOf(fetched.report)
    const problem = statusProblem(fetched.report)
    const looks = [{ source, atUs, answered: fetched.answered, confirmed, problem }]
    return { events, looks, problems, roundEnded: yield* ended(running) } satisfies FeedBatch
  })

/** The round waits no longer for a source. null: it had answered. */
const giveUp = (running: Running, source: SourceId, round: number) =>
  Effect.gen(function* () {
    if (!running.rounds.giveUp(source, round)) return null
    const look = lateLook(source, yield* nowUs)
    const problems = look.problem === null ? [] : [look.problem]
    return { events: [], looks: [look], problems, roundEnded: yield* ended(running) } satisfies FeedBatch
  })

const handle = (running: Running, message: Message): Effect.Effect<FeedBatch | null, StoreError> => {
  switch (message._tag) {
    case "failed":
      return Effect.failCause(message.cause)
    case "answer":
      return take(running, message.source, message.fetched)
    case "deadline":
      return giveUp(running, message.source, message.round)
    case "round":
      if (!running.rounds.isRunning) return begin(running)
      running.due = true
      return Effect.succeed(null)
  }
}

/** Waits until something makes a batch. */
export const nextBatch = (running: Running): Effect.Effect<FeedBatch, StoreError> =>
  Effect.gen(function* () {
    for (;;) {
      const message = yield* Queue.take(running.mailbox)
      const batch = yield* handle(running, message)
      if (batch !== null) return batch
    }
  })
