import { type EpochMicros, MICROS_PER_SECOND, parseTime } from "../domain/time.ts"
import { hashText } from "../core/rng.ts"
import {
  type Backend,
  type ClobListing,
  type ClobMarketRow,
  type ExchangeView,
  type PricePoint,
  type TradeRow
} from "./Backend.ts"
import { clobBook, clobRow, isOnClob, tradeRow } from "./universeClob.ts"
import { type Calendar, gammaRows, stepTime } from "./universeGamma.ts"
import { planUniverse } from "./universeBuild.ts"
import { type EventPlan, type MarketPlan } from "./universePlan.ts"
import { advanceSim, makeSim, type Sim, WARM_UP_STEPS } from "./universeSim.ts"
import { categories } from "./universeText.ts"
import { pathOf } from "./universeWalk.ts"

export interface UniverseOptions {
  /** An integer, or a name. The same seed and start are the same universe. */
  readonly seed: number | string
  /** Markets besides the daily series of 240; default 2,400. */
  readonly markets?: number
  /** Market time of step 0; default 2026-11-02T00:00:00Z. */
  readonly startUs?: EpochMicros
  /** Market time between two states; default five minutes. */
  readonly stepUs?: number
}

export const DEFAULT_MARKETS = 2_400
export const DEFAULT_START_US: EpochMicros = parseTime("2026-11-02T00:00:00Z") ?? 0
const DEFAULT_STEP_US = 300 * MICROS_PER_SECOND

interface Place {
  readonly plan: MarketPlan
  readonly event: EventPlan
  readonly leg: number
  readonly row: ClobMarketRow
}

const tagRows = categories.map(({ label, slug, tagId }) => {
  const json = JSON.stringify({ id: tagId, label, slug })
  return { json: () => json, field: (name: string) => ({ id: tagId, label, slug })[name] }
})

const listed = <A>(items: ReadonlyArray<A>, eventOf: (item: A, index: number) => EventPlan | undefined, sim: Sim) =>
  items.filter((item, index) => (eventOf(item, index)?.listStep ?? Infinity) <= sim.step)

const round4 = (value: number): number => Math.round(value * 10_000) / 10_000

/** YES prices on a grid of `everySec`, from the market's listing to the present. */
const samples = (sim: Sim, calendar: Calendar, place: Place, fromSec: number, toSec: number, everySec: number) => {
  const stepOf = (sec: number) => Math.floor((sec * MICROS_PER_SECOND - calendar.startUs) / calendar.stepUs)
  const secOf = (step: number) => stepTime(calendar, step) / MICROS_PER_SECOND
  const from = Math.max(stepOf(fromSec), place.event.listStep)
  const path = pathOf(place.event, place.leg, from, Math.min(sim.step, stepOf(toSec)), -WARM_UP_STEPS, sim.seed)
  const points: Array<PricePoint> = []
  const first = Math.max(Math.ceil(fromSec / everySec) * everySec, secOf(from))
  const last = Math.min(toSec, secOf(sim.step + 1) - 1)
  for (let t = first; t <= last; t += everySec) {
    const p = path[stepOf(t) - from]
    if (p !== undefined) points.push({ t: Math.floor(t), p })
  }
  return points
}

/** A generated exchange: seeded, deterministic, and the same at one market time whatever was asked before. */
export const makeUniverse = (options: UniverseOptions): Backend => {
  const seed = typeof options.seed === "number" ? options.seed : hashText(options.seed)
  const events = planUniverse(seed, options.markets ?? DEFAULT_MARKETS)
  const calendar = { startUs: options.startUs ?? DEFAULT_START_US, stepUs: options.stepUs ?? DEFAULT_STEP_US }
  let current = open(seed, events, calendar)
  return {
    kind: "generated",
    startUs: calendar.startUs,
    at: (timeUs) => {
      const step = Math.max(0, Math.floor((timeUs - calendar.startUs) / calendar.stepUs))
      if (step < current.sim.step) current = open(seed, events, calendar)
      while (current.sim.step < step) advanceSim(current.sim)
      return current.view
    }
  }
}

const open = (seed: number, events: ReadonlyArray<EventPlan>, calendar: Calendar) => {
  const sim = makeSim(seed, events)
  const gamma = gammaRows(sim, calendar)
  const places = sim.markets.map((found): Place => ({
    ...found,
    row: clobRow(sim, found.event, found.plan, found.leg, calendar)
  }))
  const byCondition = new Map(places.map((place) => [place.plan.conditionId, place]))
  const byToken = new Map(places.flatMap((place) => place.plan.tokenIds.map((id) => [id, place] as const)))
  const eventByKey = new Map(gamma.events.flatMap((row) => [[row.id, row] as const, [row.slug, row] as const]))
  const planOfEvent = new Map(events.map((event) => [event.id, event]))
  const onClob = (place: Place | undefined) => (place !== undefined && isOnClob(sim, place.event) ? place : undefined)
  const sampled = (place: Place) => place.plan.dailyReward > 0 && !place.row.closed
  const view: ExchangeView = {
    get version() {
      return sim.step
    },
    gammaMarkets: () => listed(gamma.markets, (_, i) => sim.markets[i]?.event, sim),
    gammaEvents: () => listed(gamma.events, (_, i) => events[i], sim),
    gammaEvent: (key) => {
      const row = eventByKey.get(key)
      return row !== undefined && (planOfEvent.get(row.id)?.listStep ?? Infinity) <= sim.step ? row : undefined
    },
    tags: () => tagRows,
    clobMarkets: (listing: ClobListing) =>
      places
        .filter((place) => isOnClob(sim, place.event) && (!listing.startsWith("sampling") || sampled(place)))
        .map(({ row }) => row),
    clobMarket: (conditionId) => onClob(byCondition.get(conditionId))?.row,
    marketOfToken: (tokenId) => onClob(byToken.get(tokenId))?.row,
    book: (tokenId) => {
      const place = onClob(byToken.get(tokenId))
      if (place === undefined) return undefined
      return clobBook(sim, place.event, place.plan, place.plan.tokenIds[0] === tokenId ? 0 : 1, calendar)
    },
    trades: function* (): Generator<TradeRow> {
      for (let i = sim.trades.length - 1; i >= 0; i--) {
        const trade = sim.trades[i]
        const row = trade === undefined ? undefined : tradeRow(sim, trade, calendar)
        if (row !== undefined) yield row
      }
    },
    history: (tokenId, fromSec, toSec, everySec) => {
      const place = onClob(byToken.get(tokenId))
      if (place === undefined) return undefined
      const yes = place.plan.tokenIds[0] === tokenId
      return samples(sim, calendar, place, fromSec, toSec, everySec).map(({ t, p }) => ({
        t,
        p: round4(yes ? p : 1 - p)
      }))
    }
  }
  return { sim, view }
}
