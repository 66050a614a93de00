import { notionalOf } from "../core/account/portfolio.ts"
import { type EventId, type Side, type Token } from "../domain/ids.ts"
import { type Market } from "../domain/Market.ts"
import { type Position } from "../domain/Position.ts"
import { type RiskRejection } from "../domain/rejection.ts"
import { type RiskLimits } from "../domain/Risk.ts"
import { type LossChange, type ScenarioPreview } from "../domain/RiskVerdict.ts"
import { type Price, type Shares, shares, type Usdc, usdc } from "../domain/units.ts"

/**
 * The worst that the open book can lose once its markets have resolved, over every joint outcome that the exchange can
 * report:
 *
 * - The markets of a neg-risk event: one YES wins, or none of those that we hold (an outcome that we do not know of, or
 *   no winner: 2 of the 697 recorded events). The contract that resolves them takes nothing but YES or NO for each, and
 *   one YES for all: no void (and none was ever recorded), which for NO of three of them could be worse than any of
 *   these.
 * - Any other market: YES or NO, whatever the others do, or something between them: a YES and a NO share are backed by
 *   one USDC together, so a void pays half each, also where it is written (1,1), and (0,0) cannot be reported. What lies
 *   between YES and NO is never the worst, and is not computed.
 *
 * Events are independent, so the worst of the book is the sum of the worst of each. Everything is a sum of whole
 * micro-units per contract, so the order in which stakes come and go does not matter, and a removal undoes its addition
 * to the last unit.
 */

/** The event of markets whose source names none: nothing says that they exclude each other. */
const NO_EVENT: EventId = "unknown"

/** A contract as one source shows it. Rows of several sources with one `contract` resolve together. */
export interface ContractRef {
  /** The condition id; the market's id where that is not known. */
  readonly contract: string
  readonly eventId: EventId
  readonly negRisk: boolean
}

/** Something that pays out with its contract: what is held, or an order. */
export interface Stake extends ContractRef {
  readonly token: Token
  /** Micro-shares; negative: sold. */
  readonly qty: Shares
  /** Micro-USDC paid, fees included; negative: received. */
  readonly cost: Usdc
  /** An order that may fill, or in part, or not: it counts where it loses and not where it gains. */
  readonly working: boolean
}

/** What one source says of a contract, and how many stakes say so. */
interface Claim {
  readonly eventId: EventId
  readonly negRisk: boolean
  count: number
}

/** Gains of all stakes of one contract when YES wins and when NO does, micro-USDC. */
interface Contract {
  yes: Usdc
  no: Usdc
  readonly claims: Array<Claim>
  eventId: EventId
  /** Its YES excludes the YES of the event's other exclusive contracts. */
  exclusive: boolean
}

interface Event {
  readonly contracts: Set<Contract>
  worst: Usdc
}

const gain = ({ cost, qty, working }: Stake, pays: boolean): Usdc => {
  const gained = (pays ? qty : 0) - cost
  return usdc(working ? Math.min(0, gained) : gained)
}

const worstOf = (contracts: Iterable<Contract>): Usdc => {
  let base = 0
  // How much worse the worst winner is than no winner.
  let winner = 0
  for (const { exclusive, no, yes } of contracts) {
    if (exclusive) {
      base += no
      winner = Math.min(winner, yes - no)
    } else base += Math.min(yes, no)
  }
  return usdc(base + winner)
}

const countClaim = (claims: Array<Claim>, { eventId, negRisk }: ContractRef, change: 1 | -1): void => {
  const index = claims.findIndex((claim) => claim.eventId === eventId && claim.negRisk === negRisk)
  const claim = claims[index]
  if (claim === undefined) {
    if (change < 0) throw new RangeError("a stake was removed that was never added")
    claims.push({ eventId, negRisk, count: 1 })
    return
  }
  claim.count += change
  if (claim.count === 0) claims.splice(index, 1)
}

/**
 * The event of a contract that sources name differently: a named one before none, then the smallest, so that the order
 * of arrival does not matter. It excludes others only if no source denies it: independence is the worse assumption.
 */
const placeOf = (claims: ReadonlyArray<Claim>): { readonly eventId: EventId; readonly exclusive: boolean } => {
  let eventId = NO_EVENT
  let negRisk = true
  for (const claim of claims) {
    negRisk = negRisk && claim.negRisk
    if (claim.eventId === NO_EVENT || claim.eventId === "") continue
    if (eventId === NO_EVENT || claim.eventId < eventId) eventId = claim.eventId
  }
  return { eventId, exclusive: negRisk && eventId !== NO_EVENT }
}

/** The worst loss of the book, kept up to date as stakes come and go. One change costs the markets of its event. */
export class ScenarioBook {
  private readonly contracts = new Map<string, Contract>()
  private readonly events = new Map<EventId, Event>()
  private readonly kept = new Map<string, Stake>()
  private worst: Usdc = usdc(0)

  add(stake: Stake): void {
    this.change(stake, 1)
  }

  /** Undoes `add` of an equal stake. */
  remove(stake: Stake): void {
    this.change(stake, -1)
  }

  /** Micro-USDC; 0 for an event without stakes. */
  worstOfEvent(eventId: EventId): Usdc {
    return usdc(0 - (this.events.get(eventId)?.worst ?? 0))
  }

  /** Micro-USDC; negative where even the worst outcome gains. */
  worstOfBook(): Usdc {
    return usdc(0 - this.worst)
  }

