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
  /** Left out where the terminal cannot show this many columns of it. */
  readonly atLeast?: number
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

const totalOf = (widths: ReadonlyArray<number>): number =>
  widths.reduce((sum, width) => sum + width, 0) + gutter.length * Math.max(0, widths.length - 1)

/** The columns that there is room for; those that may go, go from the right. */
const shown = <Row>(
  columns: ReadonlyArray<Column<Row>>,
  natural: ReadonlyArray<number>,
  screen: Screen
): ReadonlyArray<number> => {
  const needed = (index: number): number => {
    const width = natural[index] ?? 0
    const { atLeast, flexible } = columns[index] ?? {}
    return Math.min(width, atLeast ?? (flexible === true ? readable : width))
  }
  let kept = columns.map((_, index) => index)
  while (screen.columns !== null && totalOf(kept.map(needed)) > screen.columns) {
    const drop = kept.findLast((index) => columns[index]?.atLeast !== undefined)
    if (drop === undefined) break
    kept = kept.filter((index) => index !== drop)
  }
  return kept
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
  const total = totalOf(widths)
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
  const cells = columns.map((column) => rows.map((row) => escapeControl(column.value(row))))
  const natural = columns.map(({ header }, index) =>
    (cells[index] ?? []).reduce((width, text) => Math.max(width, displayWidth(text)), displayWidth(header))
  )
  const kept = shown(columns, natural, screen)
  const widths = fit(
    kept.map((index) => natural[index] ?? 0),
    kept.map((index) => columns[index]?.flexible === true),
    screen
  )
  const cell = (text: string, place: number, tone: Tone | undefined): string => {
    const width = widths[place] ?? 0
    const align = columns[kept[place] ?? 0]?.align ?? "left"
    const padded = pad(truncate(text, width), width, align)
    return paint(place === kept.length - 1 && align === "left" ? padded.trimEnd() : padded, tone, screen)
  }
  const header = kept.map((index, place) => cell(columns[index]?.header ?? "", place, "dim"))
  const rule = widths.map((width) => "─".repeat(width)).join(gutter)
  const lines = rows.map((row, at) =>
    kept.map((index, place) => {
      const column = columns[index]
      return cell(cells[index]?.[at] ?? "", place, column === undefined ? undefined : toneOf(column, row))
    })
  )
  return [header.join(gutter), paint(rule, "dim", screen), ...lines.map((line) => line.join(gutter))].join("\n")
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
