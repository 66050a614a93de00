import * as Effect from "effect/Effect"
import { type EpochMicros } from "../domain/time.ts"
import { type Micros } from "../domain/units.ts"
import { makeOrderVerifier, type OrderVerifier } from "../polymarket/orderSigning.ts"
import { type ChainId } from "../polymarket/rulebook.ts"
import { type Accounts, type ApiKeySet, makeAccounts } from "./accounts.ts"
import { type Backend } from "./Backend.ts"
import { type PostedOrder, readOrder } from "./orderPayload.ts"
import { type AcceptsTime } from "./tradingAuth.ts"
import { type PlaceOutcome, type TradingEngine, type VenueOrder } from "./TradingEngine.ts"
import { noBalance, noBook, type Refusal, refuse } from "./tradingRules.ts"

export type Placed = Extract<PlaceOutcome, { readonly _tag: "placed" }>

/** An order that the exchange took, in the order in which it took them. */
export interface TakenOrder extends Placed {
  readonly order: VenueOrder
}

/** What stands between the wire and the matching engine: who may trade, and orders as they were sent. */
export interface TradingDesk {
  readonly engine: TradingEngine
  readonly accounts: Accounts
  readonly verifier: Effect.Effect<OrderVerifier>
  readonly acceptsTime: AcceptsTime
  readonly nowUs: () => EpochMicros
  /** pUSD of a wallet that is opened. */
  readonly openingBalance: Micros
  readonly chainId: ChainId
  /** Opens the wallet if it is not, and gives it as the engine knows it. */
  readonly openWallet: (maker: string) => string
  readonly place: (payload: unknown, owner: ApiKeySet) => Effect.Effect<TakenOrder, Refusal>
  readonly taken: () => ReadonlyArray<TakenOrder>
  /** All that were opened. */
  readonly wallets: () => ReadonlyArray<string>
}

export interface DeskOptions {
  readonly backend: Backend
  readonly engine: TradingEngine
  readonly openingBalance: Micros
  readonly chainId: ChainId
  readonly nowUs: () => EpochMicros
  readonly acceptsTime: AcceptsTime
}

const reject = (error: string, status = 400): Effect.Effect<never, Refusal> => Effect.fail(refuse(error, status))

const same = (a: string, b: string | undefined): boolean => a.toLowerCase() === b?.toLowerCase()

/** Checks who is named in an order: API key, signer, wallet. */
const checkParties = ({ fields, owner }: PostedOrder, key: ApiKeySet): Effect.Effect<void, Refusal> => {
  if (owner !== key.key) return reject("the order owner has to be the owner of the API KEY")
  // A deposit wallet signs for itself, with its owner's key.
  const signer = fields.signatureType === 3 ? fields.maker : key.address
  if (!same(signer, fields.signer)) return reject("the order signer address has to be the address of the API KEY")
  return Effect.void
}

const checkStanding = (accounts: Accounts, { fields }: PostedOrder, { address }: ApiKeySet) => {
  const standing = accounts.standing(address)
  if (standing === "banned") return reject(`'${accounts.spelled(address)}' address banned`)
  return standing === "closed_only" && fields.side === "BUY"
    ? reject(`'${accounts.spelled(address)}' address in closed only mode`)
    : Effect.void
}

const bindWallet = (accounts: Accounts, { fields }: PostedOrder, { address }: ApiKeySet) => {
  const ownAccount = same(fields.maker, address)
  const allowed = fields.signatureType === 0 ? ownAccount : !ownAccount
  return allowed && accounts.bind(address, fields.signatureType, fields.maker)
    ? Effect.void
    : reject("maker address not allowed, please use the deposit wallet flow")
}

const venueOrder = ({ fields, ...posted }: PostedOrder, id: string, maker: string, negRisk: boolean): VenueOrder => ({
  id,
  owner: posted.owner,
  maker,
  tokenId: fields.tokenId,
  side: fields.side === "BUY" ? "buy" : "sell",
  makerAmount: Number(fields.makerAmount),
  takerAmount: Number(fields.takerAmount),
  orderType: posted.orderType,
  postOnly: posted.postOnly,
  expirationSec: Number(fields.expiration),
  negRisk
})

export const makeTradingDesk = (options: DeskOptions): Effect.Effect<TradingDesk> =>
  Effect.gen(function* () {
    const { acceptsTime, backend, chainId, engine, nowUs, openingBalance } = options
    const verifier = yield* Effect.cached(makeOrderVerifier(chainId))
    const accounts = makeAccounts()
    const taken: Array<TakenOrder> = []
    const wallets = new Set<string>()
    const openWallet = (maker: string): string => {
      const wallet = accounts.spelled(maker)
      wallets.add(wallet)
      engine.openWallet(wallet, nowUs())
      return wallet
    }
    const place = Effect.fnUntraced(function* (payload: unknown, key: ApiKeySet) {
      const posted = yield* Effect.mapError(readOrder(payload), (error) => refuse(error))
      yield* checkStanding(accounts, posted, key)
      yield* checkParties(posted, key)
      const { fields, signature } = posted
      const row = backend.at(nowUs()).marketOfToken(fields.tokenId)
      if (row === undefined) return yield* reject(noBook, 404)
      const exchange = row.negRisk ? "negRisk" : "standard"
      const { hash, signerOf } = yield* verifier
      if (!same(key.address, yield* signerOf(fields, signature, exchange))) return yield* reject("invalid signature")
      yield* bindWallet(accounts, posted, key)
      const order = venueOrder(posted, hash(fields, exchange), openWallet(fields.maker), row.negRisk)
      if (![order.makerAmount, order.takerAmount, order.expirationSec].every(Number.isSafeInteger)) {
        return yield* reject(noBalance)
      }
      const outcome = engine.place(order, nowUs())
      if (outcome._tag === "refused") return yield* Effect.fail(outcome)
      const entry = { ...outcome, order }
      taken.push(entry)
      return entry
    })
    return {
      engine,
      accounts,
      verifier,
      acceptsTime,
      nowUs,
      openingBalance,
      chainId,
      openWallet,
      place,
      taken: () => taken,
      wallets: () => [...wallets]
    }
  })
