import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { AppConfig } from "../../config/AppConfig.ts"
import { maxSkewSec, slowAnswerMs } from "../../policy/doctor.ts"
import { orderVersion } from "../../polymarket/rulebook.ts"
import { TradingAccess } from "../../polymarket/TradingAccess.ts"
import { formatNumber } from "../../reports/terminalFormat.ts"
import { blockingLive, type Finding, ok, problem, skipped, warning } from "./finding.ts"

const isLoopback = (url: string): boolean => /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(new URL(url).hostname)

const clockFinding = (aheadSec: number, url: string): Finding => {
  const check = "clock"
  const off = Math.abs(aheadSec)
  if (off <= 1) return ok(check, "as the exchange's, to a second")
  const found = `${formatNumber(off, 0)} s ${aheadSec > 0 ? "behind" : "ahead of"} the exchange's`
  if (off <= maxSkewSec) return warning(check, found, "synchronize this machine's clock (NTP)")
  // A rehearsal has a market time of its own, so a difference is no fault of this machine.
  if (isLoopback(url)) return warning(check, found, "a loopback exchange keeps its own time: nothing to do")
  return problem(check, found, `synchronize this machine's clock (NTP): over ${maxSkewSec} s, requests are refused`)
}

/** Whether the exchange answers, how soon, and what time it has: one request answers all three. */
export const reachFindings: Effect.Effect<ReadonlyArray<Finding>, never, TradingAccess | AppConfig> = Effect.gen(
  function* () {
    const access = yield* TradingAccess
    const { clob_base_url: url } = (yield* AppConfig).data
    const before = yield* Clock.currentTimeMillis
    const skew = yield* Effect.either(access.clockSkewSec)
    const tookMs = (yield* Clock.currentTimeMillis) - before
    if (skew._tag === "Left") {
      const advice = "check the network and MONOMARKET_CLOB_URL; the exchange restarts once a week for some minutes"
      return [problem("exchange", `${url}: ${skew.left.detail}`, advice), skipped("clock", "no answer")]
    }
    const found = `${url} answers in ${formatNumber(tookMs, 0)} ms`
    return [
      tookMs > slowAnswerMs
        ? warning("exchange", found, "a slow network: prices move before an order arrives")
        : ok("exchange", found),
      clockFinding(skew.right, url)
    ]
  }
)

/** Orders of another version are refused, every one of them. */
export const versionFinding: Effect.Effect<Finding, never, TradingAccess> = Effect.gen(function* () {
  const { publicClient } = yield* TradingAccess
  const check = "order_version"
  const version = yield* Effect.either(publicClient.orderVersion)
  if (version._tag === "Left") return blockingLive(skipped(check, version.left.detail), "see exchange")
  return version.right === orderVersion
    ? ok(check, `${orderVersion}, as the exchange takes`)
    : problem(
        check,
        `the exchange takes version ${version.right}, this program signs version ${orderVersion}`,
        "do not trade live; update monomarket"
      )
})

/** Whether the exchange takes orders from where this machine is. */
export const geoblockFinding: Effect.Effect<Finding, never, TradingAccess | AppConfig> = Effect.gen(function* () {
  const { geoblock } = yield* TradingAccess
  const { geoblock_url: url } = (yield* AppConfig).live
  const check = "geoblock"
  const answer = yield* Effect.either(geoblock)
  if (answer._tag === "Left") {
    return warning(check, `${url}: ${answer.left.detail}`, "find out whether you may trade from here before you do")
  }
  const { blocked, country, region } = answer.right
  const place = [country, region].filter((part) => part !== "").join(" ")
  const where = place === "" ? "from here" : `from ${place}`
  return blocked
    ? problem(check, `orders ${where} are refused`, "do not trade live from here; keeping the law is up to you")
    : ok(check, `orders ${where} are accepted`)
})
