import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { renderHtml } from "../../src/reports/html.ts"
import { eventful, modelOf, nasty } from "./support.ts"

const page = (question: string, title = "Report"): string =>
  renderHtml(modelOf(eventful, { title, questions: new Map(["m1", "m2", "m3"].map((id) => [id, question])) }))

const empty = new Set(["meta", "line", "path", "rect", "circle", "img", "br"])

/** Every tag is closed by its own end tag, in order. */
const unbalanced = (html: string): ReadonlyArray<string> => {
  const open: Array<string> = []
  for (const [, close, name = "", self] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)) {
    if (close === "/") {
      if (open.pop() !== name) return [...open, name]
    } else if (self !== "/" && !empty.has(name)) open.push(name)
  }
  return open
}

describe("HTML", () => {
  it("escapes what came from outside", () => {
    const html = page(nasty.script, nasty.script)
    expect(html).not.toMatch(/<script|<img|onerror='|alert\("x"\)/)
    expect(html).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;")
    expect(html).toContain(`<title>&lt;script&gt;`)
    expect(page(nasty.control)).toContain("Will it \\x1b[2Jrain\\u202e?")
  })

  it("loads nothing and runs nothing", () => {
    const html = page("Will it rain?")
    expect(html).not.toMatch(/<script|<link|<iframe|@import|url\(|src=|href=|https?:|javascript:|\son[a-z]+=|\sstyle=/)
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? ""
    const digest = createHash("sha256").update(style).digest("base64")
    expect(html).toContain(
      `content="default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'"`
    )
  })

  it.each(Object.entries(nasty))("is well formed with a question that is %s", (_, question) => {
    expect(unbalanced(page(question))).toStrictEqual([])
  })

  it("shows every section, the figures and the checksum", () => {
    const html = page("Will it rain?")
    for (const title of [
      "Cumulative realized PnL",
      "Equity",
      "Drawdown",
      "PnL by strategy",
      "Calibration",
      "Strategies"
    ]) {
      expect(html).toContain(`<h2>${title}</h2>`)
    }
    expect(html).toContain(`<div class="value good">+2.90</div>`)
    expect(html).toContain("Will it rain?")
    expect(html).toContain("c".repeat(64))
  })

  it("tells on hover what the curves held at that moment", () => {
    expect(page("Will it rain?")).toMatch(/<g class="h">.*2026-02-20T10:00:00Z.*s1 {2}\+5\.90.*all {2}\+5\.90/)
  })

  it("says what is missing instead of drawing it", () => {
    const html = renderHtml(modelOf())
    expect(html).toContain(`<p class="missing">No position was settled in this window`)
    expect(html).not.toContain("<figure>")
    expect(unbalanced(html)).toStrictEqual([])
  })
})
