import { colors, contentWidth, type PdfPage } from "./pdfPage.ts"
import { type ReportTable, type TableCell, type TableColumn } from "./reportTables.ts"

const GAP = 12
const PADDING = 4
const LINES = 3
/** Words of a text column need at least this much room; numbers give way by smaller type. */
const TEXT_ROOM = 150
const SIZES = [8.5, 8, 7.5, 7, 6.5, 6]
const NAME_SHARE = 0.22

interface Sizes {
  readonly size: number
  readonly widths: ReadonlyArray<number>
}

interface LaidRow {
  readonly cells: ReadonlyArray<{ readonly lines: ReadonlyArray<string>; readonly below: ReadonlyArray<string> }>
  readonly height: number
}

const leading = (size: number): number => size * 1.38
const quiet = (size: number): number => size * 0.86

const naturalWidths = (sheet: PdfPage, { columns, rows, total }: ReportTable, size: number): ReadonlyArray<number> => {
  const lines = total === undefined ? rows : [...rows, total]
  return columns.map(({ header, kind }, index) => {
    const head = sheet.text.width(header, { size: quiet(size), bold: true })
    if (kind === "text") return TEXT_ROOM
    const bodies = lines.map((cells) => sheet.text.width(cells[index]?.text ?? "", { size, bold: false }))
    const widest = Math.max(head, ...bodies) * 1.03
    return kind === "name" ? Math.min(widest, contentWidth * NAME_SHARE) : widest
  })
}

/** The largest type in which every number fits; what is left goes to the text column, else between the columns. */
const sizesOf = (sheet: PdfPage, table: ReportTable): Sizes => {
  const gaps = GAP * (table.columns.length - 1)
  const smallest = SIZES.at(-1) ?? 6
  for (const size of SIZES) {
    const natural = naturalWidths(sheet, table, size)
    const spare = contentWidth - gaps - natural.reduce((sum, width) => sum + width, 0)
    if (spare < 0 && size !== smallest) continue
    const texts = table.columns.filter(({ kind }) => kind === "text").length
    const share = Math.max(0, spare) / (texts === 0 ? table.columns.length : texts)
    const widths = natural.map((width, index) => {
      const takes = texts === 0 || table.columns[index]?.kind === "text"
      return takes ? width + share : width
    })
    const tooWide = spare < 0 ? contentWidth / (contentWidth - spare) : 1
    return { size, widths: widths.map((width) => width * tooWide) }
  }
  return { size: smallest, widths: table.columns.map(() => contentWidth / table.columns.length) }
}

const layRow = (
  sheet: PdfPage,
  cells: ReadonlyArray<TableCell>,
  columns: ReadonlyArray<TableColumn>,
  { size, widths }: Sizes,
  bold: boolean
): LaidRow => {
  const laid = cells.map(({ below, text }, index) => {
    const width = widths[index] ?? 0
    const wraps = columns[index]?.kind === "text"
    const style = { size, bold }
    return {
      lines: wraps ? sheet.text.wrap(text, style, width, LINES) : [sheet.text.shorten(text, style, width)],
      below: below === undefined ? [] : [sheet.text.shorten(below, { size: quiet(size), bold: false }, width)]
    }
  })
  const heights = laid.map(({ below, lines }) => lines.length * leading(size) + below.length * leading(quiet(size)))
  return { cells: laid, height: Math.max(...heights) + 2 * PADDING }
}

class TablePainter {
  private readonly sheet: PdfPage
  private readonly table: ReportTable
  private readonly sizes: Sizes

  constructor(sheet: PdfPage, table: ReportTable) {
    this.sheet = sheet
    this.table = table
    this.sizes = sizesOf(sheet, table)
  }

  private columnLeft(index: number): number {
    const before = this.sizes.widths.slice(0, index).reduce((sum, width) => sum + width + GAP, 0)
    return this.sheet.left + before
  }

  private put(text: string, index: number, baseline: number, size: number, bold: boolean, color: string): void {
    const numeric = this.table.columns[index]?.kind === "number"
    const x = this.columnLeft(index) + (numeric ? (this.sizes.widths[index] ?? 0) : 0)
    this.sheet.text.line(text, { size, bold }, { x, y: baseline, color, align: numeric ? "right" : "left" })
  }

  get headerHeight(): number {
    return leading(this.sizes.size) + 2 * PADDING
  }

  header(): void {
    const { sheet, sizes, table } = this
    const baseline = sheet.y + PADDING + sizes.size
    table.columns.forEach(({ header }, index) =>
      this.put(header, index, baseline, quiet(sizes.size), true, colors.muted)
    )
    sheet.y += this.headerHeight
    sheet.rule(sheet.y, colors.axis, 0.7)
  }

  lay(cells: ReadonlyArray<TableCell>, bold: boolean): LaidRow {
    return layRow(this.sheet, cells, this.table.columns, this.sizes, bold)
  }

  /** `after` is the room that must be left below. */
  row(cells: ReadonlyArray<TableCell>, laid: LaidRow, bold: boolean, after: number): void {
    const { sheet, sizes } = this
    if (sheet.need(laid.height + after)) this.header()
    laid.cells.forEach(({ below, lines }, index) => {
      const tone = cells[index]?.tone
      const color = tone === "good" ? colors.gain : tone === "bad" ? colors.loss : colors.ink
      let baseline = sheet.y + PADDING + sizes.size
      for (const line of lines) {
        this.put(line, index, baseline, sizes.size, bold, color)
        baseline += leading(sizes.size)
      }
      for (const line of below) this.put(line, index, baseline - 1, quiet(sizes.size), false, colors.muted)
    })
    sheet.y += laid.height
  }
}

/** A table over as many pages as it takes, its header on top of each. */
export const drawTable = (sheet: PdfPage, table: ReportTable): void => {
  const painter = new TablePainter(sheet, table)
  painter.header()
  const total = table.total === undefined ? null : painter.lay(table.total, true)
  table.rows.forEach((cells, index) => {
    const last = index === table.rows.length - 1
    // The sum does not stand alone on a page.
    painter.row(cells, painter.lay(cells, false), false, last ? (total?.height ?? 0) : 0)
    if (!last) sheet.rule(sheet.y, colors.grid, 0.5)
  })
  if (table.total === undefined || total === null) return
  sheet.rule(sheet.y, colors.axis, 0.7)
  painter.row(table.total, total, true, 0)
}

/** Tables up to this high are not split. */
const WHOLE = 300

/** What must stand under the table's heading: all of it when it is short, else the header and two rows. */
export const tableStart = (sheet: PdfPage, table: ReportTable): number => {
  const painter = new TablePainter(sheet, table)
  const heights = table.rows.map((cells) => painter.lay(cells, false).height)
  const sum = (values: ReadonlyArray<number>): number => values.reduce((total, height) => total + height, 0)
  const total = table.total === undefined ? 0 : painter.lay(table.total, true).height
  const whole = painter.headerHeight + sum(heights) + total
  return whole <= WHOLE ? whole : painter.headerHeight + sum(heights.slice(0, 2))
}
