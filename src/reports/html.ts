import { createHash } from "node:crypto"
import { type Block, blocksOf, type Tile, tilesOf } from "./blocks.ts"
import { style } from "./htmlStyle.ts"
import { type ReportModel } from "./ReportModel.ts"
import { type ReportTable, type TableCell } from "./reportTables.ts"
import { escapeHtml, sceneSvg } from "./svg.ts"
import { footerText, windowText } from "./wording.ts"

const CHART_WIDTH = 860
const CHART_FONT = 12

/** Data keeps its own writing direction and cannot turn the text around it. */
const data = (text: string): string => `<bdi>${escapeHtml(text)}</bdi>`

const tileHtml = ({ below, label, tone, value }: Tile): string =>
  `<div class="tile"><div class="label">${escapeHtml(label)}</div><div class="value ${tone}">${escapeHtml(value)}</div><div class="below">${escapeHtml(below)}</div></div>`

const cellHtml = (cell: TableCell, kind: string): string => {
  const below = cell.below === undefined ? "" : `<span class="below">${data(cell.below)}</span>`
  return `<td class="${kind}${cell.tone === undefined ? "" : ` ${cell.tone}`}">${data(cell.text)}${below}</td>`
}

const tableHtml = ({ columns, empty, rows, total }: ReportTable): string => {
  if (rows.length === 0) return `<p class="missing">${escapeHtml(empty)}</p>`
  const line = (cells: ReadonlyArray<TableCell>): string =>
    `<tr>${cells.map((cell, index) => cellHtml(cell, columns[index]?.kind ?? "text")).join("")}</tr>`
  const head = columns.map(({ header, kind }) => `<th scope="col" class="${kind}">${escapeHtml(header)}</th>`).join("")
  const foot = total === undefined ? "" : `<tfoot>${line(total)}</tfoot>`
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.map(line).join("\n")}</tbody>${foot}</table></div>`
}

const chartHtml = (block: Extract<Block, { _tag: "Chart" }>): string => {
  if (block.chart._tag === "TooFew") return `<p class="missing">${escapeHtml(block.chart.reason)}</p>`
  const scene = block.chart.data(CHART_WIDTH, CHART_FONT)
  const legend = scene.legend.map(
    ({ name, paint }) =>
      `<li><svg viewBox="0 0 16 8" aria-hidden="true"><line class="l ${paint}" x1="0" y1="4" x2="16" y2="4" stroke-width="3"/></svg>${data(name)}</li>`
  )
  const list = legend.length === 0 ? "" : `<ul class="legend">${legend.join("")}</ul>`
  return `<figure>${list}${sceneSvg(scene, `${block.title}. ${block.caption}`)}</figure>`
}

const pairsHtml = ({ pairs, wide }: Extract<Block, { _tag: "Pairs" }>): string =>
  `<dl${wide ? ' class="wide"' : ""}>${pairs
    .map(([key, value]) => `<div><dt>${escapeHtml(key)}</dt><dd>${data(value)}</dd></div>`)
    .join("")}</dl>`

const bodyOf = (block: Block): string => {
  switch (block._tag) {
    case "Chart":
      return chartHtml(block)
    case "Table":
      return tableHtml(block.table)
    case "Pairs":
      return pairsHtml(block)
  }
}

const blockHtml = (block: Block): string => {
  const long = block._tag === "Table" && block.table.rows.length > 8
  return `<section${long ? ' class="long"' : ""}>
<h2>${escapeHtml(block.title)}</h2>
<p class="caption">${escapeHtml(block.caption)}</p>
${bodyOf(block)}
</section>`
}

/** Nothing may load, nothing may run: the page holds no script, and only its own style is allowed. */
const policy = (): string => {
  const digest = createHash("sha256").update(style, "utf8").digest("base64")
  return `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`
}

/** The report as one HTML file without scripts or references to anything outside. */
export const renderHtml = (model: ReportModel): string => {
  const remarks = model.remarks.map((remark) => `<li>${escapeHtml(remark)}</li>`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="monomarket">
<title>${escapeHtml(model.title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<header>
<h1>${data(model.title)}</h1>
<p class="window">${escapeHtml(windowText(model))}</p>
</header>
<div class="tiles">${tilesOf(model).map(tileHtml).join("\n")}</div>
${remarks.length === 0 ? "" : `<ul class="remarks">${remarks.join("")}</ul>`}
${blocksOf(model).map(blockHtml).join("\n")}
<footer>${escapeHtml(footerText(model))}</footer>
</main>
</body>
</html>
`
}
