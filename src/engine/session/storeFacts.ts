import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type StoreError } from "../../domain/errors.ts"
import { type ClientOrderId } from "../../domain/EngineEvent.ts"
import { filledIn, type ReportedFill } from "../../domain/Execution.ts"
import {
  type DecisionFact,
  type Fact,
  type OrderFact,
  type PackageFact,
  type SettlementFact
} from "../../domain/Fact.ts"
import { isWorking, type Order, type OrderRequest } from "../../domain/Order.ts"
import { packageIncomplete } from "../../domain/rejection.ts"
import { type RestTerms } from "../../domain/RestTerms.ts"
import { type SignalStatus } from "../../domain/Signal.ts"
import { TradeRecorder } from "../../ports/TradeRecorder.ts"
import { type OrderResult, type RecordInput } from "../../ports/TradeRepo.ts"
import { settlementResult } from "./settlementResult.ts"
import { WholePackages } from "./WholePackages.ts"

/** An order as it was stored, and what the engine said of it. */
export interface StoredOrder {
  readonly order: Order
  /** null: it was refused before it was sent. */
  readonly fact: OrderFact | null
  readonly decision: DecisionFact | null
  /** Which of the package's orders it is; null: an order that gave a leg back, or a payout. */
  readonly leg: number | null
}

/** Is called with what was stored, in order. */
export interface StoreObserver {
  readonly onStored: (run: number, stored: StoredOrder) => void
  /** Another process carried out a signal of this package first: nothing of the package was stored. */
  readonly onSuperseded: (run: number) => void
}

interface PendingOrder {
  readonly run: number
  readonly orderId: ClientOrderId | null
  readonly result: OrderResult
  readonly fact: OrderFact | null
  readonly decision: DecisionFact | null
  readonly leg: number | null
}

interface PendingSignal {
  readonly run: number
  readonly id: number
  readonly status: SignalStatus
}

/** What is stored in one transaction. */
interface Block {
  orders: Array<PendingOrder>
  signals: Array<PendingSignal>
}

const emptyBlock = (): Block => ({ orders: [], signals: [] })

/** The orders of a package that was refused before anything was sent. */
const refusedOrders = (fact: DecisionFact, mode: Order["mode"]): ReadonlyArray<PendingOrder> => {
  const { planned, refusal, run } = fact
  if (refusal === null) return []
  const failed = refusal.at === null ? undefined : planned[refusal.at]?.request
  return planned.map(({ request, signalId }, leg): PendingOrder => {
    const own = refusal.at === null || refusal.at === leg
    const reason = own || failed === undefined ? refusal.reason : packageIncomplete(failed, refusal.reason)
    return {
      run,
      orderId: null,
      fact: null,
      decision: fact,
      leg,
      result: {
        request,
        mode,
        status: refusal.status,
        reason,
        countsAsRejection: own && refusal.counts,
        fills: [],
        signalId,
        atUs: fact.atUs
      }
    }
  })
}

/** The ids that the database gave to orders and signals, by the engine's own numbers. */
class Numbers {
  private readonly orders = new Map<ClientOrderId, number>()
  private readonly own = new Map<number, ClientOrderId>()
  private readonly signals = new Map<number, number>()
  private readonly ownSignals = new Map<number, number>()

  order(id: ClientOrderId): number {
    return this.orders.get(id) ?? id
  }

  signal(id: number): number {
    return id < 0 ? -id : (this.signals.get(id) ?? id)
  }

  /** The engine's own number of a stored signal. One of another session has the database's with a minus: never an own one. */
  ownSignal(storedId: number): number {
    return this.ownSignals.get(storedId) ?? -storedId
  }

  /** The engine's own number of a stored order; one that another session placed keeps the database's. */
  ownOrder(storedId: number): ClientOrderId {
    return this.own.get(storedId) ?? storedId
  }

  keepOrder(id: ClientOrderId, stored: Order): void {
    if (isWorking(stored.status)) {
      this.orders.set(id, stored.id)
      this.own.set(stored.id, id)
    } else {
      this.orders.delete(id)
      this.own.delete(stored.id)
    }
  }

  keepSignal(id: number, stored: number): void {
    this.signals.set(id, stored)
    this.ownSignals.set(stored, id)
  }
}

/** Terms with other numbers for the signals of the orders that follow. */
const renumbered = (rest: RestTerms, number: (id: number) => number): RestTerms => {
  if (rest.followers.length === 0) return rest
  const followers = rest.followers.map((follower) => ({
    ...follower,
    signalId: follower.signalId === null ? null : number(follower.signalId)
  }))
  return { ...rest, followers }
}

const renumberedRest = (rest: RestTerms | null | undefined, number: (id: number) => number): RestTerms | null =>
  rest === null || rest === undefined ? null : renumbered(rest, number)

