import * as Effect from "effect/Effect"
import type PDFDocument from "pdfkit"
import { FileError } from "../domain/errors.ts"
import { MICROS_PER_MS } from "../domain/time.ts"
import { VERSION } from "../domain/version.ts"
import { type Block, blocksOf, type Tile, tilesOf } from "./blocks.ts"
import { type ReportModel } from "./ReportModel.ts"
import { colors, contentWidth, page, type Pdf, PdfPage } from "./pdfPage.ts"
import { drawTable, tableStart } from "./pdfTable.ts"
import { type LegendEntry } from "./scene.ts"
import { footerText, windowText } from "./wording.ts"

const CHART_FONT = 7.5
const TILE_HEIGHT = 56
const TILE_GAP = 8
const HEADING = 13
const CAPTION = 8.5

const drawTitle = (sheet: PdfPage, model: ReportModel): void => {
  const style = { size: 21, bold: true }
  for (const line of sheet.text.wrap(model.title, style, contentWidth, 3)) {
    sheet.text.line(line, style, { x: sheet.left, y: sheet.y + style.size, color: colors.ink })
    sheet.y += style.size * 1.25
  }
  sheet.y += 4
  sheet.paragraph(windowText(model), 9.5, colors.muted)
  sheet.y += 10
}

const drawTiles = (sheet: PdfPage, tiles: ReadonlyArray<Tile>): void => {
  const width = (contentWidth - 2 * TILE_GAP) / 3
  const inner = width - 20
  tiles.forEach(({ below, label, tone, value }, index) => {
    const x = sheet.left + (index % 3) * (width + TILE_GAP)
    const y = sheet.y + Math.floor(index / 3) * (TILE_HEIGHT + TILE_GAP)
    sheet.pdf.roundedRect(x, y, width, TILE_HEIGHT, 5).fillColor(colors.card).fill()
    const put = (text: string, size: number, bold: boolean, baseline: number, color: string): void =>
      sheet.text.line(
        sheet.text.shorten(text, { size, bold }, inner),
        { size, bold },
        { x: x + 10, y: baseline, color }
      )
    const large = [15, 13, 11, 9].find((size) => sheet.text.width(value, { size, bold: true }) <= inner) ?? 8
    put(label, 8, false, y + 15, colors.muted)
    put(value, large, true, y + 33, tone === "good" ? colors.gain : tone === "bad" ? colors.loss : colors.ink)
    put(below, 7.5, false, y + 47, colors.muted)
  })
  sheet.y += Math.ceil(tiles.length / 3) * (TILE_HEIGHT + TILE_GAP) + 6
}

const drawRemarks = (sheet: PdfPage, remarks: ReadonlyArray<string>): void => {
  for (const remark of remarks) {
    const style = { size: 9, bold: false }
    const lines = sheet.text.wrap(remark, style, contentWidth - 14)
    const height = lines.length * 12.5
    sheet.need(height + 4)
    sheet.pdf
      .rect(sheet.left, sheet.y + 0.5, 2.5, height)
      .fillColor(colors.remark)
      .fill()
    lines.forEach((line, index) =>
      sheet.text.line(line, style, { x: sheet.left + 12, y: sheet.y + 9.5 + index * 12.5, color: colors.ink })
    )
    sheet.y += height + 4
  }
}

const drawLegend = (sheet: PdfPage, legend: ReadonlyArray<LegendEntry>): void => {
  if (legend.length === 0) return
  const style = { size: 8, bold: false }
  let x = sheet.left
  for (const { name, paint } of legend) {
    const width = 16 + sheet.text.width(name, style) + 14
    if (x + width > sheet.right && x > sheet.left) {
      x = sheet.left
      sheet.y += 12
    }
    sheet.pdf
      .moveTo(x, sheet.y + 6)
      .lineTo(x + 12, sheet.y + 6)
      .lineWidth(2)
      .strokeColor(colors[paint])
      .stroke()
    sheet.text.line(name, style, { x: x + 16, y: sheet.y + 9, color: colors.ink })
    x += width
  }
  sheet.y += 15
}

const drawPairs = (sheet: PdfPage, { pairs, wide }: Extract<Block, { _tag: "Pairs" }>): void => {
  const style = { size: 8.5, bold: false }
  const columns = wide ? 1 : 2
  const gap = 28
  const width = (contentWidth - gap * (columns - 1)) / columns
  for (let first = 0; first < pairs.length; first += columns) {
    sheet.need(17)
    pairs.slice(first, first + columns).forEach(([key, value], column) => {
      const x = sheet.left + column * (width + gap)
      const keyWidth = wide ? 120 : sheet.text.width(key, style) + 10
      const shown = sheet.text.shorten(value, style, width - keyWidth)
      sheet.text.line(key, style, { x, y: sheet.y + 11.5, color: colors.muted })
      const place = wide ? { x: x + keyWidth } : { x: x + width, align: "right" as const }
      sheet.text.line(shown, style, { ...place, y: sheet.y + 11.5, color: colors.ink })
      sheet.pdf
        .moveTo(x, sheet.y + 16.5)
        .lineTo(x + width, sheet.y + 16.5)
        .lineWidth(0.5)
      sheet.pdf.strokeColor(colors.grid).stroke()
    })
    sheet.y += 17
  }
}

