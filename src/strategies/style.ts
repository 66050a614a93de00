import { type ConsideredSignals } from "../domain/DroppedSignal.ts"
import { type ExecutionStyle } from "../domain/OrderIntent.ts"
import { type NewSignal } from "../domain/Signal.ts"
import { type BoundStrategy, considerOne } from "./registry.ts"

/** How the orders of a strategy's signals find their price, as configured. Absent: as the strategy says. */
export interface StyleSettings {
  readonly style?: ExecutionStyle
  /** For how long orders that rest do so, seconds. */
  readonly time_to_live_sec?: number
}

/** The strategy with the style that the configuration gives its signals. */
export const withStyle = (strategy: BoundStrategy, { style, time_to_live_sec }: StyleSettings): BoundStrategy => {
  if (style === undefined || style === "aggressive") return strategy
  const styled = (signal: NewSignal): NewSignal => ({
    ...signal,
    style,
    ...(time_to_live_sec === undefined ? {} : { timeToLiveSec: time_to_live_sec })
  })
  const consider = (view: Parameters<BoundStrategy["generate"]>[0]): ConsideredSignals => {
    const { dropped, signals } = considerOne(strategy, view)
    return { signals: signals.map(styled), dropped }
  }
  return { ...strategy, consider, generate: (view) => consider(view).signals }
}
