import { type Json } from "../domain/json.ts"

/** Why a value cannot be kept as JSON, and where in it. */
export interface JsonProblem {
  /** Such as `.legs[0].price`; empty: the value itself. */
  readonly at: string
  readonly problem: string
}

class NotJson extends Error implements JsonProblem {
  readonly at: string
  readonly problem: string

  constructor(at: string, problem: string) {
    super(problem)
    this.at = at
    this.problem = problem
  }
}

const DEEPEST = 32

const nameOf = (value: unknown): string => (value instanceof Promise ? "a promise" : `a ${typeof value}`)

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  // A plain object of another realm has another Object.prototype, above which there is nothing either.
  return prototype === null || (typeof prototype === "object" && Object.getPrototypeOf(prototype) === null)
}

const copyObject = (value: object, at: string, depth: number): Json => {
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, copy(item, `${at}.${key}`, depth + 1)] as const)
  return Object.freeze(Object.fromEntries(entries))
}

const copy = (value: unknown, at: string, depth: number): Json => {
  if (depth > DEEPEST) throw new NotJson(at, `must not be deeper than ${DEEPEST} levels`)
  if (value === null || typeof value === "boolean" || typeof value === "string") return value
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new NotJson(at, `must be a finite number, not ${value}`)
    return value
  }
  if (Array.isArray(value)) {
    return Object.freeze(Array.from(value, (item, index) => copy(item, `${at}[${index}]`, depth + 1)))
  }
  if (typeof value === "object" && isPlain(value)) return copyObject(value, at, depth)
  throw new NotJson(at, `must be JSON (null, true, false, number, text, list, object), not ${nameOf(value)}`)
}

/** A copy of JSON data, frozen so that no other holder of the value can change it, or why there is none. */
export const frozenJson = (value: unknown): { readonly value: Json } | JsonProblem => {
  try {
    return { value: copy(value, "", 0) }
  } catch (thrown) {
    if (thrown instanceof NotJson) return thrown
    throw thrown
  }
}
