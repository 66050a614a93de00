import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Either from "effect/Either"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { migrateArtifact, withChecksum } from "../../src/backtest/migrate.ts"
import { type JsonObject } from "../../src/domain/json.ts"
import { signal, snapshot } from "../backtest/memoryHistory.ts"
import { replay } from "../backtest/run.ts"
import { root } from "../shared.ts"
import { type Loose } from "../simulator/support.ts"

const page = readFileSync(join(root, "docs", "backtest-schema.md"), "utf8")
const scripts = (language: string): ReadonlyArray<string> =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => match[1] ?? "")

const missing = (tool: string): boolean => {
  const absent = spawnSync(tool, ["--version"]).status !== 0
  if (absent) console.warn(`skipped: ${tool} is not there`)
  return absent
}

const folder = mkdtempSync(join(tmpdir(), "monomarket-schema-page-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const write = (name: string, value: unknown): string => {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(value))
  return path
}

describe("docs/backtest-schema.md", () => {
  let artifact: JsonObject = {}
  beforeAll(async () => {
    const { report, rows } = await replay(
      {
        signals: [
          signal({ at: "2026-02-20T01:00:00.000007Z", targetPrice: 0.5, sizeHint: 33.333_333 }),
          signal({ at: "2026-02-20T02:00:00Z", targetPrice: 0.1, marketId: "märkt 東京" }),
          signal({ at: "2026-02-20T03:00:00Z", side: "sell", targetPrice: 0.2, sizeHint: 7, strategy: "s1" })
        ],
        snapshots: [
          snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.4 }),
          snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.4, marketId: "märkt 東京" })
        ]
      },
      { execution: { slippage_bps: 7, fees: "bps", fee_bps: 20 }, risk: { max_daily_loss: 250 } }
    )
    artifact = withChecksum(JSON.parse(JSON.stringify({ ...report, replay: rows })))
  })

  it("has tables of fields and schemas that are made from the present ones", () => {
    expect(() =>
      execFileSync(process.execPath, [join(root, "scripts", "generate-schemas.mjs"), "--check"], { stdio: "pipe" })
    ).not.toThrow()
  })

  describe.skipIf(missing("python3"))("its Python", () => {
    const run = (script: string | undefined, path: string) => {
      const { status, stderr, stdout } = spawnSync("python3", ["-", path], { input: script ?? "", encoding: "utf8" })
      return { status, out: stdout + stderr }
    }

    it("recomputes the checksum, and sees a change", () => {
      const [checksum] = scripts("python")
      // Numbers that Python prints otherwise, and keys that it sorts otherwise.
      const more = [1e-7, -1.5e-7, 1e21, 123456789012345680000, 1e-6, 0.00001, 5, 1e300, -0.5, 4.5e-320, 1e18, 100]
      for (const value of [
        artifact,
        withChecksum({ more, "\u{1F600}": "\u007f\u0001\u2028", "\uffee": null, b: true })
      ]) {
        const sum = String((value as Loose).checksum_sha256)
        expect(run(checksum, write("good.json", value))).toStrictEqual({ status: 0, out: `ok ${sum}\n` })
        expect(run(checksum, write("bad.json", { ...value, added: 1 }))).toMatchObject({ status: 1 })
      }
    })

    it("recomputes the ledger digest of 1.x and 2.0, and sees a change", () => {
      const [, ledger] = scripts("python")
      const v2 = Either.getOrThrow(migrateArtifact("v1.json", artifact))
      for (const value of [artifact, v2]) {
        const out = `ok ${String(artifact["ledger_sha256"])}\n`
        expect(run(ledger, write("good.json", value))).toStrictEqual({ status: 0, out })
        const changed: Loose = structuredClone(value)
        changed.replay[1].executed_qty += 0.000001
        expect(run(ledger, write("bad.json", changed)).out).toMatch(/^MISMATCH /)
      }
    })
  })

  it.skipIf(missing("jq") || missing("sha256sum"))("its jq recomputes the checksum", () => {
    const [script = ""] = scripts("sh")
    // The limits of this run are below 1e18 and no number is tiny, so any jq will do.
    const plain: Loose = structuredClone(artifact)
    for (const place of [plain.risk_config, ...plain.replay]) {
      for (const [name, value] of Object.entries(place)) if (value === 1e18) place[name] = 1e6
    }
    const path = write("jq.json", withChecksum(plain))
    const out = execFileSync("bash", ["-c", script.replaceAll("artifacts/backtest/latest.json", path)], {
      encoding: "utf8"
    })
    const [actual, claimed] = out.split("\n")
    expect(actual?.split(" ")[0]).toBe(claimed)
  })
})
