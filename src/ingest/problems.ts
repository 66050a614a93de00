import { unreadLines } from "../domain/watched.ts"
import { type SourceReport } from "../ports/Ingestor.ts"

const counted = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([reason, count]) => `${reason} (${count})`).join(", ")

const named = (source: string, text: string): string => (text.startsWith(`${source}: `) ? text : `${source}: ${text}`)

/** Why a source did not answer in full; null: it did. */
export const statusProblem = ({ error, source, status }: SourceReport): string | null =>
  status === "ok" ? null : named(source, error)

/** What went wrong with a source this time, in one line each; first what money is in. */
export const problemsOf = (report: SourceReport): ReadonlyArray<string> => {
  const { dropped, refused, source, unread } = report
  const problems = unreadLines(unread).map((line) => named(source, line))
  const failure = statusProblem(report)
  if (failure !== null) problems.push(failure)
  if (refused.size > 0) problems.push(named(source, `rows refused: ${counted(refused)}`))
  if (dropped.size > 0) problems.push(named(source, `fields dropped: ${counted(dropped)}`))
  return problems
}
