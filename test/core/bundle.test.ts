import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type BundleAction,
  type BundleLeg,
  type BundlePolicy,
  type BundleState,
  nextAction,
  nothingTraded,
  type Purpose,
  startBundle,
  step,
  strandedLegs,
  type Traded
} from "../../src/core/bundle.ts"
import { LOT } from "../../src/core/matching.ts"
import { MICRO } from "../../src/domain/units.ts"
import { lotTolerance, trulyUnmatched } from "./bundleTruth.ts"

const policy: BundlePolicy = {
  deadlineUs: 10 * MICRO,
  unwind: "sell_back",
  maxUnwindLoss: 5 * MICRO,
  unwindAttempts: 2
}
const buy = (limit: number, shares: number): BundleLeg => ({
  side: "buy",
  limitPrice: limit * MICRO,
  qty: shares * MICRO
})
const at = (price: number, shares: number, fee = 0): Traded => ({
  qty: shares * MICRO,
  notional: Math.round(price * shares * MICRO),
  fee: fee * MICRO
})

const start = (legs: ReadonlyArray<BundleLeg>, fields: Partial<BundlePolicy> = {}) =>
  startBundle(
    legs,
    legs.map((_, index) => index),
    { ...policy, ...fields }
  )

/** Carries out the next action, which must be of this kind, and answers it. */
const answer = (state: BundleState, tag: "SubmitLeg" | "UnwindLeg", traded: Traded | "lost"): BundleState => {
  const action = nextAction(state)
  if (action._tag !== tag) throw new Error(`${tag} expected, got ${JSON.stringify(action)}`)
  const purpose: Purpose = tag === "SubmitLeg" ? "entry" : "unwinding"
  const { leg, qty } = action
  const sent = step(state, { _tag: "Sent", purpose, leg, qty })
  return traded === "lost"
    ? step(sent, { _tag: "AnswerLost", purpose, leg, traded: nothingTraded })
    : step(sent, { _tag: "Answered", purpose, leg, traded })
}
const submit = (state: BundleState, traded: Traded | "lost") => answer(state, "SubmitLeg", traded)
const unwind = (state: BundleState, traded: Traded | "lost") => answer(state, "UnwindLeg", traded)

describe("legs", () => {
  it("go one at a time in the given order, each whole while the earlier ones fill", () => {
    let state = startBundle([buy(0.4, 10), buy(0.5, 20)], [1, 0], policy)
    expect(nextAction(state)).toStrictEqual({ _tag: "SubmitLeg", leg: 1, qty: 20 * MICRO })
    state = submit(state, at(0.5, 20))
    expect(nextAction(state)).toStrictEqual({ _tag: "SubmitLeg", leg: 0, qty: 10 * MICRO })
    expect(nextAction(submit(state, at(0.4, 10)))).toStrictEqual({ _tag: "Done", outcome: "complete" })
  })

  it("are sized to what an earlier one filled, in whole lots", () => {
    const state = submit(start([buy(0.4, 9), buy(0.5, 27)]), at(0.4, 3.333333))
    expect(nextAction(state)).toStrictEqual({ _tag: "SubmitLeg", leg: 1, qty: 9.99 * MICRO })
    expect(nextAction(submit(state, at(0.5, 9.99)))).toStrictEqual({ _tag: "Done", outcome: "complete" })
  })

  it("that fill in part take the excess of the earlier ones with them", () => {
    let state = submit(start([buy(0.4, 10), buy(0.5, 10), buy(0.05, 10)]), at(0.4, 10))
    state = submit(state, at(0.5, 4))
    expect(nextAction(state)).toStrictEqual({ _tag: "SubmitLeg", leg: 2, qty: 4 * MICRO })
    state = submit(state, at(0.05, 4))
    expect(nextAction(state)).toMatchObject({ _tag: "UnwindLeg", leg: 0, side: "sell", qty: 6 * MICRO, attempt: 1 })
    expect(nextAction(unwind(state, at(0.39, 6)))).toStrictEqual({ _tag: "Done", outcome: "complete" })
  })

  it("are not sent after the deadline", () => {
    const state = step(submit(start([buy(0.4, 10), buy(0.5, 10)]), at(0.4, 10)), { _tag: "DeadlinePassed" })
    expect(nextAction(state)).toMatchObject({ _tag: "UnwindLeg", leg: 0, qty: 10 * MICRO })
    expect(nextAction(unwind(state, at(0.4, 10)))).toStrictEqual({ _tag: "Done", outcome: "unwound" })
  })

  it("that nobody fills end a bundle of which nothing is held", () => {
    expect(nextAction(submit(start([buy(0.4, 10), buy(0.5, 10)]), nothingTraded))).toStrictEqual({
      _tag: "Done",
      outcome: "nothing"
    })
  })
})

