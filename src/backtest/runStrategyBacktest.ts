import * as Effect from "effect/Effect"
import { InputError } from "../domain/errors.ts"
import { type MarketEvent } from "../domain/MarketEvent.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { tradingProgram } from "../engine/tradingProgram.ts"
import { type FeedPoll, MarketFeed } from "../ports/MarketFeed.ts"
import { assembleReport, assertBalanced } from "./assembleReport.ts"
import { DataDigest, LedgerDigest } from "./digest.ts"
import { ledgerObserver } from "./ledgerObserver.ts"
import { type LedgerSink } from "./LedgerRow.ts"
import { type BacktestOptions } from "./options.ts"
import { ReplayState } from "./ReplayState.ts"
import { type ReplayHooks } from "./runBacktest.ts"

/** How the program runs over recorded data. */
export interface StrategyReplayOptions {
  readonly intervalMs: number
  readonly maxSignals: number
  readonly cooldownUs: EpochMicros
  /** Real time, for the report's `generated_at`: the program itself runs on virtual time. */
  readonly generatedAtUs: EpochMicros
}

/** Looks at what passes: the digest of the data, and how far it reaches into the window. */
class Passing {
  readonly digest = new DataDigest()
  firstUs: EpochMicros | null = null
  lastUs: EpochMicros | null = null
  newestUs: EpochMicros | null = null
  private readonly options: BacktestOptions

  constructor(options: BacktestOptions) {
    this.options = options
  }

  take(poll: FeedPoll): FeedPoll {
    const { fromUs, settlement } = this.options
    const events = settlement ? poll.events : poll.events.filter(({ kind }) => kind !== "resolution")
    for (const event of events) {
      if (event.kind === "resolution") this.digest.resolution(event)
      else this.look(event, fromUs)
    }
    return { ...poll, events }
  }

  private look({ atUs, market }: Extract<MarketEvent, { readonly kind: "market" }>, fromUs: EpochMicros): void {
    this.newestUs = atUs
    if (atUs >= fromUs) {
      this.firstUs ??= atUs
      this.lastUs = atUs
    }
    this.digest.market(market, atUs)
  }
}

/**
 * Runs the trading program itself over recorded data, on whatever Layers are given (app/modes.ts: the backtest's): the
 * strategies are asked anew at every interval of virtual time, and the ledger and the report are those of a signal replay.
 */
export const runStrategyBacktest = (replayOptions: StrategyReplayOptions) =>
  Effect.fn("backtest.regenerate")(function* (options: BacktestOptions, hooks: ReplayHooks) {
    if (!(options.fromUs < options.toUs)) {
      return yield* new InputError({ field: "--from", problem: "must be before --to" })
    }
    const digest = new LedgerDigest()
    const sink: LedgerSink = {
      write: (entry) => {
        digest.write(entry)
        hooks.ledger?.write(entry)
      }
    }
    const replay = new ReplayState(options, new Map(), { ledger: sink, onRejected: hooks.onRejected ?? null })
    const passing = new Passing(options)
    const feed = yield* MarketFeed
    const run = yield* tradingProgram({
      mode: "paper",
      confirmed: false,
      strategies: options.strategies.length === 0 ? null : options.strategies,
      intervalMs: replayOptions.intervalMs,
      maxSignals: replayOptions.maxSignals,
      cooldownUs: replayOptions.cooldownUs,
      stop: null,
      settings: {},
      observer: ledgerObserver(replay),
      onCycle: ({ atUs }) => Effect.sync(() => hooks.onProgress?.(atUs - options.fromUs, options.toUs - options.fromUs))
    }).pipe(Effect.provideService(MarketFeed, { poll: Effect.map(feed.poll, (poll) => passing.take(poll)) }))
    replay.finish(options.toUs)
    yield* assertBalanced(replay.balanceProblem())
    const { firstUs, lastUs, newestUs } = passing
    const coverage = firstUs === null || lastUs === null ? null : { firstUs, lastUs }
    return assembleReport(
      options,
      { coverage },
      replay.outcome(),
      { ledger: digest, data: passing.digest },
      { generatedAtUs: replayOptions.generatedAtUs, newestUs },
      {
        interval_sec: replayOptions.intervalMs / 1_000,
        max_signals_per_cycle: replayOptions.maxSignals,
        cooldown_sec: replayOptions.cooldownUs / MICROS_PER_SECOND,
        cycles: run.cycles,
        skipped_signals: run.skipped
      }
    )
  })
