import { readdirSync, readFileSync } from "node:fs"
import { join, relative, resolve } from "node:path"
import { describe, expect, it } from "vitest"
import { root } from "../shared.ts"

const src = join(root, "src")

interface Import {
  /** Of the file that imports, below src/. */
  readonly by: string
  /** Of the file that is imported, below src/; null: a library. */
  readonly from: string | null
  /** Names used as values; a type computes nothing. `*`: all of them. */
  readonly names: ReadonlyArray<string>
}

const namesOf = (clause: string): ReadonlyArray<string> => {
  if (/^type\b/.test(clause)) return []
  const braces = /\{([^}]*)\}/.exec(clause)
  if (braces === null) return ["*"]
  return (braces[1] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && !name.startsWith("type "))
    .map((name) => name.split(" as ")[0]?.trim() ?? name)
}

const importsIn = (by: string, text: string): ReadonlyArray<Import> =>
  [...text.matchAll(/^(?:import|export)\s+([^"';]*?)\s*from\s+"([^"]+)"/gm)].map(([, clause = "", specifier = ""]) => ({
    by,
    from: specifier.startsWith(".") ? relative(src, resolve(join(src, by), "..", specifier)) : null,
    names: namesOf(clause)
  }))

const sources = new Map(
  readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .sort()
    .map((path) => [path, readFileSync(join(src, path), "utf8")])
)
const imports = [...sources].flatMap(([path, text]) => importsIn(path, text))

/** Who uses a name of a file as a value, the embedding API aside, which hands it on. */
const usersOf = (file: string, name: string): ReadonlyArray<string> =>
  [
    ...new Set(
      imports
        .filter(({ from, names }) => from === file && (names.includes(name) || names.includes("*")))
        .map(({ by }) => by)
    )
  ].filter((by) => by !== "index.ts")

/** Everything that decides a fill, what risk says, or what is owned then, and who may call it. */
const rules: ReadonlyArray<readonly [file: string, name: string, users: ReadonlyArray<string>]> = [
  // Fills. A strategy asks what a purchase would cost before it wants one.
  ["core/matching.ts", "matchSnapshot", ["core/simulatedVenue.ts", "strategies/purchase.ts"]],
  ["core/simulatedVenue.ts", "simulateFill", ["core/snapshotVenue.ts"]],
  ["core/snapshotVenue.ts", "assessOrders", ["backtest/marketRules.ts", "execution/SimulatedExecutor.ts"]],
  ["core/snapshotVenue.ts", "executeOrders", ["execution/SimulatedExecutor.ts"]],
  ["core/snapshotVenue.ts", "updateOrder", ["execution/SimulatedExecutor.ts"]],
  // Risk.
  ["risk/check.ts", "checkOrder", ["risk/bundle.ts"]],
  ["risk/bundle.ts", "decideBundle", ["backtest/marketRules.ts", "execution/RiskGuard.ts"]],
  ["risk/breaker.ts", "recordDecision", ["backtest/marketRules.ts", "engine/TradingState.ts"]],
  // What would only be signed is shown with what the gates would say.
  ["risk/gates.ts", "gateRefusal", ["app/signOnly.ts", "engine/routeBundle.ts"]],
  // Accounting: one fold of fills, in memory and in the database's transaction.
  ["core/portfolio.ts", "applyFill", ["core/account.ts", "store/recordFills.ts"]],
  // A trade that failed on chain is taken out of the fold.
  ["core/portfolio.ts", "foldFills", ["store/fillRows.ts", "store/invariants.ts", "store/liveFills.ts"]],
  ["core/settlement.ts", "settlementFill", ["backtest/ledgerEntries.ts", "engine/processEvents.ts"]],
  ["core/settlement.ts", "payoutOf", ["engine/settlePositions.ts"]],
  // The way of an order, and the program.
  ["engine/sendOrder.ts", "sendOrder", ["engine/bundleExecution.ts"]],
  ["engine/bundleExecution.ts", "runBundle", ["engine/routeBundle.ts"]],
  [
    "engine/routeBundle.ts",
    "routeBundle",
    ["engine/executeSignal.ts", "engine/placeOrder.ts", "engine/tradeSignals.ts"]
  ],
  ["engine/processEvents.ts", "processEvents", ["engine/tradingProgram.ts"]],
  ["engine/tradeSignals.ts", "tradeSignals", ["engine/tradingProgram.ts"]],
  [
    "engine/tradingProgram.ts",
    "tradingProgram",
    ["app/replaySession.ts", "app/session.ts", "backtest/runStrategyBacktest.ts"]
  ]
]

describe("there is one path of an order", () => {
  it.each(rules)("%s: %s is called where it belongs and nowhere else", (file, name, users) => {
    expect(sources.get(file)).toMatch(new RegExp(`^export const ${name}\\b`, "m"))
    const callers = usersOf(file, name)
    expect(callers.filter((by) => !users.includes(by))).toEqual([])
    // A name that nobody calls any more would guard nothing.
    expect(callers).not.toEqual([])
  })

  it("leads every order to a venue through the bundle, behind risk", () => {
    const submitting = [...sources].filter(([, text]) => /\.submit\(/.test(text)).map(([path]) => path)
    expect(submitting.filter((path) => !path.startsWith("app/journaled") && !path.startsWith("app/recorded"))).toEqual([
      "engine/bundleExecution.ts",
      "engine/sendOrder.ts"
    ])
  })

  it("is not rebuilt on the command line", () => {
    const computing = ["core", "risk", "strategies", "execution", "store", "ingest", "simulator", "polymarket"]
    const strays = imports.filter(
      ({ by, from }) => by.startsWith("cli/") && from !== null && computing.includes(from.split("/")[0] ?? "")
    )
    expect(strays.map(({ by, from }) => `${by} imports ${from}`)).toEqual([])
  })

  it("is seen by this test, whatever an import looks like", () => {
    const text = [
      `import { applyFill } from "../core/portfolio.ts"`,
      `import {\n  type Fill,\n  applyFill as apply\n} from "../core/portfolio.ts"`,
      `import * as portfolio from "../core/portfolio.ts"`,
      `export { applyFill } from "../core/portfolio.ts"`
    ]
    for (const line of text) {
      expect(importsIn("cli/x.ts", line)).toMatchObject([{ by: "cli/x.ts", from: "core/portfolio.ts" }])
      expect(["applyFill", "*"]).toContain(importsIn("cli/x.ts", line)[0]?.names[0])
    }
    expect(importsIn("cli/x.ts", `import type { applyFill } from "../core/portfolio.ts"`)[0]?.names).toEqual([])
    expect(imports.length).toBeGreaterThan(1_000)
  })
})

/** Where else than in the mode table a mode is looked at, and why. */
const looks: ReadonlyArray<readonly [file: string, why: string]> = [
  ["risk/gates.ts", "live orders pass two gates more"],
  ["engine/routeBundle.ts", "an exchange that took nothing says nothing of the signal"],
  ["engine/executeSignal.ts", "the report says what became of such a signal"],
  ["engine/matchWorkingOrders.ts", "the command matches what rests on paper; an exchange matches by itself"],
  ["app/align.ts", "paper trading is laid beside its backtest"],
  ["core/orderLife.ts", "live is also the exchange's word for an order that rests"],
  ["cli/commands/run.ts", "a backtest's report is printed instead of a session's"],
  ["config/load.ts", "the configured word becomes a mode"],
  ["store/texts.ts", "the column's text becomes a mode"],
  ["store/TradeRepo.ts", "a live order whose answer was lost was stored before it was sent"]
]

describe("backtest, paper and live differ in app/modes.ts", () => {
  const comparison =
    /(?:[!=]==\s*"(?:live|paper|backtest)"|"(?:live|paper|backtest)"\s*[!=]==|case "(?:live|paper|backtest)")/

  it("and nothing else asks which one it is, but for a few places with a reason", () => {
    const asking = [...sources].filter(([, text]) => comparison.test(text)).map(([path]) => path)
    expect(asking.filter((path) => !looks.some(([file]) => file === path))).toEqual([])
    expect(looks.map(([file]) => file).filter((file) => !asking.includes(file))).toEqual([])
  })

  it.each([
    ["ingest/RecordedFeed.ts", ["app/modes.ts"]],
    ["ingest/LiveFeed.ts", ["app/modes.ts"]],
    ["backtest/memoryRecorder.ts", ["app/modes.ts", "app/replayLayers.ts"]]
  ])("which alone chooses %s", (file, users) => {
    const choosing = imports.filter(({ by, from, names }) => from === file && names.length > 0 && by !== "index.ts")
    expect([...new Set(choosing.map(({ by }) => by))].filter((by) => !users.includes(by))).toEqual([])
    expect(choosing.map(({ by }) => by)).toContain("app/modes.ts")
  })

  it("and engine, core, strategies and risk know no adapter", () => {
    const adapters = ["app", "cli", "store", "execution", "ingest", "simulator", "polymarket", "backtest"]
    const strays = imports.filter(
      ({ by, from }) =>
        ["engine", "core", "strategies", "risk"].includes(by.split("/")[0] ?? "") &&
        from !== null &&
        adapters.includes(from.split("/")[0] ?? "")
    )
    expect(strays.map(({ by, from }) => `${by} imports ${from}`)).toEqual([])
  })
})
