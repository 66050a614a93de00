import * as Effect from "effect/Effect"
import { AppConfig } from "../../config/AppConfig.ts"
import {
  type ChainId,
  contracts,
  type ExchangeKind,
  type SignatureType,
  signatureTypes
} from "../../polymarket/rulebook.ts"
import { type ExchangeAccount } from "../../polymarket/TradingAccess.ts"
import { type TradingClient } from "../../polymarket/tradingClient.ts"
import { type BalanceAnswer } from "../../polymarket/tradingWire.ts"
import { type VenueFailure } from "../../polymarket/VenueFailure.ts"
import { formatNumber } from "../../reports/terminalFormat.ts"
import { accountKinds, venueAdvice } from "./credentials.ts"
import { blockingLive, type Finding, ok, problem, skipped, warning } from "./finding.ts"
import { orderFinding } from "./openOrders.ts"
import { type TokenId } from "../../domain/ids.ts"

const UNITS = 1e6
/** More than any wallet holds; an approval without limit is 2^256 - 1. */
const UNLIMITED = 10n ** 18n

const amount = (units: bigint): string => (units >= UNLIMITED ? "unlimited" : formatNumber(Number(units) / UNITS, 2))

const kinds: ReadonlyArray<ExchangeKind> = ["standard", "negRisk"]
const kindNames: { readonly [kind in ExchangeKind]: string } = { standard: "exchange", negRisk: "neg-risk exchange" }

/** What the wallet allows each exchange contract to take; null: the exchange did not say. */
const allowancesOf = (answer: BalanceAnswer, chainId: ChainId) => {
  const allowed = new Map(
    Object.entries(answer.allowances ?? {}).map(([spender, value]) => [spender.toLowerCase(), value])
  )
  return kinds.map((kind) => {
    const contract = contracts[chainId].exchange[kind]
    return { kind, contract, value: allowed.size === 0 ? null : (allowed.get(contract.toLowerCase()) ?? 0n) }
  })
}

const nothingAllowed = (answer: BalanceAnswer, chainId: ChainId): boolean =>
  allowancesOf(answer, chainId).some(({ value }) => value === 0n)

/** The exchange remembers balances from before a deposit or an approval: what looks empty is read from the chain again. */
const freshBalance = (client: TradingClient, tokenId: TokenId | null, chainId: ChainId) =>
  Effect.flatMap(client.balance(tokenId), (first) =>
    first.balance > 0n && !nothingAllowed(first, chainId)
      ? Effect.succeed(first)
      : Effect.zipRight(client.refreshBalance(tokenId), client.balance(tokenId))
  )

const failed = (check: string, failure: VenueFailure): Finding => problem(check, failure.message, venueAdvice(failure))

interface OtherWallet {
  readonly type: SignatureType
  readonly balance: bigint
}

const hint =
  "deposit; if the money is there already, signature type or funder are not those of the account: " +
  "accounts opened since 2026-05-04 have type 3, e-mail accounts before that 1, browser wallets 2"

/** `others`: wallets of the same key that do have money. */
const balanceFinding = (
  answer: BalanceAnswer,
  { signatureType, signer }: ExchangeAccount,
  others: ReadonlyArray<OtherWallet>
): Finding => {
  const check = "balance"
  if (answer.balance > 0n) return ok(check, `${amount(answer.balance)} pUSD`)
  const wallet = signer === null ? "the account" : signer.maker
  const empty = `0.00 pUSD in ${wallet} (type ${signatureType}, ${accountKinds[signatureType]})`
  const [first] = others
  if (first === undefined) return blockingLive(warning(check, empty, hint))
  const found = others.map(({ balance, type }) => `${amount(balance)} with type ${type} (${accountKinds[type]})`)
  return problem(
    check,
    `${empty}, but ${found.join(", ")}`,
    `set POLYMARKET_SIGNATURE_TYPE to ${first.type} and POLYMARKET_FUNDER to that wallet`
  )
}

