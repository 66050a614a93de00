import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { AppConfig, defaultConfig } from "../../src/config/AppConfig.ts"
import { StoreError, VenueUnavailable } from "../../src/domain/errors.ts"
import { layer as venueSyncLayer } from "../../src/execution/VenueSync.ts"
import { reconcileBreaker } from "../../src/policy/venue.ts"
import { LiveOrderRepo } from "../../src/ports/LiveOrderRepo.ts"
import { LiveVenue } from "../../src/ports/LiveVenue.ts"
import { VenueSync } from "../../src/ports/VenueSync.ts"

const unexpected = Effect.die("unexpected call")
const down = new VenueUnavailable({ operation: "GET /data/orders", detail: "HTTP 500", nothingSent: true })
const { failureThreshold } = reconcileBreaker

/** Reconciliation with an exchange that answers as `resting` does, and a database as `marked` does. */
const syncing = <A, E>(
  resting: Effect.Effect<[], VenueUnavailable>,
  marked: Effect.Effect<void, StoreError>,
  body: Effect.Effect<A, E, VenueSync>
) => {
  const venue = LiveVenue.of({
    ready: unexpected,
    rules: () => unexpected,
    sign: () => unexpected,
    post: () => unexpected,
    account: unexpected,
    resting,
    order: () => unexpected,
    trades: () => Effect.succeed([]),
    cancel: () => unexpected,
    cancelAll: unexpected,
    cancelMarket: () => unexpected
  })
  const repo = LiveOrderRepo.of({
    stage: () => unexpected,
    advance: () => unexpected,
    find: () => unexpected,
    byHash: () => Effect.succeed(new Map()),
    tracked: Effect.succeed([]),
    unresolved: Effect.succeed([]),
    tradesSince: Effect.succeed(0),
    syncedAt: unexpected,
    markSynced: () => marked
  })
  const layer = venueSyncLayer.pipe(
    Layer.provide(Layer.succeed(LiveVenue, venue)),
    Layer.provide(Layer.succeed(LiveOrderRepo, repo)),
    Layer.provide(Layer.succeed(AppConfig, defaultConfig))
  )
  return Effect.provide(body, layer)
}

const sync = Effect.flatMap(VenueSync, (venueSync) => venueSync.sync)
const failing = Effect.map(Effect.flip(sync), ({ message }) => message)

describe("reconciliation of own orders", () => {
  it.effect(
    "leaves an exchange alone that failed in a row, asks once after the cooldown, and goes on when it answers",
    () =>
      Effect.gen(function* () {
        let asked = 0
        let answers = false
        const resting = Effect.suspend(() => {
          asked += 1
          return answers ? Effect.succeed<[]>([]) : Effect.fail(down)
        })
        yield* syncing(
          resting,
          Effect.void,
          Effect.gen(function* () {
            for (let n = 0; n < failureThreshold; n += 1) assert.strictEqual(yield* failing, down.message)
            assert.strictEqual(
              yield* failing,
              `reconciliation: not asked before 1970-01-01T00:00:05Z, after failures in a row: ${down.message}`
            )
            assert.strictEqual(asked, failureThreshold)
            yield* TestClock.adjust("5 seconds")
            assert.strictEqual(yield* failing, down.message)
            assert.match(yield* failing, /not asked before 1970-01-01T00:00:10Z/)
            answers = true
            yield* TestClock.adjust("5 seconds")
            yield* sync
            yield* sync
            assert.strictEqual(asked, failureThreshold + 3)
          })
        )
      })
  )

  it.effect("does not hold failures of the database against the exchange", () => {
    const broken = new StoreError({ operation: "mark", detail: "disk full" })
    return syncing(
      Effect.succeed<[]>([]),
      Effect.fail(broken),
      Effect.gen(function* () {
        for (let n = 0; n < failureThreshold + 2; n += 1) assert.strictEqual(yield* failing, broken.message)
      })
    )
  })
})
