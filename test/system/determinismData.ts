import Sqlite from "better-sqlite3"
import { makeRng, nextFloat, nextInt, type Rng } from "../../src/core/rng.ts"
import { formatTime, MICROS_PER_HOUR } from "../../src/domain/time.ts"

/** A row of any table: its columns and their values. */
export type TableRow = Readonly<Record<string, string | number | null>>

export interface Content {
  readonly markets: ReadonlyArray<TableRow>
  readonly snapshots: ReadonlyArray<TableRow>
  readonly resolutions: ReadonlyArray<TableRow>
  /** With their ids: the ledger names a signal by its id, and strategies made those of one moment in that order. */
  readonly signals: ReadonlyArray<TableRow>
}

const START_US = Date.UTC(2026, 1, 20) * 1_000
const STEPS = 50
const STEP_US = MICROS_PER_HOUR / 4

const cents = (value: number): number => Math.round(Math.min(0.99, Math.max(0.01, value)) * 100) / 100

interface Plan {
  readonly source: string
  readonly marketId: string
  readonly contract: number
  readonly eventId: string
  readonly negRisk: boolean
  readonly yes: number
  readonly liquidity: number
}

/** Something for every strategy, names that sort otherwise under another locale, and one id that two sources use. */
const plans: ReadonlyArray<Plan> = Array.from({ length: 40 }, (_, index): Plan => {
  const group = Math.floor(index / 10)
  const name = ["I", "i", "ı", "İ", "a", "Ä", "z", "B", "b", "é"][index % 10] ?? "x"
  return {
    source: index === 39 || (group === 0 && index % 2 === 1) ? "clob" : "gamma",
    marketId: index === 39 ? `${name}-38` : index === 38 ? "é-38" : `${name}-${index}`,
    contract: group === 0 ? Math.floor(index / 2) : index,
    eventId: group === 1 ? `neg-${index % 3}` : `event-${index % 7}`,
    negRisk: group === 1,
    yes: [0.5, 0.3, 0.05, 0.2][group] ?? 0.5,
    liquidity: 400 + 90 * index
  }
})

const marketRow = ({ contract, eventId, marketId, negRisk, source }: Plan): TableRow => ({
  source,
  market_id: marketId,
  canonical_id: `contract-${contract}`,
  event_id: eventId,
  question: `Will contract ${contract} pay?`,
  status: "closed",
  neg_risk: negRisk ? 1 : 0,
  updated_at: formatTime(START_US),
  updated_us: START_US,
  condition_id: `0x${contract}`,
  tick_size: 0.01,
  min_order_size: source === "clob" ? 5 : 2,
  fee_rate: source === "clob" ? 0.04 : 0.02,
  fee_exponent: 1,
  fee_taker_only: 1
})

const snapshotRow = (rng: Rng, plan: Plan, step: number): TableRow => {
  const yes = cents(plan.yes + 0.06 * (nextFloat(rng) - 0.5))
  const atUs = START_US + step * STEP_US
  return {
    source: plan.source,
    market_id: plan.marketId,
    event_id: plan.eventId,
    yes_price: yes,
    no_price: cents(1 - yes),
    mid_price: yes,
    best_bid: cents(yes - 0.01),
    best_ask: cents(yes + 0.01 * nextInt(rng, 3)),
    liquidity: plan.liquidity + nextInt(rng, 300) / 7,
    volume: 100 * step,
    captured_at: formatTime(atUs),
    captured_us: atUs,
    status: step % 5 === 0 ? null : "open"
  }
}

const payloadOf = (rng: Rng, strategy: string, plan: Plan): object => {
  const tail = plans[20 + nextInt(rng, 10)]
  if (strategy === "s8") {
    const hedge = { token: "YES", market_id: tail?.marketId ?? "", qty: 20, price: 0.06 }
    return { primary_leg: { token: "NO", market_id: plan.marketId, qty: 9, price: 0.85 }, tail_hedge: hedge }
  }
  return strategy === "s2" ? { basket_markets: plans.slice(10, 13).map(({ marketId }) => marketId) } : {}
}

