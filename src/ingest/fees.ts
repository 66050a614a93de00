import { isJsonObject, type JsonObject } from "../domain/json.ts"
import { type FeeSchedule } from "../domain/Market.ts"
import { decoded, firstFlag, numberOf, textOf } from "./fields.ts"

const free: FeeSchedule = { rate: 0, exponent: 1, takerOnly: true, rebateRate: 0 }

const within = (value: number | null, low: number, high: number): value is number =>
  value !== null && value >= low && value <= high

/**
 * The market's own schedule; null when it is unknown. `makerBaseFee`, `takerBaseFee` and `fee` are ceilings and
 * leftovers, not rates, and a category's rate is never guessed.
 */
export const readFee = (row: JsonObject): FeeSchedule | null => {
  if (firstFlag(row, ["feesEnabled", "fees_enabled"]) === false || textOf(row["feeType"]) === "zero_fees") return free
  const schedule = decoded(row["feeSchedule"] ?? row["fee_schedule"])
  if (!isJsonObject(schedule)) return null
  const rate = numberOf(schedule["rate"])
  const exponent = numberOf(schedule["exponent"]) ?? 1
  const rebateRate = numberOf(schedule["rebateRate"]) ?? 0
  if (!within(rate, 0, 1) || !within(exponent, 0, 10) || !within(rebateRate, 0, 1)) return null
  return { rate, exponent, takerOnly: schedule["takerOnly"] !== false, rebateRate }
}
