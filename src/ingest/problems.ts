import { type SourceReport } from "../ports/Ingestor.ts"

/** What went wrong with a source this time, in one line each. */
export const problemsOf = (report: SourceReport): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const named = (text: string) => (text.startsWith(`${report.source}: `) ? text : `${report.source}: ${text}`)
  if (report.status !== "ok") problems.push(named(report.error))
  const refused = [...report.refused].map(([reason, count]) => `${reason} (${count})`)
  if (refused.length > 0) problems.push(named(`rows refused: ${refused.join(", ")}`))
  return problems
}
