import * as Either from "effect/Either"
import { MICROS_PER_SECOND, parseTime } from "../domain/time.ts"
import { toMicros } from "../domain/units.ts"
import { LedgerDigest, WIDER_LEDGER_MINOR } from "./digest.ts"
import { type LedgerEntry } from "./LedgerRow.ts"
import { type BacktestArtifactV1 } from "./schema.ts"

const legs = ["primary", "hedge", "sell_leg", "leg", "unwind", "settlement"] as const

type Row = BacktestArtifactV1["replay"][number]

/** The entry that a printed row was made from; null where a field that 1.1 added is missing or a word is unknown. */
const entryOf = (row: Row): LedgerEntry | null => {
  const atUs = parseTime(row.ts)
  const leg = legs.find((known) => known === row.leg)
  if (atUs === undefined || leg === undefined || row.fee === undefined || row.signal_id === undefined) return null
  if ((row.token_id !== "YES" && row.token_id !== "NO") || (row.side !== "buy" && row.side !== "sell")) return null
  return {
    atUs,
    strategy: row.strategy,
    eventId: row.event_id,
    marketId: row.market_id,
    token: row.token_id,
    side: row.side,
    leg,
    signalId: row.signal_id,
    qty: toMicros(row.qty),
    executedQty: toMicros(row.executed_qty),
    fillRatio: row.fill_ratio,
    fillProbability: row.fill_probability,
    slippageBps: row.slippage_bps_applied,
    targetPrice: row.target_price,
    fillPrice: toMicros(row.fill_price),
    fee: toMicros(row.fee),
    realizedChange: toMicros(row.realized_change),
    strategyEquity: toMicros(row.strategy_equity),
    eventEquity: toMicros(row.event_equity),
    allowed: row.risk_allowed,
    reason: row.risk_reason,
    quoteAgeUs: row.quote_age_sec == null ? null : Math.round(row.quote_age_sec * MICROS_PER_SECOND),
    afterClose: row.after_close === true,
    risk: {
      notional: toMicros(row.risk_notional),
      realizedBefore: toMicros(row.risk_realized_pnl_before),
      strategyNotionalBefore: toMicros(row.risk_strategy_notional_before),
      eventNotionalBefore: toMicros(row.risk_event_notional_before),
      rejectionsBefore: row.risk_rejections_before
    }
  }
}

/** Whether a row has the columns that 1.2 added. */
const isWide = (row: Row): boolean => row.quote_age_sec !== undefined && row.after_close !== undefined

/**
 * `ledger_sha256` recomputed from printed rows, one by one, over the columns that the artifact's schema 1.`minor` (of the
 * source, if it was migrated) had. Only the market's rules keep whole micro-units, which the printed numbers give back exactly.
 */
export class PrintedLedgerDigest {
  private readonly digest: LedgerDigest
  private readonly wide: boolean
  /** The first row that lacks what a digest is made of: there is none then. */
  private unreadable: number | null = null
  private rows = 0

  constructor(minor: number) {
    this.digest = new LedgerDigest(minor)
    this.wide = minor === WIDER_LEDGER_MINOR
  }

  add(row: Row): void {
    const entry = this.unreadable !== null || (this.wide && !isWide(row)) ? null : entryOf(row)
    if (entry === null) this.unreadable ??= this.rows
    else this.digest.write(entry)
    this.rows += 1
  }

  /** The digest, or the row that keeps it from being made. */
  result(): Either.Either<string, number> {
    return this.unreadable === null ? Either.right(this.digest.hex()) : Either.left(this.unreadable)
  }
}
