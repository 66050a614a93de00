import type * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { type ArtifactError } from "../domain/errors.ts"
import { decodeValue } from "./decodeArtifact.ts"
import { CheckedHex, checksumFields } from "./schema.ts"

export const ALIGNMENT_SCHEMA_VERSION = "alignment-1.0"
export const ALIGNMENT_KIND = "backtest_paper_alignment"

const num = (description: string) => Schema.Number.annotations({ description })
const text = (description: string) => Schema.String.annotations({ description })

const Verdict = Schema.Literal("aligned", "partially_aligned", "not_aligned")

const CriterionV1 = Schema.Struct({
  name: text("What is asked"),
  value: num("The answer"),
  unit: Schema.Literal("ratio", "bps", "signals").annotations({ description: "Unit of value and limits" }),
  direction: Schema.Literal("at_least", "at_most").annotations({ description: "Whether more is better" }),
  aligned: num("Up to where it counts as aligned"),
  partial: num("Up to where it counts as partially aligned"),
  verdict: Verdict.annotations({ description: "Of this question" })
}).annotations({ identifier: "Criterion" })

const figures = {
  pnl: num("Realized and unrealized, less fees, USDC"),
  realized: num("Realized PnL less fees, USDC"),
  fees: num("USDC"),
  turnover: num("Price times quantity over all fills, USDC"),
  max_drawdown: num("Greatest fall of realized PnL from its peak, USDC"),
  trades: num("Fills")
}

const FiguresV1 = Schema.Struct(figures).annotations({ identifier: "Figures" })

const side = {
  signals: num("Signals tried"),
  executed: num("Signals of which something traded"),
  rejected: num("The others"),
  execution_rate: num("executed / signals"),
  orders: num("Orders, one per leg"),
  orders_filled: num("Orders of which something traded"),
  fill_rate: num("orders_filled / orders"),
  fill_ratio: num("Shares that traded / shares of the orders of which something traded"),
  slippage_bps: num("Price against the limit, weighted by quantity; negative is better than the limit"),
  ...figures,
  after_close: Schema.optional(
    Schema.Struct({
      fills: num("Orders that traded after the exchange had closed the market"),
      pnl: num("What they gain at its payout, USDC")
    })
  ),
  reject_reasons: Schema.Record({ key: Schema.String, value: Schema.Number }).annotations({
    description: "Signals that did not trade, by reason"
  })
}

const SideV1 = Schema.Struct(side).annotations({ identifier: "Side" })

const pair = { backtest: FiguresV1, paper: FiguresV1, pnl_difference: num("paper - backtest, USDC") }

const ManualOrderV1 = Schema.Struct({
  order_id: num("Id in the database"),
  created_at: text("ISO 8601"),
  market_id: text("Market"),
  event_id: text("Event"),
  token_id: Schema.Literal("YES", "NO").annotations({ description: "Token" }),
  side: Schema.Literal("buy", "sell").annotations({ description: "Side" }),
  price: num("Limit, USDC per share"),
  qty: num("Shares"),
  filled_qty: num("Shares that traded"),
  status: text("Status of the order")
}).annotations({ identifier: "ManualOrder" })

const MatchV1 = Schema.Struct({
  both_executed: num("Signals that both executed"),
  only_backtest: num("Signals that only the backtest executed"),
  only_paper: num("Signals that only paper executed"),
  neither: num("Signals that neither executed"),
  agreement: num("Signals with the same outcome / signals tried on paper"),
  overlap: num("both_executed / signals that either executed; 1 when neither executed any"),
  compared_legs: num("Orders that both filled"),
  price_gap_bps: num("How much worse paper's price was over those, weighted by quantity"),
  quantity_ratio: num("Shares on paper / shares in the backtest over those"),
  median_delay_sec: num("From a signal to its order on paper, seconds"),
  max_delay_sec: num("The longest, seconds")
}).annotations({ identifier: "Match" })

/** The JSON beside an alignment report: what every alignment-1.x has. */
export const AlignmentV1 = Schema.Struct({
  schema_version: Schema.String.pipe(
    Schema.pattern(/^alignment-1\.\d+$/, { message: () => "must be a schema version alignment-1.x" })
  ).annotations({ description: "alignment-1.0, or a later alignment-1.x" }),
  kind: Schema.Literal(ALIGNMENT_KIND),
  generated_at: text("When the report was made, ISO 8601"),
  from_ts: text("Start of the window, included, ISO 8601"),
  to_ts: text("End of the window, included, ISO 8601"),
  strategies: Schema.Array(Schema.String).annotations({ description: "Which strategies were compared" }),
  verdict: Verdict.annotations({ description: "The worst of the criteria" }),
  criteria: Schema.Array(CriterionV1),
  signals_made: num("Signals of the window"),
  signals_left_alone: num("Those that paper did not try"),
  signals_expired: num("Those of them that grew too old before their turn came"),
  backtest: SideV1.annotations({ description: "The replay, at the moments at which paper executed" }),
  paper: SideV1.annotations({ description: "What paper did" }),
  match: MatchV1,
  at_once: Schema.Struct({
    ...side,
    changed_by_waiting: num("Signals whose outcome differs from that at paper's moment")
  }).annotations({ description: "The replay, at the moments at which the signals were made" }),
  by_strategy: Schema.Array(Schema.Struct({ strategy: text("Strategy id"), ...pair })),
  by_event: Schema.Array(Schema.Struct({ event_id: text("Event id"), ...pair })),
  manual_orders: Schema.Array(ManualOrderV1).annotations({ description: "Orders placed by hand in the window" }),
  remarks: Schema.Array(Schema.String).annotations({ description: "What a reader should know" }),
  program: Schema.Struct({ version: text("Version of the program") }),
  ledger_sha256: CheckedHex("Digest of the replay's ledger"),
  ...checksumFields
})
export type AlignmentV1 = Schema.Schema.Type<typeof AlignmentV1>

/** An alignment, or an error that names the path inside it. */
export const parseAlignmentV1: (file: string, value: unknown) => Either.Either<AlignmentV1, ArtifactError> =
  decodeValue(AlignmentV1, "an alignment")