/** How much of a block must stand under its heading. */
const startHeight = (sheet: PdfPage, block: Block): number => {
  if (block._tag === "Chart") {
    if (block.chart._tag === "TooFew") return 40
    const scene = block.chart.data(contentWidth, CHART_FONT)
    return scene.height + (scene.legend.length === 0 ? 0 : 15)
  }
  if (block._tag === "Table") return block.table.rows.length === 0 ? 40 : tableStart(sheet, block.table)
  return Math.ceil(block.pairs.length / (block.wide ? 1 : 2)) * 17
}

const drawMissing = (sheet: PdfPage, reason: string): void => {
  const style = { size: 9, bold: false }
  const lines = sheet.text.wrap(reason, style, contentWidth - 24)
  const height = lines.length * 12.5 + 14
  sheet.pdf.roundedRect(sheet.left, sheet.y, contentWidth, height, 5).fillColor(colors.card).fill()
  lines.forEach((line, index) =>
    sheet.text.line(line, style, { x: sheet.left + 12, y: sheet.y + 16 + index * 12.5, color: colors.muted })
  )
  sheet.y += height
}

const drawBody = (sheet: PdfPage, block: Block): void => {
  switch (block._tag) {
    case "Chart": {
      if (block.chart._tag === "TooFew") return drawMissing(sheet, block.chart.reason)
      const scene = block.chart.data(contentWidth, CHART_FONT)
      drawLegend(sheet, scene.legend)
      return sheet.scene(scene)
    }
    case "Table":
      return block.table.rows.length === 0 ? drawMissing(sheet, block.table.empty) : drawTable(sheet, block.table)
    case "Pairs":
      return drawPairs(sheet, block)
  }
}

const drawBlock = (sheet: PdfPage, block: Block): void => {
  const caption = sheet.text.wrap(block.caption, { size: CAPTION, bold: false }, contentWidth).length
  sheet.y += 18
  sheet.need(HEADING * 1.5 + caption * CAPTION * 1.4 + 6 + startHeight(sheet, block))
  sheet.pdf.outline.addItem(block.title)
  sheet.text.line(
    block.title,
    { size: HEADING, bold: true },
    { x: sheet.left, y: sheet.y + HEADING, color: colors.ink }
  )
  sheet.y += HEADING * 1.45
  sheet.paragraph(block.caption, CAPTION, colors.muted)
  sheet.y += 6
  drawBody(sheet, block)
}

/** Page number and checksum under every page, once the number of pages is known. */
const drawFooters = (sheet: PdfPage, text: string): void => {
  const { count, start } = sheet.pdf.bufferedPageRange()
  for (let index = 0; index < count; index += 1) {
    sheet.pdf.switchToPage(start + index)
    sheet.rule(page.height - 44, colors.grid, 0.6)
    const style = { size: 7, bold: false }
    const y = page.height - 32
    sheet.text.line(text, style, { x: sheet.left, y, color: colors.muted })
    const number = `Page ${index + 1} of ${count}`
    sheet.text.line(number, style, { x: sheet.right, y, color: colors.muted, align: "right" })
  }
}

const drawReport = (pdf: Pdf, model: ReportModel): void => {
  const sheet = new PdfPage(pdf)
  drawTitle(sheet, model)
  drawTiles(sheet, tilesOf(model))
  drawRemarks(sheet, model.remarks)
  for (const block of blocksOf(model)) drawBlock(sheet, block)
  drawFooters(sheet, footerText(model))
}

/** The date is the artifact's, so that the same artifact gives the same bytes. */
const openDocument = (Document: typeof PDFDocument, model: ReportModel): Pdf =>
  new Document({
    size: [page.width, page.height],
    // Pages are laid out by hand; a margin would make pdfkit start pages of its own.
    margin: 0,
    bufferPages: true,
    font: "",
    lang: "en",
    displayTitle: true,
    info: {
      Title: model.title,
      Author: `monomarket ${VERSION}`,
      Creator: "monomarket report",
      Producer: "pdfkit",
      CreationDate: new Date(model.generatedUs / MICROS_PER_MS)
    }
  })

const collect = (pdf: Pdf, draw: () => void): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const chunks: Array<Uint8Array> = []
    pdf.on("data", (chunk: Uint8Array) => chunks.push(chunk))
    pdf.on("end", () => resolve(Buffer.concat(chunks)))
    pdf.on("error", reject)
    draw()
    pdf.end()
  })

/** The report as PDF. The same model gives the same bytes. pdfkit and fonts load here and nowhere else. */
export const renderPdf = (model: ReportModel): Effect.Effect<Uint8Array, FileError> =>
  Effect.tryPromise({
    try: async () => {
      const { default: Document } = await import("pdfkit")
      const pdf = openDocument(Document, model)
      return collect(pdf, () => drawReport(pdf, model))
    },
    catch: (cause) =>
      new FileError({
        path: "report.pdf",
        operation: "draw",
        detail: cause instanceof Error ? cause.message : String(cause)
      })
  })
