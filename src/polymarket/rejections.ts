/**
 * What the exchange says when it takes no order, and what that means (documentation of 2026-06-18 and reports since). The
 * texts are matched by their fixed part: numbers, ids and addresses around it differ.
 */
export const rejectionCodes = [
  "unauthorized",
  "key_exists",
  "wrong_version",
  "invalid_signature",
  "wrong_account_kind",
  "wrong_api_key",
  "banned",
  "closed_only",
  "no_balance",
  "off_tick",
  "below_minimum",
  "duplicate",
  "invalid_expiration",
  "invalid_amounts",
  "post_only_crosses",
  "not_filled",
  "market_not_ready",
  "match_delayed",
  "canceled_on_chain",
  "too_many_orders",
  "invalid_payload",
  "no_book",
  "trading_disabled",
  "cancel_only",
  "post_only_mode",
  "rounding",
  "other"
] as const
export type RejectionCode = (typeof rejectionCodes)[number]

interface Rejection {
  readonly code: RejectionCode
  readonly text: RegExp
  /** What to do about it, for a person. */
  readonly advice: string
}

export const rejections: ReadonlyArray<Rejection> = [
  {
    code: "unauthorized",
    text: /unauthorized|invalid api key|invalid l1 request headers/i,
    advice: "check the API credentials and the clock; derive the credentials again"
  },
  { code: "key_exists", text: /could not create api key/i, advice: "the credentials exist already: derive them" },
  { code: "wrong_version", text: /order_version_mismatch/i, advice: "the exchange changed its order version: update" },
  {
    code: "wrong_account_kind",
    text: /maker address not allowed|deposit wallet flow/i,
    advice: "the account is a deposit wallet: signature type 3, and its address as funder"
  },
  {
    code: "wrong_api_key",
    text: /order (signer|owner).* has to be the (address|owner) of the api key/i,
    advice: "the API credentials belong to another key: derive them again"
  },
  {
    code: "invalid_signature",
    text: /invalid signature/i,
    advice: "check signature type, funder and whether the market is neg-risk"
  },
  { code: "banned", text: /address banned/i, advice: "the exchange has banned the account" },
  { code: "closed_only", text: /closed only mode/i, advice: "the account may only close positions" },
  {
    code: "no_balance",
    text: /not enough balance/i,
    advice: "balance or allowance is short; open orders reserve theirs. Check both with doctor"
  },
  { code: "off_tick", text: /breaks minimum tick size rule/i, advice: "the tick size changed: read the market again" },
  { code: "duplicate", text: /duplicated/i, advice: "the exchange has this very order already" },
  { code: "invalid_expiration", text: /invalid expiration/i, advice: "the expiration must lie three minutes ahead" },
  {
    code: "below_minimum",
    text: /lower than the minimum|, min size: \$/i,
    advice: "the order is below the market's minimum size"
  },
  { code: "invalid_amounts", text: /invalid amounts/i, advice: "amounts have too many decimals: report this" },
  { code: "post_only_crosses", text: /order crosses book/i, advice: "the price moved: quote again" },
  {
    code: "not_filled",
    text: /couldn't be fully filled|no orders found to match with FAK/i,
    advice: "nothing was there to trade with at the limit"
  },
  { code: "market_not_ready", text: /not yet ready to process new orders/i, advice: "the market opens later" },
  { code: "match_delayed", text: /order match delayed/i, advice: "wait for the outcome" },
  { code: "canceled_on_chain", text: /canceled in the CTF exchange contract/i, advice: "the order was cancelled" },
  { code: "too_many_orders", text: /too many orders in payload/i, advice: "send fewer at a time" },
  {
    code: "invalid_payload",
    text: /invalid order payload|payload exceeds the limit|invalid order params/i,
    advice: "the exchange could not read the order: report this"
  },
  { code: "no_book", text: /no orderbook exists/i, advice: "the market is closed or not open yet" },
  { code: "trading_disabled", text: /trading is currently disabled/i, advice: "the exchange has stopped trading" },
  { code: "cancel_only", text: /cancel-only/i, advice: "the exchange takes cancels only at the moment" },
  {
    code: "post_only_mode",
    text: /post-only mode|post_only_mode/i,
    advice: "the exchange was restarted and takes post-only orders for a few minutes"
  },
  {
    code: "rounding",
    text: /rounding issues|discrepancy greater than allowed/i,
    advice: "the outcome is not known until the order is looked up"
  }
]

/** The code of a text of the exchange; "other" for one that is not in the table. */
export const rejectionCode = (text: string): RejectionCode =>
  rejections.find((one) => one.text.test(text))?.code ?? "other"

/** What to do about a code; "" when only the text says it. */
export const rejectionAdvice = (code: RejectionCode): string =>
  rejections.find((one) => one.code === code)?.advice ?? ""
