import { type Market } from "./Market.ts"

/** The one source that passes on what the oracle says of a resolution. The others never speak of a dispute. */
const ORACLE_SOURCE = "gamma"

/** What a source says of a dispute when it says nothing of a resolution. */
export const disputeUnsaid = (source: string): boolean | null => (source === ORACLE_SOURCE ? false : null)

/** Whether a market's source calls its resolution disputed; null: it says nothing of that. */
export const disputeOf = ({ resolution, source }: Pick<Market, "resolution" | "source">): boolean | null =>
  resolution === null ? disputeUnsaid(source) : resolution.state === "disputed"
