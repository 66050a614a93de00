import { type Align, displayWidth, escapeControl, pad, truncate } from "./terminalText.ts"

/** What the output can show. `columns` is the terminal's width; null: not a terminal, nothing is shortened. */
export interface Screen {
  readonly columns: number | null
  readonly colour: boolean
}

/** Whether colours are wanted: a terminal, and NO_COLOR not set to anything. */
export const screenOf = (
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  noColor: string | undefined
): Screen => {
  const tty = stream.isTTY === true
  return {
    columns: tty ? Math.max(40, stream.columns ?? 80) : null,
    colour: tty && (noColor === undefined || noColor === "")
  }
}

/** `signed`: the text is a gain when it starts with a plus, a loss when it starts with a minus. */
export type Tone = "signed" | "good" | "bad" | "dim"

export interface Column<Row> {
  readonly header: string
  readonly value: (row: Row) => string
  /** Numbers right, text left. */
  readonly align?: Align
  readonly tone?: Tone | ((row: Row) => Tone | undefined)
  /** May be shortened when the terminal is narrow; others only when that is not enough. */
  readonly flexible?: boolean
}

const gutter = "  "
/** A flexible column is not made narrower than this before the others have to give. */
const readable = 12

const sgr = { good: "32", bad: "31", dim: "2" } as const

const paint = (text: string, tone: Tone | undefined, screen: Screen): string => {
  if (!screen.colour || tone === undefined) return text
  const trimmed = text.trim()
  const effective =
    tone !== "signed" ? tone : trimmed.startsWith("-") ? "bad" : trimmed.startsWith("+") ? "good" : undefined
  return effective === undefined || trimmed === "-" ? text : `\u001b[${sgr[effective]}m${text}\u001b[39;22m`
}

interface Width {
  readonly index: number
  readonly width: number
}

/** Takes columns away from the widest first, never below `floor`. */
const shrink = (widths: Array<number>, candidates: ReadonlyArray<number>, excess: number, floor: number): number => {
  let left = excess
  while (left > 0) {
    const widest = candidates.reduce<Width | undefined>((best, index) => {
      const width = widths[index] ?? 0
      return width > floor && (best === undefined || width > best.width) ? { index, width } : best
    }, undefined)
    if (widest === undefined) return left
    widths[widest.index] = widest.width - 1
    left -= 1
  }
  return left
}

const fit = (
  natural: ReadonlyArray<number>,
  flexible: ReadonlyArray<boolean>,
  screen: Screen
): ReadonlyArray<number> => {
  if (screen.columns === null) return natural
  const widths = [...natural]
  const total = widths.reduce((sum, width) => sum + width, 0) + gutter.length * Math.max(0, widths.length - 1)
  const all = widths.map((_, index) => index)
  const left = shrink(
    widths,
    all.filter((index) => flexible[index] === true),
    total - screen.columns,
    readable
  )
  shrink(widths, all, left, 3)
  return widths
}

const toneOf = <Row>(column: Column<Row>, row: Row): Tone | undefined =>
  typeof column.tone === "function" ? column.tone(row) : column.tone

/**
 * A table that fits the screen: header, rule, one line per row. Cells are data and are escaped; a table without rows is
 * `empty`. Ends without a newline.
 */
export const renderTable = <Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>,
  screen: Screen,
  empty = "Nothing to show."
): string => {
  if (rows.length === 0) return empty
  const cells = rows.map((row) => columns.map((column) => escapeControl(column.value(row))))
  const natural = columns.map(({ header }, index) =>
    cells.reduce((width, line) => Math.max(width, displayWidth(line[index] ?? "")), displayWidth(header))
  )
  const widths = fit(
    natural,
    columns.map(({ flexible }) => flexible === true),
    screen
  )
  const line = (texts: ReadonlyArray<string>, tones: ReadonlyArray<Tone | undefined>): string =>
    columns
      .map((column, index) => {
        const width = widths[index] ?? 0
        const text = pad(truncate(texts[index] ?? "", width), width, column.align ?? "left")
        return paint(
          index === columns.length - 1 && column.align !== "right" ? text.trimEnd() : text,
          tones[index],
          screen
        )
      })
      .join(gutter)
  const rule = widths.map((width) => "─".repeat(width)).join(gutter)
  return [
    line(
      columns.map(({ header }) => header),
      columns.map(() => "dim" as const)
    ),
    paint(rule, "dim", screen),
    ...rows.map((row, index) =>
      line(
        cells[index] ?? [],
        columns.map((column) => toneOf(column, row))
      )
    )
  ].join("\n")
}

/** Names and values, one pair a line, values in one column. */
export const renderPairs = (
  pairs: ReadonlyArray<readonly [name: string, value: string, tone?: Tone]>,
  screen: Screen
): string => {
  const width = pairs.reduce((widest, [name]) => Math.max(widest, displayWidth(name)), 0)
  return pairs
    .map(([name, value, tone]) => `${pad(name, width, "left")}${gutter}${paint(escapeControl(value), tone, screen)}`)
    .join("\n")
}

/** A heading above a table. */
export const renderTitle = (title: string, screen: Screen): string =>
  screen.colour ? `\u001b[1m${escapeControl(title)}\u001b[22m` : escapeControl(title)
