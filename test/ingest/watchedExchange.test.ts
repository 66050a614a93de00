import { join } from "node:path"
import * as HttpClient from "@effect/platform/HttpClient"
import * as SqlClient from "@effect/sql/SqlClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { onVirtualTime } from "../../src/app/virtualClock.ts"
import { AppConfig, defaultConfig } from "../../src/config/AppConfig.ts"
import { type SourceId } from "../../src/domain/ids.ts"
import * as IngestorLayer from "../../src/ingest/Ingestor.ts"
import * as IngestSourcesLayer from "../../src/ingest/IngestSources.ts"
import { Ingestor } from "../../src/ports/Ingestor.ts"
import { LookRepo } from "../../src/ports/LookRepo.ts"
import { makeInProcessExchange } from "../../src/simulator/inProcessClient.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { temporaryFolder, using } from "../store/support.ts"

const rows = (text: string) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(text).values)

const payouts = (source: SourceId) =>
  rows(`SELECT market_id, payout_yes, payout_no FROM market_resolutions
    WHERE market_id IN (SELECT market_id FROM positions) AND market_id IN (
      SELECT market_id FROM markets WHERE source = '${source}') ORDER BY market_id`)

/** Everything is held, then most of it ends; the listing is asked for so many markets. */
const learn = (source: SourceId, limit: number) =>
  Effect.gen(function* () {
    const path = join(yield* temporaryFolder, "store.db")
    const backend = makeUniverse({ seed: 5, markets: 150 })
    const exchange = makeInProcessExchange({ backend })
    const { clob, data, gamma } = exchange.urls
    const urls = { gamma_base_url: gamma, data_base_url: data, clob_base_url: clob }
    const clobAll = { clob_listing: "markets" } as const
    const ingest = IngestorLayer.layer.pipe(
      Layer.provide(IngestSourcesLayer.layer),
      Layer.provide(Layer.succeed(HttpClient.HttpClient, exchange.client)),
      Layer.provide(
        Layer.succeed(AppConfig, { ...defaultConfig, data: { ...defaultConfig.data, ...urls, ...clobAll } })
      )
    )
    const body = Effect.gen(function* () {
      const ingestor = yield* Ingestor
      const run = (most: number) => ingestor.run({ sources: [source], limit: most, incremental: true })
      yield* run(10_000)
      yield* rows(`INSERT INTO positions (strategy, market_id, event_id, token_id, net_qty, avg_price, realized_pnl,
        updated_at) SELECT 's1', market_id, event_id, 'YES', 1, 0.5, 0, '' FROM markets WHERE status = 'open'`)
      const held = yield* rows("SELECT COUNT(*) FROM positions")
      yield* Effect.sleep("120 days")
      const [report] = (yield* run(limit)).sources
      const { unread, watched } = yield* LookRepo
      const paid = yield* payouts(source)
      return { held: Number(held[0]?.[0]), paid, report, unread: yield* unread, watched: yield* watched }
    })
    return yield* onVirtualTime(backend.startUs, () => using(path, Effect.provide(body, ingest)))
  })

describe("what is held, over the exchange", () => {
  it.scoped.each(["gamma", "clob"] as const)("resolves with --limit 1 as with every market of %s", (source) =>
    Effect.gen(function* () {
      const all = yield* learn(source, 10_000)
      const one = yield* learn(source, 1)
      expect(one.held).toBeGreaterThan(100)
      expect(one.paid.length).toBeGreaterThan(20)
      expect(one.paid).toEqual(all.paid)
      expect([one.unread, one.report?.unread, one.report?.status]).toEqual([[], [], "ok"])
      expect(one.watched.length).toBe(one.held - one.paid.length)
      // The one that is listed, and those that are held: nothing else is asked for.
      expect(one.report?.received).toBeLessThanOrEqual(one.held + 1)
    })
  )
})
