// Recomputes what monomarket reports, from the specification alone: no code of src/ is used, so that a fault there is not
// repeated here. Whole micro-units (1e-6 USDC, 1e-6 shares), products rounded to the nearest, a half away from zero.
//   node scripts/recompute.mjs artifact ARTIFACT.json DATABASE   a backtest artifact of schema 1.x, from its rows and the marks
//   node scripts/recompute.mjs books DATABASE                    paper's books, from the table of fills
// Prints one line for everything that agrees, one for each difference, and exits 1 when there is one.
import { readFileSync } from "node:fs"
import Sqlite from "better-sqlite3"

const MICRO = 1_000_000n
const SHOWN = 20
const micro = (natural) => BigInt(Math.round(Number(natural) * 1e6))
const natural = (micros) => Number(micros) / 1e6
const abs = (value) => (value < 0n ? -value : value)
/** a * b / c, to the nearest. */
const mulDiv = (a, b, c) => {
  const product = a * b
  const half = (2n * abs(product) + c) / (2n * c)
  return product < 0n ? -half : half
}
const times = (price, qty) => mulDiv(price, qty, MICRO)

const differences = []
const compared = new Map()
const compare = (what, place, claimed, given) => {
  compared.set(what, (compared.get(what) ?? 0) + 1)
  if (claimed !== given) differences.push(`${what}: ${place} is ${claimed}, recomputed ${given}`)
}
const compareMoney = (what, place, claimed, given) => compare(what, place, natural(micro(claimed)), natural(given))

/**
 * One fill into a position {qty, cost}. With the position it adds to the cost; against it, the closed part realizes its
 * proceeds less its share of the cost; what crosses zero stays at the fill's price. The fee is taken from what is realized.
 */
const applyFill = (position, side, price, qty, fee) => {
  const sign = side === "buy" ? 1n : -1n
  const worth = times(price, qty)
  const held = abs(position.qty)
  const against = position.qty !== 0n && position.qty > 0n !== sign > 0n
  if (!against) {
    position.qty += sign * qty
    position.cost += sign * worth
    return { change: -fee, closed: 0n, worth }
  }
  const closed = qty < held ? qty : held
  const closedCost = closed === held ? position.cost : mulDiv(position.cost, closed, held)
  const closedWorth = closed === qty ? worth : times(price, closed)
  const change = -fee - sign * closedWorth - closedCost
  position.qty += sign * qty
  position.cost += -closedCost + sign * (worth - closedWorth)
  return { change, closed, worth }
}

const valueIn = (map, key, make) => {
  if (!map.has(key)) map.set(key, make())
  return map.get(key)
}
const keyOf = (...parts) => JSON.stringify(parts)

// ------------------------------------------------------------------------------------------------ books

const books = (db) => {
  const positions = new Map()
  const filled = new Map()
  let cash = 0n
  for (const fill of db.prepare("SELECT * FROM fills ORDER BY id").iterate()) {
    if (fill.venue_state === "reversed") continue
    const [price, qty, fee] = [micro(fill.price), micro(fill.qty), micro(fill.fee)]
    const position = valueIn(positions, keyOf(fill.strategy, fill.market_id, fill.token_id), () => ({
      qty: 0n,
      cost: 0n,
      realized: 0n
    }))
    const { change, worth } = applyFill(position, fill.side, price, qty, fee)
    position.realized += change
    cash += (fill.side === "buy" ? -worth : worth) - fee
    filled.set(fill.order_id, (filled.get(fill.order_id) ?? 0n) + qty)
    if (fill.realized_change !== null)
      compareMoney("realized change of fills", `fill ${fill.id}`, fill.realized_change, change)
  }
  for (const row of db.prepare("SELECT * FROM positions").iterate()) {
    const key = keyOf(row.strategy, row.market_id, row.token_id)
    const position = positions.get(key) ?? { qty: 0n, cost: 0n, realized: 0n }
    positions.delete(key)
    compareMoney("quantity of positions", key, row.net_qty, position.qty)
    compareMoney("realized PnL of positions", key, row.realized_pnl, position.realized)
    if (row.cost_micros !== null) compare("cost of positions", key, BigInt(row.cost_micros), position.cost)
    cash -= position.realized - position.cost
  }
  for (const key of positions.keys()) compare("positions with fills", key, "missing", "there")
  for (const { id, filled_qty } of db.prepare("SELECT id, filled_qty FROM orders").iterate()) {
    compareMoney("filled quantity of orders", `order ${id}`, filled_qty, filled.get(id) ?? 0n)
  }
  compare("cash = realized - cost", "the books", cash, 0n)
}