/** Several at one moment, often in one market. */
const signalRow = (rng: Rng, id: number): TableRow => {
  const plan = plans[nextInt(rng, plans.length)] ?? plans[0]
  if (plan === undefined) throw new Error("no plan")
  const strategy = ["s1", "s2", "s4", "s8"][nextInt(rng, 4)] ?? "s1"
  const createdUs = START_US + Math.floor((id * STEPS) / 240 / 3) * 3 * STEP_US
  return {
    id,
    strategy,
    market_id: plan.marketId,
    event_id: plan.eventId,
    side: nextInt(rng, 4) === 0 ? "sell" : "buy",
    score: 1,
    confidence: 0.5,
    target_price: cents(plan.yes + 0.05 * nextFloat(rng)),
    size_hint: 3 + nextInt(rng, 1_000) / 77,
    rationale: "",
    payload_json: JSON.stringify(payloadOf(rng, strategy, plan)),
    status: "new",
    created_at: formatTime(createdUs),
    updated_at: formatTime(createdUs),
    created_us: createdUs
  }
}

const resolutionRow = (plan: Plan, index: number): TableRow => {
  const resolvedUs = START_US + (20 + 3 * index) * STEP_US
  const [yes, no] = [
    [1, 0],
    [0.5, 0.5],
    [1, 1],
    [0, 0]
  ][index % 4] ?? [0, 1]
  return {
    market_id: plan.marketId,
    payout_yes: yes ?? 0,
    payout_no: no ?? 0,
    resolved_us: resolvedUs,
    seen_us: resolvedUs + 1,
    basis: "venue"
  }
}

/** Forty markets over half a day, each every quarter of an hour, some seen twice in one moment. */
export const makeContent = (seed: number): Content => {
  const rng = makeRng(seed)
  const snapshots: Array<TableRow> = []
  for (let step = 0; step < STEPS; step += 1) {
    for (const plan of plans) {
      snapshots.push(snapshotRow(rng, plan, step))
      if (nextInt(rng, 20) === 0) snapshots.push(snapshotRow(rng, plan, step))
    }
  }
  return {
    markets: plans.map(marketRow),
    snapshots,
    resolutions: [3, 12, 22, 27, 31, 36].flatMap((at, index) => {
      const plan = plans[at]
      return plan === undefined ? [] : [resolutionRow(plan, index)]
    }),
    signals: Array.from({ length: 240 }, (_, index) => signalRow(rng, index + 1))
  }
}

/** The window that leaves its first hours to be what came before. */
export const windowOf = {
  from: formatTime(START_US + 2 * MICROS_PER_HOUR),
  to: formatTime(START_US + STEPS * STEP_US)
}

const shuffled = <A>(rng: Rng, items: ReadonlyArray<A>): ReadonlyArray<A> => {
  const keyed = items.map((item) => ({ item, key: nextFloat(rng) }))
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
}

/** Same rows, put in in another order: those without a meaning of their own get other ids. */
export const inAnotherOrder = (content: Content, seed: number): Content => {
  const rng = makeRng(seed)
  return {
    markets: shuffled(rng, content.markets),
    snapshots: shuffled(rng, content.snapshots),
    resolutions: shuffled(rng, content.resolutions),
    signals: shuffled(rng, content.signals)
  }
}

/** Puts the rows into a database that `init-db` made, in the order given. */
export const insertContent = (path: string, content: Content): void => {
  const db = new Sqlite(path)
  const insertAll = (table: string, rows: ReadonlyArray<TableRow>) => {
    const columns = Object.keys(rows[0] ?? {})
    const places = columns.map((column) => `@${column}`).join(", ")
    const insert = db.prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places})`)
    for (const row of rows) insert.run(row)
  }
  db.transaction(() => {
    insertAll("markets", content.markets)
    insertAll("market_snapshots", content.snapshots)
    insertAll("market_resolutions", content.resolutions)
    insertAll("signals", content.signals)
  })()
  db.close()
}
