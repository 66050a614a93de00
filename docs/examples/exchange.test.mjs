// Tests of one's own against the simulated exchange: node --test docs/examples/exchange.test.mjs
import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { blankMarket, ingest, loadStrategies, marketView, startExchange } from "monomarket/promise"

const folder = mkdtempSync(join(tmpdir(), "monomarket-example-"))
let exchange
before(async () => {
  exchange = await startExchange({ seed: 7, markets: 50 })
})
after(async () => {
  await exchange.close()
  rmSync(folder, { recursive: true, force: true })
})

test("the strategy buys a liquid favourite, and nothing else", async () => {
  const [strategy] = await loadStrategies(new URL("favourites.ts", import.meta.url))
  const quoted = { yesPrice: 0.7, bestBid: 0.69, bestAsk: 0.71 }
  const markets = [
    blankMarket({ marketId: "liquid", liquidity: 5000, ...quoted }),
    blankMarket({ marketId: "thin", liquidity: 50, ...quoted })
  ]
  const view = marketView(markets, 0)
  assert.deepEqual(
    strategy.generate(view).map(({ marketId, targetPrice }) => [marketId, targetPrice]),
    [["liquid", 0.71]]
  )
})

test("collecting goes on when the exchange answers 500 now and then", async () => {
  await exchange.setFaults(["500:0.2"])
  const { sources, status } = await ingest({
    database: join(folder, "faults.db"),
    exchange,
    config: { data: { backoff_base_sec: 0, max_retries: 10 } }
  })
  assert.equal(status, "ok")
  assert.ok(sources.some(({ retryCount }) => retryCount > 0))
})
