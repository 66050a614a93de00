import { type Json } from "../domain/json.ts"
import { type Market, type Payout, type Resolution } from "../domain/Market.ts"
import { type EpochMicros, formatTime } from "../domain/time.ts"
import { type Column } from "../reports/terminal.ts"
import { formatInstant, NOTHING } from "../reports/terminalFormat.ts"

type Resolved = Pick<Market, "resolution" | "payout">

const seenAt = ({ disputedAtUs, finalAtUs, proposedAtUs, state }: Resolution): EpochMicros | null =>
  ({ proposed: proposedAtUs, disputed: disputedAtUs, final: finalAtUs })[state]

const paying = (payout: Payout | null): string => (payout === null ? "no payout said" : `${payout.yes}/${payout.no}`)

/** How far a resolution is, in words: only what is final is paid. */
export const resolutionText = ({ payout, resolution }: Resolved): string => {
  if (resolution === null) return NOTHING
  const words = resolution.state === "final" ? `final ${paying(payout)}` : resolution.state
  const since = seenAt(resolution)
  const at = since === null ? "" : ` since ${formatInstant(since)}`
  return `${words}${at}${resolution.contradiction === null ? "" : ` (${resolution.contradiction})`}`
}

/** Beside the columns of a table, when any of its rows has a resolution under way. */
export const resolutionColumn = <A>(marketOf: (row: A) => Resolved | undefined): Column<A> => ({
  header: "resolution",
  value: (row) => {
    const market = marketOf(row)
    return market === undefined ? NOTHING : resolutionText(market)
  },
  flexible: true,
  atLeast: 10,
  tone: (row) => {
    const resolution = marketOf(row)?.resolution ?? null
    return resolution?.state === "disputed" || (resolution?.contradiction ?? null) !== null ? "bad" : undefined
  }
})

const instant = (us: EpochMicros | null): string | null => (us === null ? null : formatTime(us))

/** As --json prints it; null: the venue has said nothing about the outcome. */
export const resolutionJson = ({ resolution }: Pick<Market, "resolution">): Json =>
  resolution === null
    ? null
    : {
        state: resolution.state,
        proposed_seen_at: instant(resolution.proposedAtUs),
        disputed_seen_at: instant(resolution.disputedAtUs),
        final_seen_at: instant(resolution.finalAtUs),
        contradiction: resolution.contradiction
      }
