import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig, defaultConfig } from "../../src/config/AppConfig.ts"
import { type ReportedTrade, type RestingOrder } from "../../src/domain/LiveOrder.ts"
import { layer as liveExchange } from "../../src/execution/LiveExecutor.ts"
import { layer as venueSync } from "../../src/execution/VenueSync.ts"
import { type CancelAnswer, LiveVenue, type LiveVenueShape, type Placement } from "../../src/ports/LiveVenue.ts"
import { price, toMicros } from "../../src/domain/units.ts"
import { hashOf, signed } from "../store/liveSupport.ts"

/** What an exchange shows at one look: the orders on its book and the account's trades. */
export interface Shown {
  readonly resting?: ReadonlyArray<RestingOrder>
  readonly trades?: ReadonlyArray<ReportedTrade>
}

/** An exchange that shows what the script says, look by look; the last look goes on for ever. */
export class ScriptedLedger {
  posted = 0
  looks = 0
  readonly canceled: Array<string> = []
  private readonly script: ReadonlyArray<Shown>
  private readonly placement: Placement
  private readonly cancelAnswer: (hash: string) => CancelAnswer
  private readonly others: Partial<LiveVenueShape>

  /** `others`: what the exchange does otherwise than the script. */
  constructor(
    script: ReadonlyArray<Shown>,
    placement: Placement = { _tag: "Taken", state: "matched", filledQty: null },
    cancelAnswer: (hash: string) => CancelAnswer = (hash) => ({ canceled: [hash], notCanceled: new Map() }),
    others: Partial<LiveVenueShape> = {}
  ) {
    this.script = script
    this.placement = placement
    this.cancelAnswer = cancelAnswer
    this.others = others
  }

  /** A look reads what rests first and the trades last, and so ends with these. */
  private get shown(): Shown {
    return this.script[Math.min(this.looks, this.script.length - 1)] ?? {}
  }

  readonly venue: LiveVenueShape = {
    ready: Effect.void,
    rules: () =>
      Effect.succeed({
        ...{ tick: price(10_000), exchange: "standard", minSize: toMicros(5), fee: null, acceptingOrders: true },
        ...{ delayed: false, tokenIds: null }
      }),
    sign: (request) => Effect.sync(() => ({ ...signed(this.posted + 1, request), fee: null })),
    post: () =>
      Effect.sync(() => {
        this.posted += 1
        return this.placement
      }),
    account: Effect.die("not asked"),
    resting: Effect.sync(() => this.shown.resting ?? []),
    order: (hash) => Effect.sync(() => this.shown.resting?.find((one) => one.hash === hash) ?? null),
    trades: () =>
      Effect.sync(() => {
        const { trades = [] } = this.shown
        this.looks += 1
        return trades
      }),
    cancel: ([hash = hashOf(0)]) =>
      Effect.sync(() => {
        this.canceled.push(hash)
        return this.cancelAnswer(hash)
      }),
    cancelAll: Effect.die("not asked"),
    cancelMarket: () => Effect.die("not asked")
  }

  /** Live trading at this exchange, over whatever store is provided. */
  get layer() {
    const config = { ...defaultConfig, live: { ...defaultConfig.live, absent_after_sec: 5 } }
    return liveExchange.pipe(
      Layer.provideMerge(venueSync),
      Layer.provideMerge(Layer.succeed(LiveVenue, LiveVenue.of({ ...this.venue, ...this.others }))),
      Layer.provide(Layer.succeed(AppConfig, config))
    )
  }
}
