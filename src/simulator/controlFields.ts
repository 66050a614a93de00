import * as Effect from "effect/Effect"
import { InputError } from "../domain/errors.ts"
import { isJsonObject } from "../domain/json.ts"
import { type MicroUnits, toMicros } from "../domain/units.ts"
import { parseJson } from "./orderPayload.ts"

/** Reads the members of one request body; the first that is wrong is refused with what is allowed. */
export interface ControlFields {
  readonly oneOf: <A extends string>(name: string, allowed: ReadonlyArray<A>) => Effect.Effect<A, InputError>
  readonly text: (name: string) => Effect.Effect<string, InputError>
  readonly flag: (name: string) => Effect.Effect<boolean, InputError>
  readonly matching: (name: string, shape: RegExp, allowed: string) => Effect.Effect<string, InputError>
  readonly number: (name: string, low: number, high: number) => Effect.Effect<number, InputError>
  /** Natural units with at most six decimals, above zero; below `high`. */
  readonly amount: (name: string, high: number) => Effect.Effect<MicroUnits, InputError>
}

const bad = (field: string, problem: string): Effect.Effect<never, InputError> =>
  Effect.fail(new InputError({ field, problem }))

const numberOf = (value: unknown): number =>
  typeof value === "number" || (typeof value === "string" && value.trim() !== "") ? Number(value) : NaN

/** `known`: the members that the request may have. */
export const controlFields = (body: string, known: ReadonlyArray<string>): Effect.Effect<ControlFields, InputError> => {
  const parsed = body.trim() === "" ? {} : parseJson(body)
  const names = known.length === 0 ? "nothing" : known.join(", ")
  if (!isJsonObject(parsed)) return bad("body", `must be a JSON object with ${names}`)
  const unknownName = Object.keys(parsed).find((name) => !known.includes(name))
  if (unknownName !== undefined) return bad(unknownName, `is unknown here: use ${names}`)
  const text = (name: string) => {
    const value = parsed[name]
    return typeof value === "string" ? Effect.succeed(value) : bad(name, "must be text")
  }
  return Effect.succeed({
    text,
    oneOf: (name, allowed) => {
      const found = allowed.find((one) => one === parsed[name])
      return found === undefined ? bad(name, `must be one of ${allowed.join(", ")}`) : Effect.succeed(found)
    },
    flag: (name) => {
      const value = parsed[name]
      return typeof value === "boolean" ? Effect.succeed(value) : bad(name, "must be true or false")
    },
    matching: (name, shape, allowed) =>
      Effect.flatMap(text(name), (value) =>
        shape.test(value) ? Effect.succeed(value) : bad(name, `must be ${allowed}`)
      ),
    number: (name, low, high) => {
      const value = numberOf(parsed[name])
      return value >= low && value <= high ? Effect.succeed(value) : bad(name, `must be from ${low} to ${high}`)
    },
    amount: (name, high) => {
      const value = numberOf(parsed[name])
      const micros = toMicros(value)
      const exact = Math.abs(value * 1e6 - micros) < 1e-3
      return value > 0 && value < high && exact
        ? Effect.succeed(micros)
        : bad(name, `must be above 0 and below ${high}, with at most six decimals`)
    }
  })
}
