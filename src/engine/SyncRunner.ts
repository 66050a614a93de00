import { SimulatedVenue } from "../core/venue/SimulatedVenue.ts"
import { type CancelCommand, type Command, type SubmitCommand, type VenueCommand } from "../domain/Command.ts"
import { type ClientOrderId, type EngineEvent, type OrderReport } from "../domain/EngineEvent.ts"
import { type Fact } from "../domain/Fact.ts"
import { type MarketId } from "../domain/ids.ts"
import { isSimulated } from "../domain/Order.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type EngineState } from "./EngineState.ts"
import { type Out } from "./Out.ts"
import { dueRank, rankOf, Sequencer } from "./Sequencer.ts"
import { step } from "./step.ts"

/** Where a runner's orders go, and what is called when something happens. */
export interface RunnerPorts {
  readonly state: EngineState
  /** Each fill of the simulated venue carries the quote and the model that decided it, for people. */
  readonly keepsEvidence: boolean
  /** Called at once, while the state is as the fact describes it. */
  readonly onFact: (fact: Fact) => void
  /** Takes commands for an exchange, whose reports come back as events. null: new orders go to the simulated venue. */
  readonly onSubmit: ((command: VenueCommand) => void) | null
}

/**
 * Drives `step` and the simulated venue with nothing to wait for. Its time is the time of its events, which have to be
 * given in total order. A backtest, and the replay of a session, is this and nothing else; the Effect runner of paper and
 * live trading (session/) adds what has to be waited for: data, the journal, the store, a real exchange, and the clock.
 */
export class SyncRunner {
  /** Time of the last timer or arrival that was taken, and the highest rank of a kind that was taken at that time. */
  private lastDueUs: EpochMicros = Number.NEGATIVE_INFINITY
  private lastDueRank = 0
  private readonly ports: RunnerPorts
  private readonly venue: SimulatedVenue
  private readonly sequencer = new Sequencer()
  private readonly out: Out

  constructor(ports: RunnerPorts) {
    this.ports = ports
    this.venue = new SimulatedVenue(ports.state.find, ports.state.settings.model, ports.keepsEvidence)
    this.out = { commands: [], fact: ports.onFact }
  }

  /** When the next timer or arrival is due; null: there is none. */
  get nextDueUs(): EpochMicros | null {
    return this.sequencer.nextUs()
  }

  /** The earliest moment at which an event of this kind can still come: what fell due by itself has happened already. */
  earliestFor(event: Pick<EngineEvent, "kind">): EpochMicros {
    return rankOf(event) > this.lastDueRank ? this.lastDueUs : this.lastDueUs + 1
  }

  /** Takes an event in, after everything that falls due before it. */
  push(event: EngineEvent): void {
    while (this.sequencer.precedes(event)) this.takeNextDue()
    this.take(event)
  }

  /** Takes in what falls due up to and at `atUs`. */
  reach(atUs: EpochMicros): void {
    for (let due = this.nextDueUs; due !== null && due <= atUs; due = this.nextDueUs) this.takeNextDue()
  }

  /** Whether anything is due that has to be waited for. Timers of strategies do not have to: they never end. */
  get hasWork(): boolean {
    return this.sequencer.hasWork
  }

  /**
   * Ends the run: no further package is begun, strategies get no further events, packages on their way are brought to
   * their end, and then time is moved on to `atUs` if it is earlier.
   */
  end(atUs: EpochMicros): void {
    this.push({ kind: "stop", atUs: this.ports.state.nowUs })
    while (this.sequencer.hasWork) this.takeNextDue()
    this.push({ kind: "stop", atUs })
    this.ports.state.endMoment()
  }

  private take(event: EngineEvent): void {
    const { state } = this.ports
    step(state, event, this.out)
    if (state.working.size > 0) {
      if (event.kind === "market") this.matchResting(event.instrument.marketId)
      else if (event.kind === "resolution") this.matchResting(event.marketId)
    }
    if (this.out.commands.length > 0) this.carryOut()
  }

  private takeNextDue(): void {
    const due = this.sequencer.take()
    if (due === undefined) return
    this.lastDueRank = due.atUs > this.lastDueUs ? dueRank(due) : Math.max(this.lastDueRank, dueRank(due))
    this.lastDueUs = due.atUs
    if (due.kind === "timer") return this.take({ kind: "timer", atUs: due.atUs, id: due.id })
    this.arrive(due.command, due.atUs, due.atUs - due.sentUs)
    if (this.out.commands.length > 0) this.carryOut()
  }

  private matchResting(marketId: MarketId): void {
    const { state } = this.ports
    for (const order of state.workingIn(marketId)) {
      const report = isSimulated(order) ? this.venue.match(order, state.metUntil(order), state.nowUs) : null
      if (report !== null) this.report(order.id, report, state.nowUs)
    }
  }

  /** A report may bring new commands, which are carried out in turn. */
  private carryOut(): void {
    const { commands } = this.out
    for (let at = 0; at < commands.length; at += 1) {
      const command = commands[at]
      if (command !== undefined) this.accept(command)
    }
    commands.length = 0
  }

  private accept(command: Command): void {
    const { onSubmit, state } = this.ports
    const { nowUs } = state
    if (command.kind === "setTimer") this.sequencer.add({ kind: "timer", atUs: command.atUs, id: command.id })
    else if (command.kind === "cancel") this.cancel(command)
    else if (onSubmit !== null) onSubmit(command)
    else if (command.arrivesAtUs <= nowUs) this.arrive(command, nowUs, 0)
    else this.sequencer.add({ kind: "arrival", atUs: command.arrivesAtUs, command, sentUs: nowUs })
  }

  /** Cancels a resting order, unless it has ended in the meantime. */
  private cancel(command: CancelCommand): void {
    const { onSubmit, state } = this.ports
    const order = state.working.get(command.orderId)
    if (order === undefined) return
    if (isSimulated(order)) this.report(order.id, this.venue.cancel(command.status, command.reason), state.nowUs)
    else onSubmit?.(command)
  }

  private arrive(command: SubmitCommand, atUs: EpochMicros, tookUs: EpochMicros): void {
    this.report(command.orderId, this.venue.execute(command, atUs, tookUs), atUs)
  }

  private report(orderId: ClientOrderId, report: OrderReport, atUs: EpochMicros): void {
    step(this.ports.state, { kind: "report", atUs, orderId, report }, this.out)
  }
}