// --------------------------------------------------------------------------------------------- artifact

const EPOCH = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00:00)$/
const microseconds = (text) => {
  const [, whole, fraction = ""] = EPOCH.exec(text) ?? []
  return Date.parse(`${whole}Z`) * 1000 + Number(fraction.padEnd(6, "0"))
}

/**
 * Newest price of a token at or before a time: a snapshot without one does not take the last one away. The markets of one
 * moment are seen in the order of their ids: as of `seenTo`, the snapshots of that moment behind it are not there yet.
 */
const marksOf = (db) => {
  const rows = db.prepare(
    "SELECT captured_us AS at, yes_price AS YES, no_price AS NO FROM market_snapshots WHERE market_id = ? ORDER BY captured_us, id"
  )
  const known = new Map()
  const snapshotsOf = (market) => valueIn(known, market, () => rows.all(market))
  const mark = (market, token, time, seenTo = null) => {
    const at = seenTo !== null && market > seenTo ? time - 1 : time
    const snapshots = snapshotsOf(market)
    let low = 0
    let high = snapshots.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (snapshots[middle].at <= at) low = middle + 1
      else high = middle
    }
    for (let index = low - 1; index >= 0; index -= 1) {
      const snapshot = snapshots[index]
      if (snapshot[token] !== null) return { price: micro(snapshot[token]), at: snapshot.at }
    }
    return null
  }
  return { mark, snapshotsOf }
}

/** Order in which rows of one moment happened: payouts, then signals as they were made, each leg by leg. */
const LEGS = ["settlement", "primary", "hedge", "sell_leg", "leg", "unwind"]
const byExecution = (a, b) =>
  a.at - b.at ||
  (a.signal_id ?? -1) - (b.signal_id ?? -1) ||
  LEGS.indexOf(a.leg) - LEGS.indexOf(b.leg) ||
  a.index - b.index

const emptyTally = () => ({
  realized: 0n,
  fees: 0n,
  turnover: 0n,
  trades: 0,
  wins: 0,
  losses: 0,
  won: 0n,
  lost: 0n,
  peak: 0n,
  drawdown: 0n
})

const addPoint = (tally, equity) => {
  if (equity > tally.peak) tally.peak = equity
  if (tally.peak - equity > tally.drawdown) tally.drawdown = tally.peak - equity
}

const count = (tally, { change, closed, worth }, fee, settlement) => {
  tally.realized += change
  tally.fees += fee
  if (!settlement) {
    tally.trades += 1
    tally.turnover += worth
  }
  if (closed === 0n) return
  if (change > 0n) {
    tally.wins += 1
    tally.won += change
  } else if (change < 0n) {
    tally.losses += 1
    tally.lost -= change
  }
}

/** The account of a replay: positions by strategy, market and token, and sums by strategy and by event. */
class Replay {
  positions = new Map()
  byStrategy = new Map()
  byEvent = new Map()
  signals = new Set()
  executed = new Set()

  constructor(mark) {
    this.mark = mark
  }

  strategy(name) {
    return valueIn(this.byStrategy, name, () => ({ tally: emptyTally(), positions: [] }))
  }

  event(strategy, event) {
    return valueIn(this.byEvent, keyOf(strategy, event), () => ({ tally: emptyTally(), positions: [] }))
  }

  equity({ positions, tally }, at, seenTo = null) {
    let sum = tally.realized
    for (const { cost, market, qty, token } of positions) {
      const mark = qty === 0n ? null : this.mark(market, token, at, seenTo)
      if (mark !== null) sum += times(mark.price, qty) - cost
    }
    return sum
  }

  /** The strategy's equity if this row came next. */
  equityAfter(row, seenTo = null) {
    const now = this.equity(this.strategy(row.strategy), row.at, seenTo)
    if (!row.risk_allowed) return now
    const before = this.positions.get(keyOf(row.strategy, row.market_id, row.token_id)) ?? { qty: 0n, cost: 0n }
    const after = { qty: before.qty, cost: before.cost }
    const { change } = applyFill(after, row.side, micro(row.fill_price), micro(row.executed_qty), micro(row.fee))
    const mark = this.mark(row.market_id, row.token_id, row.at)
    const gain = ({ cost, qty }) => (mark === null ? 0n : times(mark.price, qty) - cost)
    return now + change + gain(after) - gain(before)
  }

