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

/** The original's arithmetic is a leaf of its own (the structure check holds that), and hands nothing on. */
const isCompat = (path: string): boolean => path.startsWith("backtest/compat/")

/** Who uses a name of a file as a value; the embedding API hands it on, and calls nothing. */
const usersOf = (file: string, name: string): ReadonlyArray<string> =>
  [
    ...new Set(
      imports
        .filter(({ from, names }) => from === file && (names.includes(name) || names.includes("*")))
        .map(({ by }) => by)
    )
  ].filter((by) => by !== "index.ts" && !isCompat(by))

/** Everything that decides a fill, what risk says, or what is owned then, and the one module that calls it. */
const rules: ReadonlyArray<readonly [file: string, name: string, user: string]> = [
  // Fills. What an order would get is asked before it is sent, when it arrives, and when it rests: by one function each.
  ["core/venue/matching.ts", "matchSnapshot", "core/venue/simulateFill.ts"],
  ["core/venue/simulateFill.ts", "simulateFill", "core/venue/expectOrders.ts"],
  ["core/venue/expectOrders.ts", "expectOrder", "core/venue/SimulatedVenue.ts"],
  ["core/venue/expectOrders.ts", "expectOrders", "engine/packages/decidePackage.ts"],
  ["core/venue/SimulatedVenue.ts", "SimulatedVenue", "engine/SyncRunner.ts"],
  // A strategy asks what a purchase would cost before it wants one.
  ["core/venue/simulateFill.ts", "purchasePrice", "strategies/purchase.ts"],
  // Gates and risk.
  ["risk/gates.ts", "gateRefusal", "engine/packages/decidePackage.ts"],
  ["risk/approve.ts", "approve", "risk/check.ts"],
  ["domain/ApprovedOrder.ts", "ApprovedOrder", "risk/approve.ts"],
  ["risk/check.ts", "checkOrder", "risk/decidePackageOrders.ts"],
  ["risk/decidePackageOrders.ts", "decidePackageOrders", "risk/guard.ts"],
  ["risk/breaker.ts", "recordDecision", "engine/EngineState.ts"],
  ["risk/breaker.ts", "foldDecisions", "engine/EngineState.ts"],
  ["risk/breaker.ts", "breakerPhase", "engine/LiveExposure.ts"],
  // Packages.
  ["core/planOrders.ts", "planOrders", "engine/packages/decidePackage.ts"],
  ["core/packages/PackageMachine.ts", "PackageMachine", "engine/packages/decidePackage.ts"],
  ["core/packages/submissionOrder.ts", "submissionOrder", "engine/packages/decidePackage.ts"],
  // Accounting: one fold of fills, in memory and in the database's transaction.
  ["core/account/portfolio.ts", "applyFill", "core/account/account.ts"],
  ["core/account/portfolio.ts", "foldFills", "store/fillRows.ts"],
  ["core/account/settlement.ts", "settlementFill", "core/account/account.ts"],
  // The reducer, and what an event is to it.
  ["engine/step.ts", "step", "engine/SyncRunner.ts"],
  ["engine/packages/takeReport.ts", "takeReport", "engine/step.ts"],
  ["engine/handlers/notify.ts", "notifyOfMarket", "engine/step.ts"],
  ["engine/handlers/notify.ts", "notifyOfTimer", "engine/step.ts"],
  ["engine/handlers/notify.ts", "notifyOfResolution", "engine/step.ts"],
  ["engine/handlers/notify.ts", "notifyOfFills", "engine/packages/takeReport.ts"],
  ["engine/session/cancelAtExchange.ts", "cancelAtExchange", "engine/session/openSession.ts"],
  ["engine/scan.ts", "scan", "engine/step.ts"],
  ["engine/packages/runPackage.ts", "pauseOver", "engine/step.ts"],
  ["engine/packages/decidePackage.ts", "openWaiting", "engine/step.ts"],
  // What is stored, and what leaves for an exchange.
  ["engine/session/storeFacts.ts", "makeStoring", "engine/session/openSession.ts"],
  ["engine/session/WholePackages.ts", "WholePackages", "engine/session/storeFacts.ts"],
  ["engine/session/sendOrder.ts", "sendOrder", "engine/session/openSession.ts"]
]

