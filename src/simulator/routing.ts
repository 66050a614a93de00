import { type EpochMicros } from "../domain/time.ts"
import { type Answer, failure } from "./answer.ts"
import { type Backend } from "./Backend.ts"
import { clobRoutes } from "./clobRoutes.ts"
import { dataRoutes } from "./dataRoutes.ts"
import { type Api, apis } from "./faults.ts"
import { makeGammaRoutes } from "./gammaRoutes.ts"

export interface RoutedRequest {
  readonly method: string
  readonly url: URL
  /** `undefined`: it was too long to be read. */
  readonly body: string | undefined
}

export interface Routed {
  readonly api: Api | "unknown"
  /** Below the API's prefix. */
  readonly path: string
  readonly answer: Answer
}

/** Answers requests to any of the three APIs as the exchange would at a market time, whoever carries them. */
export type Routing = (request: RoutedRequest, nowUs: EpochMicros) => Routed

const decodable = (path: string): boolean => {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

export const makeRouting = (backend: Backend): Routing => {
  const gammaRoutes = makeGammaRoutes()
  return ({ body, method, url }, nowUs) => {
    const [, first = "", ...rest] = url.pathname.split("/")
    const api = apis.find((known) => known === first)
    const path = `/${rest.join("/")}`
    if (body === undefined) {
      return { api: api ?? "unknown", path, answer: failure("unknown", 413, "Payload exceeds the limit") }
    }
    if (api === undefined || !decodable(path)) {
      const hint = `not found: the APIs are below ${apis.map((known) => `/${known}`).join(", ")}`
      return { api: api ?? "unknown", path, answer: failure("unknown", 404, hint) }
    }
    const view = backend.at(nowUs)
    const request = { method, path, query: url.searchParams, body }
    switch (api) {
      case "gamma":
        return { api, path, answer: gammaRoutes(view, request) }
      case "data":
        return { api, path, answer: dataRoutes(view, request) }
      case "clob":
        return { api, path, answer: clobRoutes(view, request, nowUs) }
    }
  }
}
