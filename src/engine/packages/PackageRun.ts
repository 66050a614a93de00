import { type PackageMachine } from "../../core/packages/PackageMachine.ts"
import { type ClientOrderId } from "../../domain/EngineEvent.ts"
import { type MarketId, type StrategyId, type Token } from "../../domain/ids.ts"
import { type Estimate } from "../../domain/Execution.ts"
import { type ApprovedOrder } from "../../domain/ApprovedOrder.ts"
import { type OrderStatus } from "../../domain/Order.ts"
import { type OrderPackage, type PlannedOrder } from "../../domain/OrderPackage.ts"
import { type Rejection } from "../../domain/rejection.ts"
import { type RiskDecision } from "../../domain/Risk.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type ScenarioOrder } from "../scenarioStakes.ts"
import { type Shares, shares } from "../../domain/units.ts"

/** How the order of a leg ended. As long as a leg has no end it counts as exposure. */
export interface LegEnd {
  readonly status: OrderStatus
  readonly traded: boolean
  readonly reason: Rejection | null
  readonly countsAsRejection: boolean
  /** Whether the order reached the venue, or may have. */
  readonly mayHaveArrived: boolean
}

/** A package with everything that its decision was based on. */
export interface Judged {
  readonly package: OrderPackage
  readonly planned: ReadonlyArray<PlannedOrder>
  readonly estimates: ReadonlyArray<Estimate>
  readonly decisions: ReadonlyArray<RiskDecision>
}

/** What a package that was let through begins with. */
export interface PackageStart {
  readonly number: number
  readonly judged: Judged
  readonly orders: ReadonlyArray<ApprovedOrder>
  /** One for each order. */
  readonly orderIds: ReadonlyArray<ClientOrderId>
  /** The rules for its legs; null: a single order on the simulated venue, which always answers, needs none. */
  readonly machine: PackageMachine | null
}

/** Why a leg or a whole package failed; `leg` is null where it concerns the package. A venue may give no reason. */
export interface LegFailure {
  readonly leg: number | null
  readonly reason: Rejection | null
}

/** A package whose orders are on their way, changed in place. */
export class PackageRun {
  readonly number: number
  readonly judged: Judged
  readonly orders: ReadonlyArray<ApprovedOrder>
  readonly orderIds: ReadonlyArray<ClientOrderId>
  readonly machine: PackageMachine | null
  readonly ends: Array<LegEnd | null>
  /** How long the venue took for the orders so far, on a monotonic clock. */
  elapsedUs: EpochMicros = 0
  /** An order was sent. */
  begun = false
  /** How many orders were sent, of a package without rules. */
  sentCount = 0
  /** The first thing that went wrong. */
  failure: LegFailure | null = null
  /** The last unwinding that was refused. */
  unwindFailure: LegFailure | null = null
  /** Why the venue takes no order at all, when it said so to the first; null: it did not. */
  notSent: Rejection | null = null
  /** Orders that gave legs back: whether one traded, and whether one counts as a rejection. */
  unwindTraded = false
  unwindCounts = false
  /** The pause before an order that gives back is over. */
  paused = false

  constructor(start: PackageStart) {
    this.number = start.number
    this.judged = start.judged
    this.orders = start.orders
    this.orderIds = start.orderIds
    this.machine = start.machine
    this.ends = start.orders.map(() => null)
  }

  /** Its orders rest, each for itself. */
  get rests(): boolean {
    return this.orders[0]?.tif === "gtc"
  }

  /** It is a single order, which has no counter legs. */
  get alone(): boolean {
    return this.orders.length === 1
  }

  /** The venue has reported on one of its orders. */
  get answered(): boolean {
    return this.ends.some((end) => end !== null)
  }

  /** The orders that have not ended yet: what they may cost stays reserved. */
  *reserved(): Generator<ApprovedOrder> {
    for (const [leg, order] of this.orders.entries()) if (this.ends[leg] === null) yield order
  }

  /** Micro-shares that its legs bought of a token, and that it may still have to give back. */
  mayGiveBack(strategy: StrategyId, marketId: MarketId, token: Token): Shares {
    let sum = 0
    if (this.machine !== null) {
      for (const [leg, order] of this.orders.entries()) {
        if (order.marketId === marketId && order.token === token && order.strategy === strategy)
          sum += this.machine.mayGiveBack(leg)
      }
    }
    return shares(sum)
  }

  /** The orders that have not ended yet, as a scenario counts orders that rest. */
  unended(): ReadonlyArray<ScenarioOrder> {
    return this.orders.flatMap((order, leg) =>
      this.ends[leg] === null
        ? [
            {
              id: this.orderIds[leg] ?? 0,
              filledQty: shares(0),
              marketId: order.marketId,
              eventId: order.eventId,
              token: order.token,
              side: order.side,
              limitPrice: order.limitPrice,
              qty: order.qty
            }
          ]
        : []
    )
  }
}