describe("there is one path of an order", () => {
  it.each(rules)("%s: %s has one caller", (file, name, user) => {
    expect(sources.get(file)).toMatch(new RegExp(`^export (?:const|class) ${name}\\b`, "m"))
    expect(usersOf(file, name)).toEqual([user])
  })

  it("leads every order to an exchange through one function", () => {
    const submitting = [...sources].filter(([, text]) => /\.submit\(/.test(text)).map(([path]) => path)
    expect(submitting).toEqual(["engine/session/sendOrder.ts"])
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
      `import { applyFill } from "../core/account/portfolio.ts"`,
      `import {\n  type Fill,\n  applyFill as apply\n} from "../core/account/portfolio.ts"`,
      `import * as portfolio from "../core/account/portfolio.ts"`,
      `export { applyFill } from "../core/account/portfolio.ts"`
    ]
    for (const line of text) {
      expect(importsIn("cli/x.ts", line)).toMatchObject([{ by: "cli/x.ts", from: "core/account/portfolio.ts" }])
      expect(["applyFill", "*"]).toContain(importsIn("cli/x.ts", line)[0]?.names[0])
    }
    expect(importsIn("cli/x.ts", `import type { applyFill } from "../core/account/portfolio.ts"`)[0]?.names).toEqual([])
    expect(imports.length).toBeGreaterThan(1_000)
  })
})

/** Every file that is loaded with a file, itself among them. Workers and modules that are loaded later count too. */
const loadedWith = (file: string): ReadonlySet<string> => {
  const found = new Set<string>()
  const waiting = [file]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const text = sources.get(path)
    if (text === undefined || found.has(path)) continue
    found.add(path)
    const here = path
    waiting.push(
      ...imports.flatMap(({ by, from, names }) => (by === here && from !== null && names.length > 0 ? [from] : []))
    )
    for (const [, later = ""] of text.matchAll(/import\("(\.[^"]+)"\)/g)) {
      waiting.push(relative(src, resolve(join(src, here), "..", later)))
    }
  }
  return found
}

const filesWith = (pattern: RegExp): ReadonlyArray<string> =>
  [...sources].filter(([, text]) => pattern.test(text)).map(([path]) => path)

const signalReplay = "backtest/EngineReplay.ts"
const strategyReplay = "backtest/runStrategyBacktest.ts"
const sessionReplay = "app/replaySession.ts"
const session = "engine/session/openSession.ts"

/** Every way to trade: its command, what the command calls, and what gives the events to the engine there. */
const ways: ReadonlyArray<readonly [way: string, command: string, entry: string, driver: string]> = [
  ["backtest of stored signals", "backtest", "backtest/runBacktest.ts", signalReplay],
  ["backtest of fresh signals (--regenerate)", "backtest", "app/regenerate.ts", strategyReplay],
  ["rolling backtest", "backtestRolling", "app/rolling.ts", signalReplay],
  ["rolling backtest, in a worker", "backtestRolling", "app/backtestWorker.ts", signalReplay],
  ["run --mode backtest", "run", "app/regenerate.ts", strategyReplay],
  ["run --mode paper", "run", "app/session.ts", session],
  ["run --mode live", "run", "app/session.ts", session],
  ["execute-signal", "executeSignal", "engine/commands/executeSignal.ts", session],
  ["place-order", "placeOrder", "engine/commands/placeOrder.ts", session],
  ["ingest, which fills and pays out what is open", "ingest", "engine/commands/settleUp.ts", session],
  ["pnl-report, which does so too", "pnlReport", "engine/commands/settleUp.ts", session],
  ["metrics-report, which does so too", "metricsReport", "engine/commands/settleUp.ts", session],
  ["risk-status", "riskStatus", "engine/commands/riskStatus.ts", session],
  ["soak", "soak", "app/soak.ts", session],
  ["demo, trading", "demo", "engine/commands/executeSignal.ts", session],
  ["demo, its backtest", "demo", "app/demo.ts", signalReplay],
  ["cycle", "cycle", "app/cycle.ts", signalReplay],
  ["nightly", "nightly", "app/nightly.ts", signalReplay],
  ["align", "align", "app/alignReplay.ts", signalReplay],
  ["replay", "replay", "app/replaySession.ts", sessionReplay],
  ["parity", "parity", "app/parity.ts", sessionReplay]
]

