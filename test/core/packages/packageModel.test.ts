import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { LOT } from "../../../src/core/venue/matching.ts"
import { type PackageAction, PackageMachine, type Traded } from "../../../src/core/packages/PackageMachine.ts"
import { nothingTraded } from "../../../src/core/packages/traded.ts"
import { MICRO, price, shares, usdc } from "../../../src/domain/units.ts"
import { nextAction, startBundle, step, strandedLegs, unwindLoss } from "./immutableMachine.ts"
import { lotTolerance, trulyUnmatched } from "./packageTruth.ts"

const limitPrice = fc.integer({ min: 1_000, max: 999_000 }).map(price)
const qty = fc.oneof(
  fc.integer({ min: 1, max: 100_000 }).map((lots) => shares(lots * LOT)),
  fc.integer({ min: LOT, max: 1_000 * MICRO }).map(shares)
)
const treatment = fc.record({
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
  legs: fc.array(fc.record({ side: fc.constantFrom("buy" as const, "sell" as const), limitPrice, qty }), {
    minLength: 1,
    maxLength: 6
  }),
  rotate: fc.nat(5),
  policy: fc.record({
    deadlineUs: fc.constant(1),
    unwind: fc.constantFrom("sell_back" as const, "sell_back" as const, "hold" as const),
    maxUnwindLoss: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1_000 * MICRO })).map(usdc),
    unwindAttempts: fc.integer({ min: 1, max: 3 })
  }),
  deadlineAfter: fc.option(fc.nat(5), { nil: Number.POSITIVE_INFINITY }),
  treatments: fc.array(treatment, { minLength: 24, maxLength: 24 })
})
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

/** A venue that does with each order what its treatment says, and remembers what it really did. */
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

  /** Its answer; null: the answer is lost. */
  take(action: Exclude<PackageAction, { kind: "end" }>): Traded | null {
    const treatment = this.scene.treatments[this.orders++]!
    const leg = this.scene.legs[action.leg]!
    const share = treatment.kind === "full" ? 1 : treatment.kind === "none" ? 0 : treatment.share
    const done = shares(Math.floor(action.qty * share))
    if (action.kind === "submit") {
      this.sentLegs += 1
      const notional = usdc(Math.round((leg.limitPrice * done) / MICRO))
      const traded = { qty: done, notional, fee: usdc(Math.round(notional * treatment.feeRate)) }
      this.filled[action.leg] = traded
      this.net[action.leg] = done
      return treatment.kind === "lost" ? null : traded
    }
    // It never sells what it does not have.
    if (action.qty > this.net[action.leg]!) throw new Error(`leg ${action.leg} is given back beyond what it holds`)
    const entry = this.filled[action.leg]!
    const notional = Math.round((action.limitPrice * done) / MICRO)
    const fee = Math.floor((entry.fee * done) / entry.qty)
    const before = (entry.notional * done) / entry.qty
    this.net[action.leg]! -= done
    this.loss += fee + Math.max(-fee, leg.side === "buy" ? before - notional : notional - before)
    return treatment.kind === "lost" ? null : { qty: done, notional: usdc(notional), fee: usdc(fee) }
  }
}

const indexesOf = ({ legs, rotate }: Scenario): ReadonlyArray<number> => {
  const indexes = legs.map((_, index) => index)
  const turn = rotate % indexes.length
  return [...indexes.slice(turn), ...indexes.slice(0, turn)]
}

const play = (scene: Scenario) => {
  const venue = new Venue(scene)
  const order = indexesOf(scene)
  const machine = new PackageMachine(scene.legs, order, scene.policy)
  const sent = new Set<number>()
  for (let steps = 0; steps < 100; steps++) {
    const action = machine.next()
    if (action.kind === "end") return { venue, machine, outcome: action.outcome, order }
    if (action.kind === "submit" && venue.sentLegs >= scene.deadlineAfter) {
      machine.stop()
      continue
    }
    const { leg, qty: size } = action
    const purpose = action.kind === "submit" ? "entry" : "unwind"
    if (action.kind === "submit") {
      if (sent.has(leg)) throw new Error(`leg ${leg} was sent twice`)
      sent.add(leg)
      if (size <= 0 || size > scene.legs[leg]!.qty) throw new Error(`leg ${leg} was sent for ${size}`)
    }
    machine.sent(purpose, leg, size)
    const traded = venue.take(action)
    if (traded === null) machine.lost(purpose, leg, nothingTraded)
    else machine.answered(purpose, leg, traded)
  }
  throw new Error("the package does not end")
}

