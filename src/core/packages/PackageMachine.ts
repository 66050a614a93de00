import { type Side } from "../../domain/ids.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { MICRO, type Price, price, type Shares, shares, type Usdc, usdc } from "../../domain/units.ts"
import { LOT } from "../venue/matching.ts"
import { ceilMulDiv, floorMulDiv } from "../mulDiv.ts"

/** What to do with legs that filled without the others: sell them back, or keep them and raise an alarm. */
export type UnwindRule = "sell_back" | "hold"

export interface PackagePolicy {
  /** No leg is sent later than this after the first one, microseconds. Unwinding may take longer. */
  readonly deadlineUs: EpochMicros
  readonly unwind: UnwindRule
  /** micro-USDC that unwinding one package may lose, price and fee of the unwinding together. */
  readonly maxUnwindLoss: Usdc
  /** Orders sent to unwind one leg, each with what the one before it left over. */
  readonly unwindAttempts: number
}

/** One immediate order of a package. Price in micro-USDC per share, quantity in whole micro-shares. */
export interface MachineLeg {
  readonly side: Side
  readonly limitPrice: Price
  readonly qty: Shares
}

/** `entry`: the order is the leg itself. `unwind`: it gives back what the leg traded. */
export type Purpose = "entry" | "unwind"

/** What one order traded: micro-shares, and micro-USDC of price and fee. */
export interface Traded {
  readonly qty: Shares
  readonly notional: Usdc
  readonly fee: Usdc
}

/**
 * `complete`: every leg filled, in one proportion. `unwound`: what filled was given back. `nothing`: nothing filled.
 * `stranded`: some leg is, or may be, held without its counter legs, so a person has to decide what to do.
 */
export type PackageOutcome = "complete" | "unwound" | "nothing" | "stranded"

export type PackageAction =
  | { readonly kind: "submit"; readonly leg: number; readonly qty: Shares }
  | {
      readonly kind: "unwind"
      readonly leg: number
      readonly side: Side
      readonly qty: Shares
      readonly limitPrice: Price
      /** 1 for the first order. */
      readonly attempt: number
    }
  | { readonly kind: "end"; readonly outcome: PackageOutcome }

/** A leg that is, or may be, held without its counter legs. */
export interface StrandedLeg {
  readonly leg: number
  /** At most this many micro-shares, never more than the leg's own quantity. */
  readonly qty: Shares
  /** What they are worth at the price they traded at, or at the limit; micro-USDC. */
  readonly notional: Usdc
  /** false: an answer was lost, so it may be less. */
  readonly certain: boolean
}

/** Orders of one purpose for one leg, changed in place. `lost`: no answer came, so some or all of `sent` may have traded. */
interface LegOrders {
  status: "waiting" | "sent" | "answered" | "lost"
  /** Quantity of the order sent last. */
  sent: Shares
  attempts: number
  qty: Shares
  notional: Usdc
  fee: Usdc
}

interface LegRun extends MachineLeg {
  readonly entry: LegOrders
  readonly unwind: LegOrders
}

const noOrders = (): LegOrders => ({
  status: "waiting",
  sent: shares(0),
  attempts: 0,
  qty: shares(0),
  notional: usdc(0),
  fee: usdc(0)
})
const isUnknown = ({ status }: LegOrders): boolean => status === "sent" || status === "lost"

/** Whether it filled less than was sent. A gap smaller than a lot does not count, because it cannot be traded. */
const isShort = ({ entry }: LegRun): boolean => entry.qty === 0 || entry.sent - entry.qty >= LOT

/** What `qty` of the leg's fills traded at, micro-USDC, rounded against the trader. */
const shareOf = ({ entry, side }: LegRun, qty: Shares): Usdc =>
  usdc((side === "buy" ? ceilMulDiv : floorMulDiv)(entry.notional, qty, entry.qty))

/** What unwinding the leg has lost so far, micro-USDC; negative: gained. */
const lossOf = (leg: LegRun): Usdc => {
  const { fee, notional, qty } = leg.unwind
  if (qty === 0) return usdc(0)
  const before = shareOf(leg, qty)
  return usdc(fee + (leg.side === "buy" ? before - notional : notional - before))
}

