import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Program, runCli, scratch } from "../cli/cli.ts"
import { type Loose } from "../simulator/support.ts"
import { inAnotherOrder, insertContent, makeContent, windowOf } from "./determinismData.ts"
import { query, scalar } from "./support.ts"

const { dir, remove } = scratch()
afterAll(remove)

const stored = join(dir, "stored")
const reordered = join(dir, "reordered")
const database = (folder: string) => join(folder, "data", "monomarket.db")

/** Where and how a run happens, which must not show in what it says. */
interface Circumstances {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly program?: Program
}

const plain: Circumstances = { cwd: stored, env: { TZ: "UTC", LC_ALL: "C" } }
const kathmandu: Circumstances = {
  cwd: stored,
  env: { TZ: "Asia/Kathmandu", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" }
}
const shuffled: Circumstances = {
  cwd: reordered,
  env: { TZ: "America/St_Johns", LC_ALL: "de_DE.UTF-8", LANG: "de_DE.UTF-8" }
}

/** The same with other versions of Node, which `npm run test:full` fetches. */
const otherNodes = (JSON.parse(process.env["MONOMARKET_NODES"] ?? "[]") as ReadonlyArray<Program>).map(
  (program): Circumstances => ({ ...kathmandu, program })
)

let runs = 0

/** The artifact of one process, but for the moment at which it was made. */
const artifactOf = async (circumstances: Circumstances, args: ReadonlyArray<string>): Promise<Loose> => {
  runs += 1
  const file = join(dir, `run-${runs}.json`)
  const window = ["--from", windowOf.from, "--to", windowOf.to]
  const { code, stderr } = await runCli([...args, ...window, "--out-json", file], circumstances)
  expect(code, stderr).toBe(0)
  const artifact = JSON.parse(readFileSync(file, "utf8")) as Loose
  delete artifact.generated_at
  return artifact
}

beforeAll(async () => {
  const content = makeContent(7)
  for (const [cwd, rows] of [
    [stored, content],
    [reordered, inAnotherOrder(content, 8)]
  ] as const) {
    mkdirSync(cwd)
    expect((await runCli(["init-db"], { cwd })).code).toBe(0)
    insertContent(database(cwd), rows)
  }
})

/** Two at a time: as many as the machine has cores. */
const everywhere = async (args: ReadonlyArray<string>) => {
  const [first, second] = await Promise.all([artifactOf(plain, args), artifactOf(kathmandu, args)])
  const others = [second, await artifactOf(shuffled, args)]
  for (const circumstances of otherNodes) others.push(await artifactOf(circumstances, args))
  return { first, others }
}

describe("the same inputs", () => {
  it("are stored in another order, under other ids", () => {
    const idOf = (folder: string) =>
      query(
        database(folder),
        "SELECT id, captured_us, source, market_id, yes_price FROM market_snapshots ORDER BY id LIMIT 9"
      )
    expect(idOf(reordered)).not.toEqual(idOf(stored))
    const count = "SELECT count(*) FROM market_snapshots"
    expect(scalar(database(reordered), count)).toBe(scalar(database(stored), count))
  })

  it.each([
    {
      name: "signal replay",
      args: ["backtest", "--partial-fill", "--fill-probability", "--dynamic-slippage"],
      least: 100
    },
    { name: "signal replay as the original", args: ["backtest", "--compat", "original"], least: 100 },
    { name: "strategy replay", args: ["backtest", "--regenerate", "--interval-sec", "1800"], least: 50 }
  ])(
    "give the same $name in every process, time zone, locale, Node version and order of insertion",
    async ({ args, least }) => {
      const { first, others } = await everywhere(args)
      // A replay of nothing would be the same everywhere too.
      const filled = first.replay.filter((row: Loose) => row.executed_qty > 0)
      expect(filled.length).toBeGreaterThan(least / 4)
      expect(first.replay.length).toBeGreaterThan(least)
      for (const other of others) {
        expect(other.ledger_sha256).toBe(first.ledger_sha256)
        expect(other.program).toEqual(first.program)
        expect(other).toEqual(first)
      }
    }
  )

  it("give the same windows with one worker and with several", async () => {
    const rolling = ["backtest-rolling", "--window-hours", "3", "--step-hours", "1"]
    const [one, several] = await Promise.all([
      artifactOf(plain, [...rolling, "--workers", "1"]),
      artifactOf(kathmandu, [...rolling, "--workers", "3"])
    ])
    const elsewhere = await artifactOf(shuffled, [...rolling, "--workers", "2"])
    expect(one.windows.filter((window: Loose) => window.executed_signals > 0).length).toBeGreaterThan(5)
    expect(several).toEqual(one)
    expect(elsewhere).toEqual(one)
    for (const circumstances of otherNodes) {
      expect(await artifactOf(circumstances, [...rolling, "--workers", "2"])).toEqual(one)
    }
  })
})
