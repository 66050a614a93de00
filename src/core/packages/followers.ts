import { type MarketId } from "../../domain/ids.ts"
import { type Follower, type RestTerms } from "../../domain/RestTerms.ts"
import { type Shares, shares } from "../../domain/units.ts"
import { floorMulDiv } from "../mulDiv.ts"
import { LOT } from "../venue/matching.ts"

/** An order that a fill calls for. */
export interface DueFollower {
  readonly follower: Follower
  /** Micro-shares. */
  readonly qty: Shares
}

/** What is known of the order that is followed. */
interface Followed {
  readonly rest: RestTerms
  readonly qty: Shares
  readonly filledQty: Shares
  /** It can fill no more. */
  readonly ended: boolean
}

/**
 * What the followers of an order are to order, in proportion to what filled of it, less what they ordered before; null:
 * nothing. What is smaller than their market's minimum waits for the next fill, as long as there may be one. `rest`
 * counts what is due as ordered.
 */
export const dueFollowers = (
  { ended, filledQty, qty, rest }: Followed,
  minimumOf: (marketId: MarketId) => Shares | null
): { readonly rest: RestTerms; readonly due: ReadonlyArray<DueFollower> } | null => {
  if (rest.followers.length === 0 || filledQty === 0) return null
  const due: Array<DueFollower> = []
  const followers = rest.followers.map((follower) => {
    const share = filledQty === qty ? follower.qty : floorMulDiv(follower.qty, filledQty, qty)
    const owed = shares(Math.floor((share - follower.orderedQty) / LOT) * LOT)
    const least = Math.max(LOT, ended ? 0 : (minimumOf(follower.marketId) ?? 0))
    if (owed < least) return follower
    due.push({ follower, qty: owed })
    return { ...follower, orderedQty: shares(follower.orderedQty + owed) }
  })
  return due.length === 0 ? null : { rest: { ...rest, followers }, due }
}
