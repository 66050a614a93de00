import { mkdirSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { toMicros } from "../../src/domain/units.ts"
import { advance, hashOf, live, looked, resting, signed, stage, trade } from "../store/liveSupport.ts"
import { using } from "../store/support.ts"
import { runCli, scratch } from "./cli.ts"

const folder = scratch()
afterAll(folder.remove)

const cli = (...args: ReadonlyArray<string>) => runCli(args, { cwd: folder.dir })
const json = async (...args: ReadonlyArray<string>): Promise<unknown> =>
  JSON.parse((await cli(...args, "--json")).stdout)

describe("what was traded live, from the command line", () => {
  beforeAll(() => {
    mkdirSync(join(folder.dir, "data"))
    const trades = Effect.gen(function* () {
      yield* stage(signed(1))
      yield* advance(1, live("matched", toMicros(10)))
      yield* advance(1, looked(1, [trade(1, "t1", 4, { state: "final" }), trade(1, "t2", 5), trade(1, "t3", 1)]))
      yield* advance(1, looked(2, [trade(1, "t3", 1, { state: "failed" })]))
      yield* stage(signed(2, { side: "sell", action: "close", qty: toMicros(2) }))
      yield* advance(2, looked(3, [trade(2, "t4", 1, { price: 0.7 })], resting(2, { side: "sell" })))
      yield* stage(signed(3))
      yield* advance(3, { _tag: "AnswerLost", detail: "no answer in time" })
    })
    return Effect.runPromise(using(join(folder.dir, "data", "monomarket.db"), trades))
  })

  it("lists what the chain has of each fill", async () => {
    expect(await json("list-fills")).toMatchObject(
      ["provisional", "reversed", "provisional", "final"].map((venue_state) => ({ venue_state }))
    )
    const { stdout } = await cli("list-fills")
    expect(stdout.split("\n")[0]).toMatch(/at +state$/)
    expect(stdout).toMatch(/reversed\n/)
  })

  it("lists orders with their hashes, and those whose answer was lost", async () => {
    expect(await json("list-orders", "--status", "unknown")).toMatchObject([
      { id: 3, mode: "live", status: "unknown", external_id: hashOf(3), message: "answer lost: no answer in time" }
    ])
    expect(await json("list-orders", "--status", "working")).toMatchObject([
      { id: 2, status: "partially_filled", filled_qty: 1 },
      { id: 3, status: "unknown" }
    ])
    expect((await cli("list-orders")).stdout).toMatch(/trade failed on chain and was reversed: t3/)
  })

  it("tells final and provisional profit apart", async () => {
    expect(await json("pnl-report")).toMatchObject({
      realized_pnl: 0.2,
      finality: {
        final_realized_pnl: 0,
        provisional_realized_pnl: 0.2,
        provisional_fills: 2,
        provisional_turnover: 3.2
      }
    })
    const { stdout } = await cli("pnl-report")
    expect(stdout).toMatch(/^final +\+?0\.00/m)
    expect(stdout).toMatch(/^provisional \(2 fills, 3\.20 USDC\) +\+0\.20/m)
  })

  it("counts what may still fill against the limits", async () => {
    // 8 held at 0.5, and 10 more that may have been bought at 0.5.
    expect(await json("risk-status")).toMatchObject({
      strategies: [{ strategy: "s1", notional: 9 }],
      open_orders: 2
    })
  })
})