describe("a lost answer", () => {
  it("ends the bundle: nothing is sent again and nothing is given back", () => {
    const state = submit(submit(start([buy(0.4, 10), buy(0.5, 10), buy(0.1, 10)]), at(0.4, 10)), "lost")
    expect(nextAction(state)).toStrictEqual({ _tag: "Done", outcome: "stranded" })
    expect(strandedLegs(state)).toStrictEqual([
      { leg: 0, qty: 10 * MICRO, notional: 4 * MICRO, certain: true },
      { leg: 1, qty: 10 * MICRO, notional: 5 * MICRO, certain: false }
    ])
  })

  it("that comes after all lets the bundle go on", () => {
    const lost = submit(submit(start([buy(0.4, 10), buy(0.5, 10), buy(0.1, 10)]), at(0.4, 10)), "lost")
    const found = step(lost, { _tag: "Answered", purpose: "entry", leg: 1, traded: at(0.5, 10) })
    expect(nextAction(found)).toStrictEqual({ _tag: "SubmitLeg", leg: 2, qty: 10 * MICRO })
    const none = step(lost, { _tag: "Answered", purpose: "entry", leg: 1, traded: nothingTraded })
    expect(nextAction(none)).toMatchObject({ _tag: "UnwindLeg", leg: 0 })
  })

  it("to an unwinding is not repeated and leaves no loss for others", () => {
    let state = submit(submit(start([buy(0.4, 10), buy(0.5, 10), buy(0.1, 10)]), at(0.4, 10)), at(0.5, 10))
    state = submit(state, nothingTraded)
    expect(nextAction(state)).toMatchObject({ _tag: "UnwindLeg", leg: 1, limitPrice: 1 })
    state = unwind(state, "lost")
    expect(nextAction(state)).toMatchObject({ _tag: "UnwindLeg", leg: 0, limitPrice: 0.4 * MICRO })
    state = unwind(state, at(0.4, 10))
    expect(nextAction(state)).toStrictEqual({ _tag: "Done", outcome: "stranded" })
    expect(strandedLegs(state)).toStrictEqual([{ leg: 1, qty: 10 * MICRO, notional: 5 * MICRO, certain: false }])
  })

  it("counts once when it comes twice", () => {
    const state = submit(start([buy(0.4, 10), buy(0.5, 10)]), at(0.4, 4))
    expect(step(state, { _tag: "Answered", purpose: "entry", leg: 0, traded: at(0.4, 4) })).toStrictEqual(state)
  })
})