describe("whatever happens", () => {
  it("a package ends complete, unwound, with nothing, or stranded within its legs", () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(scenario, (scene) => {
        const { machine, order, outcome, venue } = play(scene)
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
        const truth = scene.legs.map(({ qty: wanted }, index) => ({ wanted, net: venue.net[index]! }))
        const unmatched = trulyUnmatched(truth)
        const tolerance = lotTolerance(truth)
        const stranded = machine.stranded()
        expect(stranded.length > 0).toBe(outcome === "stranded")
        const problems = truth.flatMap(({ net, wanted }, index) => {
          const said = stranded.find(({ leg }) => leg === index)?.qty ?? 0
          return [
            ...(said > wanted ? [`leg ${index}: ${said} stranded of ${wanted}`] : []),
            ...(unmatched[index]! > said + tolerance[index]!
              ? [`leg ${index}: ${unmatched[index]} stranded and not reported`]
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

/** The oracle's words for the same action. */
const oldAction = (action: ReturnType<typeof nextAction>): PackageAction => {
  switch (action._tag) {
    case "SubmitLeg":
      return { kind: "submit", leg: action.leg, qty: shares(action.qty) }
    case "UnwindLeg": {
      const { attempt, leg, limitPrice, qty: size, side } = action
      return { kind: "unwind", leg, side, qty: shares(size), limitPrice: price(limitPrice), attempt }
    }
    case "Done":
      return { kind: "end", outcome: action.outcome }
  }
}

/** What becomes of an order that both machines want sent: all sorts of answers, and some that come twice or late. */
const reply = fc.record({
  kind: fc.constantFrom(
    "full",
    "full",
    "full",
    "part",
    "part",
    "none",
    "lost",
    "lost in part",
    "twice",
    "late",
    "refused"
  ),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  feeRate: fc.double({ min: 0, max: 0.05, noNaN: true })
})

describe("the machine before it was changed in place", () => {
  it("does the same with the same answers: actions, outcomes, losses, stranded legs", () => {
    const seen = new Map<string, number>()
    const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
    const answers = fc.array(reply, { minLength: 40, maxLength: 40 })
    fc.assert(
      fc.property(scenario, answers, (scene, replies) => {
        const order = indexesOf(scene)
        const machine = new PackageMachine(scene.legs, order, scene.policy)
        let old = startBundle(scene.legs, order, scene.policy)
        let entries = 0
        for (const { feeRate, kind, share } of replies) {
          const action = machine.next()
          expect(action).toStrictEqual(oldAction(nextAction(old)))
          expect(machine.stranded()).toStrictEqual(strandedLegs(old))
          expect(machine.unwindLoss()).toBe(unwindLoss(old))
          for (const index of order) {
            expect(machine.isWaiting(index)).toBe(old.legs[index]?.entry.status === "waiting")
          }
          count(action.kind === "end" ? action.outcome : action.kind)
          if (action.kind === "end") return
          if (action.kind === "submit" && entries >= scene.deadlineAfter) {
            machine.stop()
            old = step(old, { _tag: "DeadlinePassed" })
            continue
          }
          if (action.kind === "submit") entries += 1
          const { leg, qty: size } = action
          const [purpose, oldPurpose] =
            action.kind === "submit" ? (["entry", "entry"] as const) : (["unwind", "unwinding"] as const)
          const price = action.kind === "submit" ? scene.legs[leg]!.limitPrice : action.limitPrice
          const done = kind === "none" || kind === "lost" ? 0 : kind.includes("part") ? Math.floor(size * share) : size
          const notional = Math.round((price * done) / MICRO)
          const traded: Traded = {
            qty: shares(done),
            notional: usdc(notional),
            fee: usdc(Math.round(notional * feeRate))
          }
          const hear = (tag: "Answered" | "AnswerLost", what: Traded) => {
            if (tag === "Answered") machine.answered(purpose, leg, what)
            else machine.lost(purpose, leg, what)
            old = step(old, { _tag: tag, purpose: oldPurpose, leg, traded: what })
          }
          // An answer to an order that was not sent again counts for nothing.
          if (kind === "late") hear("Answered", traded)
          machine.sent(purpose, leg, size)
          old = step(old, { _tag: "Sent", purpose: oldPurpose, leg, qty: size })
          if (kind === "lost" || kind === "lost in part") hear("AnswerLost", traded)
          else hear("Answered", traded)
          if (kind === "twice") hear("Answered", traded)
          if (kind === "late") hear("AnswerLost", traded)
          // An answer that was lost may still come.
          if (kind === "lost in part" && share > 0.5)
            hear("Answered", { qty: shares(size - done), notional: usdc(0), fee: usdc(0) })
        }
        throw new Error("the package does not end")
      }),
      { numRuns: 3_000, seed: 11 }
    )
    for (const what of ["submit", "unwind", "complete", "unwound", "nothing", "stranded"]) {
      expect(seen.get(what) ?? 0, what).toBeGreaterThan(50)
    }
  })
})
