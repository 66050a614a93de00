import { notionalOf } from "../../core/account/portfolio.ts"
import { fromMicros, MICRO, type MicroUnits, toMicros } from "../../domain/units.ts"
import { type DrawdownRange } from "./DrawdownRange.ts"
import { type ArtifactFacts } from "./facts.ts"
import {
  type Contradiction,
  type EquityCurves,
  type FoldedTally,
  type LedgerFold,
  type OriginalFold
} from "./LedgerFold.ts"

/** The first contradiction, or what nothing in the artifact can prove. */
export interface Compared {
  readonly contradiction: Contradiction | null
  readonly notCheckable: ReadonlyArray<string>
}

type Row = ArtifactFacts["results"][number] | ArtifactFacts["event_results"][number]
type ClosingPosition = NonNullable<ArtifactFacts["closing_positions"]>[number]

/** Amounts of the original's arithmetic are added up in another order here, micro-USDC. */
const ORIGINAL_TOLERANCE = 2

const nothing: FoldedTally = { tradeCount: 0, wins: 0, losses: 0 }

const differs = (at: string, claimed: number, given: number, from = "the ledger"): Contradiction | null =>
  claimed === given ? null : { at, detail: `is ${claimed}, but ${from} gives ${given}` }

const moneyDiffers = (
  at: string,
  claimed: number,
  given: MicroUnits,
  options: { readonly from?: string; readonly tolerance?: MicroUnits } = {}
): Contradiction | null =>
  Math.abs((options.tolerance === undefined ? toMicros(claimed) : claimed * MICRO) - given) <= (options.tolerance ?? 0)
    ? null
    : { at, detail: `is ${claimed}, but ${options.from ?? "the ledger"} gives ${fromMicros(given)}` }

/** The first of several comparisons that found something. */
const firstOf = (comparisons: Iterable<Contradiction | null>): Contradiction | null => {
  for (const found of comparisons) if (found !== null) return found
  return null
}

function* countsOf({ executed_signals, places, rejected_signals, reject_reasons, total_signals }: ArtifactFacts) {
  const at = (name: string) => `${places.counts}${name}`
  yield differs(at("total_signals"), total_signals, executed_signals + rejected_signals, "executed and rejected")
  if (reject_reasons !== undefined) {
    const sum = Object.values(reject_reasons).reduce((total, count) => total + count, 0)
    yield differs(at("rejected_signals"), rejected_signals, sum, "the sum of reject_reasons")
  }
}

/** A row of figures against the fills that it is about. */
function* talliesOf(at: string, row: Row, tally: FoldedTally): Generator<Contradiction | null> {
  yield differs(`${at}.trade_count`, row.trade_count, tally.tradeCount)
  yield differs(`${at}.wins`, row.wins, tally.wins)
  yield differs(`${at}.losses`, row.losses, tally.losses)
  const closed = tally.wins + tally.losses
  yield differs(`${at}.winrate`, row.winrate, closed === 0 ? 0 : tally.wins / closed)
}

/** The fall from the peak of the equity column; the last point is the PnL at the end of the window. */
const drawdownDiffers = (
  at: string,
  { max_drawdown, pnl }: Row,
  curve: DrawdownRange | undefined,
  tolerance: MicroUnits
): Contradiction | null => {
  const claimed = max_drawdown * MICRO
  curve?.finish(pnl * MICRO)
  const least = curve?.least ?? Math.max(0, -pnl * MICRO)
  const most = curve?.most ?? least
  if (claimed >= least - tolerance && claimed <= most + tolerance) return null
  const [low, high] = [fromMicros(Math.round(least)), fromMicros(Math.round(most))]
  const given = low === high ? `${low}` : `${low} to ${high}, by the order of rows of one moment`
  return { at: `${at}.max_drawdown`, detail: `is ${max_drawdown}, but the equity of its rows gives ${given}` }
}

/** Half a micro-unit: printed amounts are whole ones. */
const HALF = 0.5

/** Each strategy's and each event's row is there once, and each that the ledger has is there. */
function* namesOf({ event_results, places, results }: ArtifactFacts, curves: EquityCurves) {
  const strategies = new Set<string>()
  for (const [index, { strategy }] of results.entries()) {
    if (strategies.has(strategy))
      yield { at: `${places.results}[${index}].strategy`, detail: `${strategy} is there twice` }
    strategies.add(strategy)
  }
  const events = new Map<string, Set<string>>()
  for (const [index, { event_id, strategy }] of event_results.entries()) {
    const own = events.get(strategy) ?? new Set<string>()
    if (own.has(event_id))
      yield { at: `${places.events}[${index}]`, detail: `${strategy} in ${event_id} is there twice` }
    events.set(strategy, own.add(event_id))
  }
  for (const strategy of curves.byStrategy.keys()) {
    if (!strategies.has(strategy)) yield { at: places.results, detail: `has no row of ${strategy}, but the ledger has` }
  }
  for (const [strategy, own] of curves.byEvent) {
    for (const event of own.keys()) {
      if (events.get(strategy)?.has(event) !== true) {
        yield { at: places.events, detail: `has no row of ${strategy} in ${event}, but the ledger has` }
      }
    }
  }
}