/** Asked only where the account is empty. What cannot be read is no hint. */
const otherWallets = ({ client, signatureType }: ExchangeAccount): Effect.Effect<ReadonlyArray<OtherWallet>> =>
  Effect.map(
    Effect.forEach(
      signatureTypes.filter((type) => type !== signatureType),
      (type) =>
        Effect.match(client.balance(null, type), {
          onFailure: () => [],
          onSuccess: ({ balance }) => (balance > 0n ? [{ type, balance }] : [])
        }),
      { concurrency: 1 }
    ),
    (found) => found.flat()
  )

const allowanceFinding = (answer: BalanceAnswer, chainId: ChainId): Finding => {
  const check = "allowances"
  const all = allowancesOf(answer, chainId)
  if (all.some(({ value }) => value === null)) {
    return warning(check, "the exchange does not tell the allowances", "see whether the smallest order is taken")
  }
  const found = all.map(({ kind, value }) => `${kindNames[kind]} ${amount(value ?? 0n)}`).join(", ")
  const none = all.filter(({ value }) => value === 0n)
  if (none.length > 0) {
    const where = none.map(({ contract, kind }) => `${contract} (${kindNames[kind]})`).join(" and ")
    return problem(check, `pUSD: ${found}`, `approve pUSD for ${where}; one trade on the website does it`)
  }
  return all.some(({ value }) => (value ?? 0n) < answer.balance)
    ? warning(check, `pUSD: ${found}; less than the balance`, "orders beyond the allowance are refused: raise it")
    : ok(check, `pUSD: ${found}`)
}

const tokenFinding = (answer: BalanceAnswer, chainId: ChainId): Finding => {
  const check = "outcome_tokens"
  const none = allowancesOf(answer, chainId).filter(({ value }) => value === 0n)
  if (none.length === 0) return ok(check, "both exchanges may take what is sold")
  const where = none.map(({ contract }) => contract).join(" and ")
  return blockingLive(
    warning(check, "shares cannot be sold", `approve ${contracts[chainId].conditionalTokens} for ${where}`)
  )
}

const money = (account: ExchangeAccount, chainId: ChainId): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.matchEffect(freshBalance(account.client, null, chainId), {
    onFailure: (failure) => Effect.succeed([failed("balance", failure), skipped("allowances", "see balance")]),
    onSuccess: (answer) =>
      Effect.map(answer.balance > 0n ? Effect.succeed([]) : otherWallets(account), (others) => [
        balanceFinding(answer, account, others),
        allowanceFinding(answer, chainId)
      ])
  })

const tokens = (account: ExchangeAccount, chainId: ChainId, tokenId: TokenId | null): Effect.Effect<Finding> =>
  tokenId === null
    ? Effect.succeed(skipped("outcome_tokens", "no market is known yet"))
    : Effect.match(freshBalance(account.client, tokenId, chainId), {
        onFailure: (failure) => failed("outcome_tokens", failure),
        onSuccess: (answer) => tokenFinding(answer, chainId)
      })

const apiFinding = ({ client }: ExchangeAccount): Effect.Effect<Finding> =>
  Effect.match(client.apiKeyCount, {
    onFailure: (failure) => failed("api_credentials", failure),
    onSuccess: (count) => ok("api_credentials", `accepted; the key has ${count} set${count === 1 ? "" : "s"}`)
  })

const rightsFinding = ({ client }: ExchangeAccount): Effect.Effect<Finding> =>
  Effect.match(client.closedOnly, {
    onFailure: (failure) => failed("trading_rights", failure),
    onSuccess: (closedOnly) =>
      closedOnly
        ? problem("trading_rights", "closed-only: the account may only sell", "ask the exchange why")
        : ok("trading_rights", "may buy and sell")
  })

/** What the account has and may do. `tokenId`: any outcome token, to see whether shares can be sold. */
export const accountFindings = Effect.fnUntraced(function* (account: ExchangeAccount, tokenId: TokenId | null) {
  const { chain_id: chainId } = (yield* AppConfig).live
  const [api, rights, cash, sold, orders] = yield* Effect.all(
    [
      apiFinding(account),
      rightsFinding(account),
      money(account, chainId),
      tokens(account, chainId, tokenId),
      orderFinding(account.client)
    ],
    { concurrency: "unbounded" }
  )
  return [api, rights, ...cash, sold, orders]
})
