import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { type ServerResponse } from "node:http"
import { gzipSync } from "node:zlib"
import { type SourceError } from "../../src/domain/errors.ts"
import { type HttpOrigin, type JsonRequest, makeGetJson, parseRetryAfter } from "../../src/polymarket/http.ts"
import { sendJson, serve, type TestServer } from "./testServer.ts"

const anything: JsonRequest<unknown> = {
  path: "/things",
  query: { limit: "2", cursor: undefined },
  read: (json) => ({ value: json })
}

const clients: ReadonlyArray<readonly [string, Layer.Layer<HttpClient.HttpClient>]> = [
  ["fetch", FetchHttpClient.layer],
  ["node http", NodeHttpClient.layer],
  ["undici", NodeHttpClient.layerUndici]
]

const origin = (server: TestServer, limits?: Partial<HttpOrigin>): HttpOrigin => ({
  source: "gamma",
  baseUrl: server.baseUrl,
  timeoutSec: 5,
  maxBodyMb: 1,
  ...limits
})

const get = <A>(server: TestServer, request: JsonRequest<A>, limits?: Partial<HttpOrigin>) =>
  Effect.flatMap(HttpClient.HttpClient, (client) => makeGetJson(client, origin(server, limits))(request))

const answer = (
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {}
) => {
  response.writeHead(status, headers)
  response.end(body)
}

