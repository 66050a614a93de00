import { sample } from "../sample.ts"
import { type Fault, type Wanted } from "./liveCells.ts"

export const faults: ReadonlyArray<Fault> = [
  { name: "lost before acceptance", rule: "reset-before#1", arrives: false },
  { name: "lost after acceptance", rule: "reset-after#1", arrives: true },
  { name: "425 once", rule: "425#1", arrives: true },
  { name: "425 throughout", rule: "425", arrives: false, refuses: true },
  { name: "429 once", rule: "429#1", arrives: true },
  { name: "429 throughout", rule: "429", arrives: false, refuses: true },
  { name: "5xx before acceptance", rule: "5xx-before#1", arrives: false },
  { name: "5xx after acceptance", rule: "5xx-after#1", arrives: true },
  { name: "malformed body before acceptance", rule: "html-before#1", arrives: false },
  { name: "malformed body after acceptance", rule: "truncated#1", arrives: true },
  { name: "hang before acceptance", rule: "timeout-before#1", arrives: false, hangs: true },
  { name: "hang after acceptance", rule: "timeout-after#1", arrives: true, hangs: true }
]

// Offers of 100 at 0.52 and 100 at 0.53. An immediate purchase spends what it signed: it gets more where that is cheaper.
export const partly: Wanted = {
  ...{ name: "partly filled, the rest resting", price: 0.52, qty: 150, tif: "gtc" },
  ...{ filled: 100, rests: 50 }
}
export const restKilled: Wanted = { ...partly, name: "partly filled, the rest killed", tif: "ioc", rests: 0 }
const orders: ReadonlyArray<Wanted> = [
  { name: "filled at once", price: 0.53, qty: 100, tif: "ioc", filled: 101.8867, rests: 0 },
  partly,
  { name: "resting", price: 0.45, qty: 20, tif: "gtc", filled: 0, rests: 20 },
  { name: "absent", price: 0.45, qty: 20, tif: "ioc", filled: 0, rests: 0 }
]

export type Cell = readonly [name: string, run: () => Promise<void>]

/** Every fault meets real processes also where the process boundary does not matter. */
const ownProcess = (fault: number, order: number): boolean => fault % orders.length === order

/**
 * Every fault with the order that it meets in a process of its own, and with one of the other three; with all of them in
 * the full run. By order: cells that wait for a deadline lie between those that keep a processor busy.
 */
export const cellsOf = (name: string, run: (fault: Fault, wanted: Wanted, own: boolean) => Promise<void>) => {
  const pairs = orders.flatMap((wanted, o) =>
    faults.map((fault, f) => ({ fault, wanted, own: ownProcess(f, o), group: `${fault.name} ${ownProcess(f, o)}` }))
  )
  return sample(`${name} after a fault`, pairs, 1).map(({ fault, own, wanted }): Cell => [
    `${name}: ${fault.name}, ${wanted.name}`,
    () => run(fault, wanted, own)
  ])
}

export const CELL_TIMEOUT = 600_000
