import { makeRng, nextFloat, nextInt, nextNormal, type Rng } from "../core/rng.ts"
import { clamp } from "../domain/units.ts"
import { hex, tokenId } from "./universeIds.ts"
import { type EventPlan, type MarketPlan, STEPS_PER_DAY } from "./universePlan.ts"
import {
  categories,
  type Category,
  cryptoCategory,
  groupTitle,
  legNames,
  oddQuestion,
  singleQuestion,
  slugify
} from "./universeText.ts"

const logNormal = (rng: Rng, median: number, spread: number): number => median * Math.exp(spread * nextNormal(rng))

interface Builder {
  readonly rng: Rng
  readonly slugs: { readonly market: Set<string>; readonly event: Set<string> }
  nextMarketId: number
  nextEventId: number
  nextIndex: number
  serial: number
}

const uniqueSlug = (taken: Set<string>, text: string, fallback: string): string => {
  const wanted = slugify(text, fallback)
  const slug = taken.has(wanted) ? `${wanted}-${fallback}` : wanted
  taken.add(slug)
  return slug
}

/** Listing, end and resolution: some lie before the start, some begin later, most end within a year. */
const lifetime = (rng: Rng) => {
  const kind = nextFloat(rng)
  const days = (n: number): number => Math.round(n * STEPS_PER_DAY)
  const disputed = nextFloat(rng) < 0.04
  const settle = 24 + nextInt(rng, 6) + (disputed ? days(2) : 0)
  if (kind < 0.07) {
    const resolveStep = -days(1 + nextFloat(rng) * 40)
    const endStep = resolveStep - settle
    return { listStep: endStep - days(2 + nextFloat(rng) * 90), endStep, resolveStep, disputed }
  }
  const listStep = kind < 0.13 ? 1 + nextInt(rng, days(14)) : -days(1 + nextFloat(rng) * 300)
  const remaining = nextFloat(rng) < 0.3 ? 6 + nextInt(rng, days(7)) : days(7 - 110 * Math.log(1 - nextFloat(rng)))
  const endStep = Math.max(0, listStep) + remaining
  return { listStep, endStep, resolveStep: endStep + settle, disputed }
}

interface MarketSeed {
  readonly question: string
  readonly groupItemTitle: string
  readonly outcomes: readonly [string, string]
  readonly mean: number
  readonly isOther: boolean
  readonly fineTick: boolean
  readonly lags: boolean
  readonly sigma: number
  readonly questionId: string
}

const market = (builder: Builder, seed: MarketSeed): MarketPlan => {
  const { rng } = builder
  builder.nextMarketId += 1 + nextInt(rng, 3)
  const id = String(builder.nextMarketId)
  const liquidity = clamp(logNormal(rng, 4_000, 1.5), 15, 2_000_000)
  const rewarded = seed.lags || nextFloat(rng) < 0.72
  return {
    index: builder.nextIndex++,
    id,
    conditionId: `0x${hex(rng, 8)}`,
    questionId: seed.questionId,
    requestId: `0x${hex(rng, 8)}`,
    tokenIds: [tokenId(rng), tokenId(rng)],
    outcomes: seed.outcomes,
    question: seed.question,
    slug: uniqueSlug(builder.slugs.market, seed.question, id),
    groupItemTitle: seed.groupItemTitle,
    isOther: seed.isOther,
    mean: seed.mean,
    sigma: seed.sigma,
    gammaPace: seed.lags ? 0.05 + 0.1 * nextFloat(rng) : 1,
    fineTick: seed.fineTick,
    spreadTicks: liquidity > 20_000 ? 1 : liquidity > 4_000 ? 1 + nextInt(rng, 2) : 2 + nextInt(rng, 2),
    liquidity,
    volume: liquidity * clamp(logNormal(rng, 6, 1.2), 0.05, 400),
    activity: clamp(logNormal(rng, 0.04, 1) * Math.sqrt(liquidity / 4_000), 0.002, 0.6),
    dailyReward: rewarded ? 1 + nextInt(rng, 20) : 0
  }
}

/** Log-odds of a market of its own: a third unlikely, a seventh near certain, the rest open. */
const singleMean = (rng: Rng): number => {
  const kind = nextFloat(rng)
  if (kind < 0.34) return clamp(-2.9 + 0.8 * nextNormal(rng), -5.5, -1.4)
  if (kind < 0.48) return clamp(2.7 + 0.7 * nextNormal(rng), 1.3, 5.5)
  return clamp(1.0 * nextNormal(rng), -2, 2)
}

type EventSeed = Omit<EventPlan, "index" | "id" | "slug" | "firstMarket" | "markets">

const finishEvent = (
  builder: Builder,
  index: number,
  seed: EventSeed,
  build: () => ReadonlyArray<MarketPlan>
): EventPlan => {
  builder.nextEventId += 1 + nextInt(builder.rng, 4)
  const id = String(builder.nextEventId)
  const firstMarket = builder.nextIndex
  // Spelled out: one shape for all events keeps the simulation's inner loop fast.
  return {
    index,
    id,
    slug: uniqueSlug(builder.slugs.event, seed.title, `event-${id}`),
    title: seed.title,
    category: seed.category,
    negRisk: seed.negRisk,
    augmented: seed.augmented,
    negRiskMarketId: seed.negRiskMarketId,
    recurring: seed.recurring,
    listStep: seed.listStep,
    endStep: seed.endStep,
    resolveStep: seed.resolveStep,
    disputed: seed.disputed,
    driftSigma: seed.driftSigma,
    firstMarket,
    markets: build()
  }
}

