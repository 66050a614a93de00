import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { VenueUnavailable } from "../../src/domain/errors.ts"
import { type ExecutionResult } from "../../src/domain/Execution.ts"
import { executeSignal } from "../../src/engine/commands/executeSignal.ts"
import { Executors, type ExecutorShape } from "../../src/ports/Executor.ts"
import { insert, inWorld, quoted, see, signal, signalStatus } from "./world.ts"
import { otherReason } from "../../src/domain/rejection.ts"

type Answer = ExecutionResult | VenueUnavailable

/** An exchange that gives one answer; what the signal is while it is asked shows whether it was claimed. */
const exchange = (answer: Answer, onSubmit: Effect.Effect<void>): ExecutorShape => ({
  capabilities: { foresees: false, parallel: false },
  exchange: {
    submit: () =>
      Effect.zipRight(onSubmit, answer instanceof VenueUnavailable ? Effect.fail(answer) : Effect.succeed([answer])),
    cancel: () => Effect.succeedNone
  }
})

const ended = (status: ExecutionResult["status"], fields: Partial<ExecutionResult> = {}): ExecutionResult => ({
  ...{ status, fills: [], reason: null, countsAsRejection: false },
  ...fields
})

const lost = (nothingSent: boolean) => new VenueUnavailable({ operation: "post", detail: "gone", nothingSent })

const table: ReadonlyArray<readonly [name: string, answer: Answer, after: string]> = [
  ["nothing was sent", lost(true), "new"],
  ["the answer was lost, and it may have arrived", lost(false), "executed"],
  ["the exchange refused it", ended("rejected", { externalId: "0x1", reason: otherReason("no") }), "new"],
  ["it was not even signed", ended("rejected", { reason: otherReason("off the grid") }), "new"],
  ["it is not known what became of it", ended("unknown", { externalId: "0x1" }), "executed"],
  ["nobody was there to trade with", ended("canceled", { externalId: "0x1" }), "rejected"]
]

describe("a signal whose order is sent to an exchange", () => {
  it.effect.each(table)("is claimed before, and afterwards told by what is known: %s", ([, answer, after]) =>
    inWorld(
      Effect.gen(function* () {
        yield* see(quoted("m1", 0.49, 0.5))
        const [id = 0] = yield* insert(signal({ targetPrice: 0.5 }))
        const venues = yield* Executors
        const during: Array<string | undefined> = []
        const context = yield* Effect.context<Effect.Effect.Context<ReturnType<typeof signalStatus>>>()
        const live = exchange(
          answer,
          signalStatus(id).pipe(
            Effect.map((status) => void during.push(status)),
            Effect.provide(context),
            Effect.orDie
          )
        )
        yield* executeSignal({ pick: { _tag: "id", id }, mode: "live", confirmed: true }).pipe(
          Effect.provideService(Executors, { ...venues, live })
        )
        expect(during[0]).toBe("executed")
        expect(yield* signalStatus(id)).toBe(after)
      }),
      { trading: { mode: "live", enable_live_trading: true } }
    )
  )
})
