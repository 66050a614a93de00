import { type Json } from "../domain/json.ts"

/** What a route says. `endpoint` is the pattern that matched, for counting. */
export interface Answer {
  readonly endpoint: string
  readonly status: number
  readonly body: string
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface ApiRequest {
  readonly method: string
  /** Path below the API's prefix, beginning with `/`. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
}

export const jsonText = (endpoint: string, body: string, status = 200): Answer => ({ endpoint, status, body })

export const json = (endpoint: string, value: Json, status = 200): Answer =>
  jsonText(endpoint, JSON.stringify(value), status)

/** CLOB and data-api errors: one member, `error`. */
export const failure = (endpoint: string, status: number, error: string): Answer => json(endpoint, { error }, status)

/** Gamma's errors carry a type as well. */
export const gammaFailure = (endpoint: string, status: number, error: string): Answer =>
  json(endpoint, { type: status === 404 ? "not found error" : "validation error", error }, status)

export const arrayText = (rows: ReadonlyArray<string>): string => `[${rows.join(",")}]`

/** A whole number not below zero, `fallback` when absent, `undefined` when it is something else. */
export const wholeNumber = (text: string | null, fallback: number): number | undefined => {
  if (text === null) return fallback
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
