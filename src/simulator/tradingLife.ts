import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { balanceOf, COLLATERAL, EXCHANGE, OUTSIDE, reverseTransfers } from "./tradingLedger.ts"
import { type TradeCourse, type TradeLife, type VenueTradeRecord } from "./TradingEngine.ts"
import { assetOf, dropOrder, type EngineTrade, reserved, type TradingState } from "./tradingState.ts"

/** When a trade's state changes, in time since it was matched. */
const courses: { readonly [course in TradeCourse]: ReadonlyArray<readonly [afterUs: number, status: TradeLife]> } = {
  confirm: [
    [2 * MICROS_PER_SECOND, "MINED"],
    [4 * MICROS_PER_SECOND, "CONFIRMED"]
  ],
  retry_then_confirm: [
    [MICROS_PER_SECOND, "RETRYING"],
    [3 * MICROS_PER_SECOND, "MINED"],
    [5 * MICROS_PER_SECOND, "CONFIRMED"]
  ],
  // Sooner than any trade that follows is mined: what was done with shares that never came can fail with it.
  fail: [
    [MICROS_PER_SECOND, "RETRYING"],
    [2 * MICROS_PER_SECOND, "FAILED"]
  ],
  stay_matched: []
}

/** A trade as it stands at a time. */
export const recordAt = (
  { record, course, retriedHash, failedAtUs }: EngineTrade,
  nowUs: EpochMicros
): VenueTradeRecord => {
  if (failedAtUs !== null) return { ...record, status: "FAILED", updatedAtUs: failedAtUs }
  let now = record
  for (const [afterUs, status] of courses[course]) {
    const updatedAtUs = record.matchedAtUs + afterUs
    if (updatedAtUs > nowUs || status === "FAILED") break
    now = { ...now, status, updatedAtUs, transactionHash: status === "RETRYING" ? retriedHash : now.transactionHash }
  }
  return now
}

/** When a trade fails because its course ends so; Infinity: it does not. */
const failsAt = ({ record, course }: EngineTrade): EpochMicros => {
  const end = courses[course].at(-1)
  return end !== undefined && end[1] === "FAILED" ? record.matchedAtUs + end[0] : Infinity
}

const finalAt = ({ record, course }: EngineTrade): EpochMicros =>
  record.matchedAtUs + (courses[course].at(-1)?.[0] ?? Infinity)

const isWallet = (account: string): boolean => ![OUTSIDE, EXCHANGE, COLLATERAL].includes(account)

/** Orders of a wallet that its balance no longer covers are cancelled, newest first. */
const cancelUncovered = (state: TradingState, wallet: string, asset: string): void => {
  const balance = balanceOf(state.ledger, wallet, asset)
  for (const one of [...state.orders.values()].reverse()) {
    if (reserved(state, wallet, asset) <= Math.max(0, balance)) return
    if (one.order.maker === wallet && assetOf(one.order) === asset) dropOrder(state, one, "canceled")
  }
}

/**
 * Undoes a trade. Where its shares or money were used since, the newest trades that used them fail too: on the chain
 * there is nothing to pay them with.
 */
const fail = (state: TradingState, trade: EngineTrade, atUs: EpochMicros): void => {
  trade.failedAtUs = atUs
  reverseTransfers(state.ledger, trade.transfers)
  for (const { to, asset } of trade.transfers) {
    if (!isWallet(to)) continue
    cancelUncovered(state, to, asset)
    while (balanceOf(state.ledger, to, asset) < 0) {
      const user = state.open.findLast(
        (one) => one.failedAtUs === null && one.transfers.some((used) => used.from === to && used.asset === asset)
      )
      if (user === undefined) break
      fail(state, user, atUs)
    }
  }
}

/** Lets every trade fail whose time has come, and forgets those that are final. */
export const advanceTrades = (state: TradingState): void => {
  const due = state.open.filter((one) => failsAt(one) <= state.nowUs).sort((a, b) => failsAt(a) - failsAt(b))
  for (const one of due) if (one.failedAtUs === null) fail(state, one, failsAt(one))
  state.open = state.open.filter((one) => one.failedAtUs === null && finalAt(one) > state.nowUs)
}
