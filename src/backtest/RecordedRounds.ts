import { type LookEvent } from "../domain/EngineEvent.ts"
import { type MarketEvent } from "../domain/MarketEvent.ts"
import { type EpochMicros } from "../domain/time.ts"
import { RecordedLookEvents } from "./RecordedLookEvents.ts"
import { type MarketHistory, type MarketMoment, type ResolutionRow } from "../ports/HistoryReader.ts"

/** What became known by one round. */
export interface RecordedRound {
  /** The moment of the round: the strategies are asked then. */
  readonly atUs: EpochMicros
  /** In total order, none later than `atUs`. */
  readonly events: ReadonlyArray<MarketEvent | LookEvent>
  /** Snapshots of markets that have no row of their own. */
  readonly unknown: number
  /** Something was recorded after this round. */
  readonly more: boolean
}

const answerOf = (source: string, atUs: EpochMicros): LookEvent => ({
  kind: "look",
  atUs,
  seenUs: atUs,
  source,
  answered: true,
  confirmed: []
})

/**
 * Recorded markets and resolutions, round by round: a round is an interval, the first one ends at the start of the window.
 * What lies after a round is not even built before it is asked for.
 */
export class RecordedRounds {
  private nextUs: EpochMicros
  private readonly intervalUs: EpochMicros
  private readonly moments: Iterator<MarketMoment>
  private readonly resolutions: Iterator<ResolutionRow>
  private readonly looks: RecordedLookEvents
  private moment: MarketMoment | null
  private resolution: ResolutionRow | null

  constructor(
    history: MarketHistory,
    options: { readonly fromUs: EpochMicros; readonly intervalUs: EpochMicros; readonly settlement: boolean }
  ) {
    this.nextUs = options.fromUs
    this.intervalUs = options.intervalUs
    this.moments = history.moments[Symbol.iterator]()
    this.resolutions = (options.settlement ? history.resolutions : [])[Symbol.iterator]()
    this.looks = new RecordedLookEvents(history.looks())
    this.moment = this.moments.next().value ?? null
    this.resolution = this.resolutions.next().value ?? null
  }

  round(): RecordedRound {
    const atUs = this.nextUs
    this.nextUs += this.intervalUs
    const events: Array<MarketEvent | LookEvent> = []
    let unknown = 0
    for (;;) {
      const { moment, resolution } = this
      const momentUs = moment?.atUs ?? Number.POSITIVE_INFINITY
      const resolutionUs = resolution?.atUs ?? Number.POSITIVE_INFINITY
      const dataUs = Math.min(momentUs, resolutionUs)
      // Within one moment looks come before markets, and these before resolutions.
      if (this.looks.nextUs <= Math.min(dataUs, atUs)) {
        const look = this.looks.take()
        if (look !== null) events.push(look)
      } else if (moment !== null && momentUs <= resolutionUs && momentUs <= atUs) {
        const [first] = moment.quotes
        // A source answered then, also where its look was not recorded.
        if (first !== undefined) events.push(answerOf(first.instrument.source, momentUs))
        for (const { instrument, quote } of moment.quotes)
          events.push({ kind: "market", atUs: momentUs, instrument, quote })
        unknown += moment.unknown
        this.moment = this.moments.next().value ?? null
      } else if (resolution !== null && resolutionUs <= atUs) {
        const { marketId, payout } = resolution
        events.push({ kind: "resolution", atUs: resolutionUs, marketId, payout })
        this.resolution = this.resolutions.next().value ?? null
      } else return { atUs, events, unknown, more: this.moment !== null || this.resolution !== null }
    }
  }
}
