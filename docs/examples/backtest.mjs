// Collects market data from a simulated exchange for six hours of its time, asks a strategy each hour, and replays it all.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { generateSignals, ingest, loadStrategies, runBacktest, startExchange, verifyArtifact } from "monomarket/promise"

const folder = mkdtempSync(join(tmpdir(), "monomarket-example-"))
const database = join(folder, "example.db")
const strategies = await loadStrategies(new URL("favourites.ts", import.meta.url))
const exchange = await startExchange({ seed: 7, markets: 200 })
try {
  for (let hour = 0; hour < 6; hour++) {
    await ingest({ database, exchange })
    await generateSignals({ database, exchange, strategies })
    await exchange.advance(3600)
  }
  await ingest({ database, exchange })

  const json = join(folder, "backtest.json")
  const { ledger, report } = await runBacktest({ database, files: { json } })
  for (const { pnl, strategy, trade_count } of report.results) {
    console.log(`${strategy}: ${trade_count} trades, ${pnl.toFixed(2)} USDC`)
  }
  console.log(`${report.executed_signals} of ${report.total_signals} signals executed; ${ledger.length} ledger rows`)
  console.log(`checked: ${(await verifyArtifact(json)).checks.join(", ")}`)
} finally {
  await exchange.close()
  rmSync(folder, { recursive: true, force: true })
}
