const colours = /\u001b\[[0-9;]*m/g

const plain = (text: string): string => text.replace(colours, "")

/** Sentences that @effect/cli adds to every option and that say nothing. */
const boilerplate = new Set([
  "A user-defined piece of text.",
  "A true or false value.",
  "This setting is optional.",
  "This option may be repeated zero or more times."
])

const isHeading = (paragraph: string): boolean => /^[A-Z]{4,}$/.test(plain(paragraph).trim())

/**
 * The help of a command as @effect/cli renders it, made short: each option on one line with its explanation, headings
 * closed up, phrases that say nothing left out.
 */
export const tidyHelp = (text: string): string => {
  const paragraphs = text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trimEnd())
    .filter((paragraph) => plain(paragraph).trim() !== "" && !boilerplate.has(plain(paragraph).trim()))
  const start = paragraphs.findIndex((paragraph) => plain(paragraph).trim() === "USAGE")
  const body = start === -1 ? paragraphs : paragraphs.slice(start)
  const entries: Array<{ head: string; readonly details: Array<string> }> = []
  for (const paragraph of body) {
    const last = entries.at(-1)
    if (/^\s/.test(plain(paragraph)) && last !== undefined) last.details.push(plain(paragraph).trim())
    else entries.push({ head: paragraph, details: [] })
  }
  const width = Math.max(
    0,
    ...entries.filter(({ details }) => details.length > 0).map(({ head }) => plain(head).length)
  )
  return entries
    .map(({ details, head }, index) => {
      if (isHeading(head)) return `${index === 0 ? "" : "\n"}${head}`
      if (details.length === 0) return `  ${head.replace("$ ", "monomarket ")}`
      return `  ${head}${" ".repeat(width - plain(head).length)}  ${details.join(" ")}`
    })
    .join("\n")
}
