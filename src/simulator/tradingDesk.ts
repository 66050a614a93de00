import * as Effect from "effect/Effect"
import { type EpochMicros } from "../domain/time.ts"
import { type MicroUnits, toMicros } from "../domain/units.ts"
import { makeOrderVerifier, type OrderVerifier } from "../polymarket/orderSigning.ts"
import { type ChainId } from "../polymarket/rulebook.ts"
import { type Accounts, type ApiKeySet, makeAccounts } from "./accounts.ts"
import { type Backend } from "./Backend.ts"
import { makeTradingEngine } from "./makeTradingEngine.ts"
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
  readonly openingBalance: MicroUnits
  readonly chainId: ChainId
  /** Opens the wallet if it is not, and gives it as the engine knows it. */
  readonly openWallet: (maker: string) => string
  readonly place: (payload: unknown, owner: ApiKeySet) => Effect.Effect<TakenOrder, Refusal>
  readonly taken: () => ReadonlyArray<TakenOrder>
  /** All that were opened. */
  readonly wallets: () => ReadonlyArray<string>
}

export interface TradingOptions {
  /** pUSD that a wallet has when it is opened, base units; default 1,000. */
  readonly openingBalance?: MicroUnits
  /** Default: Polygon's main chain. */
  readonly chainId?: ChainId
}

export interface DeskOptions {
  readonly backend: Backend
  readonly trading: TradingOptions
  /** Of ids and hashes that the engine makes up. */
  readonly seed: number | string
  readonly nowUs: () => EpochMicros
  readonly acceptsTime: AcceptsTime
}

const DEFAULT_BALANCE = 1_000

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

/** Loads what checks signatures when the first one is to be checked, and keeps it. */
const lazyVerifier = (chainId: ChainId): Effect.Effect<OrderVerifier> => {
  let loaded: OrderVerifier | undefined
  return Effect.suspend(() =>
    loaded === undefined
      ? Effect.tap(makeOrderVerifier(chainId), (verifier) =>
          Effect.sync(() => {
            loaded = verifier
          })
        )
      : Effect.succeed(loaded)
  )
}

/** An order that its own account has signed for the exchange that settles it. */
interface CheckedOrder {
  readonly posted: PostedOrder
  readonly id: string
  readonly negRisk: boolean
}

/** Everything that needs no look at the book or at money. */
const checkOrder = (
  backend: Backend,
  accounts: Accounts,
  verifier: Effect.Effect<OrderVerifier>,
  nowUs: () => EpochMicros
) =>
  Effect.fnUntraced(function* (payload: unknown, key: ApiKeySet): Effect.fn.Return<CheckedOrder, Refusal> {
    const posted = yield* Effect.mapError(readOrder(payload), (error) => refuse(error))
    yield* checkStanding(accounts, posted, key)
    yield* checkParties(posted, key)
    const { fields, signature } = posted
    const row = backend.at(nowUs()).marketOfToken(fields.tokenId)
    if (row === undefined) return yield* reject(noBook, 404)
    const { negRisk } = row
    const exchange = negRisk ? "negRisk" : "standard"
    const { hash, signerOf } = yield* verifier
    if (!same(key.address, yield* signerOf(fields, signature, exchange))) return yield* reject("invalid signature")
    yield* bindWallet(accounts, posted, key)
    return { posted, id: hash(fields, exchange), negRisk }
  })

/** A desk with its own matching engine. */
export const makeTradingDesk = ({ acceptsTime, backend, nowUs, seed, trading }: DeskOptions): TradingDesk => {
  const { chainId = 137, openingBalance = toMicros(DEFAULT_BALANCE) } = trading
  const engine = makeTradingEngine({ backend, settings: { startBalance: openingBalance, seed } })
  const verifier = lazyVerifier(chainId)
  const accounts = makeAccounts()
  const taken: Array<TakenOrder> = []
  const wallets = new Set<string>()
  const openWallet = (maker: string): string => {
    const wallet = accounts.spelled(maker)
    wallets.add(wallet)
    engine.openWallet(wallet, nowUs())
    return wallet
  }
  const check = checkOrder(backend, accounts, verifier, nowUs)
  const place: TradingDesk["place"] = (payload, key) =>
    Effect.flatMap(check(payload, key), ({ id, negRisk, posted }) => {
      const order = venueOrder(posted, id, openWallet(posted.fields.maker), negRisk)
      // More than numbers hold exactly, and so more than anybody has.
      const countable = [order.makerAmount, order.takerAmount, order.expirationSec].every(Number.isSafeInteger)
      const outcome = countable ? engine.place(order, nowUs()) : refuse(noBalance)
      if (outcome._tag === "refused") return Effect.fail(outcome)
      const entry = { ...outcome, order }
      taken.push(entry)
      return Effect.succeed(entry)
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
}
