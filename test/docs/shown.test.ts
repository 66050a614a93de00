import { describe, expect, it } from "vitest"
import { blocksOf } from "./blocks.ts"
import { excerpt, stale } from "./shown.ts"

const fence = "```"

describe("blocks of a document", () => {
  it("carry their comments and what is shown behind them", () => {
    const text = [
      "<!-- expect: 2 -->",
      "<!-- show: 1-2,5 -->",
      "",
      `${fence}bash`,
      "a \\",
      "  b",
      fence,
      "",
      `${fence}text`,
      "out",
      fence
    ]
    expect(blocksOf(text.join("\n"))).toMatchObject([
      {
        line: 4,
        script: "a \\\n  b",
        expect: 2,
        run: null,
        show: [
          [1, 2],
          [5, 5]
        ],
        shown: { text: "out" }
      }
    ])
  })

  it("a comment speaks for the next block only, and not across prose", () => {
    const block = [`${fence}bash`, "a", fence]
    const text = ["<!-- expect: 1 -->", ...block, ...block, "<!-- expect: 1 -->", "prose", ...block].join("\n")
    expect(blocksOf(text).map((found) => found.expect)).toStrictEqual([1, 0, 0])
  })

  it("an exchange is interrupted once it says how", () => {
    const untils = blocksOf(`${fence}bash\nnpx monomarket exchange --port 1\n${fence}`).map(({ until }) => until)
    expect(untils).toStrictEqual(["Ctrl-C ends it"])
  })
})

describe("a shown output", () => {
  it("is an excerpt that says what it leaves out", () => {
    expect(
      excerpt("a\nb\nc\nd\n", [
        [1, 1],
        [3, 3]
      ])
    ).toBe("a\n...\nc\n...")
    expect(excerpt("a\nb", [[1, 9]])).toBe("a\nb")
    expect([...excerpt("x".repeat(200), [[1, 1]])]).toHaveLength(116)
  })

  it("is stale when its headings or sentences are no longer printed", () => {
    const output = "Ingest ok.\nsource  status\n──────  ──────\ngamma   ok 7\n"
    expect(stale("Ingest ok.\nsource    status\n...\ngamma   ok 9", output)).toStrictEqual([])
    expect(stale("source  sta…", output)).toStrictEqual([])
    expect(stale("Ingest fine.\nsource  state", output)).toStrictEqual(["Ingest fine.", "source  state"])
  })
})
