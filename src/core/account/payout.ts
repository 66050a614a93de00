import { type Payout } from "../../domain/Market.ts"

/**
 * What one share of each outcome is paid, USDC. A YES and a NO share are backed by exactly one USDC, and the contracts
 * divide it by the reported vector: (1,1) pays half each, as (0.5,0.5) does. What is paid may be given again unchanged.
 */
export const sharePayout = (reported: Payout): Payout => {
  const sum = reported.yes + reported.no
  return sum === 1 || sum === 0 ? reported : { yes: reported.yes / sum, no: reported.no / sum }
}

/** Whether two reports pay the same, however they are written. */
export const samePayout = (a: Payout, b: Payout): boolean => {
  const [left, right] = [sharePayout(a), sharePayout(b)]
  return left.yes === right.yes && left.no === right.no
}