const categoryOf = (rng: Rng): Category => categories[nextInt(rng, categories.length)] ?? categories[0]

const groupEvent = (builder: Builder, index: number, legs: number): EventPlan => {
  const { rng } = builder
  const category = categoryOf(rng)
  const serial = builder.serial++
  const augmented = legs >= 4 && nextFloat(rng) < 0.3
  const marketId = `0x${hex(rng, 8).slice(0, 62)}00`
  const title = groupTitle(category, serial)
  const seed: EventSeed = {
    title,
    category,
    negRisk: true,
    augmented,
    negRiskMarketId: marketId,
    recurring: false,
    ...lifetime(rng),
    driftSigma: nextFloat(rng) < 0.25 ? 0.01 : 0.003
  }
  return finishEvent(builder, index, seed, () =>
    legNames(rng, category, legs, augmented).map((name, i) =>
      market(builder, {
        question: `${title.slice(0, -1)}: ${name}?`,
        groupItemTitle: name,
        outcomes: ["Yes", "No"],
        mean: 1.3 * nextNormal(rng),
        isOther: augmented && i === legs - 1,
        fineTick: legs >= 5,
        lags: false,
        sigma: 0.006 + 0.02 * nextFloat(rng),
        questionId: `${marketId.slice(0, -2)}${i.toString(16).padStart(2, "0")}`
      })
    )
  )
}

/** One market, or a few that do not exclude one another ("by June", "by July"). */
const plainEvent = (builder: Builder, index: number, count: number): EventPlan => {
  const { rng } = builder
  const category = categoryOf(rng)
  const serial = builder.serial++
  const odd = serial % 40 === 7
  const question = odd ? `${oddQuestion(Math.floor(serial / 40))} (${serial})` : singleQuestion(rng, category, serial)
  const seed: EventSeed = {
    title: question,
    category,
    negRisk: false,
    augmented: false,
    negRiskMarketId: "",
    recurring: false,
    ...lifetime(rng),
    driftSigma: 0
  }
  const versus = category.slug === "sports" && nextFloat(rng) < 0.4
  return finishEvent(builder, index, seed, () =>
    Array.from({ length: count }, (_, i) => {
      const lags = !odd && nextFloat(rng) < 0.04
      return market(builder, {
        question: count === 1 ? question : `${question.slice(0, -1)}, stage ${i + 1}?`,
        groupItemTitle: count === 1 ? "" : `Stage ${i + 1}`,
        outcomes: versus ? ["Harbor United", "North Rovers"] : ["Yes", "No"],
        mean: lags ? 0.5 * nextNormal(rng) : singleMean(rng),
        isOther: false,
        fineTick: nextFloat(rng) < 0.1,
        lags,
        sigma: lags ? 0.05 + 0.03 * nextFloat(rng) : 0.006 + 0.03 * nextFloat(rng),
        questionId: `0x${hex(rng, 8)}`
      })
    })
  )
}

const assets = [
  ["Bitcoin", "btc"],
  ["Ethereum", "eth"],
  ["Solana", "sol"],
  ["XRP", "xrp"]
] as const

/** "Up or Down" of one asset on one day: listed a day ahead, decided at the end of the day. */
const dailyEvent = (builder: Builder, index: number, asset: readonly [string, string], day: number): EventPlan => {
  const { rng } = builder
  const endStep = (day + 1) * STEPS_PER_DAY
  const title = `${asset[0]} Up or Down, day ${day + 1}?`
  const seed: EventSeed = {
    title,
    category: cryptoCategory,
    negRisk: false,
    augmented: false,
    negRiskMarketId: "",
    recurring: true,
    listStep: (day - 1) * STEPS_PER_DAY,
    endStep,
    resolveStep: endStep + 3,
    disputed: false,
    driftSigma: 0
  }
  return finishEvent(builder, index, seed, () => [
    market(builder, {
      question: title,
      groupItemTitle: "",
      outcomes: ["Up", "Down"],
      mean: 0.1 * nextNormal(rng),
      isOther: false,
      fineTick: false,
      lags: false,
      sigma: 0.05,
      questionId: `0x${hex(rng, 8)}`
    })
  ])
}

/** Days for which the daily series is laid out. */
const DAILY_DAYS = 60

/** Every event and market that this seed will ever list. `markets` counts all but the daily series. */
export const planUniverse = (seed: number, markets: number): ReadonlyArray<EventPlan> => {
  const builder: Builder = {
    rng: makeRng(seed),
    slugs: { market: new Set(), event: new Set() },
    nextMarketId: 512_000,
    nextEventId: 16_000,
    nextIndex: 0,
    serial: 1
  }
  const events: Array<EventPlan> = []
  while (builder.nextIndex < markets) {
    const left = markets - builder.nextIndex
    const kind = nextFloat(builder.rng)
    if (kind < 0.13 && left >= 3)
      events.push(groupEvent(builder, events.length, Math.min(left, 3 + nextInt(builder.rng, 10))))
    else if (kind < 0.2 && left >= 2)
      events.push(plainEvent(builder, events.length, Math.min(left, 2 + nextInt(builder.rng, 3))))
    else events.push(plainEvent(builder, events.length, 1))
  }
  for (let day = 0; day < DAILY_DAYS; day++) {
    for (const asset of assets) events.push(dailyEvent(builder, events.length, asset, day))
  }
  return events
}
