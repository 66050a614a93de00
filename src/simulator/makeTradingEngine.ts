import { applyFills, onYes, sweep } from "../core/priceTimeBook.ts"
import { type EpochMicros, MICROS_PER_SECOND } from "../domain/time.ts"
import { type MicroUnits } from "../domain/units.ts"
import { type Backend } from "./Backend.ts"
import { advance, RESTART_US } from "./tradingAdvance.ts"
import { bookOf, tokenBook } from "./tradingBooks.ts"
import {
  type BookedOrder,
  type CancelOutcome,
  type PlaceOutcome,
  type TradingEngine,
  type VenueOrder
} from "./TradingEngine.ts"
import { applyTransfers, balanceOf, CASH, OUTSIDE } from "./tradingLedger.ts"
import { recordAt } from "./tradingLife.ts"
import { admit } from "./tradingMatch.ts"
import { duplicated, modeRefusal, noBook, notReady, orderRefusal, refuse } from "./tradingRules.ts"
import { outsideParty, settle } from "./tradingSettle.ts"
import {
  type AccountOrder,
  defaultTradingSettings,
  dropOrder,
  isDown,
  listedMarket,
  makeState,
  tokenOf,
  type TradingSettings,
  type TradingState
} from "./tradingState.ts"

/** Allowance "unlimited" in base units: the largest whole number that a double holds exactly. */
export const UNLIMITED: MicroUnits = Number.MAX_SAFE_INTEGER
/** What a mode says that lasts until it is set again. */
const RETRY_AFTER_SEC = 30

const retryAfter = ({ modeUntilUs, nowUs }: TradingState): number =>
  modeUntilUs === null ? RETRY_AFTER_SEC : Math.ceil((modeUntilUs - nowUs) / MICROS_PER_SECOND)

const place = (state: TradingState, order: VenueOrder): PlaceOutcome => {
  const closed = modeRefusal(state.mode, order.postOnly, retryAfter(state))
  if (closed !== null) return closed
  if (state.seen.has(order.id)) return refuse(duplicated(order.id))
  const row = listedMarket(state, order.tokenId)
  if (row === undefined || row.closed) return refuse(noBook, 404)
  if (!row.acceptingOrders) return refuse(notReady)
  const refusal = orderRefusal(order, row, state.nowUs)
  if (refusal !== null) return refusal
  const market = bookOf(state, row)
  if (market === undefined || market.shown.size === 0) return refuse(noBook, 404)
  return admit(state, market, row, order)
}

/** Why an order is not cancelled; null when it rests and may be. */
const cancelRefusal = (state: TradingState, owner: string, id: string): string | null => {
  const seen = state.seen.get(id)
  if (seen === undefined || seen.owner !== owner) return "order not found"
  if (isDown(state)) return "the matching engine is restarting"
  const one = state.orders.get(id)
  if (one !== undefined) return one.dueUs === null ? null : "delayed orders can't be canceled"
  return seen.end === "matched"
    ? "matched orders can't be canceled"
    : "order can't be found - already canceled or matched"
}

const cancel = (state: TradingState, owner: string, ids: ReadonlyArray<string>): CancelOutcome => {
  const canceled: Array<string> = []
  const reasons = new Map<string, string>()
  for (const id of new Set(ids)) {
    const reason = cancelRefusal(state, owner, id)
    const one = state.orders.get(id)
    if (reason !== null) reasons.set(id, reason)
    else if (one !== undefined) {
      dropOrder(state, one, "canceled")
      canceled.push(id)
    }
  }
  return { canceled, notCanceled: Object.fromEntries(reasons) }
}

const idsWhere = (state: TradingState, test: (one: AccountOrder) => boolean): ReadonlyArray<string> =>
  [...state.orders.values()].filter(test).map(({ order }) => order.id)

const booked = (one: AccountOrder): BookedOrder => {
  const { order, conditionId, outcome, price, qty, filledQty, createdAtUs, tradeIds } = one
  return { order, conditionId, outcome, price, qty, filledQty, createdAtUs, tradeIds: [...tradeIds] }
}

