import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { LOT, venueRefusal } from "../../core/venue/matching.ts"
import { InputError, NotFound, type StoreError } from "../../domain/errors.ts"
import { type EventId, type MarketId, otherToken, type Side, type StrategyId, type Token } from "../../domain/ids.ts"
import { type Market } from "../../domain/Market.ts"
import { type Order, type TimeInForce } from "../../domain/Order.ts"
import { type PackageLeg } from "../../domain/OrderPackage.ts"
import { rejectionText } from "../../domain/rejection.ts"
import { type RestTerms } from "../../domain/RestTerms.ts"
import { MICROS_PER_SECOND } from "../../domain/time.ts"
import { fromMicros, MICRO, type Shares, shares, toMicros } from "../../domain/units.ts"
import { MarketRepo } from "../../ports/MarketRepo.ts"
import { TradeRepo } from "../../ports/TradeRepo.ts"
import { type PackageResult, type Routing, runPackages } from "../session/runPackages.ts"

/** An order as a person types it. Natural units: USDC per share, shares. */
export interface PlaceRequest {
  readonly marketId: MarketId
  /** Refused when it is not the market's; null: not checked. */
  readonly eventId?: EventId | null
  readonly token: Token
  readonly side: Side
  readonly price: number
  readonly qty: number
  readonly tif: TimeInForce
  /** For how long it rests, seconds; absent or null: until it is cancelled. */
  readonly ttlSec?: number | null
  readonly strategy: StrategyId
  readonly mode: Order["mode"]
  readonly confirmed: boolean
}

/** How an order rests that a person gave a time to live; null: until it is cancelled, or not at all. */
const restOf = ({ ttlSec = null }: PlaceRequest): RestTerms | null =>
  ttlSec === null
    ? null
    : {
        timeToLiveUs: Math.round(ttlSec * MICROS_PER_SECOND),
        thenTake: false,
        asked: null,
        withdrawnAtUs: null,
        followers: [],
        hedges: false
      }

/** The finest grid that any market uses, for markets that did not say theirs. */
const FINEST_TICK = 0.0001

const refuse = (field: string, problem: string) => new InputError({ field, problem })

/** On a whole multiple of `step`, allowing for binary noise. */
const onGrid = (value: number, step: number): boolean => {
  const steps = value / step
  return Math.abs(steps - Math.round(steps)) < 1e-6
}

const priceProblem = (price: number, market: Market): InputError | null => {
  if (!(price > 0 && price < 1)) return refuse("--price", `must be above 0 and below 1, not ${price}`)
  const tick = market.tickSize ?? FINEST_TICK
  if (!onGrid(price, tick)) return refuse("--price", `must be a multiple of the market's tick ${tick}, not ${price}`)
  if (price < tick - 1e-9 || price > 1 - tick + 1e-9) {
    return refuse("--price", `must be within ${tick}..${fromMicros(MICRO - toMicros(tick))}, not ${price}`)
  }
  return null
}

const qtyProblem = (request: PlaceRequest, market: Market): InputError | null => {
  const { price, qty, side, tif } = request
  if (!(qty > 0) || !Number.isFinite(qty)) return refuse("--qty", `must be above 0, not ${qty}`)
  if (qty > 1e9) return refuse("--qty", `must be at most 1000000000, not ${qty}`)
  // What is held may be smaller than the exchange's minimum, and closing it must stay possible.
  if (side === "sell") return null
  const lot = fromMicros(LOT)
  if (!onGrid(qty, lot)) return refuse("--qty", `must be a multiple of ${lot} share, not ${qty}`)
  const problem = venueRefusal(
    { limitPrice: toMicros(price), qty: toMicros(qty), resting: tif === "gtc" },
    { tickSize: null, minOrderSize: market.minOrderSize === null ? null : toMicros(market.minOrderSize) }
  )
  return problem === null ? null : refuse("--qty", rejectionText(problem))
}

const heldProblem = (request: PlaceRequest, held: Shares, working: ReadonlyArray<Order>): InputError | null => {
  const { marketId, qty, side, strategy, token } = request
  if (side === "buy") return null
  let resting = 0
  for (const order of working) {
    const same = order.strategy === strategy && order.marketId === marketId && order.token === token
    if (same && order.side === "sell") resting += order.qty - order.filledQty
  }
  const free = fromMicros(Math.max(0, held) - resting)
  if (toMicros(qty) <= Math.max(0, held) - resting) return null
  const hint = `there is no naked short: buy ${otherToken(token)} at 1 - price instead`
  if (held <= 0) return refuse("--side", `${strategy} holds no ${token} of market ${marketId}; ${hint}`)
  const kept = resting > 0 ? ` (${fromMicros(resting)} more rest in sell orders)` : ""
  return refuse("--qty", `${strategy} can close ${free} ${token} of market ${marketId}${kept}, not ${qty}; ${hint}`)
}

/** A typed order that may be placed, and its market. */
export interface CheckedPlacement {
  readonly market: Market
  readonly leg: PackageLeg
}

/** Checks what a person typed against the market and the positions that are held. Stores nothing. */
export const checkPlacement = Effect.fnUntraced(function* (
  request: PlaceRequest
): Effect.fn.Return<CheckedPlacement, StoreError | InputError | NotFound, MarketRepo | TradeRepo> {
  const markets = yield* MarketRepo
  const trades = yield* TradeRepo
  const { marketId, side, strategy, tif, token } = request
  const found = yield* markets.find(marketId)
  if (Option.isNone(found)) return yield* new NotFound({ what: "market", id: marketId })
  const market = found.value
  const { eventId = null } = request
  if (eventId !== null && eventId !== market.eventId) {
    return yield* refuse("--event-id", `market ${marketId} belongs to event ${market.eventId}, not ${eventId}`)
  }
  const position = yield* trades.position(strategy, marketId, token)
  const held = Option.match(position, { onNone: () => 0, onSome: ({ qty }) => qty })
  const working = yield* trades.orders({ limit: Number.MAX_SAFE_INTEGER, status: "working", strategy })
  if (tif === "ioc" && (request.ttlSec ?? null) !== null) {
    return yield* refuse("--ttl-sec", "an order that fills now or never (--tif ioc) has no time to live")
  }
  const problem =
    priceProblem(request.price, market) ?? qtyProblem(request, market) ?? heldProblem(request, shares(held), working)
  if (problem !== null) return yield* problem
  return {
    market,
    leg: {
      strategy,
      marketId,
      eventId: market.eventId,
      token,
      side,
      limitPrice: toMicros(request.price),
      qty: toMicros(request.qty),
      tif,
      rest: restOf(request),
      role: "primary",
      signalId: null
    }
  }
})

/**
 * Places an order that a person typed. What the market would fill now fills at the market's price, never worse than the
 * limit; with `gtc` the rest stays open. Bad input is refused before anything is stored.
 */
export const placeOrder = (
  request: PlaceRequest
): Effect.Effect<PackageResult, StoreError | InputError | NotFound, MarketRepo | TradeRepo | Routing> =>
  Effect.gen(function* () {
    const { leg } = yield* checkPlacement(request)
    const { confirmed, mode } = request
    const { eventId, strategy } = leg
    const [result] = yield* runPackages({
      mode,
      marketIds: [request.marketId],
      packages: [
        () => ({
          ...{ strategy, eventId, signalIds: [], asked: [], legs: [leg] },
          ...{ shortage: "refuse", strictLimit: true, confirmed }
        })
      ]
    })
    return result ?? { decision: null, ended: null, superseded: false, orders: [] }
  })