describe("unwinding", () => {
  const oneSided = (fields: Partial<BundlePolicy>, leg = buy(0.4, 100), traded = at(0.4, 100)) =>
    submit(submit(start([leg, buy(0.5, 100)], fields), traded), nothingTraded)

  it("sells no lower than the loss allows, the fee of the sale included", () => {
    expect(nextAction(oneSided({}))).toMatchObject({ limitPrice: 0.35 * MICRO })
    expect(nextAction(oneSided({}, buy(0.4, 100), at(0.4, 100, 1)))).toMatchObject({ limitPrice: 0.36 * MICRO })
    expect(nextAction(oneSided({ maxUnwindLoss: 0 }))).toMatchObject({ limitPrice: 0.4 * MICRO })
    expect(nextAction(oneSided({ maxUnwindLoss: 1e24 }))).toMatchObject({ limitPrice: 1 })
  })

  it("buys back no dearer than that", () => {
    const sale: BundleLeg = { side: "sell", limitPrice: 0.4 * MICRO, qty: 100 * MICRO }
    expect(nextAction(oneSided({}, sale))).toMatchObject({ side: "buy", limitPrice: 0.45 * MICRO })
    expect(nextAction(oneSided({ maxUnwindLoss: 1e24 }, sale))).toMatchObject({ limitPrice: MICRO - 1 })
  })

  it("is not tried where no price is good enough", () => {
    const dear = oneSided({ maxUnwindLoss: 0 }, buy(0.99, 100), at(0.99, 100, 2))
    expect(nextAction(dear)).toStrictEqual({ _tag: "Done", outcome: "stranded" })
  })

  it("is tried again with what is left and the loss that is left, then ends", () => {
    let state = unwind(oneSided({}), at(0.36, 50))
    expect(nextAction(state)).toMatchObject({ qty: 50 * MICRO, limitPrice: 0.34 * MICRO, attempt: 2 })
    state = unwind(state, nothingTraded)
    expect(nextAction(state)).toStrictEqual({ _tag: "Done", outcome: "stranded" })
    expect(strandedLegs(state)).toStrictEqual([{ leg: 0, qty: 50 * MICRO, notional: 20 * MICRO, certain: true }])
  })

  it("is left to people with `hold`", () => {
    expect(nextAction(oneSided({ unwind: "hold" }))).toStrictEqual({ _tag: "Done", outcome: "stranded" })
  })
})

const price = fc.integer({ min: 1_000, max: 999_000 })
const qty = fc.oneof(
  fc.integer({ min: 1, max: 100_000 }).map((lots) => lots * LOT),
  fc.integer({ min: LOT, max: 1_000 * MICRO })
)
const fate = fc.record({
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constant("full" as const) },
    { weight: 2, arbitrary: fc.constant("part" as const) },
    { weight: 1, arbitrary: fc.constant("none" as const) },
    { weight: 1, arbitrary: fc.constant("lost" as const) }
  ),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  feeRate: fc.double({ min: 0, max: 0.05, noNaN: true })
})
const scenario = fc.record({
  legs: fc.array(fc.record({ side: fc.constantFrom("buy" as const, "sell" as const), limitPrice: price, qty }), {
    minLength: 1,
    maxLength: 6
  }),
  rotate: fc.nat(5),
  policy: fc.record({
    deadlineUs: fc.constant(1),
    unwind: fc.constantFrom("sell_back" as const, "sell_back" as const, "hold" as const),
    maxUnwindLoss: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1_000 * MICRO })),
    unwindAttempts: fc.integer({ min: 1, max: 3 })
  }),
  deadlineAfter: fc.option(fc.nat(5), { nil: Number.POSITIVE_INFINITY }),
  fates: fc.array(fate, { minLength: 24, maxLength: 24 })
})
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

/** A venue that does with each order what its fate says, and remembers what it really did. */
class Venue {
  readonly net: Array<number>
  readonly fees: Array<number>
  sentLegs = 0
  loss = 0
  orders = 0
  private readonly filled: Array<Traded>
  private readonly scene: Scenario

  constructor(scene: Scenario) {
    this.scene = scene
    this.net = scene.legs.map(() => 0)
    this.fees = scene.legs.map(() => 0)
    this.filled = scene.legs.map(() => nothingTraded)
  }

  /** What it tells; null: the answer is lost. */
  take(action: Exclude<BundleAction, { _tag: "Done" }>): Traded | null {
    const fate = this.scene.fates[this.orders++]!
    const leg = this.scene.legs[action.leg]!
    const share = fate.kind === "full" ? 1 : fate.kind === "none" ? 0 : fate.share
    const done = Math.floor(action.qty * share)
    if (action._tag === "SubmitLeg") {
      this.sentLegs += 1
      const notional = Math.round((leg.limitPrice * done) / MICRO)
      const traded = { qty: done, notional, fee: Math.round(notional * fate.feeRate) }
      this.filled[action.leg] = traded
      this.net[action.leg] = done
      return fate.kind === "lost" ? null : traded
    }
    // It never sells what it does not have.
    if (action.qty > this.net[action.leg]!) throw new Error(`leg ${action.leg} is given back beyond what it holds`)
    const entry = this.filled[action.leg]!
    const notional = Math.round((action.limitPrice * done) / MICRO)
    const fee = Math.floor((entry.fee * done) / entry.qty)
    const before = (entry.notional * done) / entry.qty
    this.net[action.leg]! -= done
    this.loss += fee + Math.max(-fee, leg.side === "buy" ? before - notional : notional - before)
    return fate.kind === "lost" ? null : { qty: done, notional, fee }
  }
}

