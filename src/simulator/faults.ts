import * as Effect from "effect/Effect"
import { InputError } from "../domain/errors.ts"
import { makeRng, nextFloat, nextInt } from "../core/rng.ts"

export const faultKinds = [
  "429",
  "5xx",
  "500",
  "502",
  "503",
  "425",
  "timeout",
  "reset",
  "truncated",
  "html",
  "empty",
  "slow",
  "huge",
  "wrong-shape"
] as const
export type FaultKind = (typeof faultKinds)[number]

export const apis = ["gamma", "data", "clob"] as const
export type Api = (typeof apis)[number]

export interface FaultRule {
  readonly kind: FaultKind
  /** null: all three. */
  readonly api: Api | null
  /** Share of the requests that it hits, 0..1. */
  readonly rate: number
  /** Hits after which the rule is spent; null: never. */
  readonly count: number | null
}

/** A fault about to happen; `5xx` has become one of its statuses. */
export type Fault = Exclude<FaultKind, "5xx">

/** Decides which request suffers what: the same seed and the same requests in the same order give the same faults. */
export interface FaultPlan {
  readonly set: (rules: ReadonlyArray<FaultRule>) => void
  readonly next: (api: Api) => Fault | null
  readonly counts: () => { readonly [kind: string]: number }
}

const serverErrors = ["500", "502", "503"] as const

export const makeFaultPlan = (seed: number | string, initial: ReadonlyArray<FaultRule>): FaultPlan => {
  const rng = makeRng(seed)
  const counts = new Map<Fault, number>()
  const arm = (rules: ReadonlyArray<FaultRule>) => rules.map((rule) => ({ rule, left: rule.count ?? Infinity }))
  let armed = arm(initial)
  const hit = (kind: FaultKind): Fault => {
    const fault = kind === "5xx" ? (serverErrors[nextInt(rng, 3)] ?? "500") : kind
    counts.set(fault, (counts.get(fault) ?? 0) + 1)
    return fault
  }
  return {
    set: (rules) => {
      armed = arm(rules)
    },
    next: (api) => {
      for (const entry of armed) {
        if (entry.left <= 0 || (entry.rule.api !== null && entry.rule.api !== api)) continue
        if (entry.rule.rate < 1 && nextFloat(rng) >= entry.rule.rate) continue
        entry.left -= 1
        return hit(entry.rule.kind)
      }
      return null
    },
    counts: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

const shape = "[gamma/|data/|clob/]KIND[:RATE][#COUNT], such as 429:0.1, gamma/timeout:0.05 or reset#3"

const parseOne = (text: string, field: string): Effect.Effect<FaultRule, InputError> => {
  const bad = (problem: string) => Effect.fail(new InputError({ field, problem: `${problem}; write ${shape}` }))
  const match = /^(?:([a-z]+)\/)?([a-z0-9-]+)(?::([^:#]+))?(?:#([^:#]+))?$/i.exec(text)
  if (match === null) return bad(`cannot read ${JSON.stringify(text)}`)
  const [, api = null, kind = "", rateText = "1", countText = null] = match
  const knownApi = apis.find((known) => known === api)
  if (api !== null && knownApi === undefined) return bad(`unknown API "${api}": use one of ${apis.join(", ")}`)
  const knownKind = faultKinds.find((known) => known === kind)
  if (knownKind === undefined) return bad(`unknown fault "${kind}": use one of ${faultKinds.join(", ")}`)
  const rate = Number(rateText)
  if (!(rate > 0 && rate <= 1)) return bad(`rate "${rateText}" must be above 0 and at most 1`)
  if (countText !== null && !/^[1-9]\d{0,8}$/.test(countText)) {
    return bad(`count "${countText}" must be a whole number from 1 to 999999999`)
  }
  return Effect.succeed({
    kind: knownKind,
    api: knownApi ?? null,
    rate,
    count: countText === null ? null : Number(countText)
  })
}

/** Reads rules as a person types them, several separated by commas. `field` names the option in the error. */
export const parseFaults = (text: string, field = "--fault"): Effect.Effect<ReadonlyArray<FaultRule>, InputError> =>
  Effect.forEach(
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
    (part) => parseOne(part, field),
    { concurrency: 1 }
  )
