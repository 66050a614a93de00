import { originalTables } from "./0001_original_tables.ts"
import { olderOriginals } from "./0002_older_originals.ts"
import { timeColumnsMigration } from "./0003_time_columns.ts"
import { tradingColumns } from "./0004_trading_columns.ts"
import { derivedValues } from "./0005_derived_values.ts"
import { signalReason } from "./0006_signal_reason.ts"
import { journal } from "./0007_journal.ts"
import { snapshotStatus } from "./0008_snapshot_status.ts"
import { resolutionStates } from "./0009_resolution_states.ts"
import { tradingVersion } from "./0010_trading_version.ts"
import { liveOrders } from "./0011_live_orders.ts"
import { signalOrders } from "./0012_signal_orders.ts"
import { orderReasons } from "./0013_order_reasons.ts"
import { marketLooks } from "./0014_market_looks.ts"
import { riskState } from "./0015_risk_state.ts"
import { restingOrders } from "./0016_resting_orders.ts"

/** Numbered and never edited once released: a change is a new entry. The CLI is bundled, so they are listed here. */
export const migrations = {
  "0001_original_tables": originalTables,
  "0002_older_originals": olderOriginals,
  "0003_time_columns": timeColumnsMigration,
  "0004_trading_columns": tradingColumns,
  "0005_derived_values": derivedValues,
  "0006_signal_reason": signalReason,
  "0007_journal": journal,
  "0008_snapshot_status": snapshotStatus,
  "0009_resolution_states": resolutionStates,
  "0010_trading_version": tradingVersion,
  "0011_live_orders": liveOrders,
  "0012_signal_orders": signalOrders,
  "0013_order_reasons": orderReasons,
  "0014_market_looks": marketLooks,
  "0015_risk_state": riskState,
  "0016_resting_orders": restingOrders
}

export const latestMigration = Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))
