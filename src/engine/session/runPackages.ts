import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { type AppConfig } from "../../config/AppConfig.ts"
import { type InputError, type StoreError } from "../../domain/errors.ts"
import { type Estimate, type ReportedFill } from "../../domain/Execution.ts"
import { type DecisionFact, type Fact, type PackageFact } from "../../domain/Fact.ts"
import { type EventId, type MarketId } from "../../domain/ids.ts"
import { type Freshness } from "../../domain/Freshness.ts"
import { confirmedAt } from "../../domain/looks.ts"
import { type Market } from "../../domain/Market.ts"
import { type Order } from "../../domain/Order.ts"
import { type OrderPackage } from "../../domain/OrderPackage.ts"
import { type RiskDecision, type RiskLimits } from "../../domain/Risk.ts"
import { MICROS_PER_MS } from "../../domain/time.ts"
import { type Usdc } from "../../domain/units.ts"
import { Executors } from "../../ports/Executor.ts"
import { type Journal } from "../../ports/Journal.ts"
import { MarketRepo } from "../../ports/MarketRepo.ts"
import { RiskGuard } from "../../ports/RiskGuard.ts"
import { LookRepo } from "../../ports/LookRepo.ts"
import { TradeRecorder } from "../../ports/TradeRecorder.ts"
import { type TradingSwitches } from "../../ports/TradingSwitches.ts"
import { nowUs } from "../now.ts"
import { storedFreshness } from "../storedFreshness.ts"
import { Instruments, marketEvent, resolutionEvents } from "../../domain/marketEvents.ts"
import { type ExchangeReport, openSession, type Session } from "./openSession.ts"
import { engineSettings } from "./settings.ts"
import { type StoredOrder } from "./storeFacts.ts"

/** One order of a package as it was stored. */
export interface RoutedOrder {
  readonly order: Order
  readonly fills: ReadonlyArray<ReportedFill>
  /** What each fill realized, micro-USDC. */
  readonly realizedChanges: ReadonlyArray<Usdc>
  /** What risk saw; null when it was not asked. */
  readonly decision: RiskDecision | null
  /** What the market showed beforehand; null when it was not looked at. */
  readonly estimate: Estimate | null
}

/** What became of one package. */
export interface PackageResult {
  /** null: it was not begun, because a gate closed or the program was asked to stop before its turn. */
  readonly decision: DecisionFact | null
  /** null: it was refused before anything was sent. */
  readonly ended: PackageFact | null
  /** Another process carried out one of its signals first; nothing was stored. */
  readonly superseded: boolean
  readonly orders: ReadonlyArray<RoutedOrder>
}

/** The services by which orders are carried out. */
export type Routing = TradingSwitches | Executors | RiskGuard | Journal | TradeRecorder | LookRepo | AppConfig

/** Collects what happened, by package. */
class Results {
  readonly decisions = new Map<number, DecisionFact>()
  readonly ends = new Map<number, PackageFact>()
  readonly superseded = new Set<number>()
  /** Which of its package's orders each is; null: it gave a leg back. */
  readonly orders = new Map<number, Array<{ readonly leg: number | null; readonly routed: RoutedOrder }>>()
  readonly facts: Array<Fact> = []

  readonly take = (fact: Fact): void => {
    this.facts.push(fact)
    if (fact.kind === "decision") this.decisions.set(fact.run, fact)
    else if (fact.kind === "package") this.ends.set(fact.run, fact)
  }

  readonly onSuperseded = (run: number): void => {
    this.superseded.add(run)
  }

  readonly onStored = (run: number, { decision, fact, leg, order }: StoredOrder): void => {
    const routed: RoutedOrder = {
      order,
      fills: fact?.fills ?? [],
      realizedChanges: fact?.realizedChanges ?? [],
      decision: leg === null ? null : (decision?.decisions[leg] ?? null),
      estimate: leg === null ? null : (decision?.estimates[leg] ?? null)
    }
    const orders = this.orders.get(run)
    if (orders === undefined) this.orders.set(run, [{ leg, routed }])
    else orders.push({ leg, routed })
  }

