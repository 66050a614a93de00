import { fromMicros, type MicroUnits } from "../../domain/units.ts"
import { type Account } from "./account.ts"

interface Sums {
  realized: MicroUnits
  unrealized: MicroUnits
}

const zero = (): Sums => ({ realized: 0, unrealized: 0 })

const add = (sums: Sums, { realized, unrealized }: Readonly<Sums>): void => {
  sums.realized += realized
  sums.unrealized += unrealized
}

const both = ({ realized, unrealized }: Sums): MicroUnits => realized + unrealized

/** Two amounts that must be one, in words. */
interface Identity {
  readonly left: readonly [name: string, amount: MicroUnits]
  readonly right: readonly [name: string, amount: MicroUnits]
}

/** Every way in which the money of an account must add up. Deposits are none, so profit is all there is. */
const identitiesOf = (account: Account): ReadonlyArray<Identity> => {
  const positions = zero()
  let cost = 0
  for (const { position, unrealized } of account.holdings) {
    add(positions, { realized: position.realized, unrealized })
    cost += position.cost
  }
  const strategies = zero()
  const events = zero()
  const own: Array<Identity> = []
  for (const [strategy, tally] of account.byStrategy) {
    add(strategies, tally)
    const inside = zero()
    for (const event of account.byEvent.get(strategy)?.values() ?? []) add(inside, event)
    add(events, inside)
    own.push({ left: [`profit of ${strategy}`, both(tally)], right: ["that of its events", both(inside)] })
  }
  const change = account.equity()
  return [
    { left: ["cash and cost of positions", account.cash + cost], right: ["realized profit", account.realized] },
    { left: ["cash and inventory", change], right: ["profit of all positions", both(positions)] },
    { left: ["cash and inventory", change], right: ["profit by strategy", both(strategies)] },
    { left: ["cash and inventory", change], right: ["profit by event", both(events)] },
    { left: ["realized profit", account.realized], right: ["that of all strategies", strategies.realized] },
    ...own
  ]
}

const usdcText = (micros: MicroUnits): string => `${fromMicros(micros)} USDC`

/**
 * Which amounts of an account do not add up, as a sentence; null when all do. Exact in whole micro-units; a sum beyond
 * 2^53 is refused, because a double no longer holds every unit there.
 */
export const balanceProblem = (account: Account): string | null => {
  if (!Number.isSafeInteger(account.cash)) return `cash: ${usdcText(account.cash)} cannot be summed exactly`
  for (const { left, right } of identitiesOf(account)) {
    const [a, b] = [left[1], right[1]]
    const largest = Math.max(Math.abs(a), Math.abs(b))
    if (largest > Number.MAX_SAFE_INTEGER) return `${left[0]}: ${usdcText(largest)} cannot be summed exactly`
    if (a !== b) {
      return `${left[0]}: ${usdcText(a)}, but ${right[0]}: ${usdcText(b)} (a difference of ${usdcText(a - b)})`
    }
  }
  return null
}
