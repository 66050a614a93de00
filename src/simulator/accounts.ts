import { createHash } from "node:crypto"
import * as Redacted from "effect/Redacted"
import { type SignatureType } from "../polymarket/rulebook.ts"

/** A set of API credentials. */
export interface ApiKeySet {
  /** The key's own address, in lower case. */
  readonly address: string
  readonly nonce: number
  readonly key: string
  readonly secret: Redacted.Redacted
  readonly passphrase: Redacted.Redacted
}

/** `closed_only`: it may sell and nothing else. */
export const standings = ["normal", "closed_only", "banned"] as const
export type Standing = (typeof standings)[number]

/** Who may trade, and for which wallet. Addresses are compared without regard to upper and lower case. */
export interface Accounts {
  /** undefined: there is one already. */
  readonly create: (address: string, nonce: number) => ApiKeySet | undefined
  readonly find: (address: string, nonce: number) => ApiKeySet | undefined
  readonly byKey: (key: string) => ApiKeySet | undefined
  readonly keysOf: (address: string) => ReadonlyArray<ApiKeySet>
  readonly remove: (key: string) => void
  readonly all: () => ReadonlyArray<ApiKeySet>
  /**
   * Ties the wallet to the key's address and signature type at its first use. False: another wallet is tied to them, or
   * the wallet is tied to another address or type.
   */
  readonly bind: (address: string, type: SignatureType, maker: string) => boolean
  readonly makerOf: (address: string, type: SignatureType) => string | undefined
  /** A wallet under the one spelling that the engine knows: as it was first written. */
  readonly spelled: (address: string) => string
  readonly standing: (address: string) => Standing
  readonly setStanding: (address: string, standing: Standing) => void
}

const digest = (text: string): Buffer => createHash("sha256").update(`loopback exchange ${text}`).digest()

/** The same address and nonce always give the same credentials, in another process too. */
const credentialsOf = (address: string, nonce: number): ApiKeySet => {
  const of = (what: string) => digest(`${what} ${address} ${nonce}`)
  const id = of("key").toString("hex")
  const part = (from: number, to: number) => id.slice(from, to)
  return {
    address,
    nonce,
    key: `${part(0, 8)}-${part(8, 12)}-4${part(13, 16)}-8${part(17, 20)}-${part(20, 32)}`,
    secret: Redacted.make(`${of("secret").toString("base64url")}=`),
    passphrase: Redacted.make(of("passphrase").toString("hex"))
  }
}

export const makeAccounts = (): Accounts => {
  const keys = new Map<string, ApiKeySet>()
  const wallets = new Map<string, string>()
  const owners = new Map<string, string>()
  const spellings = new Map<string, string>()
  const banned = new Map<string, Standing>()
  const find = (address: string, nonce: number) =>
    [...keys.values()].find((one) => one.address === address.toLowerCase() && one.nonce === nonce)
  const spelled = (address: string): string => {
    const known = spellings.get(address.toLowerCase())
    if (known !== undefined) return known
    spellings.set(address.toLowerCase(), address)
    return address
  }
  const slot = (address: string, type: SignatureType) => `${address.toLowerCase()} ${type}`
  return {
    create: (address, nonce) => {
      if (find(address, nonce) !== undefined) return undefined
      const made = credentialsOf(address.toLowerCase(), nonce)
      spelled(address)
      keys.set(made.key, made)
      return made
    },
    find,
    byKey: (key) => keys.get(key),
    keysOf: (address) => [...keys.values()].filter((one) => one.address === address.toLowerCase()),
    remove: (key) => void keys.delete(key),
    all: () => [...keys.values()],
    bind: (address, type, maker) => {
      const wallet = maker.toLowerCase()
      const own = slot(address, type)
      if ((wallets.get(own) ?? wallet) !== wallet || (owners.get(wallet) ?? own) !== own) return false
      wallets.set(own, wallet)
      owners.set(wallet, own)
      return true
    },
    makerOf: (address, type) => {
      const wallet = wallets.get(slot(address, type))
      return wallet === undefined ? undefined : spelled(wallet)
    },
    spelled,
    standing: (address) => banned.get(address.toLowerCase()) ?? "normal",
    setStanding: (address, standing) => void banned.set(address.toLowerCase(), standing)
  }
}
