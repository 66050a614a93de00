import * as Effect from "effect/Effect"
import { tradingLayer } from "../../app/trading.ts"
import { type JsonObject } from "../../domain/json.ts"
import { formatTime } from "../../domain/time.ts"
import { fromMicros } from "../../domain/units.ts"
import { liveStatus, type LiveStatus } from "../../engine/commands/liveStatus.ts"
import { renderTable, type Screen } from "../../reports/terminal.ts"
import { formatInstant, formatUsdc, NOTHING } from "../../reports/terminalFormat.ts"
import { defineCommand } from "../command.ts"
import { named, restingColumns } from "../liveTables.ts"
import { Output } from "../Output.ts"
import { orderJson } from "../tradeJson.ts"

const accountKinds = ["own key", "proxy wallet", "Safe", "deposit wallet"]

const statusJson = ({ account, atUs, resting, syncedAtUs, tracked, unresolved }: LiveStatus): JsonObject => ({
  at: formatTime(atUs),
  account: {
    address: account.address,
    wallet: account.wallet,
    signature_type: account.signatureType,
    balance: fromMicros(account.balance),
    closed_only: account.closedOnly
  },
  open_orders: resting.map(({ resting: order, stored }) => ({
    hash: order.hash,
    order_id: stored?.order.id ?? null,
    token_id: order.tokenId,
    side: order.side,
    price: fromMicros(order.price),
    qty: fromMicros(order.qty),
    filled_qty: fromMicros(order.filledQty)
  })),
  tracked: tracked.map(({ order }) => orderJson(order)),
  unresolved: unresolved.map(({ order }) => order.id),
  synced_at: syncedAtUs === null ? null : formatTime(syncedAtUs)
})

const accountText = ({ account, syncedAtUs }: LiveStatus): string =>
  [
    `Account   ${account.address ?? "behind a gateway"} (${accountKinds[account.signatureType] ?? NOTHING})`,
    `Wallet    ${account.wallet ?? NOTHING}`,
    `Balance   ${formatUsdc(fromMicros(account.balance))} pUSD, of which open orders reserve theirs`,
    ...(account.closedOnly ? ["The exchange lets this account give back only."] : []),
    `Last sync ${syncedAtUs === null ? "never" : formatInstant(syncedAtUs)}`
  ].join("\n")

const statusText = (status: LiveStatus, screen: Screen): string => {
  const { resting, tracked, unresolved } = status
  const provisional = tracked.filter(({ life }) =>
    [...life.trades.values()].some(({ state }) => state === "provisional")
  )
  return [
    accountText(status),
    "",
    resting.length === 0 ? "No open orders." : renderTable(restingColumns, resting, screen),
    ...(provisional.length === 0 ? [] : [`Trades of ${named(provisional)} are not final yet.`]),
    ...(unresolved.length === 0
      ? []
      : [`What became of ${named(unresolved)} is not known yet: nothing new is sent until it is. See live-sync.`])
  ].join("\n")
}

export const command = defineCommand({
  name: "live-status",
  description: "Shows the account at the exchange: balance, open orders, and what is not known or not final yet.",
  settings: {},
  layer: tradingLayer,
  handler: () =>
    Effect.gen(function* () {
      const status = yield* liveStatus
      const output = yield* Output
      yield* output.result(statusJson(status), (screen) => statusText(status, screen))
    })
})
