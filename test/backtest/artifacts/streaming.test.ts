import { deepStrictEqual } from "node:assert/strict"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ArtifactFile } from "../../../src/backtest/artifacts/ArtifactFile.ts"
import { type ByteSource, textSource } from "../../../src/backtest/artifacts/ByteSource.ts"
import { sumContent } from "../../../src/backtest/artifacts/contentSum.ts"
import { MAX_DEPTH } from "../../../src/backtest/artifacts/JsonScanner.ts"
import { runSteps } from "../../../src/backtest/artifacts/steps.ts"
import { canonicalSha256 } from "../../../src/backtest/checksum.ts"
import { verifyText } from "../../../src/backtest/verify.ts"
import { type Json, type JsonObject } from "../../../src/domain/json.ts"

/** A source that gives a few bytes at a time: every value is cut somewhere. */
const inCrumbs = (text: string, most: number): ByteSource => {
  const whole = textSource("a.json", text)
  return { ...whole, read: (into, position) => whole.read(into.subarray(0, 1 + (position % most)), position) }
}

/** Everything in a file, put together again: what JSON.parse gives of its text. */
function* wholeOf(source: ByteSource) {
  const artifact = yield* ArtifactFile.open(source)
  const rows: Array<Json> = []
  yield* artifact.rows(({ value }) => rows.push(value))
  const fields = [...artifact.members.values()].map(({ name, piece }) => [name, piece === null ? rows : piece.value])
  return Object.fromEntries(fields) as JsonObject
}
const read = (source: ByteSource) => Effect.runSync(Effect.either(runSteps(source, () => wholeOf(source))))
const problem = (text: string): string => {
  const result = read(textSource("a.json", text))
  return Either.isLeft(result) ? result.left.message : "read"
}

const json = fc.json({ maxDepth: 4, noUnicodeString: false }).map((text): Json => JSON.parse(text))
const name = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("replay", "a", "__proto__", "10", '"\\', "é"))
const objects = fc
  .tuple(fc.array(fc.tuple(name, json), { maxLength: 6 }), fc.option(fc.array(json, { maxLength: 5 }), { nil: null }))
  .map(([fields, replay]): JsonObject => ({ ...Object.fromEntries(fields), ...(replay === null ? {} : { replay }) }))
const texts = fc
  .tuple(objects, fc.constantFrom(0, 1, 3, "\t"), fc.constantFrom("", "\n", " \r\n\t"))
  .map(([value, indent, blank]) => `${blank}${JSON.stringify(value, null, indent)}${blank}`)

