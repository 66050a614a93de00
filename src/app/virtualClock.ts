import { setImmediate } from "node:timers"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { defaultScheduler, type Scheduler } from "effect/Scheduler"
import { type EpochMicros, MICROS_PER_MS } from "../domain/time.ts"
import { Sleepers } from "./sleepers.ts"

const NANOS_PER_MICRO = 1_000n

/**
 * Time that passes only when there is nothing else to do: as soon as every fiber waits, it jumps to the next moment that
 * a fiber sleeps for. It has to be its fibers' scheduler too, since that is who knows whether one of them can run.
 *
 * What happens outside Effect (a socket, a file, a worker) is not seen: wrap it in `hold`, and time stands still
 * meanwhile, deadlines included.
 */
export class VirtualClock implements Clock.Clock, Scheduler {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  readonly currentTimeMillis = Effect.sync(() => this.unsafeCurrentTimeMillis())
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())
  private readonly sleepers = new Sleepers()
  private timeUs: EpochMicros
  /** Tasks of fibers that can run now, and pieces of work that are under way elsewhere. */
  private busy = 0
  private jumping = false
  private stopped = false

  constructor(startUs: EpochMicros) {
    this.timeUs = startUs
  }

  get nowUs(): EpochMicros {
    return this.timeUs
  }

  /** How many wait for a moment. */
  get sleeping(): number {
    return this.sleepers.size
  }

  unsafeCurrentTimeMillis(): number {
    return Math.floor(this.timeUs / MICROS_PER_MS)
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(this.timeUs) * NANOS_PER_MICRO
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.async((resume) => {
      const millis = Duration.toMillis(duration)
      if (!Number.isFinite(millis)) return
      const dueUs = this.timeUs + Math.max(0, Math.round(millis * MICROS_PER_MS))
      const sleeper = this.sleepers.add(dueUs, () => resume(Effect.void))
      this.jumpWhenIdle()
      return Effect.sync(() => this.sleepers.remove(sleeper))
    })
  }

  /** Time stands still while `effect` runs. */
  hold<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.acquireUseRelease(
      Effect.sync(() => this.begin()),
      () => effect,
      () => Effect.sync(() => this.end())
    )
  }

  /** Time as it was somewhere else: it may go back, as a wall clock does that is set back. */
  set(timeUs: EpochMicros): void {
    this.timeUs = timeUs
  }

  /** No sleeper wakes any more. */
  stop(): void {
    this.stopped = true
  }

  shouldYield: Scheduler["shouldYield"] = (fiber) => defaultScheduler.shouldYield(fiber)

  scheduleTask: Scheduler["scheduleTask"] = (task, priority, fiber) => {
    this.begin()
    defaultScheduler.scheduleTask(
      () => {
        try {
          task()
        } finally {
          this.end()
        }
      },
      priority,
      fiber
    )
  }

  private begin(): void {
    this.busy += 1
  }

  private end(): void {
    this.busy -= 1
    this.jumpWhenIdle()
  }

  /** In a new turn of the event loop: promises that are settled already (a body read from memory) come first. */
  private jumpWhenIdle(): void {
    if (this.busy > 0 || this.jumping || this.stopped || this.sleepers.size === 0) return
    this.jumping = true
    setImmediate(() => {
      this.jumping = false
      if (this.busy > 0 || this.stopped) return
      const next = this.sleepers.take()
      if (next === undefined) return
      this.timeUs = Math.max(this.timeUs, next.dueUs)
      next.wake()
      this.jumpWhenIdle()
    })
  }
}

/** The system's clock, as a Layer beside the virtual one. */
export const systemTime: Layer.Layer<never> = Layer.empty

/**
 * Time that starts at a moment and jumps to the next thing that is waited for, for everything that runs on the Layer. The
 * two are set one after the other: merged, they would be set in fibers of their own, which put nothing back at the end.
 */
export const virtualTime = (startUs: EpochMicros): Layer.Layer<never> =>
  Layer.unwrapScoped(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => new VirtualClock(startUs)),
        (clock) => Effect.sync(() => clock.stop())
      ),
      (clock) => Layer.provideMerge(Layer.setScheduler(clock), Layer.setClock(clock))
    )
  )

/** Runs `effect` on virtual time from `startUs` on; time ends with it. */
export const onVirtualTime = <A, E, R>(
  startUs: EpochMicros,
  effect: (clock: VirtualClock) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => new VirtualClock(startUs)),
    (clock) => effect(clock).pipe(Effect.withClock(clock), Effect.withScheduler(clock)),
    (clock) => Effect.sync(() => clock.stop())
  )
