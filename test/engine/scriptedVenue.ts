import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Queue from "effect/Queue"
import { onVirtualTime } from "../../src/app/virtualClock.ts"
import { memoryRecorder } from "../../src/backtest/memoryRecorder.ts"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { venueModelOf } from "../../src/core/venue/simulateFill.ts"
import { type PackagePolicy } from "../../src/core/packages/PackageMachine.ts"
import { type ApprovedOrder } from "../../src/domain/ApprovedOrder.ts"
import { StoreError, VenueUnavailable } from "../../src/domain/errors.ts"
import { type ExecutionResult } from "../../src/domain/Execution.ts"
import { type Fact, type OrderFact, type PackageFact } from "../../src/domain/Fact.ts"
import { type OrderRequest, type OrderStatus } from "../../src/domain/Order.ts"
import { type OrderPackage, type PackageLeg } from "../../src/domain/OrderPackage.ts"
import { emptyPortfolio } from "../../src/domain/Portfolio.ts"
import { otherReason } from "../../src/domain/rejection.ts"
import { anyAge } from "../../src/domain/Freshness.ts"
import { MICRO, price, shares, toMicros, usdc } from "../../src/domain/units.ts"
import { type EngineSettings } from "../../src/engine/EngineSettings.ts"
import { nowUs } from "../../src/engine/now.ts"
import { type ExchangeReport, openSession } from "../../src/engine/session/openSession.ts"
import { type Exchange } from "../../src/ports/Executor.ts"
import { TradeRecorder } from "../../src/ports/TradeRecorder.ts"
import { TradingSwitches } from "../../src/ports/TradingSwitches.ts"
import { decidePackageOrders } from "../../src/risk/decidePackageOrders.ts"
import { limitsOf } from "../../src/risk/limits.ts"
import { makeMemoryJournal } from "../../src/store/memoryJournal.ts"

/** What the venue does with an order: fill a share of it, or fail before or after it was seen. */
export type Answer =
  | "filled"
  | "partial"
  | "refused"
  | "canceled"
  /** The connection broke; it filled all the same. */
  | "unknown"
  /** The store broke while the order was on its way. */
  | "store"
  | "silent"
  /** An immediate order that the venue still works on. */
  | "working"
  /** It fills, but the answer takes longer than the deadline. */
  | "slow"
  | "nothing sent"

export const FEE = toMicros(0.01)

export const legOrder = (marketId: string, limit: number, fields: Partial<PackageLeg> = {}): PackageLeg => ({
  strategy: "s2",
  marketId,
  eventId: "e1",
  token: "YES",
  side: "buy",
  limitPrice: price(Math.round(limit * MICRO)),
  qty: shares(10 * MICRO),
  tif: "ioc",
  role: "leg",
  signalId: null,
  ...fields
})

/** An exchange that does what the script says, order by order, and knows what is really held. */
export class ScriptedVenue implements Pick<Exchange, "submit"> {
  readonly sent: Array<{ readonly order: ApprovedOrder; readonly atUs: number; readonly strictLimit: boolean }> = []
  /** Net change by market, micro-shares; what a package bought is positive, what it sold negative. */
  readonly net = new Map<string, number>()
  private readonly script: ReadonlyArray<Answer>

  constructor(script: ReadonlyArray<Answer>) {
    this.script = script
  }

  private execute(order: ApprovedOrder, share: number, atUs: number, status: OrderStatus): ExecutionResult {
    const qty = shares(Math.floor((order.qty * share) / 10_000) * 10_000)
    if (qty > 0) {
      this.net.set(order.marketId, (this.net.get(order.marketId) ?? 0) + (order.side === "buy" ? qty : -qty))
    }
    const { eventId, limitPrice: price, marketId, side, strategy, token } = order
    const fill = { strategy, marketId, eventId, token, side, price, qty, fee: FEE, atUs }
    return {
      status,
      fills: qty > 0 ? [{ ...fill, externalFillId: null, report: "{}" }] : [],
      reason: status === "filled" ? null : otherReason(`scripted ${status}`),
      countsAsRejection: status === "rejected"
    }
  }

  readonly submit: Exchange["submit"] = (orders, { atUs, strictLimit }) =>
    Effect.suspend((): ReturnType<Exchange["submit"]> => {
      const [order] = orders
      if (order === undefined || orders.length > 1) throw new Error("one order at a time")
      const said = this.script[this.sent.length] ?? "filled"
      this.sent.push({ order, atUs, strictLimit })
      const unavailable = (nothingSent: boolean) =>
        Effect.fail(new VenueUnavailable({ operation: "submit", detail: said, nothingSent }))
      switch (said) {
        case "filled":
          return Effect.succeed([this.execute(order, 1, atUs, "filled")])
        case "partial":
          return Effect.succeed([this.execute(order, 0.4, atUs, "canceled")])
        case "refused":
          return Effect.succeed([this.execute(order, 0, atUs, "rejected")])
        case "canceled":
          return Effect.succeed([this.execute(order, 0, atUs, "canceled")])
        case "working":
          return Effect.succeed([this.execute(order, 0.1, atUs, "partially_filled")])
        case "unknown":
          this.execute(order, 1, atUs, "filled")
          return unavailable(false)
        case "store":
          return Effect.fail(new StoreError({ operation: "order", detail: "disk full" }))
        case "silent":
          // Code that does not let itself be interrupted, as a driver in C would.
          return Effect.uninterruptible(Effect.async<never>(() => undefined))
        case "slow":
          return Effect.delay(
            Effect.sync(() => [this.execute(order, 1, atUs, "filled")]),
            "11 seconds"
          )
        case "nothing sent":
          return unavailable(true)
      }
    })

