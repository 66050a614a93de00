import { type MicroUnits } from "../domain/units.ts"

/** Asset id of pUSD; every other asset is an outcome token's id. */
export const CASH = ""

/** Whoever is not one of our accounts. Its balances go below zero: it brings whatever the generated book shows. */
export const OUTSIDE = "outside"
/** Where fees go, and the fractions of a micro-unit that no account can be paid. */
export const EXCHANGE = "exchange"
/** Holds one pUSD for every pair of tokens that exists; its token balances are what it has issued, below zero. */
export const COLLATERAL = "collateral"

export interface Transfer {
  readonly from: string
  readonly to: string
  readonly asset: string
  /** Base units. */
  readonly amount: MicroUnits
}

/** Balances by account and asset. Everything is a transfer, so that each asset always sums to zero over all accounts. */
export interface Ledger {
  readonly balances: Map<string, Map<string, MicroUnits>>
}

export const makeLedger = (): Ledger => ({ balances: new Map() })

export const balanceOf = (ledger: Ledger, account: string, asset: string): MicroUnits =>
  ledger.balances.get(account)?.get(asset) ?? 0

const add = (ledger: Ledger, account: string, asset: string, amount: MicroUnits): void => {
  let assets = ledger.balances.get(account)
  if (assets === undefined) {
    assets = new Map()
    ledger.balances.set(account, assets)
  }
  assets.set(asset, (assets.get(asset) ?? 0) + amount)
}

export const applyTransfers = (ledger: Ledger, transfers: ReadonlyArray<Transfer>): void => {
  for (const { from, to, asset, amount } of transfers) {
    add(ledger, from, asset, -amount)
    add(ledger, to, asset, amount)
  }
}

export const reverseTransfers = (ledger: Ledger, transfers: ReadonlyArray<Transfer>): void =>
  applyTransfers(
    ledger,
    transfers.map(({ from, to, asset, amount }) => ({ from: to, to: from, asset, amount }))
  )
