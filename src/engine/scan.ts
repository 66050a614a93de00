import { packagesOf } from "../core/packages/packagesOf.ts"
import { type ChosenSignal } from "../domain/Fact.ts"
import { type EventId, type MarketId, type Side, type StrategyId } from "../domain/ids.ts"
import { type ExecutionStyle, type OrderIntent } from "../domain/OrderIntent.ts"
import { type OrderPackage, type PackageLeg } from "../domain/OrderPackage.ts"
import { ordersUnseen, rejectionText } from "../domain/rejection.ts"
import { type NewSignal, packageIdOf } from "../domain/Signal.ts"
import { restOfStyle, type RestTerms } from "../domain/RestTerms.ts"
import { type EpochMicros } from "../domain/time.ts"
import { considerAll } from "../strategies/registry.ts"
import { beginPackages } from "./packages/decidePackage.ts"
import { restsFor, withdrawGone } from "./packages/resting.ts"
import { type EngineState } from "./EngineState.ts"
import { type Out } from "./Out.ts"

/** What a package needs of a signal. */
export interface PackagedSignal {
  readonly id: number
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly side: Side
  readonly legs: ReadonlyArray<OrderIntent>
  readonly style: ExecutionStyle
  readonly timeToLiveSec?: number | null
  /** When it was withdrawn, which only a replay knows beforehand; absent or null: it was not, or not yet. */
  readonly withdrawnAtUs?: EpochMicros | null
}

/** A leg in another market than its signal's belongs to that market's event. */
const legOf = (
  signal: PackagedSignal,
  intent: OrderIntent,
  rest: RestTerms | null,
  eventOf: (marketId: MarketId) => EventId | undefined
): PackageLeg => ({
  strategy: signal.strategy,
  marketId: intent.marketId,
  eventId: intent.marketId === signal.marketId ? signal.eventId : (eventOf(intent.marketId) ?? signal.eventId),
  token: intent.token,
  side: intent.side,
  limitPrice: intent.limitPrice,
  qty: intent.qty,
  tif: rest === null ? "ioc" : "gtc",
  rest,
  // The first order of a signal rests. The others are ordered as it fills, each in proportion.
  follows: rest !== null && intent !== signal.legs[0],
  role: intent.role,
  signalId: signal.id
})

const nothingAsked: OrderPackage["asked"] = []

/**
 * The package of signals that trade together. Its orders take at once what is offered within their limits, or rest at
 * them, as the style of the first signal says.
 */
export const packageOf = (
  signals: ReadonlyArray<PackagedSignal>,
  eventOf: (marketId: MarketId) => EventId | undefined
): OrderPackage => {
  const [first] = signals
  const legs: Array<PackageLeg> = []
  const style = first?.style ?? "aggressive"
  for (const signal of signals) {
    const rest = restOfStyle(style, signal.timeToLiveSec ?? null, signal, signal.withdrawnAtUs ?? null)
    for (const intent of signal.legs) legs.push(legOf(signal, intent, rest, eventOf))
  }
  return {
    strategy: first?.strategy ?? "",
    eventId: first?.eventId ?? "",
    signalIds: signals.map(({ id }) => id),
    asked: nothingAsked,
    legs,
    shortage: "buy_other",
    strictLimit: style !== "aggressive",
    rounds: style !== "aggressive",
    confirmed: false
  }
}

/**
 * The signals to trade now, best score first, in packages: those whose market was not tried within the cooldown and for
 * which no order rests, as many as a scan may trade. A basket is taken whole or left whole.
 */
const choose = (state: EngineState, ranked: ReadonlyArray<NewSignal>): ReadonlyArray<ReadonlyArray<ChosenSignal>> => {
  const { cooldownUs, maxSignals } = state.settings
  const chosen: Array<ReadonlyArray<ChosenSignal>> = []
  let count = 0
  const keyed = ranked.map((signal) => ({ signal, packageId: packageIdOf(signal, state.nowUs) }))
  for (const group of packagesOf(keyed)) {
    if (count >= maxSignals) break
    if (count + group.length > maxSignals) continue
    if (group.some(({ signal }) => state.triedWithin(signal, cooldownUs) || restsFor(state, signal))) continue
    count += group.length
    chosen.push(group.map(({ signal }) => ({ id: state.nextSignalId(), signal })))
  }
  return chosen
}

const wantedBy = (state: EngineState, chosen: ReadonlyArray<ChosenSignal>): OrderPackage => {
  const signals = chosen.map(({ id, signal }) => ({
    id,
    strategy: signal.strategy,
    marketId: signal.marketId,
    eventId: signal.eventId,
    side: signal.side,
    legs: signal.legs,
    style: signal.style,
    ...(signal.timeToLiveSec === undefined ? {} : { timeToLiveSec: signal.timeToLiveSec })
  }))
  return { ...packageOf(signals, state.eventOf), asked: chosen.map(({ signal }) => signal) }
}

/** Asks the strategies for signals, and begins packages for as many as a scan may trade. */
export const scan = (state: EngineState, out: Out): void => {
  const atUs = state.nowUs
  const { answered } = state
  state.answered = false
  const hidden = state.ordersHidden
  if (hidden !== null || !answered) {
    const held = hidden === null ? null : rejectionText(ordersUnseen(hidden))
    out.fact({ kind: "scan", atUs, asked: false, stale: 0, chosen: [], left: 0, held })
    return
  }
  const { stale, view } = state.view()
  const { signals: ranked } = considerAll(state.settings.strategies, view)
  withdrawGone(state, ranked, out)
  const packages = choose(state, ranked)
  const chosen = packages.flat()
  out.fact({ kind: "scan", atUs, asked: true, stale, chosen, left: ranked.length - chosen.length, held: null })
  beginPackages(
    state,
    packages.map((group) => wantedBy(state, group)),
    out
  )
}
