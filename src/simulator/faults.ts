import * as Effect from "effect/Effect"
import { InputError } from "../domain/errors.ts"
import { makeRng, nextFloat, nextInt } from "../core/rng.ts"
import { type EndpointName, endpointNames } from "./endpoints.ts"

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
  "wrong-shape",
  "duplicate"
] as const
export type FaultKind = (typeof faultKinds)[number]

/** They change the answer, so there must be one: a write is always carried out first. */
export const afterOnly: ReadonlyArray<FaultKind> = ["truncated", "slow", "duplicate"]
/** They say that nothing was done. */
export const beforeOnly: ReadonlyArray<FaultKind> = ["429", "425"]

export const apis = ["gamma", "data", "clob"] as const
export type Api = (typeof apis)[number]

/** Whether a write is carried out before its answer is lost, or never. Reads know no difference. */
export type FaultMoment = "before" | "after"

export interface FaultRule {
  readonly kind: FaultKind
  /** null: all three. */
  readonly api: Api | null
  /** Absent: all of them. */
  readonly endpoint?: EndpointName
  /** Absent: `before`, where the kind allows it. */
  readonly moment?: FaultMoment
  /** Share of the requests that it hits, 0..1. */
  readonly rate: number
  /** Hits after which the rule is spent; null: never. */
  readonly count: number | null
}

type Kind = Exclude<FaultKind, "5xx">

/** A fault about to happen; `5xx` has become one of its statuses. It carries its moment where a rule asked for one. */
export type Fault = Kind | `${Kind}-${FaultMoment}`

/** Decides which request suffers what: the same seed and the same requests in the same order give the same faults. */
export interface FaultPlan {
  readonly set: (rules: ReadonlyArray<FaultRule>) => void
  readonly next: (api: Api, endpoint?: EndpointName | null) => Fault | null
  readonly counts: () => { readonly [kind: string]: number }
}

const kinds: ReadonlyArray<Kind> = faultKinds.filter((kind) => kind !== "5xx")
const serverErrors = ["500", "502", "503"] as const

const kindOf = (fault: Fault): Kind | undefined =>
  kinds.find((kind) => fault === kind || fault === `${kind}-before` || fault === `${kind}-after`)

/** What happens, and whether a write is carried out first. */
export const momentOf = (fault: Fault): { readonly kind: Kind; readonly moment: FaultMoment } => {
  const kind = kindOf(fault) ?? "500"
  return { kind, moment: fault.endsWith("-after") || afterOnly.includes(kind) ? "after" : "before" }
}

export const makeFaultPlan = (seed: number | string, initial: ReadonlyArray<FaultRule>): FaultPlan => {
  const rng = makeRng(seed)
  const counts = new Map<string, number>()
  const arm = (rules: ReadonlyArray<FaultRule>) => rules.map((rule) => ({ rule, left: rule.count ?? Infinity }))
  let armed = arm(initial)
  const hit = ({ kind, moment }: FaultRule): Fault => {
    const known = kind === "5xx" ? (serverErrors[nextInt(rng, 3)] ?? "500") : kind
    const fault: Fault = moment === undefined ? known : `${known}-${moment}`
    counts.set(fault, (counts.get(fault) ?? 0) + 1)
    return fault
  }
  return {
    set: (rules) => {
      armed = arm(rules)
    },
    next: (api, endpoint = null) => {
      for (const entry of armed) {
        const { rule } = entry
        if (entry.left <= 0 || (rule.api !== null && rule.api !== api)) continue
        if (rule.endpoint !== undefined && rule.endpoint !== endpoint) continue
        if (rule.rate < 1 && nextFloat(rng) >= rule.rate) continue
        entry.left -= 1
        return hit(rule)
      }
      return null
    },
    counts: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

/** How a rule is written. */
export const faultShape = "[gamma/|data/|clob/[ENDPOINT/]]KIND[-before|-after][:RATE][#COUNT]"

const shape = `${faultShape}, such as 429:0.1, gamma/timeout:0.05, reset#3 or clob/order/reset-after#1`

interface What {
  readonly kind: FaultKind
  readonly moment?: FaultMoment
}

type Read<A> = A | string

const readKind = (text: string): Read<What> => {
  const [, word = text, moment] = /^(.+?)(?:-(before|after))?$/.exec(text) ?? []
  const kind = faultKinds.find((known) => known === word)
  if (kind === undefined) return `unknown fault "${text}": use one of ${faultKinds.join(", ")}`
  if (moment === "before" && afterOnly.includes(kind)) return `"${kind}" changes an answer, so it comes after`
  if (moment === "after" && beforeOnly.includes(kind)) return `"${kind}" says that nothing was done, so it comes before`
  return moment === "before" || moment === "after" ? { kind, moment } : { kind }
}

const readPlace = (
  places: ReadonlyArray<string>
): Read<{ readonly api: Api | null; readonly endpoint?: EndpointName }> => {
  const [api, endpoint] = places
  if (api === undefined) return { api: null }
  const knownApi = apis.find((known) => known === api)
  if (knownApi === undefined) return `unknown API "${api}": use one of ${apis.join(", ")}`
  if (endpoint === undefined) return { api: knownApi }
  const knownEndpoint = endpointNames.find((known) => known === endpoint)
  return knownApi === "clob" && knownEndpoint !== undefined
    ? { api: knownApi, endpoint: knownEndpoint }
    : `unknown endpoint "${api}/${endpoint}": use one of ${endpointNames.map((name) => `clob/${name}`).join(", ")}`
}

const readRule = (text: string): Read<FaultRule> => {
  const match = /^((?:[a-z-]+\/){0,2})([a-z0-9-]+)(?::([^:#]+))?(?:#([^:#]+))?$/i.exec(text)
  if (match === null) return `cannot read ${JSON.stringify(text)}`
  const [, places = "", word = "", rateText = "1", countText = null] = match
  const place = readPlace(places.split("/").slice(0, -1))
  if (typeof place === "string") return place
  const what = readKind(word)
  if (typeof what === "string") return what
  const rate = Number(rateText)
  if (!(rate > 0 && rate <= 1)) return `rate "${rateText}" must be above 0 and at most 1`
  if (countText !== null && !/^[1-9]\d{0,8}$/.test(countText)) {
    return `count "${countText}" must be a whole number from 1 to 999999999`
  }
  return { ...what, ...place, rate, count: countText === null ? null : Number(countText) }
}

/** Reads rules as a person types them, several separated by commas. `field` names the option in the error. */
export const parseFaults = (text: string, field = "--fault"): Effect.Effect<ReadonlyArray<FaultRule>, InputError> =>
  Effect.forEach(
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
    (part) => {
      const rule = readRule(part)
      return typeof rule === "string"
        ? Effect.fail(new InputError({ field, problem: `${rule}; write ${shape}` }))
        : Effect.succeed(rule)
    },
    { concurrency: 1 }
  )
