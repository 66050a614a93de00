import { Account } from "../../core/account/account.ts"
import { type Token, type Side } from "../../domain/ids.ts"
import { fromMicros, MICRO, toMicros } from "../../domain/units.ts"
import { DrawdownRange } from "./DrawdownRange.ts"
import { IdSet } from "./IdSet.ts"
import { type ReplayRow } from "./rowShape.ts"

/** What the fills of a ledger say of one strategy, or of one in one event. */
export interface FoldedTally {
  readonly tradeCount: number
  readonly wins: number
  readonly losses: number
}

/** A figure, by its place, that is not what the rest of the artifact gives. */
export interface Contradiction {
  readonly at: string
  readonly detail: string
}

/** The points of the equity columns: of each strategy, and of each of its events. */
export class EquityCurves {
  readonly byStrategy = new Map<string, DrawdownRange>()
  readonly byEvent = new Map<string, Map<string, DrawdownRange>>()

  add(row: ReplayRow, scale: (value: number) => number): void {
    rangeOf(this.byStrategy, row.strategy).add(row.ts, scale(row.strategy_equity))
    let events = this.byEvent.get(row.strategy)
    if (events === undefined) this.byEvent.set(row.strategy, (events = new Map()))
    rangeOf(events, row.event_id).add(row.ts, scale(row.event_equity))
  }
}

const rangeOf = (ranges: Map<string, DrawdownRange>, key: string): DrawdownRange => {
  let range = ranges.get(key)
  if (range === undefined) ranges.set(key, (range = new DrawdownRange()))
  return range
}

const tokenOf = (text: string): Token | null => (text === "YES" || text === "NO" ? text : null)
const sideOf = (text: string): Side | null => (text === "buy" || text === "sell" ? text : null)

/** Less than this a printed price is from the whole number of micro-units that it was. */
const PRINTED = 1e-3

/**
 * The ledger of the market's rules, folded by the rules of the account that wrote it: every fill realizes again what it
 * realized, to the micro-unit.
 */
export class LedgerFold {
  readonly account = new Account()
  readonly curves = new EquityCurves()
  /** Signals that have a row, and those of which an entry filled. */
  readonly signals = new IdSet()
  readonly filledSignals = new IdSet()
  contradiction: Contradiction | null = null
  /** Why the fills cannot be folded; null: they can. */
  unreadable: string | null = null

  add(row: ReplayRow, index: number): void {
    this.curves.add(row, toMicros)
    if (row.signal_id != null) {
      this.signals.add(row.signal_id)
      if (row.executed_qty > 0 && row.leg !== "unwind") this.filledSignals.add(row.signal_id)
    }
    if (this.contradiction !== null || this.unreadable !== null) return
    const found = row.risk_allowed ? this.fill(row, `replay[${index}]`) : refused(row, `replay[${index}]`)
    if (found !== null) this.contradiction = found
  }

  private fill(row: ReplayRow, at: string): Contradiction | null {
    const token = tokenOf(row.token_id)
    const side = sideOf(row.side)
    if (token === null || side === null) {
      this.unreadable = `${at} has a ${token === null ? "token" : "side"} that this version does not know`
      return null
    }
    if (!(row.executed_qty > 0))
      return { at: `${at}.executed_qty`, detail: `is ${row.executed_qty}, but the row traded` }
    const price = toMicros(row.fill_price)
    if (Math.abs(row.fill_price * MICRO - price) > PRINTED) {
      this.unreadable = `${at}.fill_price is the mean of several fills`
      return null
    }
    const { realizedChange } = this.account.fill(
      {
        strategy: row.strategy,
        marketId: row.market_id,
        eventId: row.event_id,
        token,
        side,
        price,
        qty: toMicros(row.executed_qty),
        fee: toMicros(row.fee ?? 0),
        settlement: row.leg === "settlement"
      },
      null
    )
    return toMicros(row.realized_change) === realizedChange
      ? null
      : {
          at: `${at}.realized_change`,
          detail: `is ${row.realized_change}, but this fill and those before it give ${fromMicros(realizedChange)}`
        }
  }
}

const refused = (row: ReplayRow, at: string): Contradiction | null =>
  row.executed_qty !== 0
    ? { at: `${at}.executed_qty`, detail: `is ${row.executed_qty}, but the row was refused` }
    : row.realized_change !== 0
      ? { at: `${at}.realized_change`, detail: `is ${row.realized_change}, but the row was refused` }
      : null

/** Below this a quantity of the original's arithmetic is nothing, shares. */
const DUST = 1e-9

/**
 * A ledger of the original's arithmetic, or of a program that this one does not know: its amounts have fractions of
 * micro-units and its rules for fees are its own, so that only what the rows themselves say is added up.
 */
export class OriginalFold {
  readonly curves = new EquityCurves()
  readonly byStrategy = new Map<string, FoldedTally>()
  readonly byEvent = new Map<string, Map<string, FoldedTally>>()
  private readonly held = new Map<string, number>()

  add(row: ReplayRow): void {
    this.curves.add(row, (value) => value * MICRO)
    if (!row.risk_allowed || !(row.executed_qty > 0)) return
    const key = JSON.stringify([row.strategy, row.market_id, row.token_id])
    const before = this.held.get(key) ?? 0
    const delta = row.side === "sell" ? -row.executed_qty : row.executed_qty
    const after = before + delta
    this.held.set(key, Math.abs(after) < DUST ? 0 : after)
    const closed = before !== 0 && before > 0 !== delta > 0
    const won = closed && row.realized_change > 0 ? 1 : 0
    const lost = closed && row.realized_change < 0 ? 1 : 0
    let events = this.byEvent.get(row.strategy)
    if (events === undefined) this.byEvent.set(row.strategy, (events = new Map()))
    count(this.byStrategy, row.strategy, won, lost)
    count(events, row.event_id, won, lost)
  }
}

const count = (tallies: Map<string, FoldedTally>, key: string, won: number, lost: number): void => {
  const { losses, tradeCount, wins } = tallies.get(key) ?? { tradeCount: 0, wins: 0, losses: 0 }
  tallies.set(key, { tradeCount: tradeCount + 1, wins: wins + won, losses: losses + lost })
}