for (const [name, client] of clients) {
  describe(`GET over ${name}`, () => {
    const live = (
      title: string,
      handle: (response: ServerResponse) => void,
      check: (server: TestServer) => Effect.Effect<void, unknown, HttpClient.HttpClient>
    ) =>
      it.scopedLive(title, () =>
        Effect.flatMap(
          serve((_url, response) => handle(response)),
          check
        ).pipe(Effect.provide(client))
      )

    const failsWith = (
      title: string,
      handle: (response: ServerResponse) => void,
      expected: { readonly bucket: SourceError["bucket"]; readonly retryable: boolean; readonly detail?: RegExp },
      limits?: Partial<HttpOrigin>
    ) =>
      live(title, handle, (server) =>
        Effect.map(Effect.flip(Effect.asVoid(get(server, anything, limits))), (error) => {
          assert.strictEqual(error.bucket, expected.bucket)
          assert.strictEqual(error.retryable, expected.retryable)
          assert.strictEqual(error.operation, "GET /things")
          if (expected.detail !== undefined) assert.match(error.detail, expected.detail)
        })
      )

    live(
      "reads JSON and sends only the parameters that are set",
      (response) => sendJson(response, { ok: [1, 2] }),
      (server) =>
        Effect.map(get(server, anything), (json) => {
          assert.deepStrictEqual(json, { ok: [1, 2] })
          assert.deepStrictEqual(server.requests, ["/things?limit=2"])
        })
    )

    live(
      "strips a byte order mark and keeps text beyond ASCII whole across chunks",
      (response) => {
        const bytes = Buffer.from('\uFEFF["Zürich – 東京 🏆"]', "utf8")
        response.writeHead(200)
        response.write(bytes.subarray(0, 7))
        setTimeout(() => response.end(bytes.subarray(7)), 20)
      },
      (server) => Effect.map(get(server, anything), (json) => assert.deepStrictEqual(json, ["Zürich – 東京 🏆"]))
    )

    for (const [status, bucket, retryable] of [
      [429, "http_429", true],
      [425, "http_5xx", true],
      [500, "http_5xx", true],
      [502, "http_5xx", true],
      [503, "http_5xx", true],
      [599, "http_5xx", true],
      [400, "http_4xx", false],
      [401, "http_4xx", false],
      [404, "http_4xx", false],
      [422, "http_4xx", false]
    ] as const) {
      failsWith(
        `counts ${status} as ${bucket}`,
        (response) => answer(response, status, '{"error":"no\\u001b[31m\\n\\nway"}'),
        { bucket, retryable, detail: new RegExp(`^HTTP ${status} `) }
      )
    }

    live(
      "says in one clean line what an error answer said",
      (response) => answer(response, 422, "order\u001b[31m fields\r\n\tare not valid"),
      (server) =>
        Effect.map(Effect.flip(get(server, anything)), (error) =>
          assert.strictEqual(error.message, "gamma: GET /things: http_4xx: HTTP 422 order [31m fields are not valid")
        )
    )

    live(
      "tells what Retry-After asks for",
      (response) => answer(response, 429, "", { "retry-after": "7" }),
      (server) =>
        Effect.map(Effect.flip(get(server, anything)), (error) => assert.strictEqual(error.retryAfterMs, 7_000))
    )

    live(
      "counts a 404 as the source means it",
      (response) => answer(response, 404, "not found"),
      (server) =>
        Effect.map(Effect.flip(get(server, { ...anything, notFound: "source_skipped_404" })), (error) => {
          assert.strictEqual(error.bucket, "source_skipped_404")
          assert.isFalse(error.retryable)
        })
    )

    failsWith("refuses a redirect", (response) => answer(response, 302, "", { location: "http://example.invalid/" }), {
      bucket: "decode",
      retryable: false
    })

    failsWith(
      "counts HTML as decode",
      (response) => answer(response, 200, "<!doctype html>\n<html></html>", { "content-type": "text/html" }),
      { bucket: "decode", retryable: true, detail: /^not JSON: <!doctype html> <html>/ }
    )
    failsWith("counts truncated JSON as decode", (response) => answer(response, 200, '{"markets":[{"id":"1'), {
      bucket: "decode",
      retryable: true
    })
    failsWith("counts an empty body as decode", (response) => answer(response, 200, ""), {
      bucket: "decode",
      retryable: true,
      detail: /^empty body$/
    })
    failsWith("counts 204 as decode", (response) => answer(response, 204, ""), { bucket: "decode", retryable: true })
    failsWith(
      "counts a body that breaks off as decode",
      (response) => {
        response.writeHead(200, { "content-length": "1000" })
        response.write('{"markets":[')
        setTimeout(() => response.destroy(), 20)
      },
      { bucket: "decode", retryable: true, detail: /^body cut short/ }
    )
    failsWith(
      "counts a chunked body that breaks off as decode",
      (response) => {
        response.writeHead(200)
        response.write('{"markets":[')
        setTimeout(() => response.destroy(), 20)
      },
      { bucket: "decode", retryable: true, detail: /^body cut short/ }
    )
    failsWith(
      "times out when a body of known size stalls",
      (response) => {
        response.writeHead(200, { "content-length": "1000" })
        response.write('{"markets":[')
      },
      { bucket: "timeout", retryable: true },
      { timeoutSec: 0.2 }
    )
    failsWith(
      "refuses a body that declares more than the cap",
      (response) => answer(response, 200, " ".repeat(1_500_000)),
      { bucket: "decode", retryable: true, detail: /^body over max_body_mb/ }
    )
    failsWith("counts a reset as network", (response) => response.destroy(), { bucket: "network", retryable: true })
    failsWith(
      "times out when nothing comes",
      () => undefined,
      { bucket: "timeout", retryable: true },
      { timeoutSec: 0.2 }
    )
    failsWith(
      "times out when the body trickles, however steadily",
      (response) => {
        response.writeHead(200)
        const timer = setInterval(() => response.write(" "), 10)
        response.on("close", () => clearInterval(timer))
      },
      { bucket: "timeout", retryable: true, detail: /within 0\.2 s/ },
      { timeoutSec: 0.2 }
    )

    live(
      "reads a compressed body, and holds what it unpacks to the cap",
      (response) => answer(response, 200, gzipSync(Buffer.alloc(8_000_000, 0x20)), { "content-encoding": "gzip" }),
      (server) =>
        Effect.map(Effect.flip(get(server, anything)), (error) => {
          // Clients other than fetch ask for no compression and do not unpack what comes anyway.
          assert.match(error.detail, name === "fetch" ? /^body over max_body_mb/ : /^not JSON/)
        })
    )

    live(
      "stops reading an endless body at the cap and hangs up",
      (response) => {
        response.writeHead(200)
        const block = Buffer.alloc(64 * 1024, 0x20)
        const more = (): void => {
          while (!response.destroyed && response.write(block)) continue
        }
        response.on("drain", more)
        more()
      },
      (server) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(get(server, anything))
          assert.strictEqual(error.bucket, "decode")
          assert.strictEqual(error.detail, "body over max_body_mb (1)")
          yield* Effect.iterate(0, {
            while: (n) => server.aborted.count === 0 && n < 500,
            body: (n) => Effect.as(Effect.sleep(10), n + 1)
          })
          assert.strictEqual(server.aborted.count, 1)
        })
    )

    live(
      "counts a wrong shape as decode, in the reader's words",
      (response) => sendJson(response, { nope: 1 }),
      (server) =>
        Effect.map(Effect.flip(get(server, { ...anything, read: () => ({ problem: "no markets" }) })), (error) => {
          assert.strictEqual(error.bucket, "decode")
          assert.strictEqual(error.detail, "no markets")
        })
    )
  })
}

describe("a host that is not there", () => {
  it.scopedLive("counts as network", () =>
    Effect.gen(function* () {
      const server = yield* Effect.scoped(serve((_url, response) => response.end()))
      const error = yield* Effect.flip(get(server, anything))
      assert.strictEqual(error.bucket, "network")
      assert.isTrue(error.retryable)
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})

describe("parseRetryAfter", () => {
  const now = Date.parse("2026-10-06T12:00:00Z")
  for (const [header, expected] of [
    ["0", 0],
    ["12", 12_000],
    ["1.5", 1_500],
    [" 3 ", 3_000],
    ["Tue, 06 Oct 2026 12:00:30 GMT", 30_000],
    ["Tue, 06 Oct 2026 11:00:00 GMT", 0],
    ["soon", null],
    ["-5", null],
    ["", null],
    [undefined, null]
  ] as const) {
    it(`reads ${header} as ${expected}`, () => assert.strictEqual(parseRetryAfter(header, now), expected))
  }
})
