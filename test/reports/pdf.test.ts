import { effect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { extractText, getDocumentProxy, getMeta } from "unpdf"
import { describe, expect } from "vitest"
import { type ReportModel } from "../../src/reports/ReportModel.ts"
import { renderPdf } from "../../src/reports/pdf.ts"
import { eventful, modelOf, nasty, result, row } from "./support.ts"

/** Text of each page with its blanks folded. */
const pagesOf = (model: ReportModel) =>
  Effect.flatMap(renderPdf(model), (bytes) =>
    Effect.promise(async () => {
      const { text } = await extractText(await getDocumentProxy(new Uint8Array(bytes)), { mergePages: false })
      return text.map((page) => page.replace(/\s+/g, " "))
    })
  )

const withQuestions = (questions: ReadonlyArray<string>): ReportModel => {
  const event_results = questions.map((_, index) => ({ ...result("s1", 100 - index), event_id: `e${index}` }))
  const replay = questions.map((_, index) => row({ event_id: `e${index}`, market_id: `m${index}` }))
  return modelOf(
    { ...eventful, event_results, replay },
    { questions: new Map(questions.map((question, index) => [`m${index}`, question])) }
  )
}

describe("PDF", () => {
  effect("has title, figures, sections and on every page its number and the checksum", () =>
    Effect.gen(function* () {
      const pages = yield* pagesOf(modelOf(eventful, { title: "Nightly" }))
      expect(pages.length).toBe(3)
      pages.forEach((page, index) => {
        expect(page).toContain(`Page ${index + 1} of 3`)
        expect(page).toContain("c".repeat(64))
      })
      expect(pages[0]).toMatch(/^Nightly 2026-02-20 00:00:00 to 2026-02-21 00:00:00 UTC \(24\.0 h\)/)
      const all = pages.join(" ")
      for (const text of ["+2.90", "Cumulative realized PnL", "Drawdown", "Calibration", "not marketable", "250"]) {
        expect(all).toContain(text)
      }
    })
  )

  effect("the same model gives the same bytes", () =>
    Effect.gen(function* () {
      const model = withQuestions(Object.values(nasty))
      const [one, other] = [yield* renderPdf(model), yield* renderPdf(model)]
      expect(Buffer.compare(one, other)).toBe(0)
      const { info } = yield* Effect.promise(async () => getMeta(await getDocumentProxy(new Uint8Array(one))))
      expect(info).toMatchObject({ Title: "Backtest report", CreationDate: "D:20260221000000Z" })
    })
  )

  effect("sets CJK, emoji, Hangul and right-to-left questions in fonts that have them", () =>
    Effect.gen(function* () {
      const text = (yield* pagesOf(withQuestions(Object.values(nasty)))).join(" ")
      expect(text).toContain("中国人民银行会在2026年6月降息吗？")
      expect(text).toContain("🚀")
      expect(text).toContain("서울")
      expect(text).toContain("Real Madrid")
      expect(text).toContain("ישראל")
      expect(text).toContain("<script>alert(")
      expect(text).toContain("\\x1b[2Jrain\\u202e?")
      expect(text).not.toContain("\ufffd")
    })
  )

  effect("marks a character that no font has", () =>
    Effect.gen(function* () {
      expect((yield* pagesOf(withQuestions(["Will \u{13000} win?"]))).join(" ")).toContain("Will \ufffd win?")
    })
  )

  effect("a long table goes on over pages with its header on each", () =>
    Effect.gen(function* () {
      const pages = yield* pagesOf(withQuestions(Array.from({ length: 20 }, () => nasty.long)))
      const withRows = pages.filter((page) => page.includes("a very long question"))
      expect(withRows.length).toBeGreaterThan(1)
      for (const page of withRows) expect(page).toContain("Event Strategy Trades Win rate PnL Max drawdown")
    })
  )

  effect("an empty window is a report too", () =>
    Effect.gen(function* () {
      const pages = yield* pagesOf(modelOf())
      expect(pages.length).toBe(2)
      expect(pages[0]).toContain("There was no signal in the window: nothing was replayed.")
      expect(pages[0]).toContain("Realized PnL never changed in this window")
    })
  )

  effect("thirty days of a busy ledger stay far below 1 MB", () =>
    Effect.gen(function* () {
      const count = 100_000
      const minutes = (30 * 24 * 60) / count
      const strategies = ["s1", "s2", "s4", "s8"]
      let seed = 7
      const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
      const replay = Array.from({ length: count }, (_, index) =>
        row({
          ts: new Date(Date.UTC(2026, 0, 1) + Math.floor(index * minutes * 60_000)).toISOString(),
          strategy: strategies[index % 4]!,
          realized_change: random() - 0.5,
          strategy_equity: random() * 100
        })
      )
      const results = strategies.map((strategy) => result(strategy, 10))
      const model = modelOf({ from_ts: "2026-01-01", to_ts: "2026-01-31", replay, results, total_signals: count })
      const bytes = yield* renderPdf(model)
      expect(bytes.length).toBeLessThan(500_000)
    })
  )
})
