import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { venueFee } from "../../src/core/venue/fees.ts"
import { rejectionAdvice, rejectionCode, rejections } from "../../src/polymarket/rejections.ts"
import { asOf, contracts, feeStep, roundings } from "../../src/polymarket/rulebook.ts"
import { root } from "../shared.ts"
import { price, shares } from "../../src/domain/units.ts"

it("is dated", () => {
  expect(asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/)
})

it.each([
  ["crypto at 0.50", 0.07, 500_000, 1_750_000],
  ["crypto at 0.10", 0.07, 100_000, 630_000],
  ["politics at 0.95", 0.04, 950_000, 190_000]
])("fee of a hundred shares, %s", (_, rate, at, fee) => {
  expect(venueFee({ rate, exponent: 1, takerOnly: true, rebateRate: 0 }, price(at), shares(100_000_000))).toBe(fee)
})

it("fees come in the steps of the rulebook", () => {
  for (let lots = 1; lots < 200; lots += 1) {
    expect(
      venueFee({ rate: 0.05, exponent: 1, takerOnly: true, rebateRate: 0 }, price(370_000), shares(lots * 10_000)) %
        feeStep
    ).toBe(0)
  }
})

it("every tick divides one, and its decimals hold a price of its grid", () => {
  for (const { amountDecimals, priceDecimals, sizeDecimals, tick } of roundings) {
    expect([1_000_000 % tick, tick % 10 ** (6 - priceDecimals)]).toStrictEqual([0, 0])
    expect(amountDecimals).toBe(priceDecimals + sizeDecimals)
  }
})

it("no contract of it is named anywhere else in the program", () => {
  const src = join(root, "src")
  const addresses = JSON.stringify(contracts).match(/0x[0-9a-fA-F]{40}/g) ?? []
  expect(addresses.length).toBeGreaterThan(6)
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))
  const naming = files.filter((name) => {
    const text = readFileSync(join(src, name), "utf8").toLowerCase()
    return addresses.some((address) => text.includes(address.toLowerCase()))
  })
  expect(naming).toStrictEqual([join("polymarket", "rulebook.ts")])
})

it.each([
  ["Invalid L1 Request headers", "unauthorized"],
  ["Could not create api key", "key_exists"],
  ["order_version_mismatch", "wrong_version"],
  ["maker address not allowed, please use the deposit wallet flow", "wrong_account_kind"],
  ["the order signer address has to be the address of the API KEY", "wrong_api_key"],
  ["the order owner has to be the owner of the API KEY", "wrong_api_key"],
  ["invalid signature", "invalid_signature"],
  ["'0x1' address banned", "banned"],
  ["'0x1' address in closed only mode", "closed_only"],
  ["not enough balance / allowance", "no_balance"],
  ["order 0x1 is invalid. Size (3) lower than the minimum: 5", "below_minimum"],
  ["invalid amount for a marketable BUY order ($0.5), min size: $1", "below_minimum"],
  ["order 0x1 is invalid. Duplicated.", "duplicate"],
  ["order 0x1 is invalid. invalid expiration", "invalid_expiration"],
  ["invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals", "invalid_amounts"],
  ["invalid post-only order: order crosses book", "post_only_crosses"],
  ["no orders found to match with FAK order. FAK orders are partially filled or killed", "not_filled"],
  ["the market is not yet ready to process new orders", "market_not_ready"],
  ["order match delayed due to market conditions", "match_delayed"],
  ["order canceled in the CTF exchange contract", "canceled_on_chain"],
  ["Too many orders in payload: 16, max allowed: 15", "too_many_orders"],
  ["Invalid order payload", "invalid_payload"],
  ["No orderbook exists for the requested token id", "no_book"],
  ["Trading is currently disabled.", "trading_disabled"],
  ["Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.", "cancel_only"],
  ["post-only mode: only post-only orders and cancels are allowed", "post_only_mode"],
  ["the trade contains rounding issues", "rounding"],
  ["something new", "other"]
])("%s: %s", (text, code) => {
  expect(rejectionCode(text)).toBe(code)
})

it("says for every code what to do", () => {
  for (const { code } of rejections) expect(rejectionAdvice(code)).not.toBe("")
  expect(rejectionAdvice("other")).toBe("")
})
