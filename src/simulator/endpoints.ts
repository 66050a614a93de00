import { type Method } from "../polymarket/auth.ts"

export interface Endpoint {
  /** As fault rules name it. */
  readonly name: string
  readonly method: Method
  /** Below `/clob`. */
  readonly path: RegExp
  /** As requests are counted. */
  readonly label: string
  /** Whether it changes anything: then a fault comes before or after that. */
  readonly write: boolean
  readonly auth: "L1" | "L2"
}

const endpoint = <Name extends string>(
  name: Name,
  method: Method,
  path: string,
  more: { readonly write?: boolean; readonly auth?: Endpoint["auth"] } = {}
) => ({
  name,
  method,
  path: new RegExp(`^${path.replace(/\{[a-z]+\}/, "([^/]+)")}$`),
  label: `${method} ${path}`,
  write: more.write ?? method !== "GET",
  auth: more.auth ?? ("L2" as const)
})

/** Everything that needs credentials. */
export const tradingEndpoints = [
  endpoint("order", "POST", "/order"),
  endpoint("orders", "POST", "/orders"),
  endpoint("cancel", "DELETE", "/order"),
  endpoint("cancel-orders", "DELETE", "/orders"),
  endpoint("cancel-all", "DELETE", "/cancel-all"),
  endpoint("cancel-market", "DELETE", "/cancel-market-orders"),
  endpoint("open-order", "GET", "/data/order/{id}"),
  endpoint("open-orders", "GET", "/data/orders"),
  endpoint("trades", "GET", "/data/trades"),
  endpoint("balance", "GET", "/balance-allowance"),
  endpoint("balance-update", "GET", "/balance-allowance/update"),
  endpoint("create-key", "POST", "/auth/api-key", { auth: "L1" }),
  endpoint("derive-key", "GET", "/auth/derive-api-key", { auth: "L1" }),
  endpoint("api-keys", "GET", "/auth/api-keys"),
  endpoint("delete-key", "DELETE", "/auth/api-key"),
  endpoint("closed-only", "GET", "/auth/ban-status/closed-only")
] as const
export type TradingEndpoint = (typeof tradingEndpoints)[number]
export type TradingEndpointName = TradingEndpoint["name"]

/** Public reads that a fault rule may single out, by the first part of their path. */
const readNames = ["time", "version", "book", "books", "price", "tick-size", "neg-risk", "clob-markets"] as const

export type EndpointName = TradingEndpointName | (typeof readNames)[number]

export const endpointNames: ReadonlyArray<EndpointName> = [...tradingEndpoints.map(({ name }) => name), ...readNames]

export const tradingEndpointOf = (method: string, path: string): TradingEndpoint | undefined =>
  tradingEndpoints.find((one) => one.method === method && one.path.test(path))

/** The name by which a fault rule finds a request to the CLOB. */
export const endpointNameOf = (method: string, path: string): EndpointName | null => {
  const [, head] = path.split("/")
  return tradingEndpointOf(method, path)?.name ?? readNames.find((name) => name === head) ?? null
}