  /** The package's orders in the order of the plan, not in that of sending; then those that gave legs back. */
  ordersOf(run: number): ReadonlyArray<RoutedOrder> {
    const placeOf = (leg: number | null): number => leg ?? Number.MAX_SAFE_INTEGER
    return [...(this.orders.get(run) ?? [])].sort((a, b) => placeOf(a.leg) - placeOf(b.leg)).map(({ routed }) => routed)
  }

  of(run: number): PackageResult {
    return {
      decision: this.decisions.get(run) ?? null,
      ended: this.ends.get(run) ?? null,
      superseded: this.superseded.has(run),
      orders: this.ordersOf(run)
    }
  }
}

/** An engine over the stored portfolio, without a feed: what a single command trades with. */
export interface CommandSession {
  readonly session: Session
  readonly results: Results
  /** Waits for the exchange's answers; on the simulated venue time jumps to them. */
  readonly settle: Effect.Effect<void, StoreError>
  /** Several packages may be on their way at once. */
  readonly parallel: boolean
}

const waitFor = (session: Session, inbox: Queue.Queue<ExchangeReport>, simulated: boolean) =>
  Effect.gen(function* () {
    while (session.busy()) {
      // An order that rests may do so for hours: only what is on its way is waited for.
      const dueUs = session.nextWorkUs()
      if (dueUs !== null) {
        // In a command nothing else can happen meanwhile, so on the simulated venue time jumps; only an exchange needs
        // the wait.
        if (!simulated) yield* Effect.sleep(Duration.millis(Math.max(0, dueUs - (yield* nowUs)) / MICROS_PER_MS))
        yield* session.reach(dueUs)
        continue
      }
      const { orderId, report } = yield* Queue.take(inbox)
      yield* session.push([{ kind: "report", atUs: yield* nowUs, orderId, report }])
    }
  })

/** Markets in which an order follows the fills of one that rests. */
export const followedMarkets = Effect.map(
  Effect.flatMap(TradeRecorder, ({ working }) => working),
  (working) => working.flatMap(({ rest }) => (rest?.followers ?? []).map(({ marketId }) => marketId))
)

/**
 * Whether a limit needs to know the markets of all that is held, and not only those of the order: when they resolve, with
 * what, which fee a resting order may have to pay, or what is lost at the newest prices.
 */
const looksAtHoldings = (limits: RiskLimits): boolean =>
  limits.maxResolutionDateNotional !== null ||
  limits.maxScenarioLoss !== null ||
  limits.maxEventScenarioLoss !== null ||
  limits.maxMarketNotional !== null ||
  limits.buyingPower !== null ||
  limits.maxDrawdown !== null

/**
 * Opens an engine on the stored portfolio, with the markets of the given ids and those that its limits look at: where
 * something is held or rests, only if a limit needs to know when or with what it resolves. `trades` as of `openCommand`.
 */
export const openStored = (
  mode: Order["mode"],
  marketIds: ReadonlyArray<MarketId>,
  trades: boolean,
  freshness: Freshness | null = null
) =>
  Effect.gen(function* () {
    const repo = yield* MarketRepo
    const recorder = yield* TradeRecorder
    const { limits } = yield* RiskGuard
    const held = looksAtHoldings(limits)
      ? [...(yield* recorder.positions).filter(({ qty }) => qty !== 0), ...(yield* recorder.working)]
      : []
    const followers = yield* followedMarkets
    const ids = new Set([...marketIds, ...followers, ...held.map(({ marketId }) => marketId)])
    const markets = yield* repo.findAll([...ids])
    return yield* openCommand(mode, [...markets.values()], trades, freshness)
  })

/**
 * Reads the portfolio, and opens an engine on it that has seen the given markets. `trades`: what rests meets what they
 * show, and what is held is settled where they have resolved, as far as the simulated venue has it (an exchange does so
 * itself). false: the account is only looked at, so the markets are known before the portfolio is and change nothing.
 * `given`: how old quotes may be; null: as configured, for a command of its own.
 */
