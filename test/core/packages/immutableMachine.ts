import { type Side } from "../../../src/domain/ids.ts"
import { type EpochMicros } from "../../../src/domain/time.ts"
import { MICRO, type MicroUnits } from "../../../src/domain/units.ts"
import { LOT } from "../../../src/core/venue/matching.ts"
import { ceilMulDiv, floorMulDiv } from "../../../src/core/mulDiv.ts"

// The rules of PackageMachine as they were written first, with a new state for every event. They are kept to test the
// machine that is changed in place: given the same answers, both must do the same.

/** What to do with legs that filled without the others: give them back, or keep them and raise an alarm. */
export type UnwindRule = "sell_back" | "hold"

export interface BundlePolicy {
  /** No leg is sent later than this after the first one, microseconds. Unwinding may take longer. */
  readonly deadlineUs: EpochMicros
  readonly unwind: UnwindRule
  /** micro-USDC that unwinding one bundle may lose, price and fee of the unwinding together. */
  readonly maxUnwindLoss: MicroUnits
  /** Orders sent to unwind one leg, each with what the one before it left over. */
  readonly unwindAttempts: number
}

/** One immediate order of a bundle. Price in micro-USDC per share, quantity in whole micro-shares. */
export interface BundleLeg {
  readonly side: Side
  readonly limitPrice: MicroUnits
  readonly qty: MicroUnits
}

/** What one order traded in all: micro-shares, and micro-USDC of price and fee. */
export interface Traded {
  readonly qty: MicroUnits
  readonly notional: MicroUnits
  readonly fee: MicroUnits
}

/** Orders of one purpose for one leg. `lost`: no answer came, so some or all of `sent` may have traded. */
export interface LegOrders {
  readonly status: "waiting" | "sent" | "answered" | "lost"
  /** Quantity of the order sent last. */
  readonly sent: MicroUnits
  readonly attempts: number
  /** Of all attempts. */
  readonly traded: Traded
}

export interface LegState extends BundleLeg {
  readonly entry: LegOrders
  readonly unwinding: LegOrders
}

/** A bundle on its way: legs in the caller's order, and the order in which they are sent. */
export interface BundleState {
  readonly legs: ReadonlyArray<LegState>
  readonly order: ReadonlyArray<number>
  readonly policy: BundlePolicy
  /** No further leg is sent. */
  readonly stopped: boolean
}

/** `purpose`: the order is the leg itself, or gives it back. */
export type BundleEvent =
  | { readonly _tag: "Sent"; readonly purpose: Purpose; readonly leg: number; readonly qty: MicroUnits }
  | { readonly _tag: "Answered"; readonly purpose: Purpose; readonly leg: number; readonly traded: Traded }
  /** `traded`: what is known of it all the same. */
  | { readonly _tag: "AnswerLost"; readonly purpose: Purpose; readonly leg: number; readonly traded: Traded }
  | { readonly _tag: "DeadlinePassed" }
export type Purpose = "entry" | "unwinding"

/**
 * `complete`: every leg filled, in one proportion. `unwound`: what filled was given back. `nothing`: nothing filled.
 * `stranded`: some leg is, or may be, held without its counter legs.
 */
export type BundleOutcome = "complete" | "unwound" | "nothing" | "stranded"

export type BundleAction =
  | { readonly _tag: "SubmitLeg"; readonly leg: number; readonly qty: MicroUnits }
  | {
      readonly _tag: "UnwindLeg"
      readonly leg: number
      readonly side: Side
      readonly qty: MicroUnits
      readonly limitPrice: MicroUnits
      /** 1 for the first order. */
      readonly attempt: number
    }
  | { readonly _tag: "Done"; readonly outcome: BundleOutcome }

/** A leg that is, or may be, held without its counter legs. */
export interface StrandedLeg {
  readonly leg: number
  /** At most this many micro-shares, never more than the leg's own quantity. */
  readonly qty: MicroUnits
  /** What they are worth at the price they traded at, or at the limit; micro-USDC. */
  readonly notional: MicroUnits
  /** false: an answer was lost, so it may be less. */
  readonly certain: boolean
}

export const nothingTraded: Traded = { qty: 0, notional: 0, fee: 0 }
const noOrders: LegOrders = { status: "waiting", sent: 0, attempts: 0, traded: nothingTraded }

