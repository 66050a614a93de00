import { type OrderRequest } from "./Order.ts"
import { type Shares, type Usdc } from "./units.ts"

/** A package that needs a person to look: legs are, or may be, held without their counter legs. */
export interface PackageAlarm {
  readonly kind: "bundle stranded"
  /** What failed, in the words of the venue. */
  readonly reason: string
  /** In the package's order. */
  readonly legs: ReadonlyArray<{
    readonly leg: number
    /** At most this many micro-shares. */
    readonly qty: Shares
    /** micro-USDC at the price they traded at, or at the limit. */
    readonly notional: Usdc
    /** false: an answer was lost, so it may be less. */
    readonly certain: boolean
    readonly order: OrderRequest
  }>
}
