import { mix32, normalFrom, unit } from "../core/rng.ts"
import { clamp } from "../domain/units.ts"
import { type EventPlan } from "./universePlan.ts"

export type Phase = "coming" | "open" | "proposed" | "resolved"

/** What moves about an event. All of it follows from the plan, the seed and the step. */
export interface EventState {
  phase: Phase
  /** Log-odds of YES as the book has them, and as Gamma's cache has them. */
  readonly odds: Float64Array
  readonly cached: Float64Array
  /** Sum of the group's YES prices, less one. */
  drift: number
  /** What YES pays, once it is proposed. */
  readonly payout: Float64Array
  /** The plan's numbers side by side: reading them from the plans' objects takes twice as long. */
  readonly mean: Float64Array
  readonly sigma: Float64Array
  readonly pace: Float64Array
}

/** Separate streams of noise. */
const NOISE = { odds: 1, drift: 2, outcome: 3, spread: 4, past: 5 } as const

/** How strongly odds are drawn back to their mean: a memory of about two days. */
const PULL = 0.0018
/** Once the outcome is known, a third of the way in every step. */
const SETTLING = 0.33
const LIMIT = 7

export const initialState = (event: EventPlan): EventState => ({
  phase: "coming",
  odds: Float64Array.from(event.markets, (market) => market.mean),
  cached: Float64Array.from(event.markets, (market) => market.mean),
  drift: 0,
  payout: new Float64Array(event.markets.length),
  mean: Float64Array.from(event.markets, (market) => market.mean),
  sigma: Float64Array.from(event.markets, (market) => market.sigma),
  pace: Float64Array.from(event.markets, (market) => market.gammaPace)
})

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** Price of YES of every leg into `out`: exclusive outcomes share 1 + drift, others are on their own. */
export const prices = (event: EventPlan, odds: Float64Array, drift: number, out: Float64Array): void => {
  if (!event.negRisk) {
    for (let i = 0; i < odds.length; i++) out[i] = clamp(sigmoid(odds[i] ?? 0), 0.0005, 0.9995)
    return
  }
  let total = 0
  for (let i = 0; i < odds.length; i++) total += Math.exp(odds[i] ?? 0)
  for (let i = 0; i < odds.length; i++) {
    out[i] = clamp((Math.exp(odds[i] ?? 0) / total) * (1 + drift), 0.0005, 0.9995)
  }
}

/** Draws the outcome at the price, so that prices are calibrated; a plain market is called a tie now and then. */
const decide = (event: EventPlan, state: EventState, seed: number): void => {
  const chance = new Float64Array(event.markets.length)
  prices(event, state.odds, 0, chance)
  if (event.negRisk) {
    let left = unit(mix32(seed, event.index, 0, NOISE.outcome))
    let winner = event.markets.length - 1
    for (let i = 0; i < chance.length; i++) {
      left -= chance[i] ?? 0
      if (left < 0) {
        winner = i
        break
      }
    }
    for (let i = 0; i < chance.length; i++) state.payout[i] = i === winner ? 1 : 0
    return
  }
  for (const [i, market] of event.markets.entries()) {
    const draw = unit(mix32(seed, market.index, 1, NOISE.outcome))
    const tie = unit(mix32(seed, market.index, 2, NOISE.outcome)) < 0.012
    state.payout[i] = tie ? 0.5 : draw < (chance[i] ?? 0) ? 1 : 0
  }
}

/** The log-odds that a known payout draws the market to. */
const settled = (payout: number): number => (payout === 0.5 ? 0 : payout > 0.5 ? 6 : -6)

const walk = (event: EventPlan, state: EventState, step: number, seed: number): void => {
  const { odds, cached, mean, sigma, pace } = state
  const proposed = state.phase === "proposed"
  const pull = proposed ? SETTLING : PULL
  for (let i = 0; i < odds.length; i++) {
    const at = odds[i] ?? 0
    const target = proposed ? settled(state.payout[i] ?? 0) : (mean[i] ?? 0)
    const noise = (sigma[i] ?? 0) * normalFrom(mix32(seed, event.firstMarket + i, step, NOISE.odds))
    const next = clamp(at + (target - at) * pull + noise, -LIMIT, LIMIT)
    const shown = cached[i] ?? 0
    odds[i] = next
    cached[i] = pace[i] === 1 ? next : shown + (next - shown) * (pace[i] ?? 1)
  }
  if (event.negRisk) {
    state.drift += -0.02 * state.drift + event.driftSigma * normalFrom(mix32(seed, event.index, step, NOISE.drift))
    if (proposed) state.drift *= 0.5
  }
}

/** Moves an event into `step`, which is the one after the last it was moved to. */
export const advanceEvent = (event: EventPlan, state: EventState, step: number, seed: number): void => {
  if (state.phase === "resolved" || step < event.listStep) return
  if (state.phase === "coming") state.phase = "open"
  if (state.phase === "open" && step >= event.endStep) {
    decide(event, state, seed)
    state.phase = "proposed"
  }
  if (step >= event.resolveStep) state.phase = "resolved"
  else walk(event, state, step, seed)
}

/** Width of market `index` in ticks, 1 to 4; it changes every hour. */
export const spreadOf = (index: number, usual: number, step: number, seed: number): number =>
  clamp(usual + (mix32(seed, index, Math.floor(step / 12), NOISE.spread) % 5 === 0 ? 1 : 0), 1, 4)

type PutPrice = (step: number, state: EventState) => void

/** The walk backwards from `anchor`: it is reversible, so that the past looks like the future. */
const walkBack = (event: EventPlan, anchor: EventState, steps: Iterable<number>, seed: number, put: PutPrice): void => {
  const state: EventState = { ...anchor, odds: Float64Array.from(anchor.odds), drift: 0 }
  for (const step of steps) {
    for (let i = 0; i < state.odds.length; i++) {
      const at = state.odds[i] ?? 0
      const noise = (state.sigma[i] ?? 0) * normalFrom(mix32(seed, event.firstMarket + i, step, NOISE.past))
      state.odds[i] = clamp(at + ((state.mean[i] ?? 0) - at) * PULL + noise, -LIMIT, LIMIT)
    }
    put(step, state)
  }
}

const downFrom = function* (from: number, to: number) {
  for (let step = from; step >= to; step--) yield step
}

/**
 * YES price of leg `leg` at every step of [from, to]; 0 before it was listed. The universe is simulated from `base` on;
 * what lies before is made up here when it is asked for, so that other callers do not pay for it.
 */
export const pathOf = (
  event: EventPlan,
  leg: number,
  from: number,
  to: number,
  base: number,
  seed: number
): Float64Array => {
  const out = new Float64Array(Math.max(0, to - from + 1))
  const scratch = new Float64Array(event.markets.length)
  const put: PutPrice = (step, state) => {
    if (step < from || step > to) return
    prices(event, state.odds, state.drift, scratch)
    out[step - from] = scratch[leg] ?? 0
  }
  const state = initialState(event)
  const resolvedBefore = event.resolveStep <= base
  const anchor = resolvedBefore ? event.endStep : Math.max(base, event.listStep)
  advanceEvent(event, state, Math.max(base, event.listStep), seed)
  if (resolvedBefore) for (let i = 0; i < state.odds.length; i++) state.odds[i] = settled(state.payout[i] ?? 0)
  walkBack(event, state, downFrom(Math.min(anchor - 1, to), Math.max(from, event.listStep)), seed, put)
  put(anchor, state)
  for (let step = anchor + 1; step <= to; step++) {
    if (!resolvedBefore) advanceEvent(event, state, step, seed)
    put(step, state)
  }
  return out
}
