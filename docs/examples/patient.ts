import { defineStrategy } from "monomarket/strategy"

/** Bids where others bid instead of paying the ask, offers what it got a little dearer, and takes back what is left behind. */
export default defineStrategy({
  id: "patient",
  title: "Patient bids",
  parameters: { minPrice: 0.3, maxPrice: 0.7, minLiquidity: 1000, qty: 20, gain: 0.02, maxOrders: 10 },
  subscribe: { kinds: ["market", "fill", "timer"], everySec: 1800 },
  initial: { bought: 0, sold: 0 },
  on: (event, { market, openPackages, orders, positions }, parameters, state) => {
    switch (event.kind) {
      case "market": {
        const { bestBid, liquidity, marketId } = event.market
        if (bestBid === null || bestBid < parameters.minPrice || bestBid > parameters.maxPrice) return undefined
        if (liquidity < parameters.minLiquidity || orders.length + openPackages >= parameters.maxOrders)
          return undefined
        if ([...orders, ...positions].some((own) => own.marketId === marketId)) return undefined
        const bid = { marketId, token: "YES", side: "buy", price: bestBid, qty: parameters.qty } as const
        return { place: [{ legs: [bid], rest: true }] }
      }
      case "fill": {
        const { marketId, price, qty, side, token } = event
        if (side === "sell") return { state: { ...state, sold: state.sold + qty } }
        const step = market(marketId)?.tickSize ?? 0.01
        const dearer = Math.ceil((price + parameters.gain) / step - 1e-6) * step
        const offer = { marketId, token, side: "sell", price: dearer, qty } as const
        return { state: { ...state, bought: state.bought + qty }, place: [{ legs: [offer], rest: true }] }
      }
      case "timer": {
        const leftBehind = orders.filter(({ marketId, price, side }) => {
          const bestBid = market(marketId)?.bestBid ?? null
          return side === "buy" && bestBid !== null && price < bestBid
        })
        return { cancel: leftBehind.map(({ id }) => id) }
      }
      case "resolution":
        return undefined
    }
  }
})
