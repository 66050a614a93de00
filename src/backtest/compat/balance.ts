import { fromMicros, type MicroUnits } from "../../domain/units.ts"
import { type OriginalAccount } from "./account.ts"
import { notionalOf } from "./position.ts"

/** Two amounts that must be one, and their names. */
type Identity = readonly [left: string, leftAmount: MicroUnits, right: string, rightAmount: MicroUnits]

interface Profit {
  readonly realized: MicroUnits
  readonly unrealized: MicroUnits
}

const profitOf = (parts: Iterable<Profit>): MicroUnits => {
  let sum = 0
  for (const { realized, unrealized } of parts) sum += realized + unrealized
  return sum
}

/** Every way in which the money of an account must add up. Deposits are none, so profit is all there is. */
const identitiesOf = ({ byEvent, byStrategy, cash, holdings, realized }: OriginalAccount): ReadonlyArray<Identity> => {
  let cost = 0
  let worth = cash
  let positions = 0
  for (const { mark, position, unrealized } of holdings) {
    cost += position.cost
    worth += mark === null ? position.cost : notionalOf(mark, position.qty)
    positions += position.realized + unrealized
  }
  let strategies = 0
  let events = 0
  let realizedByStrategy = 0
  const own: Array<Identity> = []
  for (const [strategy, tally] of byStrategy) {
    const profit = profitOf([tally])
    const inside = profitOf(byEvent.get(strategy)?.values() ?? [])
    strategies += profit
    events += inside
    realizedByStrategy += tally.realized
    own.push([`profit of ${strategy}`, profit, "that of its events", inside])
  }
  return [
    ["cash and cost of positions", cash + cost, "realized profit", realized],
    ["cash and inventory", worth, "profit of all positions", positions],
    ["cash and inventory", worth, "profit by strategy", strategies],
    ["cash and inventory", worth, "profit by event", events],
    ["realized profit", realized, "that of all strategies", realizedByStrategy],
    ...own
  ]
}

const usdcText = (micros: MicroUnits): string => `${fromMicros(micros)} USDC`

/** How far two sums of fractions may lie apart: the last digits of a double, and a micro-unit. */
const toleranceOf = (largest: MicroUnits, strategies: number): MicroUnits =>
  1e-9 * Math.max(1e6, strategies, largest) + 1

/** Which amounts of an account do not add up, as a sentence; null when all do. */
export const balanceProblem = (account: OriginalAccount): string | null => {
  for (const [left, a, right, b] of identitiesOf(account)) {
    const tolerance = toleranceOf(Math.max(Math.abs(a), Math.abs(b)), account.byStrategy.size)
    if (!(Math.abs(a - b) <= tolerance)) {
      return `${left}: ${usdcText(a)}, but ${right}: ${usdcText(b)} (a difference of ${usdcText(a - b)})`
    }
  }
  return null
}