export const startBundle = (
  legs: ReadonlyArray<BundleLeg>,
  order: ReadonlyArray<number>,
  policy: BundlePolicy
): BundleState => ({
  legs: legs.map(({ limitPrice, qty, side }) => ({ side, limitPrice, qty, entry: noOrders, unwinding: noOrders })),
  order,
  policy,
  stopped: false
})

const add = (left: Traded, right: Traded): Traded => ({
  qty: left.qty + right.qty,
  notional: left.notional + right.notional,
  fee: left.fee + right.fee
})

const ordersAfter = (
  orders: LegOrders,
  event: Exclude<BundleEvent, { readonly _tag: "DeadlinePassed" }>
): LegOrders => {
  const open = orders.status === "sent" || orders.status === "lost"
  switch (event._tag) {
    case "Sent":
      return { ...orders, status: "sent", sent: event.qty, attempts: orders.attempts + 1 }
    case "Answered":
      return open ? { ...orders, status: "answered", traded: add(orders.traded, event.traded) } : orders
    case "AnswerLost":
      return open ? { ...orders, status: "lost", traded: add(orders.traded, event.traded) } : orders
  }
}

/** The bundle after an event. An answer that comes after all, or twice, counts once. */
export const step = (state: BundleState, event: BundleEvent): BundleState => {
  if (event._tag === "DeadlinePassed") return { ...state, stopped: true }
  const { leg: at, purpose } = event
  return {
    ...state,
    legs: state.legs.map((leg, index) => (index === at ? { ...leg, [purpose]: ordersAfter(leg[purpose], event) } : leg))
  }
}

const isUnknown = ({ status }: LegOrders): boolean => status === "sent" || status === "lost"

/** It filled less than was sent. The exchange deals in lots: less than one cannot be made up for. */
const isShort = ({ entry }: LegState): boolean => entry.traded.qty === 0 || entry.sent - entry.traded.qty >= LOT

/** How much of a waiting leg still has counter legs: its quantity, scaled to the leg that filled least. */
const sizeOf = (state: BundleState, { qty }: LegState): MicroUnits => {
  const short = state.legs.filter((leg) => leg.entry.status === "answered" && isShort(leg))
  if (short.length === 0) return qty
  const scaled = Math.min(...short.map(({ entry, qty: whole }) => floorMulDiv(qty, entry.traded.qty, whole)))
  return Math.floor(scaled / LOT) * LOT
}

/**
 * How much of a leg has no counter legs if no more legs are sent, after what was given back. A leg that filled as much as
 * was sent was sized to those before it, so only legs that fell short count. Less than a lot cannot be traded: nothing.
 */
const unmatchedOf = (state: BundleState, leg: LegState): MicroUnits => {
  const filled = leg.entry.traded.qty
  const short = state.legs.filter((other) => other !== leg && isShort(other))
  const matched = Math.min(filled, ...short.map(({ entry, qty }) => ceilMulDiv(leg.qty, entry.traded.qty, qty)))
  const left = filled - matched - leg.unwinding.traded.qty
  return left < LOT ? 0 : left
}

/** What `qty` of the leg's fills traded at, micro-USDC, rounded against the trader. */
const shareOf = ({ entry: { traded }, side }: LegState, qty: MicroUnits): MicroUnits =>
  (side === "buy" ? ceilMulDiv : floorMulDiv)(traded.notional, qty, traded.qty)

/** What unwinding has lost so far, micro-USDC; negative: gained. */
const lossOf = (leg: LegState): MicroUnits => {
  const { fee, notional, qty } = leg.unwinding.traded
  if (qty === 0) return 0
  const before = shareOf(leg, qty)
  return fee + (leg.side === "buy" ? before - notional : notional - before)
}

/** What unwinding lost in all, price and fees of the unwinding, micro-USDC; negative: it gained. */
export const unwindLoss = (state: BundleState): MicroUnits => state.legs.reduce((sum, leg) => sum + lossOf(leg), 0)

/** A gain on one leg buys no worse price for another, and an order without an answer may have lost all it was allowed. */
const lossLeft = ({ legs, policy }: BundleState): MicroUnits =>
  legs.some(({ unwinding }) => isUnknown(unwinding))
    ? 0
    : Math.max(0, policy.maxUnwindLoss - legs.reduce((sum, leg) => sum + Math.max(0, lossOf(leg)), 0))

