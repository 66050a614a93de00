import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { writeReport } from "../../../src/app/report.ts"
import { migrateArtifact, withChecksum } from "../../../src/backtest/migrate.ts"
import { verifyText } from "../../../src/backtest/verify.ts"
import { type JsonObject } from "../../../src/domain/json.ts"
import { type Loose } from "../../simulator/support.ts"
import { ledgerSha256Of, pythonArtifact } from "../artifactSamples.ts"
import { at, signal, snapshot } from "../memoryHistory.ts"
import { replay } from "../run.ts"

const folder = mkdtempSync(join(tmpdir(), "monomarket-figures-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Two strategies in two events: gains, losses, a refusal, a settlement, and positions that stay open, with fees. */
const makeArtifact = async (changes: Parameters<typeof replay>[1] = {}): Promise<JsonObject> => {
  const { report, rows } = await replay(
    {
      signals: [
        signal({ at: "2026-02-20T01:00:00Z", targetPrice: 0.5, sizeHint: 33.333_333 }),
        signal({ at: "2026-02-20T01:00:00Z", targetPrice: 0.9, sizeHint: 9, marketId: "m2", eventId: "e2" }),
        signal({ at: "2026-02-20T02:00:00Z", targetPrice: 0.1, sizeHint: 7 }),
        signal({ at: "2026-02-20T03:00:00Z", side: "sell", targetPrice: 0.2, sizeHint: 12, strategy: "s1" }),
        signal({ at: "2026-02-20T04:00:00Z", side: "sell", targetPrice: 0.3, sizeHint: 5 }),
        signal({
          at: "2026-02-20T04:30:00Z",
          side: "sell",
          targetPrice: 0.1,
          sizeHint: 4,
          marketId: "m2",
          eventId: "e2"
        })
      ],
      snapshots: [
        snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.4 }),
        snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.7, marketId: "m2" }),
        snapshot({ at: "2026-02-20T03:30:00Z", yes: 0.6 }),
        snapshot({ at: "2026-02-20T03:30:00Z", yes: 0.2, marketId: "m2" })
      ],
      resolutions: [{ atUs: at("2026-02-20T05:00:00Z"), marketId: "m1", payout: { yes: 1, no: 0 } }] as Loose
    },
    { execution: { fees: "bps", fee_bps: 20, slippage_bps: 7 }, ...changes }
  )
  return JSON.parse(JSON.stringify({ ...report, replay: rows }))
}

const verdict = (value: JsonObject): string => {
  const result = Effect.runSync(Effect.either(verifyText("a.json", JSON.stringify(value))))
  return Either.isLeft(result)
    ? result.left.message.replace("a.json: ", "")
    : [...result.right.checks, ...result.right.notCheckable.map((what) => `not checkable: ${what}`)].join(", ")
}

/** What `change` makes of the artifact, by someone who knows how checksums and digests are made. */
const forged = (artifact: JsonObject, change: (copy: Loose) => void): JsonObject => {
  const copy: Loose = structuredClone(artifact)
  change(copy)
  if (copy.ledger_sha256 !== undefined) copy.ledger_sha256 = ledgerSha256Of(copy) ?? copy.ledger_sha256
  return withChecksum(copy)
}

