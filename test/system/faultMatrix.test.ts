import { describe, it } from "vitest"
import { CELL_TIMEOUT, cellsOf } from "./faultTable.ts"
import { goesOn } from "./liveCells.ts"

// The other half, in which the process is killed, is faultMatrixKilled.test.ts: two files, for two cores.
describe("an order that suffers at the exchange, in a process that goes on", () => {
  it.concurrent.each(cellsOf("goes on", goesOn))("%s", (_, run) => run(), CELL_TIMEOUT)
})
