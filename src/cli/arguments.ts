import type * as Usage from "@effect/cli/Usage"
import * as Option from "effect/Option"
import { suggestion } from "../config/nearest.ts"
import { InputError } from "../domain/errors.ts"
import { globalOptionNames } from "./options.ts"

interface KnownOption {
  readonly takesValue: boolean
  readonly repeatable: boolean
}

const collect = (usage: Usage.Usage, repeatable: boolean, found: Map<string, KnownOption>): void => {
  switch (usage._tag) {
    case "Named": {
      const takesValue = Option.isSome(usage.acceptedValues)
      for (const name of usage.names) if (name.startsWith("-")) found.set(name, { takesValue, repeatable })
      return
    }
    case "Optional":
      return collect(usage.usage, repeatable, found)
    case "Repeated":
      return collect(usage.usage, true, found)
    case "Alternation":
    case "Concat":
      collect(usage.left, repeatable, found)
      return collect(usage.right, repeatable, found)
    case "Empty":
    case "Mixed":
      return
  }
}

/** Options of @effect/cli itself. */
const builtIn: ReadonlyArray<readonly [string, KnownOption]> = [
  ["--help", { takesValue: false, repeatable: true }],
  ["-h", { takesValue: false, repeatable: true }]
]

const optionsOf = (usage: Usage.Usage): ReadonlyMap<string, KnownOption> => {
  const found = new Map<string, KnownOption>(builtIn)
  collect(usage, false, found)
  return found
}

const looksLikeOption = (token: string): boolean => /^--?[a-z]/i.test(token)

/**
 * The names of the options that are given. Finds what @effect/cli would call "unknown argument" without saying why: a
 * misspelt option, one without its value, one given twice, two that contradict each other. The rest is left to it.
 */
export const optionsGiven = (
  usage: Usage.Usage,
  args: ReadonlyArray<string>,
  conflicts: ReadonlyArray<readonly [string, string]> = []
): InputError | ReadonlySet<string> => {
  const known = optionsOf(usage)
  const seen = new Set<string>()
  for (let index = 0; index < args.length; index++) {
    const token = args[index] ?? ""
    if (token === "--") break
    if (!looksLikeOption(token)) continue
    const [name = token, inline] = token.split("=", 2)
    const option = known.get(name)
    if (option === undefined) {
      const long = [...known.keys()].filter((candidate) => candidate.startsWith("--"))
      return new InputError({ field: name, problem: `unknown option${suggestion(name, long)}` })
    }
    if (seen.has(name) && !option.repeatable) return new InputError({ field: name, problem: "given more than once" })
    seen.add(name)
    if (inline === "" && option.takesValue) return new InputError({ field: name, problem: "needs a value" })
    if (!option.takesValue || inline !== undefined) continue
    const value = args[index + 1]
    if (value === undefined || (looksLikeOption(value) && known.has(value.split("=", 2)[0] ?? ""))) {
      return new InputError({ field: name, problem: "needs a value" })
    }
    index += 1
  }
  const clash = conflicts.find(([one, other]) => seen.has(one) && seen.has(other))
  return clash === undefined
    ? seen
    : new InputError({ field: clash[1], problem: `cannot be combined with ${clash[0]}` })
}

/** Global options may come before the command; they are moved behind it, where the parser looks for them. */
export const hoistGlobals = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  let index = 0
  while (index < args.length) {
    const token = args[index] ?? ""
    const takesValue = globalOptionNames.get(token.split("=", 2)[0] ?? "")
    if (takesValue === undefined) break
    index += takesValue && !token.includes("=") ? 2 : 1
  }
  const command = args[index]
  return command === undefined ? args : [command, ...args.slice(0, index), ...args.slice(index + 1)]
}
