import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Journal } from "../../src/ports/Journal.ts"
import { makeMemoryJournal, noJournal } from "../../src/store/memoryJournal.ts"
import { append, entry } from "./journalSupport.ts"

describe("a journal in memory", () => {
  it.effect("keeps the entries in order, apart from other journals", () =>
    Effect.gen(function* () {
      const [one, other] = [makeMemoryJournal(), makeMemoryJournal()]
      const given = [entry("session", { n: 1 }), entry("timer"), entry("end")]
      yield* Effect.provide(Effect.zipRight(append(...given.slice(0, 2)), append(...given.slice(2))), one.layer)
      expect(one.entries).toStrictEqual(given)
      expect(other.entries).toStrictEqual([])
    })
  )
})

describe("no journal", () => {
  it.effect("does not even make the entries", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.append(() => {
        throw new Error("asked")
      })
    }).pipe(Effect.provide(noJournal))
  )
})