/**
 * The worst price at which `qty` may be given back: price and fee together lose no more than `budget`, where the fee is
 * taken to be what the leg itself paid. null: no price in (0, 1) is good enough.
 */
const unwindLimit = (leg: LegRun, qty: Shares, budget: Usdc): Price | null => {
  const before = shareOf(leg, qty)
  const fee = ceilMulDiv(leg.entry.fee, qty, leg.entry.qty)
  if (leg.side === "buy") {
    const limit = Math.max(1, ceilMulDiv(before + fee - budget, MICRO, qty))
    return limit < MICRO ? price(limit) : null
  }
  const limit = Math.min(MICRO - 1, floorMulDiv(before - fee + budget, MICRO, qty))
  return limit > 0 ? price(limit) : null
}

/**
 * The rules by which a package of several legs is carried out, on any venue. Legs are sent one at a time, each sized to
 * what the earlier ones really filled, so at most the legs sent so far can be left without counter legs. When a leg
 * fails or the deadline passes, what has no counter leg is given back. When a leg's answer is lost nothing more is
 * done: it may have filled, and then giving back the others would strand it. The same leg is never sent twice.
 *
 * Owned by one package and changed in place; it knows no clock, no venue and no account.
 */
export class PackageMachine {
  private readonly legs: ReadonlyArray<LegRun>
  private readonly order: ReadonlyArray<number>
  private readonly policy: PackagePolicy
  private stopped = false

  /** `order`: indexes of `legs` in the order in which they are to be sent. */
  constructor(legs: ReadonlyArray<MachineLeg>, order: ReadonlyArray<number>, policy: PackagePolicy) {
    this.legs = legs.map(({ limitPrice, qty, side }) => ({
      side,
      limitPrice,
      qty,
      entry: noOrders(),
      unwind: noOrders()
    }))
    this.order = order
    this.policy = policy
  }

  /** An order left for the venue. */
  sent(purpose: Purpose, leg: number, qty: Shares): void {
    const orders = this.ordersOf(purpose, leg)
    if (orders === undefined) return
    orders.status = "sent"
    orders.sent = qty
    orders.attempts += 1
  }

  /** The venue said what became of it. It may still come after `lost`; a second answer is ignored. */
  answered(purpose: Purpose, leg: number, traded: Traded): void {
    this.take(purpose, leg, traded, "answered")
  }

  /** No answer came; `traded` is what is known to have traded all the same. */
  lost(purpose: Purpose, leg: number, traded: Traded): void {
    this.take(purpose, leg, traded, "lost")
  }

  /** No further leg is sent. */
  stop(): void {
    this.stopped = true
  }

  /** Whether the leg has not been sent yet. */
  isWaiting(leg: number): boolean {
    return this.legs[leg]?.entry.status === "waiting"
  }

  /** What to do next. */
  next(): PackageAction {
    if (this.legs.some(({ entry }) => isUnknown(entry))) return this.end()
    const at = this.stopped ? undefined : this.order.find((index) => this.isWaiting(index))
    const leg = at === undefined ? undefined : this.legs[at]
    if (at !== undefined && leg !== undefined) {
      const qty = this.sizeOf(leg)
      if (qty > 0) return { kind: "submit", leg: at, qty }
    }
    return this.nextUnwind() ?? this.end()
  }

  /** The legs that are, or may be, held without their counter legs. */
  stranded(): ReadonlyArray<StrandedLeg> {
    return this.legs.flatMap((leg, index): ReadonlyArray<StrandedLeg> => {
      const { entry, limitPrice, unwind } = leg
      if (isUnknown(entry)) {
        return [
          { leg: index, qty: entry.sent, notional: usdc(ceilMulDiv(limitPrice, entry.sent, MICRO)), certain: false }
        ]
      }
      const qty = this.unmatchedOf(leg)
      return qty === 0 ? [] : [{ leg: index, qty, notional: shareOf(leg, qty), certain: !isUnknown(unwind) }]
    })
  }

  /** Micro-shares that the leg bought and that may still be given back, if the package fails. */
  mayGiveBack(leg: number): Shares {
    const run = this.legs[leg]
    if (run === undefined || run.side === "sell" || this.policy.unwind === "hold") return shares(0)
    return shares(run.entry.qty - run.unwind.qty)
  }