describe("the streaming reader", () => {
  it("reads what JSON.parse reads, wherever the reads are cut", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 9 }), (text, most) => {
        // Not expect: to it, a field named "constructor" makes another type.
        deepStrictEqual(Either.getOrThrow(read(inCrumbs(text, most))), JSON.parse(text))
      }),
      { numRuns: 300 }
    )
  })

  it("refuses what JSON.parse refuses, and reads nothing else than it", () => {
    const edit = fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...'{}[],:"\\0-1e.tn \n', "NaN", "\u0000"))
    fc.assert(
      fc.property(texts, fc.array(edit, { minLength: 1, maxLength: 2 }), (text, edits) => {
        let bent = text
        for (const [place, drop, more] of edits) {
          const at = place % (bent.length + 1)
          bent = bent.slice(0, at) + more + bent.slice(at + drop)
        }
        // A pair of surrogates that was cut is no text any more.
        bent = Buffer.from(bent).toString("utf8")
        const parsed = Either.try((): Json => JSON.parse(bent))
        const result = read(textSource("a.json", bent))
        if (Either.isRight(result)) deepStrictEqual(result.right, Either.getOrThrow(parsed))
        else if (Either.isRight(parsed)) {
          expect(result.left.message).toMatch(/is there twice|must be a JSON object|no UTF-8/)
        }
        if (Either.isLeft(result)) expect(result.left.message).not.toContain("\n")
      }),
      { numRuns: 1000 }
    )
  })

  it("hashes the canonical JSON, whatever the order of names and the blanks between", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 9 }), (text, most) => {
        const source = inCrumbs(text, most)
        const sum = runSteps(source, function* () {
          return yield* sumContent(yield* ArtifactFile.open(source))
        })
        const value: JsonObject = JSON.parse(text)
        expect(Effect.runSync(sum).sha256).toBe(canonicalSha256(value))
      }),
      { numRuns: 300 }
    )
  })

  it.each([
    ["", "not JSON: there is nothing in it"],
    [" \n", "not JSON: there is nothing in it"],
    ["hello", 'not JSON: unexpected "h" at byte 0'],
    ["[]", "must be a JSON object"],
    ["{", "not JSON: the file ends at byte 1, before its last bracket"],
    ['{"replay": [{"qty": 1}, {"qty": 2', "not JSON: the file ends at byte 33, before its last bracket"],
    ['{"replay": [{"qty": 1},', "not JSON: the file ends at byte 23, before its last bracket"],
    ['{"replay": [{"qty": 1}]', "not JSON: the file ends at byte 23, before its last bracket"],
    ['{"a": 1} {}', 'not JSON: unexpected "{" at byte 9'],
    ['{"a": 1}\u0000', 'not JSON: unexpected "\\u0000" at byte 8'],
    ['{"a": NaN}', "a: not JSON"],
    ['{"replay": [{"qty": 1}, {"qty": NaN}]}', "replay[1]: not JSON"],
    ['{"replay": [{"qty": 1}, {"qty": 1]]}', "replay[1]: not JSON"],
    ['{"replay": [1,]}', 'not JSON: unexpected "]" at byte 14'],
    ['{"a": 1,}', 'not JSON: unexpected "}" at byte 8'],
    ["{'a': 1}", 'not JSON: unexpected "\'" at byte 1'],
    ['{"a": 1, "a": 2}', "a: is there twice"],
    [String.raw`{"a": 1, "\u0061": 2}`, "a: is there twice"],
    ['{"replay": [], "replay": []}', "replay: is there twice"],
    ['{"replay": [{"qty": 1}, {"qty": 1, "qty": 2}]}', "replay[1].qty: is there twice"],
    ['{"a": {"b": [{"c": 1}, {"c": 1, "d": ":", "c": 2}]}}', "a.b[1].c: is there twice"],
    [`{"a": ${"[".repeat(MAX_DEPTH + 1)}`, `a: is nested deeper than ${MAX_DEPTH} levels`],
    [`{"replay": [${'{"a":'.repeat(1_000_000)}`, `is nested deeper than ${MAX_DEPTH} levels`]
  ])("refuses %.40s in one line", (text, message) => {
    expect(problem(text)).toBe(`a.json: ${message}`)
  })

  it("refuses bytes that are no UTF-8", () => {
    const bytes = Buffer.from('{"a": "x"}')
    bytes[7] = 0xff
    const source: ByteSource = {
      ...textSource("a.json", ""),
      size: bytes.length,
      read: (into, position) => bytes.copy(into, 0, position)
    }
    expect(Either.getOrThrow(Either.flip(read(source))).message).toBe("a.json: a: not JSON: the bytes are no UTF-8")
  })

  it("refuses numbers and texts that have no canonical form", () => {
    const verdict = (text: string) => Effect.runSync(Effect.flip(verifyText("a.json", text))).message
    const sum = `"checksum_algo": "sha256", "checksum_sha256": "0"`
    expect(verdict(`{"a": {"b": [1e400]}, ${sum}}`)).toBe("a.json: a: has no canonical form: Infinity is not allowed")
    expect(verdict(String.raw`{"replay": [["\ud800"]], ${sum}}`)).toBe(
      "a.json: replay[0]: has no canonical form: Lone surrogate is not allowed"
    )
  })

  it("holds a window of the file, never more, however many rows there are", () => {
    const [head, row, tail] = ['{"a": 1, "replay": [\n', `{"qty": 1, "reason": "${"x".repeat(980)}"}`, "]}"]
    const rows = 40_000
    const size = head.length + rows * (row.length + 1) - 1 + tail.length
    const body = Buffer.from(`${row},`.repeat(4))
    let readTo = 0
    let mostAhead = 0
    let largestRead = 0
    /** Forty million bytes that exist only where they are read. */
    const source: ByteSource = {
      file: "a.json",
      size,
      inMemory: true,
      read: (into, position) => {
        largestRead = Math.max(largestRead, into.length)
        const length = Math.min(into.length, size - position)
        for (let index = 0; index < length; index += 1) {
          const at = position + index
          const inBody = at - head.length
          const inTail = at - (size - tail.length)
          into[index] =
            inBody < 0
              ? head.charCodeAt(at)
              : inTail >= 0
                ? tail.charCodeAt(inTail)
                : (body[inBody % (row.length + 1)] ?? 0)
        }
        readTo = position + length
        return length
      }
    }
    const walk = runSteps(source, function* () {
      const artifact = yield* ArtifactFile.open(source)
      return yield* artifact.rows((_, index) => {
        mostAhead = Math.max(mostAhead, readTo - (head.length + index * (row.length + 1)))
      })
    })
    expect(Effect.runSync(walk)).toBe(rows)
    expect(largestRead).toBeLessThanOrEqual(1 << 20)
    expect(mostAhead).toBeLessThanOrEqual((1 << 20) + row.length + 1)
  })

  it("refuses a single value that is larger than a window may grow", () => {
    const size = 1 << 28
    const source: ByteSource = {
      file: "a.json",
      size,
      inMemory: true,
      read: (into, position) => {
        into.fill(0x78)
        if (position === 0) into.set(Buffer.from('{"a":"'))
        return Math.min(into.length, size - position)
      }
    }
    expect(Either.getOrThrow(Either.flip(read(source))).message).toBe(
      "a.json: a: is longer than 128 MiB, which only the ledger may be"
    )
  })
})