/**
 * The worst price at which `qty` may be given back: price and fee together lose no more than `budget`, where the fee is
 * taken to be what the leg itself paid. null: no price in (0, 1) is good enough.
 */
const unwindLimit = (leg: LegState, qty: MicroUnits, budget: MicroUnits): MicroUnits | null => {
  const { traded } = leg.entry
  const before = shareOf(leg, qty)
  const fee = ceilMulDiv(traded.fee, qty, traded.qty)
  if (leg.side === "buy") {
    const limit = Math.max(1, ceilMulDiv(before + fee - budget, MICRO, qty))
    return limit < MICRO ? limit : null
  }
  const limit = Math.min(MICRO - 1, floorMulDiv(before - fee + budget, MICRO, qty))
  return limit > 0 ? limit : null
}

/** The leg to give back next: fewest attempts first, then the most money at stake. */
const nextUnwind = (state: BundleState): BundleAction | null => {
  if (state.policy.unwind === "hold") return null
  const budget = lossLeft(state)
  const candidates = state.legs.flatMap((leg, index) => {
    const { attempts } = leg.unwinding
    const qty = unmatchedOf(state, leg)
    if (qty === 0 || isUnknown(leg.unwinding) || attempts >= state.policy.unwindAttempts) return []
    const limitPrice = unwindLimit(leg, qty, budget)
    return limitPrice === null ? [] : [{ leg, index, qty, limitPrice, attempts, stake: shareOf(leg, qty) }]
  })
  const [first] = candidates.sort((a, b) => a.attempts - b.attempts || b.stake - a.stake || a.index - b.index)
  if (first === undefined) return null
  const { attempts, index, leg, limitPrice, qty } = first
  const side = leg.side === "buy" ? "sell" : "buy"
  return { _tag: "UnwindLeg", leg: index, side, qty, limitPrice, attempt: attempts + 1 }
}

/** The legs that are, or may be, held without their counter legs. */
export const strandedLegs = (state: BundleState): ReadonlyArray<StrandedLeg> =>
  state.legs.flatMap((leg, index): ReadonlyArray<StrandedLeg> => {
    const { entry, limitPrice, unwinding } = leg
    if (isUnknown(entry)) {
      return [{ leg: index, qty: entry.sent, notional: ceilMulDiv(limitPrice, entry.sent, MICRO), certain: false }]
    }
    const qty = unmatchedOf(state, leg)
    return qty === 0 ? [] : [{ leg: index, qty, notional: shareOf(leg, qty), certain: !isUnknown(unwinding) }]
  })

const outcomeOf = (state: BundleState): BundleOutcome => {
  if (strandedLegs(state).length > 0) return "stranded"
  const traded = state.legs.filter(({ entry }) => entry.traded.qty > 0)
  if (traded.length === 0) return "nothing"
  const keeps = state.legs.some(({ entry, unwinding }) => entry.traded.qty - unwinding.traded.qty >= LOT)
  const gaveBack = state.legs.some(({ unwinding }) => unwinding.traded.qty > 0)
  return traded.length === state.legs.length && (keeps || !gaveBack) ? "complete" : "unwound"
}

/**
 * What to do next. Legs go one at a time, each sized to what the earlier ones really filled, so that never more than the
 * legs sent so far is without counter legs. When a leg fails or the deadline passes, what has no counter leg is given
 * back. When a leg's answer is lost nothing more is done: it may have filled, and then giving back the others would
 * strand it. The same leg is never sent twice.
 */
export const nextAction = (state: BundleState): BundleAction => {
  const done: BundleAction = { _tag: "Done", outcome: outcomeOf(state) }
  if (state.legs.some(({ entry }) => isUnknown(entry))) return done
  const next = state.stopped ? undefined : state.order.find((index) => state.legs[index]?.entry.status === "waiting")
  const leg = next === undefined ? undefined : state.legs[next]
  if (next !== undefined && leg !== undefined) {
    const qty = sizeOf(state, leg)
    if (qty > 0) return { _tag: "SubmitLeg", leg: next, qty }
  }
  return nextUnwind(state) ?? done
}