describe("an artifact against its own ledger", () => {
  let artifact: JsonObject = {}
  beforeAll(async () => {
    artifact = await makeArtifact()
  })

  it("has rows of every kind", () => {
    const { closing_positions, replay: rows, results }: Loose = artifact
    expect(rows.map((row: Loose) => row.leg)).toContain("settlement")
    expect(rows.some((row: Loose) => !row.risk_allowed)).toBe(true)
    expect(closing_positions).not.toHaveLength(0)
    expect(results.map((row: Loose) => [row.wins > 0, row.losses > 0]).flat()).toContain(true)
    expect(verdict(withChecksum(artifact))).toBe(
      `checksum, schema 1.2, ${rows.length} ledger rows, ledger digest, figures`
    )
  })

  const results = (name: string, change: (value: number) => number = (value) => value + 1) =>
    [`results[1].${name}: is `, (copy: Loose) => (copy.results[1][name] = change(copy.results[1][name]))] as const
  const events = (name: string) =>
    [`event_results[1].${name}: is `, (copy: Loose) => (copy.event_results[1][name] += 1)] as const
  const firstTrade = (copy: Loose) => copy.replay.find((row: Loose) => row.risk_allowed)
  const firstRefusal = (copy: Loose) => copy.replay.find((row: Loose) => !row.risk_allowed)

  const forgeries: ReadonlyArray<readonly [message: string, change: (copy: Loose) => unknown]> = [
    ["total_signals: is 7, but executed and rejected gives 6", (copy: Loose) => (copy.total_signals += 1)],
    [
      "rejected_signals: is ",
      (copy: Loose) => {
        copy.rejected_signals += 1
        copy.total_signals += 1
      }
    ],
    [
      "executed_signals: is 4, but the ledger has rows of 5",
      (copy: Loose) => {
        copy.executed_signals -= 1
        copy.rejected_signals += 1
        copy.reject_reasons["not marketable"] += 1
      }
    ],
    results("pnl"),
    results("pnl", (value) => value + 1e-6),
    results("trade_count"),
    results("wins"),
    results("losses"),
    results("winrate"),
    results("fees"),
    results("turnover"),
    results("max_drawdown"),
    results("max_drawdown", (value) => value - 2e-6),
    events("pnl"),
    events("trade_count"),
    events("wins"),
    events("losses"),
    events("winrate"),
    events("max_drawdown"),
    ["closing_positions[0].qty: is ", (copy: Loose) => (copy.closing_positions[0].qty += 1)],
    ["closing_positions[0].cost: is ", (copy: Loose) => (copy.closing_positions[0].cost += 1e-6)],
    ["results[1].pnl: is ", (copy: Loose) => (copy.closing_positions[0].mark += 0.1)],
    ["closing_positions: lacks a position: the ledger leaves ", (copy: Loose) => copy.closing_positions.pop()],
    [
      "closing_positions[1]: is there twice",
      (copy: Loose) => (copy.closing_positions[1] = { ...copy.closing_positions[0] })
    ],
    [
      "closing_positions[0]: is YES of m9, of which the ledger leaves nothing",
      (copy: Loose) => (copy.closing_positions[0] = { ...copy.closing_positions[0], token_id: "YES", market_id: "m9" })
    ],
    ["results: has no row of s1, but the ledger has", (copy: Loose) => copy.results.shift()],
    ["event_results: has no row of s4 in ", (copy: Loose) => copy.event_results.pop()],
    ["results[2].strategy: s1 is there twice", (copy: Loose) => copy.results.push(copy.results[0])],
    ["event_results[3]: s1 in e1 is there twice", (copy: Loose) => copy.event_results.push(copy.event_results[0])],
    [
      "replay[0].realized_change: is ",
      (copy: Loose) => {
        firstTrade(copy).realized_change += 1e-6
      }
    ],
    ["replay[0].executed_qty: is 0, but the row traded", (copy: Loose) => (firstTrade(copy).executed_qty = 0)],
    ["].executed_qty: is 5, but the row was refused", (copy: Loose) => (firstRefusal(copy).executed_qty = 5)],
    ["].realized_change: is 5, but the row was refused", (copy: Loose) => (firstRefusal(copy).realized_change = 5)],
    [".realized_change: is ", (copy: Loose) => (firstTrade(copy).fee += 0.01)],
    [".realized_change: is ", (copy: Loose) => (firstTrade(copy).fill_price += 0.01)]
  ]
  it.each(forgeries)("contradicts: %s", (message, change) => {
    const found = verdict(forged(artifact, change))
    expect(found).toContain(message)
    expect(found).not.toContain("\n")
    expect(found).not.toContain("ledger digest")
  })

  it("names the places of 2.0", () => {
    const v2 = (change: (copy: Loose) => void) =>
      verdict(withChecksum(Either.getOrThrow(migrateArtifact("a.json", forged(artifact, change)))))
    expect(v2(() => {})).toMatch(/, figures$/)
    expect(v2((copy) => (copy.results[1].pnl += 1))).toMatch(/^attribution.strategy\[1\].pnl: is /)
    expect(v2((copy) => (copy.event_results[0].wins += 1))).toMatch(/^attribution.event\[0\].wins: is /)
    expect(v2((copy) => (copy.total_signals += 1))).toMatch(/^summary.total_signals: is /)
    expect(v2((copy) => (copy.closing_positions[0].qty += 1))).toMatch(/^extensions.closing_positions\[0\].qty: is /)
  })

  it("says what an artifact cannot prove, and refuses it not", () => {
    const older = forged(artifact, (copy) => {
      copy.schema_version = "1.1"
      delete copy.closing_positions
    })
    expect(verdict(older)).toMatch(
      /, not checkable: results pnl of what is open at the end \(1.2 added closing_positions\)$/
    )
    const averaged = forged(artifact, (copy) => {
      const row = firstTrade(copy)
      row.fill_price += 3e-7
      delete copy.ledger_sha256
    })
    expect(verdict(averaged)).toMatch(
      /, not checkable: counts and amounts of fills \(replay\[0\].fill_price is the mean of several fills\)$/
    )
    expect(verdict(JSON.parse(pythonArtifact) as JsonObject)).toContain("checksum_sha256: is ")
  })

  it("checks of the original's arithmetic what rows alone can show", async () => {
    const original = await makeArtifact({ compat: "original" })
    expect(verdict(withChecksum(original))).toMatch(
      /, figures, not checkable: ledger_sha256 .*, not checkable: realized_change and pnl \(the original's arithmetic\)$/
    )
    expect(verdict(forged(original, (copy) => (copy.results[0].trade_count += 1)))).toMatch(/^results\[0\].trade_count/)
    expect(verdict(forged(original, (copy) => (copy.results[0].max_drawdown += 1)))).toMatch(
      /^results\[0\].max_drawdown/
    )
  })

  it("is refused by report, with and without a checksum, and nothing is written", async () => {
    const input = join(folder, "forged.json")
    const html = join(folder, "forged.html")
    const report = () =>
      Effect.runPromise(
        Effect.either(writeReport({ input, pdf: null, html, title: null })) as Effect.Effect<Loose, never, never>
      )
    const plain: Loose = structuredClone(artifact)
    plain.results[1].pnl += 1
    for (const value of [plain, withChecksum(plain)]) {
      writeFileSync(input, JSON.stringify(value))
      const { left } = await report()
      expect(left.message).toContain(`${input}: results[1].pnl: is `)
    }
    expect(() => readFileSync(html)).toThrow("ENOENT")
  })
})
