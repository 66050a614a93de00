/** Where a strategy of the user's own went wrong; null: not known there. */
export interface StrategyFault {
  /** File that the strategy came from. */
  readonly module: string | null
  readonly strategy: string | null
  /** The field of the definition or of the signal, such as `signals[0].targetPrice`. */
  readonly field: string
  readonly problem: string
}

/**
 * A strategy of the user's own cannot be loaded, or gave something that is no signal. Exit code 1. A plain class without
 * any library, because it is thrown inside strategies, which are plain functions.
 */
export class StrategyError extends Error implements StrategyFault {
  override readonly name = "StrategyError"
  readonly _tag = "StrategyError"
  readonly module: string | null
  readonly strategy: string | null
  readonly field: string
  readonly problem: string

  constructor(fault: StrategyFault, cause?: unknown) {
    const who = fault.strategy === null ? [] : [`strategy "${fault.strategy}"`]
    const problem = fault.problem.replace(/\s*\n\s*/g, " ").trim()
    const where = fault.module === null ? [] : [fault.module]
    super([...where, ...who, fault.field, problem].join(": "), cause === undefined ? {} : { cause })
    this.module = fault.module
    this.strategy = fault.strategy
    this.field = fault.field
    this.problem = problem
  }
}

/** Whether something thrown is a StrategyError, of this copy of the library or of another. */
export const isStrategyError = (value: unknown): value is StrategyError =>
  value instanceof StrategyError ||
  (value instanceof Error && "_tag" in value && value._tag === "StrategyError" && "problem" in value)

/** The same error with the file that the strategy came from. */
export const inModule = (error: StrategyError, module: string): StrategyError =>
  new StrategyError({ module, strategy: error.strategy, field: error.field, problem: error.problem }, error.cause)