export const openCommand = (
  mode: Order["mode"],
  markets: ReadonlyArray<Market>,
  trades: boolean,
  given: Freshness | null = null
) =>
  Effect.gen(function* () {
    const { capabilities, exchange } = (yield* Executors)[mode]
    const freshness = given ?? (yield* storedFreshness())
    const inbox = yield* Queue.unbounded<ExchangeReport>()
    const results = new Results()
    const session = yield* openSession({
      settings: yield* engineSettings({
        ...{ mode, capabilities, freshness, confirmed: false, maxSignals: 0, cooldownUs: 0 },
        strategies: []
      }),
      exchange,
      stopped: null,
      observer: results,
      watch: null,
      onFact: results.take,
      recorded: Effect.void,
      keepsPeak: trades,
      onReport: (report) => Queue.offer(inbox, report)
    })
    const instruments = new Instruments()
    const atUs = yield* nowUs
    const seen = [...markets].sort((a, b) => a.updatedAtUs - b.updatedAtUs)
    const confirmations = yield* (yield* LookRepo).confirmationsOf(seen.map(({ marketId }) => marketId))
    const confirmed = confirmedAt(confirmations)
    const looks = seen.map((market) => marketEvent(market, atUs, instruments, confirmed(market)))
    if (trades) {
      // A fill may bring an order in another of these markets, so all of them are known before anything rests here.
      if ((yield* followedMarkets).length > 0) yield* session.push(looks)
      yield* session.refreshAccount(true)
      // What rests may order by itself: what follows its fills, or what it takes at its end.
      if (session.state.restsByTerms) yield* session.refreshSwitches
      // Resolutions come first, so that the last quote of a resolved market fills no order that rests there.
      yield* session.push([...(exchange === null ? resolutionEvents(seen, atUs) : []), ...looks])
      // What should have ended while no program ran ends now, once older quotes were met.
      yield* session.reach(session.state.nowUs)
      // The account as it was found, before the command's own orders.
      yield* session.endMoment
    } else {
      yield* session.push(looks)
      yield* session.refreshAccount(true)
    }
    const opened: CommandSession = {
      session,
      results,
      settle: waitFor(session, inbox, exchange === null),
      parallel: capabilities.parallel
    }
    return opened
  })

/** Makes a package when its turn comes: only then are the events of its legs' markets known. */
export type MakePackage = (eventOf: (marketId: MarketId) => EventId | undefined) => OrderPackage

export interface PackagesRequest {
  readonly mode: Order["mode"]
  /** Markets that the legs are in. */
  readonly marketIds: ReadonlyArray<MarketId>
  readonly packages: ReadonlyArray<MakePackage>
  /** How old quotes may be; absent: as configured, for a command of its own. */
  readonly freshness?: Freshness
}

/**
 * Carries packages out on the stored portfolio, one after the other, and sees each to its end. A gate that is closed ends
 * the batch: the packages behind it are left. One command of this process at a time.
 */
export const runPackages = ({
  freshness,
  marketIds,
  mode,
  packages
}: PackagesRequest): Effect.Effect<ReadonlyArray<PackageResult>, StoreError | InputError, MarketRepo | Routing> =>
  Effect.gen(function* () {
    const { exclusively } = yield* TradeRecorder
    return yield* exclusively(
      Effect.gen(function* () {
        const { parallel, results, session, settle } = yield* openStored(mode, marketIds, true, freshness)
        let run = 0
        for (const make of packages) {
          yield* session.refreshSwitches
          const begun = session.push([{ kind: "package", atUs: yield* nowUs, package: make(session.state.eventOf) }])
          // A package half sent to an exchange is worse than a late exit, so it is not interrupted. On paper nothing of
          // it is stored before its end, so it may be.
          yield* parallel ? begun : Effect.uninterruptible(Effect.zipRight(begun, settle))
          run += 1
          if (results.decisions.get(run)?.refusal?.by === "gate") break
        }
        yield* settle
        yield* session.endMoment
        return packages.map((_, index) => results.of(index + 1))
      })
    )
  }).pipe(Effect.scoped)
