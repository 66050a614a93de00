import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Either from "effect/Either"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { parseConfig, parseConfigText } from "../../src/config/parse.ts"
import { root } from "../shared.ts"

const parsed = (text: string) => Either.getOrThrow(parseConfigText(text, "file.yaml"))
const problem = (text: string): string => {
  const result = parseConfigText(text, "file.yaml")
  if (Either.isRight(result)) throw new Error(`accepted: ${text}`)
  return result.left.message
}
const file = (name: string) => readFileSync(join(root, "configs", name), "utf8")

const leafPaths = (value: unknown, path = ""): ReadonlyArray<string> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, child]) => leafPaths(child, path === "" ? key : `${path}.${key}`))
    : [path]

describe("configuration files that come with the project", () => {
  it("the example holds every key with its default", () => {
    const example = parsed(file("config.example.yaml"))
    expect(example.config).toStrictEqual(defaultConfig)
    expect([...example.setKeys].sort()).toStrictEqual([...leafPaths(defaultConfig)].sort())
  })

  it("the example explains every setting on its line", () => {
    const bare = file("config.example.yaml")
      .split("\n")
      .filter((line) => /^\s+\w+: \S/.test(line) && !line.includes(" # "))
    expect(bare).toStrictEqual([])
  })

  it("the soak configuration is paper with every protection on", () => {
    const { config } = parsed(file("soak.paper.yaml"))
    expect(config.trading).toStrictEqual(defaultConfig.trading)
    expect(config.risk.max_daily_loss).toBeLessThan(defaultConfig.risk.max_daily_loss)
  })
})

