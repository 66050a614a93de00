import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { artifactChecksum } from "../../src/backtest/artifact.ts"
import { canonicalSha256 } from "../../src/backtest/checksum.ts"
import { sha256 } from "../../src/backtest/digest.ts"
import { canonicalJson } from "../../src/domain/canonicalJson.ts"
import { migrateArtifact, withChecksum } from "../../src/backtest/migrate.ts"
import { migrationMap } from "../../src/backtest/migrationMap.ts"
import { pythonCanonicalJson } from "../../src/backtest/pythonJson.ts"
import { verifyFile, verifyText } from "../../src/backtest/verify.ts"
import { type Json, type JsonObject } from "../../src/domain/json.ts"
import { type Loose } from "../simulator/support.ts"
import { ledgerSha256Of, smallArtifact } from "./artifactSamples.ts"
import { at, signal, snapshot } from "./memoryHistory.ts"
import { replay } from "./run.ts"

const folder = mkdtempSync(join(tmpdir(), "monomarket-verify-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, "artifact.json")

const verdict = async (content: string | Uint8Array): Promise<string> => {
  writeFileSync(path, content)
  const result = await Effect.runPromise(Effect.either(verifyFile(path)))
  return Either.isRight(result)
    ? `ok: ${result.right.checks.join(", ")}`
    : result.left.message.replace(path, "artifact.json")
}
const verdictOf = (value: Json): Promise<string> => verdict(JSON.stringify(value, null, 1))

/** Buys, sells, a refusal and a settlement, with fees: rows of every kind, negative zeros on the way. */
const makeArtifact = async (changes: Parameters<typeof replay>[1] = {}): Promise<JsonObject> => {
  const { report, rows } = await replay(
    {
      signals: [
        signal({ at: "2026-02-20T01:00:00Z", targetPrice: 0.5, sizeHint: 33.333_333 }),
        signal({ at: "2026-02-20T02:00:00.000001Z", targetPrice: 0.1, sizeHint: 7 }),
        signal({ at: "2026-02-20T03:00:00Z", side: "sell", targetPrice: 0.2, sizeHint: 12, strategy: "s1" }),
        signal({ at: "2026-02-20T04:00:00Z", side: "sell", targetPrice: 0.3, sizeHint: 5 })
      ],
      snapshots: [
        snapshot({ at: "2026-02-20T00:30:00Z", yes: 0.4 }),
        snapshot({ at: "2026-02-20T03:30:00Z", yes: 0.6 })
      ],
      resolutions: [{ atUs: at("2026-02-20T05:00:00Z"), marketId: "m1", payout: { yes: 1, no: 0 } }] as Loose
    },
    { execution: { fees: "bps", fee_bps: 20, slippage_bps: 7 }, ...changes }
  )
  return JSON.parse(JSON.stringify({ ...report, replay: rows }))
}

describe("verify", () => {
  let artifact: JsonObject = {}
  beforeAll(async () => {
    artifact = await makeArtifact()
  })

  it("recomputes the ledger digest from the printed rows", async () => {
    const made: Loose = artifact
    expect(made.replay.map((row: Loose) => row.leg)).toContain("settlement")
    expect(ledgerSha256Of(made)).toBe(made.ledger_sha256)
    expect(await verdictOf(withChecksum(artifact))).toBe(
      `ok: checksum, schema 1.2, ${made.replay.length} ledger rows, ledger digest, figures`
    )
  })

  it("recomputes it for a migrated artifact as well", async () => {
    const v2 = Either.getOrThrow(migrateArtifact("v1.json", withChecksum(artifact)))
    expect(await verdictOf(withChecksum(v2))).toMatch(
      /^ok: checksum, schema 2.0, \d+ ledger rows, ledger digest, figures$/
    )
  })

  it("recomputes it over the columns of the artifact's own schema", async () => {
    const made: Loose = structuredClone(artifact)
    for (const row of made.replay) {
      // No quote decides a payout.
      expect([row.quote_age_sec === null, row.after_close]).toStrictEqual([row.leg === "settlement", false])
      row.quote_age_sec = 1.000001
    }
    expect(await verdictOf(withChecksum(made))).toContain("artifact.json: ledger_sha256: is ")
    const aged = ledgerSha256Of(made)
    made.replay[0].after_close = true
    expect(ledgerSha256Of(made)).not.toBe(aged)

    // A 1.1 artifact has neither column, and its digest is not over them.
    for (const row of made.replay) for (const name of ["quote_age_sec", "after_close"]) delete row[name]
    expect(ledgerSha256Of(made)).toBeNull()
    made.schema_version = "1.1"
    const older = ledgerSha256Of(made)
    expect(older).not.toBe(artifact["ledger_sha256"])
    made.ledger_sha256 = older
    const rows = made.replay.length
    expect(await verdictOf(withChecksum(made))).toBe(
      `ok: checksum, schema 1.1, ${rows} ledger rows, ledger digest, figures`
    )
    const v2 = Either.getOrThrow(migrateArtifact("v1.json", withChecksum(made)))
    expect(await verdictOf(withChecksum(v2))).toMatch(/, ledger digest, figures$/)

    // What a later minor version hashes is not known here.
    made.schema_version = "1.3"
    expect(await verdictOf(withChecksum(made))).toBe(`ok: checksum, schema 1.3, ${rows} ledger rows, figures`)
  })

  it("claims no digest for the original's arithmetic, whose fractions the rows do not hold", async () => {
    const original = await makeArtifact({ compat: "original" })
    expect(await verdictOf(withChecksum(original))).toMatch(/^ok: checksum, schema 1.2, \d+ ledger rows, figures$/)
  })

  it("agrees with the checksum that the writer makes piece by piece", () => {
    const { replay: rows, ...report } = artifact
    const lines = (rows as ReadonlyArray<Json>).map((row) => JSON.stringify(row))
    expect(artifactChecksum(report as Loose, lines)).toBe(withChecksum(artifact)["checksum_sha256"])
  })

  it("fails when a bit of any byte is flipped", () => {
    const text = (bytes: Buffer) => Effect.runSync(Effect.either(verifyText("artifact.json", bytes.toString("utf8"))))
    // Limits beyond what a double holds to the last digit, a number with an exponent, an escape with a letter.
    const odd = { ...artifact, note: "\u001f", tiny: 1e-7, huge: 1.5e300 }
    const bytes = Buffer.from(`${JSON.stringify(withChecksum(odd), null, 1)}\n`)
    expect(text(bytes)._tag).toBe("Right")
    const passed: Array<string> = []
    for (let place = 0; place < bytes.length; place++) {
      for (const bit of [place % 2 === 0 ? 5 : place % 8]) {
        const flipped = Buffer.from(bytes)
        flipped[place] = (flipped[place] ?? 0) ^ (1 << bit)
        if (text(flipped)._tag === "Right") passed.push(`${place}: ${flipped.subarray(place - 9, place + 9)}`)
      }
    }
    expect(passed).toStrictEqual([])
  })

  it.each([
    [String.raw`{"a":1e5,`, "1e5"],
    [String.raw`{"a":1.0,`, "1.0"],
    [String.raw`{"a":1000000000000000001,`, "1000000000000000001"],
    [String.raw`{"a":"\\\u00E9",`, String.raw`"\\\u00E9"`],
    [String.raw`{"a":"x\ud83D\ude00",`, String.raw`"x\ud83D\ude00"`]
  ])("tells another spelling of a value that the checksum holds for: %s", async (start, spelling) => {
    const { a }: { readonly a: Json } = JSON.parse(`${start.slice(0, -1)}}`)
    const { checksum_sha256: sum } = withChecksum({ a })
    expect(await verdict(`${start}"checksum_algo":"sha256","checksum_sha256":${JSON.stringify(sum)}}`)).toBe(
      `artifact.json: checksum_sha256: holds for the values, but ${spelling} is not how they were written`
    )
  })

  it("takes a backslash before a capital for what it is", async () => {
    expect(await verdictOf(withChecksum({ a: "\\u00E9 \\\\U \u001f\\", b: 'C:\\uABCD "1.0" 1E5' }))).toBe(
      "ok: checksum"
    )
  })

  it("finds a row that was changed together with the outer checksum", async () => {
    const forged: Loose = structuredClone(artifact)
    forged.replay[0].realized_change += 1
    expect(await verdictOf(withChecksum(forged))).toContain("artifact.json: ledger_sha256: is ")
    const shortened: Loose = structuredClone(artifact)
    shortened.replay.pop()
    expect(await verdictOf(withChecksum(shortened))).toContain("artifact.json: ledger_rows: is ")
    const v2: Loose = Either.getOrThrow(migrateArtifact("v1.json", forged))
    expect(await verdictOf(withChecksum(v2))).toContain("artifact.json: extensions.ledger_sha256: is ")
  })

  it("reads migration maps, and counts what they claim", async () => {
    expect(await verdictOf(migrationMap({ checksum: true }))).toBe("ok: checksum, schema 1.0, 13 mappings")
    const map: Loose = migrationMap({ checksum: false })
    const claimed = { ...map, summary: { ...map.summary, reversible_fields: 13, non_reversible_fields: 0 } }
    expect(await verdictOf(withChecksum(claimed))).toBe(
      "artifact.json: summary: counts 13, 13, 0, but mappings have 13, 12, 1"
    )
  })

  it.each([
    ["schema_version: is 3.0; this version reads 1.x and 2.x", { schema_version: "3.0" }],
    ["schema_version: must be a schema version such as 1.0", { schema_version: "new" }],
    ["schema_version: must be a schema version such as 1.0", { schema_version: 1 }],
    ["replay: ", { replay: {} }],
    ["summary: is missing", { schema_version: "2.0", meta: { migration: "v1_to_v2", source_schema_version: "1.0" } }]
  ])("names what is wrong: %s", async (message, changes) => {
    expect(await verdictOf(withChecksum(smallArtifact(changes)))).toContain(`artifact.json: ${message}`)
  })

  it("asks for a checksum of a kind it knows", async () => {
    expect(await verdictOf(smallArtifact())).toBe(
      "artifact.json: checksum_sha256: is missing; export with --with-checksum"
    )
    expect(await verdictOf({ ...withChecksum(smallArtifact()), checksum_algo: "md5" })).toBe(
      "artifact.json: checksum_algo: must be sha256"
    )
    expect(await verdictOf({ checksum_sha256: 1 })).toBe("artifact.json: checksum_sha256: must be a text")
    expect(await verdict("[]")).toBe("artifact.json: must be a JSON object")
    expect(await verdict("{")).toContain("artifact.json: not JSON: ")
  })
})

describe("the original's checksum", () => {
  it("is over numbers as Python writes them, keys by code point, and any blanks between", () => {
    // What json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) prints.
    const text = ` { "b" : [ 5.0 , 1e-06, -0.0, true, null, [ ], { } ], "sum": "x",
      "\\ud83d\\ude00": "a\\"b\\\\ \\u00e9\\u007f\\n", "\\uffee": 1, "a": { "sum": 2, "Z": 1E+3 } } `
    expect(pythonCanonicalJson(text, "sum")).toBe(
      `{"a":{"Z":1E+3,"sum":2},"b":[5.0,1e-06,-0.0,true,null,[],{}],"\uffee":1,"😀":"a\\"b\\\\ é\u007f\\n"}`
    )
  })
})

describe("the canonical sha256 made piece by piece", () => {
  it("is that of the canonical JSON as a whole", () => {
    const json = fc.json({ maxDepth: 3 }).map((text): Json => JSON.parse(text))
    const names = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("a", "b", "\u{1F600}", "\uffee", "10", "9"))
    const object = (value: fc.Arbitrary<Json>) =>
      fc.array(fc.tuple(names, value), { maxLength: 5 }).map((fields): JsonObject => Object.fromEntries(fields))
    const flat = object(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), fc.boolean()))
    fc.assert(
      fc.property(object(fc.oneof(json, flat, fc.array(fc.oneof(flat, json), { maxLength: 4 }))), (value) => {
        expect(canonicalSha256(value)).toBe(sha256(canonicalJson(value)))
      }),
      { numRuns: 500 }
    )
  })
})