  fill(row, place) {
    const { event_id, market_id, strategy, token_id } = row
    const position = valueIn(this.positions, keyOf(strategy, market_id, token_id), () => {
      const made = { strategy, event: event_id, market: market_id, token: token_id, qty: 0n, cost: 0n }
      this.strategy(strategy).positions.push(made)
      this.event(strategy, event_id).positions.push(made)
      return made
    })
    const fee = micro(row.fee)
    const held = position.qty
    const effect = applyFill(position, row.side, micro(row.fill_price), micro(row.executed_qty), fee)
    const settlement = row.leg === "settlement"
    count(this.strategy(strategy).tally, effect, fee, settlement)
    count(this.event(strategy, event_id).tally, effect, fee, settlement)
    compareMoney("realized_change", place, row.realized_change, effect.change)
    compare("no naked short", place, position.qty < 0n, false)
    if (settlement) compareMoney("settlements pay for all that is held", place, row.executed_qty, held)
    if (row.leg === "unwind")
      compare("unwinds give back what is held", place, micro(row.executed_qty) <= abs(held), true)
  }
}

/**
 * Which of the rows of one moment comes next. The ledger does not say in which order signals of one moment were carried
 * out (a strategy replay takes the best scores first), but each row's equity is what it left behind. What rested fills as
 * its market is seen, before the markets behind it are; those come first, in the order of markets. A refused row changes
 * nothing and comes wherever it fits; else the first fill that fits, in the order of signals and legs.
 */
const nextOf = (moment, replay) => {
  const fits = (row) => micro(row.strategy_equity) === replay.equityAfter(row)
  let rested = -1
  for (const [index, row] of moment.entries()) {
    if (!row.risk_allowed || fits(row) || micro(row.strategy_equity) !== replay.equityAfter(row, row.market_id))
      continue
    if (rested === -1 || row.market_id < moment[rested].market_id) rested = index
  }
  if (rested !== -1) return rested
  const refused = moment.findIndex((row) => !row.risk_allowed && fits(row))
  return Math.max(0, refused === -1 ? moment.findIndex((row) => row.risk_allowed && fits(row)) : refused)
}

/** A settlement pays what the market's resolution says. */
const checkPayout = (resolutions, row, place) => {
  const resolution = resolutions.get(row.market_id)
  if (resolution === undefined) return compare("settlements have a resolution", place, "none", "one")
  const { payout_no, payout_yes } = resolution
  const share = (row.token_id === "YES" ? payout_yes : payout_no) / (payout_yes + payout_no)
  compareMoney("settlement prices", place, row.fill_price, micro(share))
}

/** The age of a quote leads back to a snapshot of that market, or to a look that found it unchanged. */
const checkAge = (row, place, snapshots, looks) => {
  if (row.quote_age_sec === undefined || row.quote_age_sec === null) return
  const seen = row.at - Math.round(row.quote_age_sec * 1e6)
  const found =
    snapshots.some(({ at }) => at === seen) || looks.some(({ from_us, to_us }) => from_us <= seen && seen <= to_us)
  compare("quote_age_sec leads to a snapshot or look", place, found, true)
}

const checkRow = (place, row, tally, extra) => {
  const closed = tally.wins + tally.losses
  compare("trade_count", place, row.trade_count, tally.trades)
  compare("wins", place, row.wins, tally.wins)
  compare("losses", place, row.losses, tally.losses)
  compare("winrate", place, row.winrate, closed === 0 ? 0 : tally.wins / closed)
  compareMoney("pnl", place, row.pnl, extra.equity)
  addPoint(tally, extra.equity)
  compareMoney("max_drawdown", place, row.max_drawdown, tally.drawdown)
  if (row.fees !== undefined) compareMoney("fees", place, row.fees, tally.fees)
  if (row.turnover !== undefined) compareMoney("turnover", place, row.turnover, tally.turnover)
  if (row.profit_factor != null)
    compare("profit_factor", place, row.profit_factor, Number(tally.won) / Number(tally.lost))
}

