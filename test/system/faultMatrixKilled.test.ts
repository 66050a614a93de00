import { describe, it } from "vitest"
import { type Cell, CELL_TIMEOUT, cellsOf, faults, partly, restKilled } from "./faultTable.ts"
import { type Fault, killed } from "./liveCells.ts"

const cells = cellsOf("is killed", (fault, wanted, own) =>
  killed(fault, wanted, fault.hangs === true ? "waiting" : "answered", own)
)

const [lostBefore, lostAfter] = [faults[0]!, faults[1]!]
const neverSent: Fault = { ...lostBefore, name: "never sent" }
// Every other moment of an order's way.
const moments = (
  [
    ["staged", neverSent, partly],
    ["answered", lostAfter, restKilled],
    ["stored", lostBefore, partly],
    ["stored", lostAfter, partly],
    ["seen", lostBefore, partly],
    ["seen", lostAfter, partly],
    ["taken-in", lostAfter, partly],
    ["taken-in", lostAfter, restKilled],
    ["exit", lostAfter, partly]
  ] as const
).map(([moment, fault, wanted]): Cell => [
  `is killed when ${moment}: ${fault.name}, ${wanted.name}`,
  () => killed(fault, wanted, moment, false)
])

describe("an order that suffers at the exchange, in a process that is killed and started again", () => {
  it.concurrent.each([...cells, ...moments])("%s", (_, run) => run(), CELL_TIMEOUT)
})