  /** Keeps one stake under `key` in the place of what was there, so that an owner need not remember it; null: none. */
  set(key: string, stake: Stake | null): void {
    const known = this.kept.get(key)
    if (known !== undefined) this.remove(known)
    if (stake === null) this.kept.delete(key)
    else {
      this.kept.set(key, stake)
      this.add(stake)
    }
  }

  /** What adding the stakes would do, `given` others that come first; the book is afterwards as it was. */
  preview(stakes: ReadonlyArray<Stake>, given: ReadonlyArray<Stake> = []): ScenarioPreview {
    for (const stake of given) this.add(stake)
    const eventIds = this.eventsOf(stakes)
    for (const stake of stakes) this.add(stake)
    for (const eventId of this.eventsOf(stakes)) eventIds.add(eventId)
    const bookAfter = this.worstOfBook()
    const eventsAfter = [...eventIds].map((eventId) => ({ eventId, after: this.worstOfEvent(eventId) }))
    for (const stake of stakes) this.remove(stake)
    const book = { before: this.worstOfBook(), after: bookAfter }
    const events = eventsAfter.map(({ after, eventId }) => ({ eventId, before: this.worstOfEvent(eventId), after }))
    for (const stake of given) this.remove(stake)
    return { book, events }
  }

  private eventsOf(stakes: ReadonlyArray<Stake>): Set<EventId> {
    const eventIds = new Set<EventId>()
    for (const { contract } of stakes) {
      const known = this.contracts.get(contract)
      if (known !== undefined) eventIds.add(known.eventId)
    }
    return eventIds
  }

  private change(stake: Stake, change: 1 | -1): void {
    const contract = this.contracts.get(stake.contract) ?? {
      yes: usdc(0),
      no: usdc(0),
      claims: [],
      eventId: NO_EVENT,
      exclusive: false
    }
    countClaim(contract.claims, stake, change)
    contract.yes = usdc(contract.yes + change * gain(stake, stake.token === "YES"))
    contract.no = usdc(contract.no + change * gain(stake, stake.token === "NO"))
    const { eventId, exclusive } = placeOf(contract.claims)
    const gone = contract.claims.length === 0
    if (gone || eventId !== contract.eventId) this.leave(contract)
    if (gone) {
      this.contracts.delete(stake.contract)
      return
    }
    contract.eventId = eventId
    contract.exclusive = exclusive
    this.contracts.set(stake.contract, contract)
    this.enter(contract)
  }

  private enter(contract: Contract): void {
    let event = this.events.get(contract.eventId)
    if (event === undefined) this.events.set(contract.eventId, (event = { contracts: new Set(), worst: usdc(0) }))
    event.contracts.add(contract)
    this.revalue(event)
  }

  private leave(contract: Contract): void {
    const event = this.events.get(contract.eventId)
    if (event === undefined) return
    event.contracts.delete(contract)
    this.revalue(event)
    if (event.contracts.size === 0) this.events.delete(contract.eventId)
  }

  private revalue(event: Event): void {
    const worst = worstOf(event.contracts)
    this.worst = usdc(this.worst + (worst - event.worst))
    event.worst = worst
  }
}

/** What a row of a market says of its contract. */
export const contractOf = (market: Pick<Market, "marketId" | "conditionId" | "eventId" | "negRisk">): ContractRef => ({
  contract: market.conditionId ?? market.marketId,
  eventId: market.eventId,
  negRisk: market.negRisk
})

/**
 * What is held. What the position has lost so far, fees included, counts as cost for as long as something is held; its
 * gains are not there to be lost again. With nothing held it is over, and the daily stop-loss looks at the loss.
 */
export const positionStake = (
  ref: ContractRef,
  { cost, qty, realized, token }: Pick<Position, "token" | "qty" | "cost" | "realized">
): Stake => ({ ...ref, token, qty, cost: usdc(qty === 0 ? 0 : cost + Math.max(0, -realized)), working: false })

/** What an order may still become: `qty` micro-shares at `price`, for `fee` micro-USDC. */
export const orderStake = (
  ref: ContractRef,
  order: {
    readonly token: Token
    readonly side: Side
    readonly qty: Shares
    readonly price: Price
    readonly fee: Usdc
  }
): Stake => {
  const { fee, price, qty, side, token } = order
  const notional = notionalOf(price, qty)
  return side === "buy"
    ? { ...ref, token, qty, cost: usdc(notional + fee), working: true }
    : { ...ref, token, qty: shares(-qty), cost: usdc(fee - notional), working: true }
}

/**
 * Why stakes may not be added, or null. Only what makes a loss greater than the limit allows worse is refused: after a
 * loss over the limit (a hedge was sold, the limit was lowered) orders that do not add to it still pass.
 */
export const scenarioRefusal = (
  { book, events }: ScenarioPreview,
  limits: Pick<RiskLimits, "maxScenarioLoss" | "maxEventScenarioLoss">
): RiskRejection | null => {
  const refusal = ({ after, before }: LossChange, limit: Usdc | null, event: EventId | null): RiskRejection | null =>
    limit === null || after <= limit || after <= before
      ? null
      : {
          code: "scenario loss limit exceeded",
          by: "risk",
          setting: event === null ? "max_scenario_loss" : "max_event_scenario_loss",
          value: after,
          limit,
          event
        }
  for (const event of events) {
    const refused = refusal(event, limits.maxEventScenarioLoss, event.eventId)
    if (refused !== null) return refused
  }
  return refusal(book, limits.maxScenarioLoss, null)
}