const checkClosing = (artifact, replay, toUs, mark) => {
  const open = new Map([...replay.positions].filter(([, { qty }]) => qty !== 0n))
  for (const [index, row] of (artifact.closing_positions ?? []).entries()) {
    const place = `closing_positions[${index}]`
    const key = keyOf(row.strategy, row.market_id, row.token_id)
    const position = open.get(key)
    open.delete(key)
    if (position === undefined) {
      compare("closing positions", place, "listed", "not held")
      continue
    }
    const newest = mark(row.market_id, row.token_id, toUs)
    compareMoney("closing quantity", place, row.qty, position.qty)
    compareMoney("closing cost", place, row.cost, position.cost)
    compare("closing mark", place, row.mark, newest === null ? null : natural(newest.price))
    compare(
      "time of the closing mark",
      place,
      row.mark_ts === null ? null : microseconds(row.mark_ts),
      newest?.at ?? null
    )
  }
  if (artifact.closing_positions !== undefined) {
    for (const key of open.keys()) compare("closing positions", key, "not listed", "held")
  }
}

const artifactOf = (path, db) => {
  const artifact = JSON.parse(readFileSync(path, "utf8"))
  const { mark, snapshotsOf } = marksOf(db)
  const resolutions = new Map(
    db
      .prepare("SELECT * FROM market_resolutions")
      .all()
      .map((row) => [row.market_id, row])
  )
  const hasLooks = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'market_looks'").get() !== undefined
  const looksOf = hasLooks ? db.prepare("SELECT from_us, to_us FROM market_looks WHERE market_id = ?") : null
  const replay = new Replay(mark)
  const rows = artifact.replay.map((row, index) => ({ ...row, index, at: microseconds(row.ts) })).sort(byExecution)
  const take = (row) => {
    const place = `replay[${row.index}]`
    if (row.signal_id !== null) replay.signals.add(row.signal_id)
    if (row.risk_allowed) {
      replay.fill(row, place)
      if (row.signal_id !== null && row.leg !== "unwind") replay.executed.add(row.signal_id)
      if (row.leg === "settlement") checkPayout(resolutions, row, place)
    } else {
      compare("refused rows trade nothing", place, row.executed_qty, 0)
      compare("refused rows realize nothing", place, row.realized_change, 0)
    }
    checkAge(row, place, snapshotsOf(row.market_id), looksOf?.all(row.market_id) ?? [])
    const [strategy, event] = [replay.strategy(row.strategy), replay.event(row.strategy, row.event_id)]
    const whole = replay.equity(strategy, row.at)
    const seenTo = row.risk_allowed && whole !== micro(row.strategy_equity) ? row.market_id : null
    const own = seenTo === null ? whole : replay.equity(strategy, row.at, seenTo)
    const inEvent = replay.equity(event, row.at, seenTo)
    compareMoney("strategy_equity", place, row.strategy_equity, own)
    compareMoney("event_equity", place, row.event_equity, inEvent)
    addPoint(strategy.tally, own)
    addPoint(event.tally, inEvent)
  }
  for (let from = 0; from < rows.length;) {
    let to = from + 1
    while (to < rows.length && rows[to].at === rows[from].at) to += 1
    const moment = rows.slice(from, to)
    while (moment.length > 0) take(...moment.splice(nextOf(moment, replay), 1))
    from = to
  }
  const toUs = microseconds(artifact.to_ts)
  for (const [index, row] of artifact.results.entries()) {
    const strategy = replay.strategy(row.strategy)
    checkRow(`results[${index}]`, row, strategy.tally, { equity: replay.equity(strategy, toUs) })
  }
  for (const [index, row] of artifact.event_results.entries()) {
    const event = replay.event(row.strategy, row.event_id)
    checkRow(`event_results[${index}]`, row, event.tally, { equity: replay.equity(event, toUs) })
  }
  checkClosing(artifact, replay, toUs, mark)
  const { executed_signals, rejected_signals, total_signals } = artifact
  compare("total = executed + rejected", path, total_signals, executed_signals + rejected_signals)
  compare("signals with rows are no more than all", path, replay.signals.size <= total_signals, true)
  compare("signals with fills are no more than the executed", path, replay.executed.size <= executed_signals, true)
}

const [mode, ...files] = process.argv.slice(2)
if ((mode !== "artifact" || files.length !== 2) && (mode !== "books" || files.length !== 1)) {
  console.error("usage: recompute.mjs artifact ARTIFACT.json DATABASE | books DATABASE")
  process.exit(2)
}
const db = new Sqlite(files.at(-1), { readonly: true, fileMustExist: true })
if (mode === "books") books(db)
else artifactOf(files[0], db)
db.close()
console.log([...compared].map(([what, times_]) => `${what} ${times_}`).join(", ") || "nothing to compare")
for (const line of differences.slice(0, SHOWN)) console.log(line)
console.log(differences.length === 0 ? "all of it agrees" : `${differences.length} differences`)
process.exit(differences.length === 0 ? 0 : 1)