  /** What unwinding lost in all, price and fees of the unwinding, micro-USDC; negative: it gained. */
  unwindLoss(): Usdc {
    let sum = 0
    for (const leg of this.legs) sum += lossOf(leg)
    return usdc(sum)
  }

  private end(): PackageAction {
    return { kind: "end", outcome: this.outcome() }
  }

  private ordersOf(purpose: Purpose, leg: number): LegOrders | undefined {
    return this.legs[leg]?.[purpose]
  }

  private take(purpose: Purpose, leg: number, traded: Traded, status: "answered" | "lost"): void {
    const orders = this.ordersOf(purpose, leg)
    if (orders === undefined || !isUnknown(orders)) return
    orders.status = status
    orders.qty = shares(orders.qty + traded.qty)
    orders.notional = usdc(orders.notional + traded.notional)
    orders.fee = usdc(orders.fee + traded.fee)
  }

  /** How much of a waiting leg still has counter legs: its quantity, scaled to the leg that filled least. */
  private sizeOf({ qty }: LegRun): Shares {
    let scaled = qty
    let short = false
    for (const leg of this.legs) {
      if (leg.entry.status !== "answered" || !isShort(leg)) continue
      short = true
      scaled = shares(Math.min(scaled, floorMulDiv(qty, leg.entry.qty, leg.qty)))
    }
    return short ? shares(Math.floor(scaled / LOT) * LOT) : qty
  }

  /**
   * How much of a leg has no counter legs if no more legs are sent, after what was given back. A leg that filled as much
   * as was sent was sized to the legs before it, so only legs that filled less count. Less than a lot cannot be traded.
   */
  private unmatchedOf(leg: LegRun): Shares {
    const filled = leg.entry.qty
    let matched = filled
    for (const other of this.legs) {
      if (other !== leg && isShort(other))
        matched = shares(Math.min(matched, ceilMulDiv(leg.qty, other.entry.qty, other.qty)))
    }
    const left = filled - matched - leg.unwind.qty
    return shares(left < LOT ? 0 : left)
  }

  /**
   * How much unwinding may still lose. A gain on one leg does not allow a greater loss on another, and an order without
   * an answer may already have lost all that it was allowed.
   */
  private lossLeft(): Usdc {
    let left = this.policy.maxUnwindLoss
    for (const leg of this.legs) {
      if (isUnknown(leg.unwind)) return usdc(0)
      left = usdc(left - Math.max(0, lossOf(leg)))
    }
    return usdc(Math.max(0, left))
  }

  /** The leg to give back next: fewest attempts first, then the most money at stake. */
  private nextUnwind(): PackageAction | null {
    const { unwind, unwindAttempts } = this.policy
    if (unwind === "hold") return null
    const budget = this.lossLeft()
    const candidates = this.legs.flatMap((leg, index) => {
      const { attempts } = leg.unwind
      const qty = this.unmatchedOf(leg)
      if (qty === 0 || isUnknown(leg.unwind) || attempts >= unwindAttempts) return []
      const limitPrice = unwindLimit(leg, qty, budget)
      return limitPrice === null ? [] : [{ leg, index, qty, limitPrice, attempts, stake: shareOf(leg, qty) }]
    })
    const [first] = candidates.sort((a, b) => a.attempts - b.attempts || b.stake - a.stake || a.index - b.index)
    if (first === undefined) return null
    const { attempts, index, leg, limitPrice, qty } = first
    const side = leg.side === "buy" ? "sell" : "buy"
    return { kind: "unwind", leg: index, side, qty, limitPrice, attempt: attempts + 1 }
  }

  private outcome(): PackageOutcome {
    if (this.stranded().length > 0) return "stranded"
    const traded = this.legs.filter(({ entry }) => entry.qty > 0)
    if (traded.length === 0) return "nothing"
    const keeps = this.legs.some(({ entry, unwind }) => entry.qty - unwind.qty >= LOT)
    const gaveBack = this.legs.some(({ unwind }) => unwind.qty > 0)
    return traded.length === this.legs.length && (keeps || !gaveBack) ? "complete" : "unwound"
  }
}
