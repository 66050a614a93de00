import { copyFileSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ingest } from "../../src/app/promiseApi.ts"
import { startExchange } from "../../src/app/promiseExchange.ts"
import { root } from "../shared.ts"
import { withSqlite } from "../store/support.ts"
import { runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
afterAll(remove)

beforeAll(async () => {
  await using exchange = await startExchange({ seed: 7, markets: 60 })
  await ingest({ database: join(dir, "data", "monomarket.db"), exchange, sources: ["gamma"] })
})

const put = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text)
  return `./${name}`
}
const monomarket = (...args: ReadonlyArray<string>) => runCli(args, { cwd: dir })
const generate = (...args: ReadonlyArray<string>) => monomarket("generate-signals", "--json", ...args)
const stored = (): unknown =>
  withSqlite(join(dir, "data", "monomarket.db"), (db) => db.prepare("SELECT count(*) FROM signals").pluck().get())

const signal = `{ marketId: view.markets[0].marketId, side: "buy", targetPrice: 0.5, sizeHint: 4, score: 1, confidence: 0.5, rationale: "First." }`
const exporting = (body: string) => `export default { id: "mine", title: "Mine", generate: (view) => { ${body} } }`

describe("--strategy-module", () => {
  it("runs a TypeScript file that imports from this program, wherever it lies, and backtest takes it too", async () => {
    copyFileSync(join(root, "docs", "examples", "favourites.ts"), join(dir, "favourites.ts"))
    const made = await generate("--strategy-module", "./favourites.ts", "--strategies", "favourites")
    expect(made).toMatchObject({ code: 0, stderr: "" })
    expect(JSON.parse(made.stdout).by_strategy).toStrictEqual({ favourites: 8 })
    const replayed = await monomarket(
      ...["backtest", "--json", "--strategies", "favourites", "--strategy-module", "./favourites.ts"]
    )
    expect(replayed).toMatchObject({ code: 0 })
    expect(JSON.parse(replayed.stdout)).toMatchObject({ total_signals: 8, results: [{ strategy: "favourites" }] })
  })

  it("takes several files, lists, plain JavaScript, and files that import each other", async () => {
    mkdirSync(join(dir, "own"), { recursive: true })
    put("own/price.mts", `export const price: number = 0.5 satisfies number\n`)
    const list = put(
      "own/list.mts",
      `import { price } from "./price.mts"
import { defineStrategy, type StrategySignal } from "monomarket"
const of = (id: string) => defineStrategy({ id, title: id, generate: ({ markets }): ReadonlyArray<StrategySignal> =>
  markets.slice(0, 1).map(({ marketId }) => ({ marketId, side: "buy", targetPrice: price, sizeHint: 4, score: 1, confidence: 1, rationale: id })) })
export default [of("one"), of("two")]
`
    )
    const plain = put("plain.js", exporting(`return [${signal}]`))
    const modules = ["--strategy-module", list, "--strategy-module", plain]
    const { code, stdout } = await generate(...modules, "--strategies", "one,two,mine")
    expect(code).toBe(0)
    expect(JSON.parse(stdout).by_strategy).toStrictEqual({ one: 1, two: 1, mine: 1 })
  })

  it("works from the configuration, for every command", async () => {
    put("plain.js", exporting(`return [${signal}]`))
    put("own.yaml", "strategies:\n  modules: [./plain.js]\n")
    const { code, stdout } = await generate("--config", "own.yaml", "--strategies", "mine")
    expect(code).toBe(0)
    expect(JSON.parse(stdout).by_strategy).toStrictEqual({ mine: 1 })
    const list = await monomarket("list-signals", "--json", "--config", "own.yaml", "--strategy", "mine")
    expect(list.code).toBe(0)
  })

  it.each([
    ["throws", `throw new Error("first\\nsecond")`, "import: failed: Error: first second"],
    ["is no program", "export default {", "import: failed: SyntaxError: "],
    ["has an import that is not there", `import "./gone.mjs"`, "import: failed: Error: Cannot find module"],
    ["exports nothing", "export const mine = 1", "export default: is missing; export one strategy, or a list of them"],
    ["exports a number", "export default 1", "export default: must be a strategy"],
    ["exports an empty list", "export default []", "export default: is an empty list"],
    ["exports half a strategy", `export default [{ id: "mine" }]`, "export default[0]: must be a strategy"],
    ["takes a reserved id", `export default { id: "s4", title: "T", generate: () => [] }`, 'id: "s4" is kept for'],
    [
      "has two of one id",
      `const one = { id: "mine", title: "T", generate: () => [] }\nexport default [one, one]`,
      'id: "mine" is taken: a strategy of ./bad.mjs has it'
    ],
    ["fails", exporting(`throw new Error("no idea")`), 'strategy "mine": generate: threw Error: no idea'],
    [
      "gives a promise",
      exporting(`return Promise.resolve([])`),
      'strategy "mine": generate: must give a list, not a promise'
    ],
    [
      "gives NaN",
      exporting(`return [${signal}, { ...${signal}, targetPrice: NaN }]`),
      'strategy "mine": signals[1].targetPrice: must be a price above 0 and below 1, not NaN'
    ],
    [
      "makes up a market",
      exporting(`return [{ ...${signal}, marketId: "nowhere" }]`),
      'strategy "mine": signals[0].marketId: must be the id of a market in the view, not "nowhere"'
    ],
    [
      "writes to a market",
      exporting(`view.markets[0].yesPrice = 0.01; return []`),
      'strategy "mine": generate: threw TypeError: '
    ],
    [
      "counts its calls",
      `let calls = 0\n${exporting(`return [{ ...${signal}, sizeHint: 4 + calls++ }]`)}`,
      'strategy "mine": generate: gave other signals when asked again'
    ]
  ])("a module that %s is named in one line, and nothing is stored", async (_, text, message) => {
    const before = stored()
    const run = await generate("--strategy-module", put("bad.mjs", text))
    expect(run).toMatchObject({ code: 1, stdout: "" })
    expect(run.stderr).toMatch(/^error: \.\/bad\.mjs: [^\n]*\n$/)
    expect(run.stderr).toContain(`./bad.mjs: ${message}`)
    expect(stored()).toBe(before)
  })

  const hearing = (body: string) =>
    `export default { id: "mine", title: "Mine", subscribe: { kinds: ["market"] }, on: (event, context) => { ${body} } }`
  const regenerate = (module: string) =>
    monomarket("backtest", "--json", "--regenerate", "--strategies", "mine", "--strategy-module", module)

  it("takes a strategy that hears of events", async () => {
    const buys = `const { bestAsk, marketId } = event.market
      if (bestAsk === null || context.positions.length > 0) return undefined
      return { place: [{ legs: [{ marketId, token: "YES", side: "buy", price: bestAsk, qty: 10 }] }] }`
    const { code, stdout } = await regenerate(put("hearing.mjs", hearing(buys)))
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ total_signals: 0, results: [{ strategy: "mine", trade_count: 1 }] })
  })

  it.each([
    ["throws", hearing(`throw new Error("no idea")`), 'strategy "mine": on: threw Error: no idea'],
    [
      "gives a wrong price",
      hearing(`return { place: [{ legs: [{ marketId: event.market.marketId, token: "YES", price: 40, qty: 1 }] }] }`),
      'strategy "mine": on.place[0].legs[0].price: must be a price above 0 and below 1, not 40'
    ],
    [
      "has no subscription",
      `export default { id: "mine", title: "Mine", on: () => undefined }`,
      'strategy "mine": subscribe: must say what `on` hears of'
    ]
  ])("a module that hears of events and %s is named in one line", async (_, text, message) => {
    const run = await regenerate(put("bad.mjs", text))
    expect(run).toMatchObject({ code: 1, stdout: "" })
    expect(run.stderr).toMatch(/^error: \.\/bad\.mjs: [^\n]*\n$/)
    expect(run.stderr).toContain(`./bad.mjs: ${message}`)
  })

  it("says where TypeScript has more than types", async () => {
    const run = await generate(
      "--strategy-module",
      put("bad.ts", "const a = 1\nenum Side { Buy }\nexport default Side")
    )
    expect(run.stderr).toBe(
      "error: ./bad.ts: import: failed: SyntaxError: line 2: TypeScript enum is not supported in strip-only mode\n"
    )
    expect(run.code).toBe(1)
  })

  it.each([
    ["./gone.ts", '--strategy-module: file "./gone.ts" does not exist'],
    ["./own", '--strategy-module: "./own" must end in .ts, .mts, .js or .mjs'],
    [" ", "--strategy-module: must be the path of a file"]
  ])("refuses %j", async (path, message) => {
    const run = await generate("--strategy-module", path)
    expect(run).toMatchObject({ code: 2, stdout: "", stderr: `error: ${message}\n` })
  })

  it.each([
    ["modules: 5", "strategies.modules: must be a list of files"],
    ['modules: [""]', "strategies.modules.0: must not be empty"],
    ["modules: [gone.ts]", 'strategies.modules: file "gone.ts" does not exist']
  ])("refuses a configuration with %s", async (text, message) => {
    put("bad.yaml", `strategies:\n  ${text}\n`)
    const run = await generate("--config", "bad.yaml")
    expect(run).toMatchObject({ code: 2, stdout: "", stderr: `error: ${message}\n` })
  })
})
