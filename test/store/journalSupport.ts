import * as Effect from "effect/Effect"
import { type JournalEntry, type JournalKind } from "../../src/domain/Journal.ts"
import { type Json } from "../../src/domain/json.ts"
import { Journal, JournalReader } from "../../src/ports/Journal.ts"
import * as JournalLayer from "../../src/store/Journal.ts"
import { noon, using } from "./support.ts"

export const entry = (kind: JournalKind, body: Json = {}, atUs = noon): JournalEntry => ({ kind, body, atUs })

export const append = (...entries: ReadonlyArray<JournalEntry>) =>
  Effect.flatMap(Journal, (journal) => journal.append(() => entries))

/** One run of the program over the journal at `path`: the store and the journal are opened, and closed after it. */
export const inRun = <A, E>(path: string, body: Effect.Effect<A, E, Journal | JournalReader>) =>
  using(path, Effect.provide(body, JournalLayer.layer))

export const verify = Effect.flatMap(JournalReader, (reader) => reader.verify)
export const sessions = Effect.flatMap(JournalReader, (reader) => reader.sessions)
export const page = (sessionId: number, afterSeq = 0, limit = 1_000) =>
  Effect.flatMap(JournalReader, (reader) => reader.page({ sessionId, afterSeq, limit }))

/** A body whose canonical JSON is long enough to be deflated, and compresses well. */
export const longBody = (n: number): Json => ({
  events: Array.from({ length: 40 }, (_, m) => ({
    market: `m${m}`,
    question: "Will it rain in Łódź? 東京 🌧",
    price: n + m
  }))
})