/** A strategy's figures are the sums of those of its events. */
function* sumsOf({ event_results, places, results }: ArtifactFacts, tolerance: MicroUnits | undefined) {
  const sums = new Map<string, { pnl: MicroUnits; trades: number; wins: number; losses: number; rows: number }>()
  for (const { losses, pnl, strategy, trade_count, wins } of event_results) {
    const sum = sums.get(strategy) ?? { pnl: 0, trades: 0, wins: 0, losses: 0, rows: 0 }
    sum.pnl += tolerance === undefined ? toMicros(pnl) : pnl * MICRO
    sum.trades += trade_count
    sum.wins += wins
    sum.losses += losses
    sum.rows += 1
    sums.set(strategy, sum)
  }
  const from = `the sum of ${places.events}`
  for (const [index, row] of results.entries()) {
    const at = `${places.results}[${index}]`
    const sum = sums.get(row.strategy) ?? { pnl: 0, trades: 0, wins: 0, losses: 0, rows: 0 }
    yield moneyDiffers(`${at}.pnl`, row.pnl, sum.pnl, tolerance === undefined ? { from } : { from, tolerance })
    yield differs(`${at}.trade_count`, row.trade_count, sum.trades, from)
    yield differs(`${at}.wins`, row.wins, sum.wins, from)
    yield differs(`${at}.losses`, row.losses, sum.losses, from)
  }
}

/** What closing positions are worth more than they cost, by strategy and by event. */
interface OpenGains {
  readonly byStrategy: ReadonlyMap<string, MicroUnits>
  readonly byEvent: ReadonlyMap<string, ReadonlyMap<string, MicroUnits>>
}

const gainOf = ({ cost, mark, qty }: ClosingPosition): MicroUnits =>
  mark === null ? 0 : notionalOf(toMicros(mark), toMicros(qty)) - toMicros(cost)

const openGains = (positions: ReadonlyArray<ClosingPosition>): OpenGains => {
  const byStrategy = new Map<string, MicroUnits>()
  const byEvent = new Map<string, Map<string, MicroUnits>>()
  for (const position of positions) {
    const { event_id, strategy } = position
    const gain = gainOf(position)
    byStrategy.set(strategy, (byStrategy.get(strategy) ?? 0) + gain)
    const own = byEvent.get(strategy) ?? new Map<string, MicroUnits>()
    byEvent.set(strategy, own.set(event_id, (own.get(event_id) ?? 0) + gain))
  }
  return { byStrategy, byEvent }
}

/** The closing positions are what the fills leave: each once, none missing, none besides. */
function* positionsOf({ closing_positions, places }: ArtifactFacts, { account }: LedgerFold) {
  if (closing_positions === undefined) return
  const at = `${places.added}closing_positions`
  const listed = new Set<unknown>()
  for (const [index, { cost, market_id, qty, strategy, token_id }] of closing_positions.entries()) {
    const held = token_id === "YES" || token_id === "NO" ? account.holding(strategy, market_id, token_id) : undefined
    if (held === undefined || held.position.qty === 0) {
      yield { at: `${at}[${index}]`, detail: `is ${token_id} of ${market_id}, of which the ledger leaves nothing` }
      continue
    }
    if (listed.has(held)) yield { at: `${at}[${index}]`, detail: "is there twice" }
    listed.add(held)
    yield moneyDiffers(`${at}[${index}].qty`, qty, held.position.qty)
    yield moneyDiffers(`${at}[${index}].cost`, cost, held.position.cost)
  }
  for (const held of account.holdings) {
    if (held.position.qty === 0 || listed.has(held)) continue
    const left = `${fromMicros(held.position.qty)} ${held.token} of ${held.marketId} to ${held.strategy}`
    yield { at, detail: `lacks a position: the ledger leaves ${left}` }
  }
}

/** Figures of one strategy that the fills alone give. */
function* strategyFigures(at: string, row: ArtifactFacts["results"][number], { account }: LedgerFold) {
  const tally = account.byStrategy.get(row.strategy)
  const closed = (tally?.wins ?? 0) + (tally?.losses ?? 0)
  if (row.fees !== undefined) yield moneyDiffers(`${at}.fees`, row.fees, tally?.fees ?? 0)
  if (row.turnover !== undefined) yield moneyDiffers(`${at}.turnover`, row.turnover, tally?.turnover ?? 0)
  if (row.closed_winrate != null) {
    yield differs(`${at}.closed_winrate`, row.closed_winrate, closed === 0 ? 0 : (tally?.wins ?? 0) / closed)
  }
  if (row.profit_factor != null && tally !== undefined) {
    yield differs(`${at}.profit_factor`, row.profit_factor, tally.grossWin / tally.grossLoss)
  }
}