const asStored = <Of extends Pick<OrderRequest, "rest">>(request: Of, number: (id: number) => number): Of =>
  request.rest === null || request.rest === undefined ? request : { ...request, rest: renumbered(request.rest, number) }

/**
 * A quote fills an order that rests once, whichever process looks and however often: the fill's id names both. The first
 * fills of an order have none.
 */
const identified = (fact: OrderFact, storedId: number): ReadonlyArray<ReportedFill> =>
  fact.quoteAtUs === null
    ? fact.fills
    : fact.fills.map((fill) => ({ ...fill, externalFillId: `paper:${storedId}:${fact.quoteAtUs}` }))

/**
 * Stores what the engine did, in order: orders with their fills, the positions that they change, and what became of
 * signals. `store` gives true where another process was first with something: then the engine's state differs from what
 * is stored, and the portfolio has to be read anew.
 */
export const makeStoring = (mode: Order["mode"], external: boolean, observer: StoreObserver | null) =>
  Effect.gen(function* () {
    const recorder = yield* TradeRecorder
    const numbers = new Numbers()
    const storedSignal = (id: number): number => numbers.signal(id)
    /** Decisions of the packages that are on their way, by number. */
    const decisions = new Map<number, DecisionFact>()
    const superseded = new Set<number>()
    // An exchange cannot take an order back, so what it did is stored at once; signals are claimed before anything is
    // sent.
    const packages = external ? null : new WholePackages()

    const inputOf = ({ orders, signals }: Block, atUs: number): RecordInput => ({
      results: orders.map(({ result }) => ({
        ...result,
        request: asStored(result.request, storedSignal),
        signalId: result.signalId === null ? null : storedSignal(result.signalId)
      })),
      signals: signals.map(({ id, status }) => ({ id: storedSignal(id), status })),
      atUs,
      claimed: external
    })

    const keep = (pending: PendingOrder, stored: Order): boolean => {
      if (pending.orderId !== null) numbers.keepOrder(pending.orderId, stored)
      const { decision, fact, leg, run } = pending
      observer?.onStored(run, { order: stored, fact, decision, leg })
      return stored.filledQty !== filledIn(pending.result.fills)
    }

    const supersede = (runs: ReadonlySet<number>): void => {
      for (const run of runs) {
        superseded.add(run)
        observer?.onSuperseded(run)
      }
    }

    /** One transaction; where it fails because a signal is taken, one for each package, so that the others are stored. */
    const record = (block: Block, atUs: number): Effect.Effect<boolean, StoreError> =>
      Effect.gen(function* () {
        if (block.orders.length === 0 && block.signals.length === 0) return false
        const stored = yield* recorder.record(inputOf(block, atUs))
        if (Option.isSome(stored)) {
          let conflict = false
          for (const [index, pending] of block.orders.entries()) {
            const order = stored.value[index]
            if (order !== undefined && keep(pending, order)) conflict = true
          }
          return conflict
        }
        const runs = new Set([...block.orders, ...block.signals].map(({ run }) => run))
        if (runs.size === 1) {
          supersede(runs)
          return true
        }
        for (const run of runs) {
          const own = (one: { readonly run: number }): boolean => one.run === run
          yield* record({ orders: block.orders.filter(own), signals: block.signals.filter(own) }, atUs)
        }
        return true
      })

    const apply = (fact: OrderFact): Effect.Effect<boolean, StoreError> => {
      const orderId = numbers.order(fact.orderId)
      const { atUs, reason, status } = fact
      const rest = renumberedRest(fact.rest, storedSignal)
      const fills = identified(fact, orderId)
      return Effect.map(recorder.apply({ orderId, fills, status, reason, rest, atUs }), (stored) => {
        if (Option.isNone(stored)) return true
        numbers.keepOrder(fact.orderId, stored.value)
        // Another process has stored other fills or another end of the order.
        if (stored.value.filledQty !== fact.filledQty || stored.value.status !== status) return true
        observer?.onStored(0, { order: stored.value, fact, decision: null, leg: null })
        return false
      })
    }

    const ordered = (block: Block, fact: OrderFact): void => {
      const run = fact.run ?? 0
      const { countsAsRejection, externalId, fills, planned, purpose, reason, status } = fact
      const decision = decisions.get(run) ?? null
      const leg = purpose === "entry" ? (decision?.planned.indexOf(planned) ?? null) : null
      block.orders.push({
        run,
        orderId: fact.orderId,
        fact,
        decision,
        leg,
        result: {
          request: fact.rest === null ? planned.request : { ...planned.request, rest: fact.rest },
          mode,
          status,
          reason,
          countsAsRejection,
          fills,
          signalId: planned.signalId,
          atUs: fact.atUs,
          ...(externalId === null ? {} : { externalId })
        }
      })
    }

    const signalsOf = (block: Block, run: number, ids: ReadonlyArray<number>, status: SignalStatus): void => {
      for (const id of ids) block.signals.push({ run, id, status })
    }

    const decided = (block: Block, fact: DecisionFact): void => {
      const { package: of, refusal, run } = fact
      if (refusal === null) {
        decisions.set(run, fact)
        return
      }
      block.orders.push(...refusedOrders(fact, mode))
      // A closed gate says nothing about the signals, nor does an exchange that was sent nothing: they stay new.
      if (refusal.by !== "gate" && !external) signalsOf(block, run, of.signalIds, "rejected")
    }

    const ended = (
      block: Block,
      { atUs, package: of, reached, refusal, run }: PackageFact
    ): Effect.Effect<void, StoreError> => {
      decisions.delete(run)
      if (refusal === null) signalsOf(block, run, of.signalIds, "executed")
      else if (!external || reached) signalsOf(block, run, of.signalIds, "rejected")
      else if (of.signalIds.length > 0) {
        // It is certain that nothing was sent, so the claimed signals are released and may be tried again.
        return recorder.release(of.signalIds.map(storedSignal), atUs)
      }
      return Effect.void
    }

    /** Pays a position out. true: another process has changed it, so nothing is paid here. */
    const paid = (block: Block, { atUs, fill, qty }: SettlementFact): Effect.Effect<boolean, StoreError> =>
      Effect.map(recorder.timesPaid(fill, qty), (times) => {
        if (times === null) return true
        block.orders.push({
          run: 0,
          orderId: null,
          fact: null,
          decision: null,
          leg: null,
          result: settlementResult(fill, atUs, times)
        })
        return false
      })

    const isDropped = (fact: Fact): boolean =>
      (fact.kind === "order" || fact.kind === "package") && fact.run !== null && superseded.has(fact.run)

    /** Stores the signals that a scan chose, also those that a gate then refuses, and keeps the ids they get. */
    const numberSignals = (fact: Extract<Fact, { readonly kind: "scan" }>) =>
      Effect.gen(function* () {
        if (fact.chosen.length === 0) return
        const stored = yield* recorder.signals(
          fact.chosen.map(({ signal }) => signal),
          fact.atUs
        )
        for (const [index, { id }] of fact.chosen.entries()) {
          const own = stored[index]
          if (own !== undefined) numbers.keepSignal(id, own.id)
        }
      })

    /** Stores facts, on the simulated venue package by package. true: another process was first with something. */
    const store = (happened: ReadonlyArray<Fact>): Effect.Effect<boolean, StoreError> =>
      Effect.gen(function* () {
        let conflict = false
        let block = emptyBlock()
        let atUs = 0
        const flush = Effect.suspend(() => {
          const full = block
          block = emptyBlock()
          return Effect.map(record(full, atUs), (found) => {
            conflict ||= found
          })
        })
        const take = (fact: Fact) =>
          Effect.gen(function* () {
            if (isDropped(fact)) return
            if (fact.kind === "scan") yield* numberSignals(fact)
            else if (fact.kind === "decision") decided(block, fact)
            else if (fact.kind === "package") yield* ended(block, fact)
            else if (fact.kind === "settlement") {
              // What was traded before changes the position that is paid out, so it is stored first.
              if (block.orders.some(({ result }) => result.fills.length > 0)) yield* flush
              conflict = (yield* paid(block, fact)) || conflict
            } else if (fact.kind === "order" && fact.first) ordered(block, fact)
            else if (fact.kind === "order") {
              yield* flush
              conflict = (yield* apply(fact)) || conflict
            }
          })
        const pieces = packages?.take(happened) ?? happened.map((fact) => [fact])
        for (const piece of pieces) {
          atUs = piece.at(-1)?.atUs ?? atUs
          for (const fact of piece) yield* take(fact)
        }
        yield* flush
        return conflict
      })

    return {
      store,
      /** Whether facts wait for the end of their package, so that not all that happened is stored yet. */
      holds: (): boolean => packages?.holds === true,
      storedOrder: (id: ClientOrderId) => numbers.order(id),
      ownOrder: (storedId: number) => numbers.ownOrder(storedId),
      /**
       * A stored order with the numbers that the engine gave: it keeps its own as long as the session lasts, because a
       * strategy may refer to it by that.
       */
      ownNumbers: (order: Order): Order => ({
        ...order,
        id: numbers.ownOrder(order.id),
        signalId: order.signalId === null ? null : numbers.ownSignal(order.signalId),
        rest: renumberedRest(order.rest, (id) => numbers.ownSignal(id))
      }),
      storedSignal,
      supersede: (run: number) => supersede(new Set([run]))
    }
  })
