import { escapeControl } from "./terminalText.ts"

const plural = (count: number): string => `${count} more market${count === 1 ? "" : "s"}`

/**
 * Names events by the question of the market that has most rows in the ledger (of equals, the first id); events without
 * a known question are left out.
 */
export const labelEvents = (
  eventIds: Iterable<string>,
  marketsOfEvent: ReadonlyMap<string, ReadonlyMap<string, number>>,
  questions: ReadonlyMap<string, string>
): ReadonlyMap<string, string> => {
  const labels = new Map<string, string>()
  for (const eventId of new Set(eventIds)) {
    const markets = [...(marketsOfEvent.get(eventId) ?? [])]
    const [best] = markets
      .filter(([id]) => (questions.get(id) ?? "").trim() !== "")
      .sort(([a, rows], [b, others]) => others - rows || (a < b ? -1 : 1))
    const question = best === undefined ? undefined : questions.get(best[0])
    if (question === undefined) continue
    const rest = markets.length === 1 ? "" : ` (+${plural(markets.length - 1)})`
    labels.set(eventId, `${escapeControl(question.trim())}${rest}`)
  }
  return labels
}
