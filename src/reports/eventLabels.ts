import { escapeControl } from "./terminalText.ts"

export interface EventLabel {
  readonly question: string
  /** Markets of the event in the ledger besides the one that is asked about. */
  readonly otherMarkets: number
}

/**
 * Names events by the question of the market that has most rows in the ledger (of equals, the first id); events without
 * a known question are left out.
 */
export const labelEvents = (
  eventIds: Iterable<string>,
  marketsOfEvent: ReadonlyMap<string, ReadonlyMap<string, number>>,
  questions: ReadonlyMap<string, string>
): ReadonlyMap<string, EventLabel> => {
  const labels = new Map<string, EventLabel>()
  for (const eventId of new Set(eventIds)) {
    const markets = [...(marketsOfEvent.get(eventId) ?? [])]
    const [best] = markets
      .filter(([id]) => (questions.get(id) ?? "").trim() !== "")
      .sort(([a, rows], [b, others]) => others - rows || (a < b ? -1 : 1))
    const question = best === undefined ? undefined : questions.get(best[0])
    if (question === undefined) continue
    labels.set(eventId, { question: escapeControl(question.trim()), otherMarkets: markets.length - 1 })
  }
  return labels
}
