import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { AppConfig } from "../config/AppConfig.ts"
import { ConfigSources } from "../config/ConfigSources.ts"
import { checkDeadline } from "../policy/doctor.ts"
import * as TradingAccess from "../polymarket/TradingAccess.ts"
import { accountFindings } from "./doctor/account.ts"
import { credentialFindings } from "./doctor/credentials.ts"
import { databaseFindings } from "./doctor/database.ts"
import { demandingLive, type Finding, problem, skipped } from "./doctor/finding.ts"
import { heldMarkets } from "./doctor/heldMarkets.ts"
import { configurationFinding, switchFindings } from "./doctor/settings.ts"
import * as StoredState from "./doctor/StoredState.ts"
import { knownMarkets, tickFinding } from "./doctor/tickSizes.ts"
import { geoblockFinding, reachFindings, versionFinding } from "./doctor/venue.ts"

export interface Diagnosis {
  readonly findings: ReadonlyArray<Finding>
  readonly problems: number
  readonly warnings: number
  /** Nothing that was looked at stands in the way of a live order. */
  readonly liveReady: boolean
}

export interface DoctorOptions {
  /** What keeps live orders from going through counts as a problem. */
  readonly live: boolean
}

type Needs = AppConfig | ConfigSources | StoredState.StoredState | TradingAccess.TradingAccess

const local = Effect.gen(function* () {
  const config = yield* AppConfig
  const sources = yield* ConfigSources
  const { file } = yield* StoredState.StoredState
  const database = Either.match(file, {
    onLeft: ({ detail }) => [problem("database", `${config.app.db_path}: ${detail}`, "see docs/runbook.md")],
    onRight: databaseFindings
  })
  const stored = Either.match(file, { onLeft: () => null, onRight: ({ switches }) => switches })
  return [
    configurationFinding(config, sources),
    ...database,
    ...switchFindings(config, sources, stored),
    yield* heldMarkets
  ]
})

/** A check that hangs is a finding as well. */
const bounded = <R>(name: string, check: Effect.Effect<ReadonlyArray<Finding>, never, R>) =>
  Effect.timeoutTo(check, {
    duration: checkDeadline,
    onTimeout: () => [problem(name, "took too long and was given up", "try again; see exchange")],
    onSuccess: (findings) => findings
  })

const account = Effect.gen(function* () {
  const opened = yield* credentialFindings
  if (opened.account === null) return opened.findings
  const [market] = yield* Effect.orElseSucceed(knownMarkets, () => [])
  return [...opened.findings, ...(yield* accountFindings(opened.account, market?.yesTokenId ?? null))]
})

const ticks = Effect.matchEffect(knownMarkets, {
  onFailure: ({ detail }) => Effect.succeed([skipped("tick_sizes", detail)]),
  onSuccess: (markets) => Effect.map(tickFinding(markets), (finding) => [finding])
})

/**
 * Looks at everything that trading needs, and lets no check stop another. Changes nothing, except that the exchange makes API
 * credentials for a key that has none.
 */
export const diagnose = ({ live }: DoctorOptions): Effect.Effect<Diagnosis, never, Needs> =>
  Effect.gen(function* () {
    // Alone, so that nothing else counts as the exchange's slowness.
    const reach = yield* bounded("exchange", reachFindings)
    const remote = yield* Effect.all(
      [
        bounded(
          "order_version",
          Effect.map(versionFinding, (finding) => [finding])
        ),
        bounded(
          "geoblock",
          Effect.map(geoblockFinding, (finding) => [finding])
        ),
        bounded("credentials", account),
        bounded("tick_sizes", ticks)
      ],
      { concurrency: "unbounded" }
    )
    const found = [...(yield* local), ...reach, ...remote.flat()]
    const findings = live ? found.map(demandingLive) : found
    return {
      findings,
      problems: findings.filter(({ level }) => level === "problem").length,
      warnings: findings.filter(({ level }) => level === "warning").length,
      liveReady: !found.some(({ blocksLive }) => blocksLive)
    }
  })

/** The database as it is, and the exchange over whatever network is given. */
export const doctorServices = Layer.mergeAll(StoredState.layer, TradingAccess.layer)

/** What the checks stand on. */
export const doctorLayer = Layer.provide(doctorServices, FetchHttpClient.layer)
