// The original's four strategies once more, written from the text of their formulas and as slowly as they come, so that
// the program's own can be compared with something that shares no line with them.

export interface OriginalMarket {
  readonly source: string
  readonly market_id: string
  readonly canonical_id: string
  readonly event_id: string
  readonly question: string
  readonly neg_risk: boolean
  readonly yes_price: number | null
  readonly no_price: number | null
  readonly mid_price: number | null
  readonly liquidity: number
}

export interface OriginalLeg {
  readonly token: "YES" | "NO"
  readonly market_id: string
  readonly qty: number
  readonly price: number
}

export interface OriginalSignal {
  readonly strategy: string
  readonly market_id: string
  readonly event_id: string
  readonly side: "buy" | "sell"
  readonly score: number
  readonly confidence: number
  readonly target_price: number
  readonly size_hint: number
  readonly rationale: string
  readonly payload: Readonly<Record<string, unknown>> & { readonly primary_leg?: OriginalLeg }
}

type Markets = ReadonlyArray<OriginalMarket>
type Signals = ReadonlyArray<OriginalSignal>

const groupsOf = (markets: Markets, keyOf: (market: OriginalMarket) => string): ReadonlyArray<Markets> =>
  [...new Set(markets.map(keyOf))].map((key) => markets.filter((market) => keyOf(market) === key))

const yes = (market: OriginalMarket): number => market.yes_price ?? Number.NaN

const s1 = (markets: Markets): Signals =>
  groupsOf(
    markets.filter(({ mid_price }) => mid_price !== null),
    (market) => market.canonical_id
  ).flatMap((group): Signals => {
    const mids = group.map((market) => market.mid_price ?? Number.NaN)
    const low = group[mids.indexOf(Math.min(...mids))]
    const high = group[mids.indexOf(Math.max(...mids))]
    if (low === undefined || high === undefined || group.length < 2) return []
    const [lowMid, highMid] = [Math.min(...mids), Math.max(...mids)]
    const spread = highMid - lowMid
    if (spread < 0.03) return []
    const liquidity = Math.min(low.liquidity, high.liquidity)
    const target = Math.min(0.99, lowMid + 0.005)
    const leg = (market: OriginalMarket, mid: number) => ({ source: market.source, market_id: market.market_id, mid })
    return [
      {
        strategy: "s1",
        market_id: low.market_id,
        event_id: low.event_id,
        side: "buy",
        score: spread * (1 + liquidity / 2000),
        confidence: Math.min(0.95, 0.5 + spread),
        target_price: target,
        size_hint: Math.min(Math.max(5, 0.02 * liquidity), 25 / target),
        rationale: `跨平台价差 ${spread.toFixed(4)}`,
        payload: {
          scanner: "cross_venue",
          canonical_id: low.canonical_id,
          spread,
          buy_leg: leg(low, lowMid),
          sell_leg: leg(high, highMid),
          execution_mode: "semi_auto"
        }
      }
    ]
  })

const s2 = (markets: Markets): Signals =>
  groupsOf(
    markets.filter(({ neg_risk, yes_price }) => neg_risk && yes_price !== null),
    (market) => market.event_id
  ).flatMap((group): Signals => {
    let sum = 0
    for (const market of group) sum += yes(market)
    const deviation = sum - 1
    const size = Math.abs(deviation)
    if (group.length < 2 || size < 0.04) return []
    const side = deviation < 0 ? "buy" : "sell"
    return group.map((market) => ({
      strategy: "s2",
      market_id: market.market_id,
      event_id: market.event_id,
      side,
      score: size * group.length,
      confidence: Math.min(0.95, 0.55 + size),
      target_price: Math.min(0.99, Math.max(0.01, yes(market) + (side === "buy" ? 0.005 : -0.005))),
      size_hint: Math.max(2, 15 * size),
      rationale: `NegRisk组合偏离: sum_yes=${sum.toFixed(4)}`,
      payload: {
        event_id: market.event_id,
        prob_sum: sum,
        deviation,
        basket_markets: group.map(({ market_id }) => market_id),
        leg_weight: 1 / group.length
      }
    }))
  })

const cheapestFirst = (markets: Markets): Markets =>
  markets
    .filter(({ yes_price }) => yes_price !== null)
    .toSorted((a, b) => yes(a) - yes(b) || b.liquidity - a.liquidity || (a.market_id < b.market_id ? -1 : 1))

const s4 = (markets: Markets): Signals =>
  cheapestFirst(markets)
    .filter((market) => yes(market) >= 0.01 && yes(market) <= 0.15 && market.liquidity > 50)
    .slice(0, 40)
    .map((market, index) => {
      const [tier, factor] = index < 10 ? ["A", 1.2] : index < 25 ? ["B", 1] : ["C", 0.7]
      const price = yes(market)
      const wanted = Math.max(2, 0.01 * market.liquidity) * Number(factor)
      return {
        strategy: "s4",
        market_id: market.market_id,
        event_id: market.event_id,
        side: "buy",
        score: (0.15 - price + 0.01) * (1 + market.liquidity / 2000),
        confidence: Math.min(0.9, 0.45 + 0.15 - price),
        target_price: price,
        size_hint: Math.min(wanted, 20 / price),
        rationale: `低概率YES篮子候选 tier=${tier}, yes=${price.toFixed(3)}`,
        payload: {
          tier,
          ladder_prices: [price, Math.max(0.01, price - 0.01), Math.max(0.01, price - 0.02)],
          allocation_mult: factor,
          basket_family: "low_prob_yes"
        }
      }
    })

const s8 = (markets: Markets): Signals => {
  const sorted = cheapestFirst(markets)
  const tail = sorted.find((market) => yes(market) <= 0.08 && market.liquidity > 30)
  return sorted
    .filter((market) => yes(market) <= 0.25 && market.no_price !== null && market.liquidity > 100)
    .slice(0, 30)
    .map((market) => {
      const no = market.no_price ?? Number.NaN
      const qty = Math.min(Math.max(3, 0.012 * market.liquidity), 25 / no)
      const budget = qty * no * 0.15
      const hedge =
        tail === undefined
          ? null
          : { token: "YES", market_id: tail.market_id, qty: budget / yes(tail), price: yes(tail) }
      return {
        strategy: "s8",
        market_id: market.market_id,
        event_id: market.event_id,
        side: "buy",
        score: (1 - yes(market)) * (1 + market.liquidity / 2500),
        confidence: Math.min(0.97, 0.6 + 0.4 * (1 - yes(market))),
        target_price: Math.min(0.99, no),
        size_hint: qty,
        rationale: `高胜率NO carry: yes=${yes(market).toFixed(3)}, no=${no.toFixed(3)}`,
        payload: {
          primary_leg: { token: "NO" as const, market_id: market.market_id, qty, price: no },
          tail_hedge: hedge,
          hedge_budget_ratio: 0.15
        }
      }
    })
}

/** Everything that the four say of these markets, the highest score first. */
export const signalsOf = (markets: Markets): Signals =>
  [s1, s2, s4, s8]
    .flatMap((strategy) => strategy(markets))
    .toSorted((a, b) => b.score - a.score || (a.market_id < b.market_id ? -1 : a.market_id > b.market_id ? 1 : 0))
