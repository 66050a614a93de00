import { type IncomingMessage, type ServerResponse } from "node:http"
import { type Answer } from "./answer.ts"
import { type Fault, momentOf } from "./faults.ts"

export interface FaultTuning {
  /** Seconds in Retry-After of a 429. */
  readonly retryAfterSec: number
  /** Between two bytes of a slow answer. */
  readonly slowByteMs: number
  /** Size of a huge answer. */
  readonly hugeBytes: number
}

export const defaultTuning: FaultTuning = { retryAfterSec: 1, slowByteMs: 1_000, hugeBytes: 100 * 1024 * 1024 }

/** Timers of answers that are still on their way; the server clears them when it closes. */
export type Timers = Set<ReturnType<typeof setInterval>>

const JSON_TYPE = "application/json; charset=utf-8"

type Headers = { readonly [name: string]: string }

const whole = (status: number, body: string, headers: Headers): Delivery => ({
  kind: "answer",
  status,
  body,
  headers: { "content-length": String(Buffer.byteLength(body)), ...headers }
})

const wholeJson = (status: number, body: string, headers: Headers = {}): Delivery =>
  whole(status, body, { "content-type": JSON_TYPE, ...headers })

const cloudflare =
  '<!DOCTYPE html>\n<html lang="en-US"><head><title>Attention Required! | Cloudflare</title></head>' +
  "<body><h1>Sorry, you have been blocked</h1></body></html>\n"

const slowly = (response: ServerResponse, answer: Answer, everyMs: number, timers: Timers) => {
  const bytes = Buffer.from(answer.body)
  response.writeHead(answer.status, { "content-type": JSON_TYPE, "content-length": bytes.length })
  response.flushHeaders()
  let at = 0
  const stop = () => {
    clearInterval(timer)
    timers.delete(timer)
  }
  const timer = setInterval(() => {
    if (at >= bytes.length) {
      stop()
      response.end()
    } else response.write(bytes.subarray(at, ++at))
  }, everyMs)
  timers.add(timer)
  response.on("close", stop)
}

/** One JSON string of `size` bytes, sent as fast as the client reads: the body is never held in memory. */
const hugely = (response: ServerResponse, size: number) => {
  const chunk = Buffer.alloc(64 * 1024, "x")
  response.writeHead(200, { "content-type": JSON_TYPE })
  response.write('{"data":["')
  let sent = 0
  const more = () => {
    while (sent < size && !response.destroyed) {
      const part = sent + chunk.length > size ? chunk.subarray(0, size - sent) : chunk
      sent += part.length
      if (!response.write(part)) {
        response.once("drain", more)
        return
      }
    }
    if (!response.destroyed) response.end('"],"next_cursor":"LTE="}')
  }
  more()
}

/** What the wire carries: an answer in one piece, or one of the ways in which none comes in time. */
export type Delivery =
  | { readonly kind: "answer"; readonly status: number; readonly body: string; readonly headers: Headers }
  | { readonly kind: "never" | "reset" | "slow" | "huge" }

/** What a fault makes of an answer. */
export const deliveryOf = (answer: Answer, fault: Fault | null, tuning: FaultTuning): Delivery => {
  const kind = fault === null ? null : momentOf(fault).kind
  switch (kind) {
    // Of a request that arrived twice, the second answer is sent.
    case null:
    case "duplicate":
      return whole(answer.status, answer.body, {
        "content-type": answer.contentType ?? JSON_TYPE,
        ...answer.headers
      })
    case "429":
      return wholeJson(429, '{"error":"rate limit exceeded"}', { "retry-after": String(tuning.retryAfterSec) })
    case "500":
      return wholeJson(500, '{"error":"internal server error"}')
    case "502":
      return whole(502, "<html><body><h1>502 Bad Gateway</h1></body></html>", { "content-type": "text/html" })
    case "503":
      return wholeJson(503, '{"error":"service unavailable"}')
    case "425":
      return wholeJson(425, '{"error":"the matching engine is restarting"}')
    case "truncated":
      return wholeJson(answer.status, answer.body.slice(0, Math.floor(answer.body.length / 2)))
    case "html":
      return whole(200, cloudflare, { "content-type": "text/html; charset=utf-8" })
    case "empty":
      return wholeJson(200, "")
    case "wrong-shape":
      return wholeJson(200, '{"status":"ok","result":{"items":[1,"two",null]}}')
    case "timeout":
      return { kind: "never" }
    case "reset":
    case "slow":
    case "huge":
      return { kind }
  }
}

/** Sends an answer, or what a fault made of it. */
export const deliver = (
  request: IncomingMessage,
  response: ServerResponse,
  { answer, delivery }: { readonly answer: Answer; readonly delivery: Delivery },
  tuning: FaultTuning,
  timers: Timers
): void => {
  switch (delivery.kind) {
    case "answer":
      response.writeHead(delivery.status, delivery.headers)
      response.end(delivery.body)
      return
    case "never":
      return
    case "reset":
      request.socket.resetAndDestroy()
      return
    case "slow":
      return slowly(response, answer, tuning.slowByteMs, timers)
    case "huge":
      return hugely(response, tuning.hugeBytes)
  }
}
