import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Node } from "yaml"
import { InputError } from "../domain/errors.ts"
import { type AppConfigShape, defaultConfig } from "./AppConfig.ts"
import { suggestion } from "./nearest.ts"
import { ConfigFile } from "./schema.ts"

/** A configuration file that was read: the merged record and the key paths that the file itself set. */
export interface ParsedConfig {
  readonly config: AppConfigShape
  readonly setKeys: ReadonlySet<string>
}

type Result<A> = Either.Either<A, InputError>

const refuse = (field: string, problem: string) => Either.left(new InputError({ field, problem }))

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Path of the first key that a map holds twice. */
const duplicateKey = (node: unknown, path: ReadonlyArray<string>): string | undefined => {
  if (isSeq(node)) return firstOf(node.items, (item) => duplicateKey(item, path))
  if (!isMap(node)) return undefined
  const seen = new Set<string>()
  return firstOf(node.items, (pair) => {
    if (!isPair(pair)) return undefined
    const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
    const here = [...path, key]
    if (seen.has(key)) return here.join(".")
    seen.add(key)
    return duplicateKey(pair.value, here)
  })
}

const firstOf = <A>(items: ReadonlyArray<A>, find: (item: A) => string | undefined): string | undefined => {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

const usesAlias = (node: Node | null): boolean => {
  if (isAlias(node)) return true
  if (isSeq(node)) return node.items.some((item) => isNode(item) && usesAlias(item))
  if (isMap(node)) return node.items.some((pair) => isPair(pair) && isNode(pair.value) && usesAlias(pair.value))
  return false
}

const isNode = (value: unknown): value is Node => isAlias(value) || isScalar(value) || isMap(value) || isSeq(value)

/** Leaves out sections that are written but empty (`risk:` with everything below it commented out). */
const withoutEmptySections = (value: unknown, shape: unknown): unknown =>
  !isRecord(value) || !isRecord(shape)
    ? value
    : Object.fromEntries(
        Object.entries(value)
          .filter(([key, child]) => !(child === null && isRecord(shape[key])))
          .map(([key, child]) => [key, withoutEmptySections(child, shape[key])])
      )

const checkKeys = (value: unknown, shape: unknown, path: ReadonlyArray<string>): Result<ReadonlyArray<string>> => {
  if (!isRecord(shape)) return Either.right([path.join(".")])
  if (!isRecord(value)) return refuse(path.join("."), "must be a map of settings")
  const known = Object.keys(shape)
  const leaves: Array<string> = []
  for (const [key, child] of Object.entries(value)) {
    const here = [...path, key]
    if (!known.includes(key)) return refuse(here.join("."), `is not a known key${suggestion(key, known)}`)
    const below = checkKeys(child, shape[key], here)
    if (Either.isLeft(below)) return below
    leaves.push(...below.right)
  }
  return Either.right(leaves)
}

const merge = (file: ConfigFile): AppConfigShape => ({
  app: { ...defaultConfig.app, ...file.app },
  trading: { ...defaultConfig.trading, ...file.trading },
  risk: { ...defaultConfig.risk, ...file.risk },
  data: { ...defaultConfig.data, ...file.data },
  live: { ...defaultConfig.live, ...file.live },
  execution: { ...defaultConfig.execution, ...file.execution },
  strategies: {
    s1: { ...defaultConfig.strategies.s1, ...file.strategies?.s1 },
    s2: { ...defaultConfig.strategies.s2, ...file.strategies?.s2 },
    s4: { ...defaultConfig.strategies.s4, ...file.strategies?.s4 },
    s8: { ...defaultConfig.strategies.s8, ...file.strategies?.s8 },
    s9: { ...defaultConfig.strategies.s9, ...file.strategies?.s9 },
    s10: { ...defaultConfig.strategies.s10, ...file.strategies?.s10 },
    modules: file.strategies?.modules ?? defaultConfig.strategies.modules,
    edge_gate: { ...defaultConfig.strategies.edge_gate, ...file.strategies?.edge_gate }
  }
})

const consistent = (config: AppConfigShape): Result<AppConfigShape> => {
  const { s4, s9, s10 } = config.strategies
  const ranges = [
    ["s4.yes_price_min", s4.yes_price_min, "s4.yes_price_max", s4.yes_price_max],
    ["s9.min_price", s9.min_price, "s9.max_price", s9.max_price],
    ["s10.min_price", s10.min_price, "s10.max_price", s10.max_price]
  ] as const
  const wrong = ranges.find(([, low, , high]) => low > high)
  if (wrong === undefined) return Either.right(config)
  const [low, , high, value] = wrong
  return refuse(`strategies.${low}`, `must not exceed strategies.${high} (${value})`)
}

const decodeFile = Schema.decodeUnknownEither(ConfigFile, { onExcessProperty: "error" })

/** Turns plain data (a parsed file, or an embedder's record) into a whole configuration on top of the defaults. */
export const parseConfig = (data: unknown): Result<ParsedConfig> =>
  Either.gen(function* () {
    if (!isRecord(data)) return yield* refuse("configuration", "must be a map of sections")
    const settings = withoutEmptySections(data, defaultConfig)
    const leaves = yield* checkKeys(settings, defaultConfig, [])
    const file = yield* Either.mapLeft(decodeFile(settings), (error) => {
      const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
      return new InputError({
        field: issue?.path.map(String).join(".") ?? "configuration",
        problem: issue?.message ?? "is not acceptable"
      })
    })
    const config = yield* consistent(merge(file))
    return { config, setKeys: new Set(leaves) }
  })

/** The text of a YAML file. `name` is what errors call it when they concern no single key. */
export const parseConfigText = (text: string, name: string): Result<ParsedConfig> => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false })
  const error = document.errors[0]
  if (error !== undefined) {
    const { col, line } = lines.linePos(error.pos[0])
    return refuse(name, `is not valid YAML: ${error.message} (line ${line}, column ${col})`)
  }
  const twice = duplicateKey(document.contents, [])
  if (twice !== undefined) return refuse(twice, `is set twice in ${name}`)
  if (usesAlias(document.contents)) return refuse(name, "must not use YAML aliases (*name)")
  if (document.contents === null) return Either.right({ config: defaultConfig, setKeys: new Set() })
  if (!isMap(document.contents)) return refuse(name, "must be a YAML map of sections")
  return parseConfig(document.toJS())
}
