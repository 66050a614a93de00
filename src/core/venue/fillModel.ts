import { type Side } from "../../domain/ids.ts"
import { clamp, MICRO, type MicroUnits } from "../../domain/units.ts"

/** What slippage depends on. The original program's data has fractions of micro-units. */
interface ShownMarket {
  readonly yes: MicroUnits | null
  readonly no: MicroUnits | null
  readonly liquidity: MicroUnits
}

/** How much of an order is taken to fill, and at how much worse a price than the quote. Money in micro-USDC. */
export interface FillModel {
  readonly slippageBps: number
  readonly partialFill: boolean
  readonly liquidityFullFill: MicroUnits
  readonly minFillRatio: number
  readonly fillProbability: boolean
  readonly minFillProbability: number
  readonly dynamicSlippage: boolean
  readonly spreadSlippageWeightBps: number
  readonly liquiditySlippageWeightBps: number
  readonly liquidityReference: MicroUnits
}

/** The fill model as people write it: bps, USDC, ratios. */
export interface FillSettings {
  readonly slippage_bps: number
  readonly enable_partial_fill: boolean
  readonly liquidity_full_fill: number
  readonly min_fill_ratio: number
  readonly enable_fill_probability: boolean
  readonly min_fill_probability: number
  readonly enable_dynamic_slippage: boolean
  readonly spread_slippage_weight_bps: number
  readonly liquidity_slippage_weight_bps: number
  readonly liquidity_reference: number
}

export const fillModelOf = (settings: FillSettings): FillModel => ({
  slippageBps: Math.max(0, settings.slippage_bps),
  partialFill: settings.enable_partial_fill,
  liquidityFullFill: settings.liquidity_full_fill * MICRO,
  minFillRatio: settings.min_fill_ratio,
  fillProbability: settings.enable_fill_probability,
  minFillProbability: settings.min_fill_probability,
  dynamicSlippage: settings.enable_dynamic_slippage,
  spreadSlippageWeightBps: settings.spread_slippage_weight_bps,
  liquiditySlippageWeightBps: settings.liquidity_slippage_weight_bps,
  liquidityReference: settings.liquidity_reference * MICRO
})

/** Slippage in bps: the fixed part, plus what an incoherent pair of prices and thin liquidity add. */
export const slippageBps = (model: FillModel, quote: ShownMarket | null): number => {
  if (!model.dynamicSlippage || quote === null) return model.slippageBps
  const incoherence = quote.yes === null || quote.no === null ? 0 : Math.abs(1 - (quote.yes + quote.no) / MICRO)
  const thinness = model.liquidityReference <= 0 ? 0 : clamp(1 - quote.liquidity / model.liquidityReference, 0, 1)
  return model.slippageBps + incoherence * model.spreadSlippageWeightBps + thinness * model.liquiditySlippageWeightBps
}

/** Steps of the fill probability: from this liquidity (USDC) on, this probability. Source: spec 07. */
const probabilitySteps: ReadonlyArray<readonly [number, number]> = [
  [1000, 1],
  [800, 0.9],
  [500, 0.75],
  [200, 0.55],
  [Number.NEGATIVE_INFINITY, 0.35]
]
const BUY_FACTOR = 0.95

const probabilityAt = (usdc: number): number => {
  for (const step of probabilitySteps) if (usdc >= step[0]) return step[1]
  return 0.35
}

/** Share of the order that liquidity can carry, 0..1; 1 when the option is off. */
export const fillRatio = (model: FillModel, liquidity: MicroUnits): number =>
  model.partialFill
    ? Math.max(model.minFillRatio, clamp(liquidity / Math.max(model.liquidityFullFill, Number.MIN_VALUE), 0, 1))
    : 1

/** Expected share of orders that fill at all, 0..1; it scales the quantity (an expectation, not a draw). */
export const fillProbability = (model: FillModel, liquidity: MicroUnits, side: Side): number => {
  if (!model.fillProbability) return 1
  const base = probabilityAt(liquidity / MICRO)
  return clamp(base * (side === "buy" ? BUY_FACTOR : 1), model.minFillProbability, 1)
}
