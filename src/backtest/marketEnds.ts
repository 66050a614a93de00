import { type MarketEnd } from "../core/account/afterClose.ts"
import { type MarketId } from "../domain/ids.ts"
import { type ResolutionRow } from "../ports/HistoryReader.ts"

/** How markets ended at the exchange, of those whose end it tells. */
export const endsOf = (resolutions: ReadonlyArray<ResolutionRow>): ReadonlyMap<MarketId, MarketEnd> =>
  new Map(
    resolutions.flatMap(({ endedUs, marketId, payout }) =>
      endedUs === undefined ? [] : [[marketId, { endedUs, payout }] as const]
    )
  )
