import * as Effect from "effect/Effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { type AddressInfo } from "node:net"

export interface TestServer {
  readonly baseUrl: string
  /** Path and query of every request, in order of arrival. */
  readonly requests: Array<string>
  /** Connections that the client closed before the answer was complete. */
  readonly aborted: { count: number }
}

/** A loopback HTTP server for the scope of a test. `handle` sees the parsed URL and how many requests came before. */
export const serve = (handle: (url: URL, response: ServerResponse, nth: number, request: IncomingMessage) => void) =>
  Effect.acquireRelease(
    Effect.async<TestServer & { readonly close: () => void }>((resume) => {
      const requests: Array<string> = []
      const aborted = { count: 0 }
      const server = createServer((request, response) => {
        response.on("error", () => undefined)
        response.on("close", () => {
          if (!response.writableFinished) aborted.count += 1
        })
        const target = request.url ?? "/"
        requests.push(target)
        handle(new URL(target, "http://127.0.0.1"), response, requests.length - 1, request)
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address() as AddressInfo
        resume(
          Effect.succeed({
            baseUrl: `http://127.0.0.1:${address.port}`,
            requests,
            aborted,
            close: () => {
              server.closeAllConnections()
              server.close()
            }
          })
        )
      })
    }),
    (server) => Effect.sync(server.close)
  )

export const sendJson = (response: ServerResponse, body: unknown, status = 200) => {
  response.writeHead(status, { "content-type": "application/json" })
  response.end(JSON.stringify(body))
}
