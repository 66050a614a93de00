import * as Effect from "effect/Effect"
import { type EpochMicros } from "../domain/time.ts"
import { type Method } from "../polymarket/auth.ts"
import { type Answer, failure, json } from "./answer.ts"
import { type Backend, type ExchangeView } from "./Backend.ts"
import { clobRoutes } from "./clobRoutes.ts"
import { dataRoutes } from "./dataRoutes.ts"
import { type Api, apis } from "./faults.ts"
import { makeGammaRoutes } from "./gammaRoutes.ts"
import { withRestingOrders } from "./restingBooks.ts"
import { type TradingDesk } from "./tradingDesk.ts"
import { tradingRoutes } from "./tradingRoutes.ts"

export interface RoutedRequest {
  readonly method: string
  readonly url: URL
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** `undefined`: it was too long to be read. */
  readonly body: string | undefined
}

export type ServedApi = Api | "geoblock" | "control" | "unknown"

export interface Target {
  readonly api: ServedApi
  /** Below the API's prefix. */
  readonly path: string
}

const decodable = (path: string): boolean => {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

const served = [...apis, "geoblock", "control"] as const

/** Which API a request is for. */
export const targetOf = (url: URL): Target => {
  const [, first = "", ...rest] = url.pathname.split("/")
  return { api: served.find((known) => known === first) ?? "unknown", path: `/${rest.join("/")}` }
}

/** Whether orders from here are accepted. The exchange's own check answers on another host, below `/api`. */
export interface GeoCheck {
  blocked: boolean
}

const geoblock = ({ blocked }: GeoCheck, method: string, path: string): Answer =>
  method === "GET" && path === "/api/geoblock"
    ? json("/api/geoblock", { blocked, ip: "127.0.0.1", country: blocked ? "US" : "IE", region: blocked ? "NY" : "L" })
    : failure("unknown", 404, "not found")

/** Answers requests to any of the APIs as the exchange would, whoever carries them. What needs no signature is answered at once. */
export type Routing = (request: RoutedRequest, target: Target) => Effect.Effect<Answer>

export interface RoutingOptions {
  readonly backend: Backend
  readonly nowUs: () => EpochMicros
  /** null: orders are refused. */
  readonly desk: TradingDesk | null
  readonly geo: GeoCheck
}

const methodOf = (method: string): Method | undefined =>
  (["GET", "POST", "DELETE"] as const).find((known) => known === method)

export const makeRouting = ({ backend, desk, geo, nowUs }: RoutingOptions): Routing => {
  const gammaRoutes = makeGammaRoutes()
  const clob = (view: ExchangeView, request: RoutedRequest, path: string, body: string) => {
    const { headers, url } = request
    const query = url.searchParams
    const method = methodOf(request.method)
    const trading =
      desk === null || method === undefined ? undefined : tradingRoutes(desk, { method, path, query, headers, body })
    if (trading !== undefined) return trading
    const time = nowUs()
    const shown = desk === null ? view : withRestingOrders(view, desk.engine, time)
    return Effect.succeed(clobRoutes(shown, { method: request.method, path, query, body }, time, desk !== null))
  }
  return (request, { api, path }) =>
    Effect.suspend(() => {
      const { body, method, url } = request
      if (body === undefined) return Effect.succeed(failure("unknown", 413, "Payload exceeds the limit"))
      if (api === "geoblock") return Effect.succeed(geoblock(geo, method, path))
      if (api === "unknown" || api === "control" || !decodable(path)) {
        const hint = `not found: the APIs are below ${apis.map((known) => `/${known}`).join(", ")}`
        return Effect.succeed(failure("unknown", 404, hint))
      }
      const view = backend.at(nowUs())
      const asked = { method, path, query: url.searchParams, body }
      if (api === "clob") return clob(view, request, path, body)
      return Effect.succeed(api === "gamma" ? gammaRoutes(view, asked) : dataRoutes(view, asked))
    })
}
