import * as Either from "effect/Either"
import { nearest } from "../config/nearest.ts"
import { InputError } from "../domain/errors.ts"
import { type StrategyId } from "../domain/ids.ts"
import { type Strategy } from "../ports/StrategyRegistry.ts"

/** `ids` as they are when every one is known; else an error that lists the known ones. `field` is what it blames. */
export const requireKnown = (
  ids: ReadonlyArray<StrategyId>,
  known: ReadonlyArray<StrategyId>,
  field: string
): Either.Either<ReadonlyArray<StrategyId>, InputError> => {
  const unknownId = ids.find((id) => !known.includes(id))
  if (unknownId === undefined) return Either.right(ids)
  const guess = nearest(unknownId, known)
  const hint = guess === undefined ? "" : `; did you mean ${guess}?`
  return Either.left(
    new InputError({ field, problem: `unknown strategy "${unknownId}"; known: ${known.join(", ")}${hint}` })
  )
}

/** The strategies that run when none is named. */
export const byDefault = (registry: ReadonlyArray<Strategy>): ReadonlyArray<Strategy> =>
  registry.filter((strategy) => strategy.byDefault !== false)

/** The strategies with these ids, in the registry's order; null: those that run by default. */
export const selectStrategies = (
  registry: ReadonlyArray<Strategy>,
  ids: ReadonlyArray<StrategyId> | null,
  field: string
): Either.Either<ReadonlyArray<Strategy>, InputError> =>
  ids === null
    ? Either.right(byDefault(registry))
    : Either.map(
        requireKnown(
          ids,
          registry.map(({ id }) => id),
          field
        ),
        (wanted) => registry.filter(({ id }) => wanted.includes(id))
      )