const eventKey = (strategy: string, event: string): string => JSON.stringify([strategy, event])

/** The strategies, and pairs of strategy and event, that still hold something: their PnL needs marks. */
const openKeys = ({ account }: LedgerFold): ReadonlySet<string> =>
  new Set(
    account.holdings
      .filter(({ position }) => position.qty !== 0)
      .flatMap(({ eventId, strategy }) => [strategy, eventKey(strategy, eventId)])
  )

/** Figures by strategy and event. PnL of what is open at the end needs the closing positions, which 1.2 added. */
function* figuresOf(facts: ArtifactFacts, fold: LedgerFold, open: ReadonlySet<string>) {
  const gains = openGains(facts.closing_positions ?? [])
  const { event_results, places, results } = facts
  for (const [index, row] of results.entries()) {
    const at = `${places.results}[${index}]`
    const tally = fold.account.byStrategy.get(row.strategy)
    yield* talliesOf(at, row, tally ?? nothing)
    yield* strategyFigures(at, row, fold)
    if (open.has(row.strategy)) continue
    yield moneyDiffers(`${at}.pnl`, row.pnl, (tally?.realized ?? 0) + (gains.byStrategy.get(row.strategy) ?? 0))
  }
  for (const [index, row] of event_results.entries()) {
    const at = `${places.events}[${index}]`
    const tally = fold.account.byEvent.get(row.strategy)?.get(row.event_id)
    yield* talliesOf(at, row, tally ?? nothing)
    if (open.has(eventKey(row.strategy, row.event_id))) continue
    const gain = gains.byEvent.get(row.strategy)?.get(row.event_id) ?? 0
    yield moneyDiffers(`${at}.pnl`, row.pnl, (tally?.realized ?? 0) + gain)
  }
}

function* drawdownsOf({ event_results, places, results }: ArtifactFacts, curves: EquityCurves, tolerance: MicroUnits) {
  for (const [index, row] of results.entries()) {
    yield drawdownDiffers(`${places.results}[${index}]`, row, curves.byStrategy.get(row.strategy), tolerance)
  }
  for (const [index, row] of event_results.entries()) {
    const curve = curves.byEvent.get(row.strategy)?.get(row.event_id)
    yield drawdownDiffers(`${places.events}[${index}]`, row, curve, tolerance)
  }
}

/** Signals in the ledger against their count: some have no row of their own, but none has two lives. */
function* signalsOf(
  { executed_signals, places, total_signals }: ArtifactFacts,
  { filledSignals, signals }: LedgerFold
) {
  const fewer = (name: string, claimed: number, found: number | null): Contradiction | null =>
    found === null || found <= claimed
      ? null
      : { at: `${places.counts}${name}`, detail: `is ${claimed}, but the ledger has rows of ${found}` }
  yield fewer("total_signals", total_signals, signals.size)
  yield fewer("executed_signals", executed_signals, filledSignals.size)
}

/** Holds what an artifact of the market's rules says against its ledger and its closing positions. */
export const compareMarket = (facts: ArtifactFacts, fold: LedgerFold): Compared => {
  const { closing_positions, places } = facts
  const foldable = fold.unreadable === null
  const open = foldable && closing_positions === undefined ? openKeys(fold) : new Set<string>()
  function* comparisons() {
    yield fold.contradiction
    yield* countsOf(facts)
    yield* signalsOf(facts, fold)
    yield* namesOf(facts, fold.curves)
    if (foldable) {
      yield* positionsOf(facts, fold)
      yield* figuresOf(facts, fold, open)
    }
    yield* sumsOf(facts, undefined)
    yield* drawdownsOf(facts, fold.curves, HALF)
  }
  const notCheckable = foldable
    ? open.size === 0
      ? []
      : [`${places.results} pnl of what is open at the end (1.2 added closing_positions)`]
    : [`counts and amounts of fills (${fold.unreadable})`]
  return { contradiction: firstOf(comparisons()), notCheckable }
}

/** The same for the original's arithmetic, as far as rows alone go. */
export const compareOriginal = (facts: ArtifactFacts, fold: OriginalFold): Compared => {
  const { event_results, places, results } = facts
  function* comparisons() {
    yield* countsOf(facts)
    yield* namesOf(facts, fold.curves)
    for (const [index, row] of results.entries()) {
      yield* talliesOf(`${places.results}[${index}]`, row, fold.byStrategy.get(row.strategy) ?? nothing)
    }
    for (const [index, row] of event_results.entries()) {
      const tally = fold.byEvent.get(row.strategy)?.get(row.event_id)
      yield* talliesOf(`${places.events}[${index}]`, row, tally ?? nothing)
    }
    yield* sumsOf(facts, ORIGINAL_TOLERANCE)
    yield* drawdownsOf(facts, fold.curves, ORIGINAL_TOLERANCE)
  }
  return {
    contradiction: firstOf(comparisons()),
    notCheckable: ["realized_change and pnl (the original's arithmetic)"]
  }
}