describe("a configuration", () => {
  it("keeps the defaults of everything it leaves out", () => {
    const { config, setKeys } = parsed("risk:\n  max_daily_loss: 10\n")
    expect(config).toStrictEqual({ ...defaultConfig, risk: { ...defaultConfig.risk, max_daily_loss: 10 } })
    expect([...setKeys]).toStrictEqual(["risk.max_daily_loss"])
  })

  it.each(["", "# nothing\n", "risk:\n", "strategies:\n  s1:\n"])("may be empty: %j", (text) => {
    expect(parsed(text).config).toStrictEqual(defaultConfig)
  })

  it("takes limits as large as 1e18 and null for a limit that is off", () => {
    const text =
      "risk: {max_daily_loss: 1e18, max_event_notional: 1.0e+18, circuit_breaker_rejections: 1e18, max_open_orders: ~}"
    expect(parsed(text).config.risk).toMatchObject({
      max_daily_loss: 1e18,
      max_event_notional: 1e18,
      circuit_breaker_rejections: 1e18,
      max_open_orders: null
    })
  })

  it.each([
    ["yes", true],
    ["on", true],
    ["true", true],
    ['"1"', true],
    ["no", false],
    ["off", false]
  ])("reads %s as the original's YAML did", (word, value) => {
    expect(parsed(`trading: {kill_switch: ${word}}`).config.trading.kill_switch).toBe(value)
  })

  it.each([
    ["rsik: {}", "rsik: is not a known key; did you mean risk?"],
    ["risk: {max_dayly_loss: 1}", "risk.max_dayly_loss: is not a known key; did you mean max_daily_loss?"],
    ["strategies: {s3: {}}", "strategies.s3: is not a known key; did you mean s1?"],
    ["strategies: {s1: {min_sprad: 1}}", "strategies.s1.min_sprad: is not a known key; did you mean min_spread?"],
    ["app: {qqqqqqqqqqq: 1}", "app.qqqqqqqqqqq: is not a known key; known: db_path, log_level"],
    ["__proto__: {a: 1}", "__proto__: is not a known key"],
    ["risk: 5", "risk: must be a map of settings"],
    ["risk: [1]", "risk: must be a map of settings"],
    ["risk: {max_daily_loss: '250'}", "risk.max_daily_loss: must be a number above 0 (at most 1e18)"],
    ["risk: {max_daily_loss: .nan}", "risk.max_daily_loss: must be a number above 0"],
    ["risk: {max_daily_loss: .inf}", "risk.max_daily_loss: must be a number above 0"],
    ["risk: {max_daily_loss: 0}", "risk.max_daily_loss: must be a number above 0"],
    ["risk: {max_daily_loss: -1}", "risk.max_daily_loss: must be a number above 0"],
    ["risk: {max_daily_loss: 1e19}", "risk.max_daily_loss: must be a number above 0 (at most 1e18)"],
    ["risk: {max_daily_loss: null}", "risk.max_daily_loss: must be a number above 0"],
    [
      "risk: {circuit_breaker_rejections: 1.5}",
      "risk.circuit_breaker_rejections: must be a whole number of at least 1"
    ],
    ...["-1", "1e99", "86400001", "x"].map((delay) => [
      `execution: {leg_delay_ms: ${delay}}`,
      "execution.leg_delay_ms: must be a number of at least 0 and at most 86400000"
    ]),
    ["risk: {price_collar: 2}", "risk.price_collar: must be a number above 0 and at most 1 or null (off)"],
    [
      "risk: {max_open_orders: x}",
      "risk.max_open_orders: must be a whole number of at least 1 (at most 1e18) or null (off)"
    ],
    ["data: {gamma_base_url: 'http://example.com'}", "data.gamma_base_url: must be https"],
    ["data: {gamma_base_url: 'ftp://localhost'}", "data.gamma_base_url: must be https"],
    ["data: {gamma_base_url: 'https://u:p@host'}", "data.gamma_base_url: must not contain a user name"],
    ["data: {gamma_base_url: 'http://127.0.0.1.evil.example'}", "data.gamma_base_url: must be https"],
    ["data: {gamma_base_url: nonsense}", "data.gamma_base_url: must be a URL"],
    ["data: {rate_limit_per_sec: 0}", "data.rate_limit_per_sec: must be a number above 0 and at most 1000"],
    ["data: {clob_listing: all}", "data.clob_listing: must be sampling-markets or markets"],
    ["trading: {mode: backtest}", "trading.mode: must be paper or live"],
    ["trading: {kill_switch: maybe}", "trading.kill_switch: must be 1/true/yes/y/on or 0/false/no/n/off"],
    ["trading: {kill_switch: null}", "trading.kill_switch: must be 1/true/yes/y/on or 0/false/no/n/off"],
    ["app: {db_path: ''}", "app.db_path: must not be empty"],
    ["app: {log_level: loud}", "app.log_level: must be DEBUG, INFO, WARNING or ERROR"],
    ["strategies: {s4: {yes_price_min: 0.5}}", "strategies.s4.yes_price_min: must not exceed"],
    ["strategies: {s9: {min_price: 0.99}}", "strategies.s9.min_price: must not exceed strategies.s9.max_price (0.98)"],
    ["strategies: {s10: {max_price: 0.01}}", "strategies.s10.min_price: must not exceed"],
    ["strategies: {s10: {liquidity_share: 0}}", "strategies.s10.liquidity_share: must be a number above 0"],
    [
      "strategies: {edge_gate: {min_net_edge: -1}}",
      "strategies.edge_gate.min_net_edge: must be a number of at least 0"
    ],
    ["risk: {max_daily_loss: 1, max_daily_loss: 2}", "risk.max_daily_loss: is set twice in file.yaml"],
    ["app: {}\napp: {}", "app: is set twice in file.yaml"],
    ["- 1", "file.yaml: must be a YAML map of sections"],
    ["just text", "file.yaml: must be a YAML map of sections"],
    ["a: &x 1\nb: *x", "file.yaml: must not use YAML aliases"],
    ["risk: {max", "file.yaml: is not valid YAML"],
    ["a: 1\n---\nb: 2", "file.yaml: is not valid YAML"]
  ])("%j is refused", (text, expected) => {
    const message = problem(text)
    expect(message).toContain(expected)
    expect(message).not.toContain("\n")
  })

  it("accepts plain http for this machine only", () => {
    for (const host of ["localhost:8000", "127.0.0.1:1", "[::1]:9"]) {
      const url = `http://${host}/x`
      expect(parsed(`data: {clob_base_url: "${url}"}`).config.data.clob_base_url).toBe(url)
    }
  })

  it("never throws, whatever it is given", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseConfigText(text, "file.yaml")))
    fc.assert(fc.property(fc.jsonValue(), (value) => void parseConfig(value)))
  })
})