const outsiderTrade = (state: TradingState, order: Parameters<TradingEngine["outsiderTrade"]>[0]) => {
  const row = listedMarket(state, order.tokenId)
  const market = row === undefined || isDown(state) ? undefined : bookOf(state, row)
  if (row === undefined || market === undefined) return { filled: 0 }
  const token = tokenOf(market, order.tokenId)
  const at = onYes(token, order.side, order.price)
  const taken = sweep(market.book, { side: at.side, limitPrice: at.price, qty: order.qty })
  applyFills(market.book, taken.fills)
  settle(state, market, row.fee, outsideParty(state, at.side, { token, side: order.side }), taken.fills)
  return { filled: taken.qty }
}

const openWallet = (state: TradingState, maker: string): void => {
  if (state.wallets.has(maker)) return
  state.wallets.add(maker)
  if (!state.allowances.has(maker)) state.allowances.set(maker, "unlimited")
  deposit(state, maker, state.settings.startBalance)
}

const deposit = (state: TradingState, maker: string, amount: MicroUnits): void =>
  applyTransfers(state.ledger, [{ from: OUTSIDE, to: maker, asset: CASH, amount }])

/** The matching engine over a backend's books; its whole state can be read for tests and totals. */
export const makeTradingEngine = (options: {
  readonly backend: Backend
  readonly settings?: Partial<TradingSettings>
}): TradingEngine & { readonly state: TradingState } => {
  const state = makeState(options.backend, { ...defaultTradingSettings, ...options.settings })
  /** `act` at a market time. */
  const at = <A>(nowUs: EpochMicros, act: () => A): A => {
    advance(state, nowUs)
    return act()
  }
  const restingOf = (owner: string) => (one: AccountOrder) => one.order.owner === owner && one.dueUs === null
  return {
    state,
    openWallet: (maker, nowUs) => at(nowUs, () => openWallet(state, maker)),
    deposit: (maker, amount) => deposit(state, maker, amount),
    setAllowance: (maker, amount) => void state.allowances.set(maker, amount),
    place: (order, nowUs) => at(nowUs, () => place(state, order)),
    cancel: (owner, ids, nowUs) => at(nowUs, () => cancel(state, owner, ids)),
    cancelAll: (owner, nowUs) =>
      at(nowUs, () =>
        cancel(
          state,
          owner,
          idsWhere(state, (one) => one.order.owner === owner)
        )
      ),
    cancelMarket: (owner, { conditionId, tokenId }, nowUs) =>
      at(nowUs, () => {
        const mine = (one: AccountOrder) =>
          one.order.owner === owner &&
          (conditionId === undefined || one.conditionId === conditionId) &&
          (tokenId === undefined || one.order.tokenId === tokenId)
        return cancel(state, owner, idsWhere(state, mine))
      }),
    order: (owner, id, nowUs) =>
      at(nowUs, () => {
        const one = state.orders.get(id)
        return one !== undefined && restingOf(owner)(one) ? booked(one) : undefined
      }),
    openOrders: (owner, nowUs) => at(nowUs, () => [...state.orders.values()].filter(restingOf(owner)).map(booked)),
    trades: (owner, nowUs) =>
      at(nowUs, () =>
        state.trades
          .filter(({ record }) => record.takerOwner === owner || record.makers.some((row) => row.owner === owner))
          .map((trade) => recordAt(trade, state.nowUs))
          .reverse()
      ),
    balance: (maker, tokenId, nowUs) => at(nowUs, () => balanceOf(state.ledger, maker, tokenId ?? CASH)),
    allowance: (maker) => (state.allowances.get(maker) === "unlimited" ? UNLIMITED : 0),
    mode: (nowUs) => at(nowUs, () => state.mode),
    setMode: (mode) => {
      state.mode = mode
      state.modeUntilUs = null
    },
    restart: (nowUs) =>
      at(nowUs, () => {
        state.mode = "restarting"
        state.modeUntilUs = state.nowUs + RESTART_US
      }),
    setCourse: (course) => {
      state.course = course
    },
    setDelay: (delayUs) => {
      state.delayUs = delayUs
    },
    outsiderTrade: (order, nowUs) => at(nowUs, () => outsiderTrade(state, order)),
    book: (tokenId, nowUs) => at(nowUs, () => tokenBook(state, tokenId))
  }
}
