import { type JsonObject } from "../../domain/json.ts"
import { type PackageAlarm } from "../../domain/PackageAlarm.ts"
import { fromMicros } from "../../domain/units.ts"

const legText = ({ certain, notional, order, qty }: PackageAlarm["legs"][number]): string => {
  const { action, marketId, side, token } = order
  const done = side === "buy" ? "bought" : "sold"
  const amount = `${certain ? "" : "up to "}${fromMicros(qty).toFixed(2)} ${token} of ${marketId}`
  const what = certain ? `${done} without counter leg` : `may be ${done} without counter leg`
  return `${amount} ${what} (${fromMicros(notional).toFixed(2)} USDC${action === "close" ? ", from what was held" : ""})`
}

/** The alarm as one line for people: which legs are held without counter legs, and why. */
export const packageAlarmText = ({ legs, reason }: PackageAlarm): string =>
  `bundle stranded: ${legs.map(legText).join("; ")}: ${reason}`

/** The alarm as a journal keeps it, micro-units. */
export const alarmJson = ({ kind, legs, reason }: PackageAlarm): JsonObject => ({
  kind,
  reason,
  legs: legs.map(({ certain, notional, order, qty }) => ({
    strategy: order.strategy,
    market: order.marketId,
    event: order.eventId,
    token: order.token,
    side: order.side,
    qty,
    notional,
    certain
  }))
})