  readonly exchange: Exchange = { submit: this.submit, cancel: () => Effect.succeedNone }
}

export const policy: PackagePolicy = {
  deadlineUs: 10 * MICRO,
  unwind: "sell_back",
  maxUnwindLoss: usdc(5 * MICRO),
  unwindAttempts: 2
}

const liveSwitches = [
  { name: "KILL_SWITCH", value: false, origin: "default" },
  { name: "ENABLE_LIVE_TRADING", value: true, origin: "default" },
  { name: "REQUIRE_MANUAL_CONFIRM", value: true, origin: "default" }
] as const

const limits = limitsOf({ ...defaultConfig.risk, max_strategy_notional: 1e6, max_event_notional: 1e6 })
const { execution } = defaultConfig

const settingsOf = (fields: Partial<EngineSettings>): EngineSettings => ({
  mode: "live",
  venue: { foresees: false, parallel: false },
  model: venueModelOf(execution),
  limits,
  freshness: anyAge,
  decide: (estimates, exposure) => decidePackageOrders(estimates, exposure, limits),
  packages: policy,
  legDelayUs: 0,
  unwindPauseUs: 2 * MICRO,
  strategies: [],
  confirmed: true,
  maxSignals: 0,
  cooldownUs: 0,
  ...fields
})

const packageOf = (legs: ReadonlyArray<PackageLeg>): OrderPackage => ({
  strategy: "s2",
  eventId: "e1",
  signalIds: [],
  asked: [],
  legs,
  shortage: "buy_other",
  strictLimit: false,
  confirmed: true
})

export interface PackageExecution {
  readonly ended: PackageFact
  /** One for each leg, in the order of the package. */
  readonly results: ReadonlyArray<OrderFact>
  /** In the order in which they were sent. */
  readonly unwinds: ReadonlyArray<OrderFact>
}

const executionOf = (facts: ReadonlyArray<Fact>): PackageExecution => {
  const decision = facts.find((fact) => fact.kind === "decision")
  const ended = facts.find((fact) => fact.kind === "package")
  if (decision === undefined || ended === undefined) throw new Error("the package did not end")
  const orders = facts.filter((fact) => fact.kind === "order")
  const entries = orders.filter(({ purpose }) => purpose === "entry")
  return {
    ended,
    results: decision.planned.map((planned) => {
      const own = entries.filter((fact) => fact.planned === planned)
      if (own.length !== 1) throw new Error(`${own.length} results of one leg`)
      return own[0]!
    }),
    unwinds: orders.filter(({ purpose }) => purpose === "unwind")
  }
}

export interface ExecuteOptions {
  readonly policy?: Partial<PackagePolicy>
  /** What is held before; a sale of nothing buys the other outcome. */
  readonly held?: ReadonlyArray<Pick<OrderRequest, "marketId" | "token" | "qty">>
  /** Called when risk is asked about an order that gives back; false: it may not go. */
  readonly mayUnwind?: () => boolean
}

const portfolioOf = (held: ExecuteOptions["held"] = []) => ({
  ...emptyPortfolio,
  positions: held.map((one) => ({ strategy: "s2", eventId: "e1", cost: usdc(0), realized: usdc(0), ...one }))
})

/** The package on a session of its own, on virtual time from 0 on. */
export const execute = (venue: ScriptedVenue, legs: ReadonlyArray<PackageLeg>, options: ExecuteOptions = {}) =>
  onVirtualTime(0, (clock) =>
    Effect.gen(function* () {
      const facts: Array<Fact> = []
      const inbox = yield* Queue.unbounded<ExchangeReport>()
      let asked = 0
      const session = yield* openSession({
        settings: settingsOf({
          packages: { ...policy, ...options.policy },
          decide: (estimates, exposure) => {
            asked += 1
            const verdict = decidePackageOrders(estimates, exposure, limits)
            return asked > 1 && options.mayUnwind?.() === false ? { ...verdict, approved: [] } : verdict
          }
        }),
        exchange: venue.exchange,
        stopped: null,
        observer: null,
        watch: null,
        recorded: Effect.void,
        keepsPeak: false,
        onFact: (fact) => facts.push(fact),
        onReport: (report) => Queue.offer(inbox, report)
      })
      yield* session.refreshAccount(true)
      yield* session.refreshSwitches
      yield* session.push([{ kind: "package", atUs: yield* nowUs, package: packageOf(legs) }])
      while (session.busy()) {
        const dueUs = session.nextDueUs()
        if (dueUs === null) {
          const report = yield* Queue.take(inbox)
          yield* session.push([{ kind: "report", atUs: yield* nowUs, ...report }])
        } else {
          yield* Effect.sleep((dueUs - (yield* nowUs)) / 1_000)
          yield* session.reach(dueUs)
        }
      }
      return { execution: executionOf(facts), seconds: clock.nowUs / MICRO }
    }).pipe(
      Effect.scoped,
      Logger.withMinimumLogLevel(LogLevel.None),
      Effect.provide(
        Layer.mergeAll(
          makeMemoryJournal().layer,
          Layer.succeed(
            TradeRecorder,
            memoryRecorder({ changed: () => false, current: () => portfolioOf(options.held) })
          ),
          Layer.succeed(TradingSwitches, { read: Effect.succeed(liveSwitches) })
        )
      )
    )
  )
