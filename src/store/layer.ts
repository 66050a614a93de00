import type * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Layer from "effect/Layer"
import { type StoreError } from "../domain/errors.ts"
import { type DrawdownRepo } from "../ports/DrawdownRepo.ts"
import { type HistoryReader } from "../ports/HistoryReader.ts"
import { type IngestHealth } from "../ports/IngestHealth.ts"
import { type IngestRepo } from "../ports/IngestRepo.ts"
import { type JournalReader } from "../ports/Journal.ts"
import { type LiveOrderRepo } from "../ports/LiveOrderRepo.ts"
import { type LookRepo } from "../ports/LookRepo.ts"
import { type MarketRepo } from "../ports/MarketRepo.ts"
import { type SignalRepo } from "../ports/SignalRepo.ts"
import { type SwitchRepo } from "../ports/SwitchRepo.ts"
import { type TradeRepo } from "../ports/TradeRepo.ts"
import * as Database from "./Database.ts"
import * as Drawdown from "./DrawdownRepo.ts"
import * as History from "./HistoryReader.ts"
import * as Health from "./IngestHealth.ts"
import * as Ingest from "./IngestRepo.ts"
import * as Journals from "./JournalReader.ts"
import * as LiveOrders from "./LiveOrderRepo.ts"
import * as Looks from "./LookRepo.ts"
import * as Markets from "./MarketRepo.ts"
import * as Signals from "./signals/SignalRepo.ts"
import * as Switches from "./SwitchRepo.ts"
import * as Trades from "./TradeRepo.ts"

export type Repositories =
  MarketRepo | LookRepo | IngestRepo | IngestHealth | SignalRepo | TradeRepo | DrawdownRepo | LiveOrderRepo | SwitchRepo

/** Every repository over one connection. */
export const repositories: Layer.Layer<Repositories, never, SqlClient.SqlClient> = Layer.mergeAll(
  Markets.layer,
  Looks.layer,
  Ingest.layer,
  Health.layer,
  Signals.layer,
  Trades.layer,
  Drawdown.layer,
  LiveOrders.layer,
  Switches.layer
)

/** The whole store over one file; the connection stays visible for invariants and reports. Keep it in a const. */
export const storeLayer = (
  path: string,
  options: Database.DatabaseOptions
): Layer.Layer<
  Repositories | HistoryReader | JournalReader | SqlClient.SqlClient | SqliteClient.SqliteClient,
  StoreError
> => Layer.mergeAll(repositories, History.layer, Journals.layer).pipe(Layer.provideMerge(Database.layer(path, options)))
