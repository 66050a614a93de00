import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type Exchange, type ExchangeOptions, startExchange } from "../../src/simulator/server.ts"

/** Runs `body` against a started exchange and closes it afterwards, whatever happens. */
export const withExchange = async <A>(
  options: ExchangeOptions,
  body: (exchange: Exchange) => Promise<A>
): Promise<A> => {
  const scope = Effect.runSync(Scope.make())
  try {
    return await body(await Effect.runPromise(Scope.extend(startExchange(options), scope)))
  } finally {
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

/** A JSON answer of which a test reads members. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Loose = any

export const get = async (url: string): Promise<{ status: number; body: Loose; text: string }> => {
  const response = await fetch(url)
  const text = await response.text()
  return { status: response.status, text, body: text === "" ? undefined : JSON.parse(text) }
}

export const post = async (url: string, value: unknown): Promise<{ status: number; body: Loose }> => {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(value) })
  return { status: response.status, body: await response.json() }
}

/** Every row of a Gamma keyset listing, page after page. */
export const walkKeyset = async (base: string, query = ""): Promise<{ rows: Array<Loose>; pages: number }> => {
  const rows: Array<Loose> = []
  let cursor: string | undefined
  for (let pages = 1; pages <= 1_000; pages++) {
    const after = cursor === undefined ? "" : `&after_cursor=${encodeURIComponent(cursor)}`
    const { body } = await get(`${base}/markets/keyset?limit=100${query}${after}`)
    rows.push(...body.markets)
    cursor = body.next_cursor
    if (cursor === undefined) return { rows, pages }
  }
  throw new Error("the listing never ends")
}
