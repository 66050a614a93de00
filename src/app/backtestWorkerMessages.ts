import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { type BacktestOptions } from "../backtest/options.ts"
import { type WindowRun } from "../backtest/windowRun.ts"
import { InputError, StoreError, UnbalancedBooks } from "../domain/errors.ts"

/** What a worker thread is given when it starts. */
export interface WorkerData {
  readonly database: string
}

/** One window for a thread; the reply has the same id. */
export interface Job {
  readonly id: number
  readonly options: BacktestOptions
}

export interface Reply {
  readonly id: number
  readonly answer: Answer
}

const WindowFailure = Schema.Union(InputError, StoreError, UnbalancedBooks)
export type WindowFailure = Schema.Schema.Type<typeof WindowFailure>

const encodeFailure = Schema.encodeSync(WindowFailure)
const decodeFailure = Schema.decodeSync(WindowFailure)

/** A window's end as it travels between threads. Numbers are cloned bit by bit, so results are the same bytes. */
export type Answer =
  | { readonly _tag: "Done"; readonly run: WindowRun }
  | { readonly _tag: "Failed"; readonly failure: Schema.Schema.Encoded<typeof WindowFailure> }
  | { readonly _tag: "Died"; readonly detail: string }

export const encodeAnswer = (exit: Exit.Exit<WindowRun, WindowFailure>): Answer =>
  Exit.match(exit, {
    onSuccess: (run): Answer => ({ _tag: "Done", run }),
    onFailure: (cause): Answer => {
      const failure = Cause.failureOption(cause)
      return failure._tag === "Some"
        ? { _tag: "Failed", failure: encodeFailure(failure.value) }
        : { _tag: "Died", detail: Cause.pretty(cause) }
    }
  })

/** A defect in the thread is a defect here. */
export const decodeAnswer = (answer: Answer): Exit.Exit<WindowRun, WindowFailure> => {
  switch (answer._tag) {
    case "Done":
      return Exit.succeed(answer.run)
    case "Failed":
      return Exit.fail(decodeFailure(answer.failure))
    case "Died":
      return Exit.die(new Error(answer.detail))
  }
}