/** Commands that read what the others left behind, and share a file with one of them. */
const readers = ["nightlySummaryVerify", "report", "soakStatus", "verify"]

describe("there is one program", () => {
  const drivers = [signalReplay, strategyReplay, sessionReplay, session]

  it.each(ways)("%s goes through the engine's step", (_, command, entry, driver) => {
    const commandFile = `cli/commands/${command}.ts`
    expect(sources.has(commandFile)).toBe(true)
    // A worker is started as a program of its own.
    if (entry !== "app/backtestWorker.ts") expect(loadedWith(commandFile)).toContain(entry)
    expect(loadedWith(entry)).toContain(driver)
    expect(loadedWith(driver)).toContain("engine/step.ts")
  })

  it("and no command that can trade is missing there", () => {
    const trading = readdirSync(join(src, "cli/commands"))
      .map((name) => name.replace(/\.ts$/, ""))
      .filter((name) => name !== "table" && drivers.some((driver) => loadedWith(`cli/commands/${name}.ts`).has(driver)))
    const named = new Set([...ways.map(([, command]) => command), ...readers])
    expect(trading.filter((name) => !named.has(name))).toEqual([])
    expect([...named].filter((name) => !trading.includes(name))).toEqual([])
  })

  it("whose state is made by those who drive it, and changed by its step alone", () => {
    expect(filesWith(/\bnew EngineState\(/)).toEqual([...drivers].sort())
    expect(filesWith(/\bnew SyncRunner\(/)).toEqual([...drivers].sort())
    const changes =
      /\b(?:state|this\.state|ports\.state)\.(?:account\.(?:fill|restore|mark)|advance|countDecision|fill|forget|markTried|observe|open|release|resolve|restore|track)\(/
    const reducer = loadedWith("engine/step.ts")
    expect(filesWith(changes).filter((path) => !reducer.has(path))).toEqual([])
    expect(filesWith(changes).length).toBeGreaterThan(3)
  })

  it("with a store and a journal for its loop and for single commands, and for nobody else", () => {
    expect(usersOf(session, "openSession")).toEqual([
      "engine/session/runPackages.ts",
      "engine/session/tradingProgram.ts"
    ])
    expect(usersOf("engine/session/tradingProgram.ts", "tradingProgram")).toEqual(["app/session.ts"])
  })
})

/** Where else than in the mode table a mode is looked at, and why. */
const looks: ReadonlyArray<readonly [file: string, why: string]> = [
  ["risk/gates.ts", "live orders pass two gates more"],
  ["engine/commands/executeSignal.ts", "an exchange that took nothing says nothing of the signal"],
  ["domain/Order.ts", "the simulated venue matches what rests there; an exchange matches by itself"],
  ["app/session.ts", "the program gets the Layers of its mode"],
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

  it.each(["app/recordedFeed.ts", "ingest/feeds/liveFeed.ts", "backtest/memoryRecorder.ts", "store/TradeRecorder.ts"])(
    "which alone chooses %s for the program",
    (file) => {
      const choosing = imports.filter(({ by, from, names }) => from === file && names.length > 0 && by !== "index.ts")
      // Single commands always have a database; they have no feed.
      expect([...new Set(choosing.map(({ by }) => by))].filter((by) => by !== "app/trading.ts")).toEqual([
        "app/modes.ts"
      ])
    }
  )

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
