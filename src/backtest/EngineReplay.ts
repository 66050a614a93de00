import { packagesOf } from "../core/packages/packagesOf.ts"
import { blankMarket } from "../domain/blankMarket.ts"
import { type LookEvent } from "../domain/EngineEvent.ts"
import { type MarketId } from "../domain/ids.ts"
import { type Instrument, instrumentOf } from "../domain/instrument.ts"
import { type Quote } from "../domain/quote.ts"
import { MICRO, type Price, toMicros } from "../domain/units.ts"
import { type EngineSettings } from "../engine/EngineSettings.ts"
import { EngineState } from "../engine/EngineState.ts"
import { packageOf } from "../engine/scan.ts"
import { SyncRunner } from "../engine/SyncRunner.ts"
import { type ResolutionRow, type SignalRow, type SnapshotRow } from "../ports/HistoryReader.ts"
import { noProtections } from "../risk/gates.ts"
import { type BacktestOptions } from "./options.ts"
import { ReplayLedger, type ReplayWindow } from "./ReplayLedger.ts"
import { type ReplayOutcome } from "./ReplayOutcome.ts"
import { type FoldOutput, type SignalFold } from "./SignalFold.ts"

const micros = (natural: number | null): Price | null => (natural === null ? null : toMicros(natural))

/** One literal: this runs for every snapshot of a replay. */
const quoteOf = (row: SnapshotRow): Quote => ({
  atUs: row.atUs,
  status: row.status,
  acceptingOrders: row.acceptingOrders,
  yes: micros(row.yes),
  no: micros(row.no),
  bid: micros(row.bid),
  ask: micros(row.ask),
  mid: null,
  liquidity: row.liquidity * MICRO,
  liquidityUsdc: row.liquidity,
  volumeUsdc: 0,
  disputed: row.disputed
})

/**
 * Signal replay: stored signals as events of the engine, against what the market would really have done. The state at the
 * start of the window is complete: what was resolved, closed or not accepting orders before it is known as such.
 */
export class EngineReplay implements SignalFold {
  private readonly state: EngineState
  private readonly runner: SyncRunner
  private readonly ledger: ReplayLedger
  private readonly instruments: ReadonlyMap<MarketId, Instrument>
  private readonly unknown = new Map<MarketId, Instrument>()
  /** Contracts whose tick is another one than in their stored row. */
  private readonly current = new Map<MarketId, Instrument>()
  private readonly settlement: boolean

  constructor(
    settings: EngineSettings,
    options: BacktestOptions,
    instruments: ReadonlyMap<MarketId, Instrument>,
    output: FoldOutput,
    ends: ReplayWindow["ends"]
  ) {
    this.state = new EngineState(settings, options.fromUs)
    this.state.switches = noProtections
    this.instruments = instruments
    this.settlement = options.settlement
    this.ledger = new ReplayLedger(this.state, { toUs: options.toUs, ends }, output)
    this.runner = new SyncRunner({
      state: this.state,
      keepsEvidence: false,
      onFact: this.ledger.take,
      onSubmit: null
    })
  }

  snapshot(row: SnapshotRow): void {
    const instrument = this.instrumentAt(row)
    this.runner.push({ kind: "market", atUs: row.atUs, instrument, quote: quoteOf(row) })
  }

  look(look: LookEvent): void {
    this.runner.push(look)
  }

  /** The contract with the tick that it had then: the exchange changes it near 0 and 1, and the stored row has the last. */
  private instrumentAt({ marketId, tickSize }: SnapshotRow): Instrument {
    const current = this.current.get(marketId) ?? this.instrumentOf(marketId)
    if (tickSize === null || tickSize === current.tickSize) return current
    const changed = { ...current, tickSize }
    this.current.set(marketId, changed)
    return changed
  }

  /** A snapshot whose market has no row of its own is of a contract of which nothing more is known. */
  private instrumentOf(marketId: MarketId): Instrument {
    const known = this.instruments.get(marketId) ?? this.unknown.get(marketId)
    if (known !== undefined) return known
    const bare = instrumentOf(blankMarket({ marketId }))
    this.unknown.set(marketId, bare)
    return bare
  }

  resolution({ atUs, marketId, payout }: ResolutionRow): void {
    if (this.settlement) this.runner.push({ kind: "resolution", atUs, marketId, payout })
  }

  signals(rows: ReadonlyArray<SignalRow>): void {
    for (const group of packagesOf(rows)) {
      const [first] = group
      if (first === undefined) continue
      this.runner.push({ kind: "package", atUs: first.createdAtUs, package: packageOf(group, this.state.eventOf) })
    }
  }

  finish(toUs: number): void {
    this.runner.end(toUs)
    this.ledger.finish()
  }

  balanceProblem(): string | null {
    return this.ledger.balanceProblem()
  }

  outcome(): ReplayOutcome {
    return this.ledger.outcome()
  }
}
