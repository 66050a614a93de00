import { type StrategyId } from "../domain/ids.ts"
import { isStrategyError, StrategyError } from "../domain/StrategyError.ts"

export const fault = (strategy: string | null, field: string, problem: string, cause?: unknown): StrategyError =>
  new StrategyError({ module: null, strategy, field, problem }, cause)

/** What is thrown where a strategy writes to what it was given, in the words of V8. */
const writesPattern = /read only|not extensible|only a getter|Cannot (delete|define|assign)/i

/** Calls a function of the strategy's author: what it throws is its author's, and says so. `field` is its name. */
export const call = <A>(id: StrategyId, field: string, body: () => A): A => {
  try {
    return body()
  } catch (thrown) {
    if (isStrategyError(thrown)) throw thrown
    const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
    const frozen = thrown instanceof TypeError && writesPattern.test(thrown.message)
    const hint = frozen ? " (what a strategy sees cannot be changed; copy it first, as toSorted does)" : ""
    throw fault(id, field, `threw ${text}${hint}`, thrown)
  }
}

/** Calls 1, 2, 4, 8, ...: often at first, and hardly ever in a long replay. */
const isPowerOfTwo = (count: number): boolean => (count & (count - 1)) === 0

/** Asks again now and then, and throws where the answer is another one: a strategy must not remember, draw or read. */
export const askedTwice = <Args extends ReadonlyArray<unknown>, A>(
  ask: (...args: Args) => A,
  differs: () => StrategyError
): ((...args: Args) => A) => {
  let calls = 0
  return (...args) => {
    const answer = ask(...args)
    calls += 1
    if (isPowerOfTwo(calls) && JSON.stringify(ask(...args)) !== JSON.stringify(answer)) throw differs()
    return answer
  }
}
