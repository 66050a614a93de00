import { type Instrument } from "./instrument.ts"
import { type Observation } from "./quote.ts"
import { type EpochMicros } from "./time.ts"

/**
 * A market as a strategy may see it: what was known of it at that moment. Fields that show an outcome, or that a source
 * rewrites later, are not there.
 */
export interface VisibleMarket extends Instrument, Observation {}

/**
 * Everything a strategy can look at: the open markets as of one moment, each as last seen at or before it. There is no
 * way from here to later data, neither in the types nor at run time.
 */
export interface MarketView {
  readonly atUs: EpochMicros
  /** Open markets, each seen at or before `atUs`. */
  readonly markets: ReadonlyArray<VisibleMarket>
}