const play = (scene: Scenario) => {
  const venue = new Venue(scene)
  const indexes = scene.legs.map((_, index) => index)
  const turn = scene.rotate % indexes.length
  const order = [...indexes.slice(turn), ...indexes.slice(0, turn)]
  let state = startBundle(scene.legs, order, scene.policy)
  const sent = new Set<number>()
  for (let steps = 0; steps < 100; steps++) {
    const action = nextAction(state)
    if (action._tag === "Done") return { venue, state, outcome: action.outcome, order }
    if (action._tag === "SubmitLeg" && venue.sentLegs >= scene.deadlineAfter) {
      state = step(state, { _tag: "DeadlinePassed" })
      continue
    }
    const { leg, qty: size } = action
    const purpose: Purpose = action._tag === "SubmitLeg" ? "entry" : "unwinding"
    if (action._tag === "SubmitLeg") {
      if (sent.has(leg)) throw new Error(`leg ${leg} was sent twice`)
      sent.add(leg)
      if (size <= 0 || size > scene.legs[leg]!.qty) throw new Error(`leg ${leg} was sent for ${size}`)
    }
    state = step(state, { _tag: "Sent", purpose, leg, qty: size })
    const traded = venue.take(action)
    state =
      traded === null
        ? step(state, { _tag: "AnswerLost", purpose, leg, traded: nothingTraded })
        : step(state, { _tag: "Answered", purpose, leg, traded })
  }
  throw new Error("the bundle does not end")
}

describe("whatever happens", () => {
  it("a bundle ends complete, unwound, with nothing, or stranded within its legs", () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(scenario, (scene) => {
        const { order, outcome, state, venue } = play(scene)
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
        const truth = scene.legs.map(({ qty: wanted }, index) => ({ wanted, net: venue.net[index]! }))
        const unmatched = trulyUnmatched(truth)
        const tolerance = lotTolerance(truth)
        const stranded = strandedLegs(state)
        expect(stranded.length > 0).toBe(outcome === "stranded")
        const problems = truth.flatMap(({ net, wanted }, index) => {
          const told = stranded.find(({ leg }) => leg === index)?.qty ?? 0
          return [
            ...(told > wanted ? [`leg ${index}: ${told} stranded of ${wanted}`] : []),
            ...(unmatched[index]! > told + tolerance[index]!
              ? [`leg ${index}: ${unmatched[index]} stranded unsaid`]
              : []),
            ...(outcome === "nothing" && net > 0 ? [`leg ${index}: nothing, but ${net}`] : []),
            ...(outcome === "unwound" && net >= LOT ? [`leg ${index}: unwound, but ${net}`] : []),
            ...(outcome === "complete" && net === 0 ? [`leg ${index}: complete without it`] : [])
          ]
        })
        const last = order.at(-1)!
        // What is at stake is at most the legs before the last one.
        if (unmatched[last]! > tolerance[last]!) problems.push(`the last leg lacks the others: ${unmatched[last]}`)
        if (venue.loss > scene.policy.maxUnwindLoss + 2 * venue.orders) problems.push(`lost ${venue.loss}`)
        expect(problems).toStrictEqual([])
      }),
      { numRuns: 1_000, seed: 7 }
    )
    for (const outcome of ["complete", "unwound", "nothing", "stranded"]) {
      expect(seen.get(outcome) ?? 0, outcome).toBeGreaterThan(20)
    }
  })
})
