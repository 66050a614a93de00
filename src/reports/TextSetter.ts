import type PDFDocument from "pdfkit"
import { directionMark, hasRightToLeft, levelsOf, mirrored, visualRuns, withoutMarks } from "./bidiRuns.ts"
import { type FontDocument, FontSet, type Style } from "./FontSet.ts"

export type TextDocument = FontDocument & Pick<InstanceType<typeof PDFDocument>, "text" | "fillColor">

/** A stretch of text in one font and direction. */
interface Piece {
  readonly font: string
  readonly text: string
  readonly rtl: boolean
}

export interface PlacedText {
  readonly x: number
  /** Of the baseline. */
  readonly y: number
  readonly color: string
  readonly align?: "left" | "right" | "center"
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" })
const ideographic = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u
/** Must not begin a line. */
const closing = /^[、。，．：；？！）」』】〉》’”,.:;?!)\]}%…]/u
const ascii = /^[\x20-\x7e]*$/
const ELLIPSIS = "…"

/**
 * Sets text in a PDF: a font that has the character for each character, both writing directions, line breaks, and an
 * ellipsis where the room ends.
 */
export class TextSetter {
  private readonly document: TextDocument
  private readonly fonts: FontSet

  constructor(document: TextDocument) {
    this.document = document
    this.fonts = new FontSet(document)
  }

  width(text: string, style: Style): number {
    return this.pieces(text, style.bold).reduce((sum, piece) => sum + this.pieceWidth(piece, style), 0)
  }

  /** One line; `x` is its left end, its right end or its middle. */
  line(text: string, style: Style, { align = "left", color, x, y }: PlacedText): void {
    const pieces = this.pieces(text, style.bold)
    const widths = pieces.map((piece) => this.pieceWidth(piece, style))
    const total = widths.reduce((sum, width) => sum + width, 0)
    let at = align === "left" ? x : align === "right" ? x - total : x - total / 2
    pieces.forEach((piece, index) => {
      this.document.font(piece.font).fontSize(style.size).fillColor(color)
      this.document.text(piece.text, at, y, { lineBreak: false, baseline: "alphabetic", ...features(piece) })
      at += widths[index] ?? 0
    })
  }

  /**
   * Lines that fit `width`; the last of `maxLines` ends in an ellipsis when there is more. Lines of a text that is
   * partly written from right to left begin with the mark of the whole text's direction.
   */
  wrap(text: string, style: Style, width: number, maxLines = Number.POSITIVE_INFINITY): ReadonlyArray<string> {
    const lines: Array<string> = []
    let line = ""
    for (const word of this.words(text, style, width)) {
      if (line === "" || this.width((line + word).trimEnd(), style) <= width) {
        line += line === "" ? word.trimStart() : word
        continue
      }
      lines.push(line.trimEnd())
      line = word.trimStart()
    }
    if (line.trim() !== "" || lines.length === 0) lines.push(line.trimEnd())
    const mark = directionMark(text)
    if (lines.length <= maxLines) return lines.map((part) => mark + part)
    const last = this.shorten(lines.slice(maxLines - 1).join(" "), style, width)
    return [...lines.slice(0, maxLines - 1), last].map((part) => mark + part)
  }

  /** The longest start of the text that fits with an ellipsis; the text itself when it fits whole. */
  shorten(text: string, style: Style, width: number): string {
    if (this.width(text, style) <= width) return text
    let kept = ""
    for (const { segment } of graphemes.segment(text)) {
      if (this.width(kept + segment + ELLIPSIS, style) > width) break
      kept += segment
    }
    return `${kept.trimEnd()}${ELLIPSIS}`
  }

  /** Stretches that stay together: words, single ideographs, and pieces of what is wider than a line. */
  private words(text: string, style: Style, width: number): ReadonlyArray<string> {
    const words: Array<string> = []
    for (const word of text.split(/(?<= )(?! )/u)) {
      if (!ideographic.test(word) && this.width(word.trimEnd(), style) <= width) {
        words.push(word)
        continue
      }
      let open = false
      for (const { segment } of graphemes.segment(word)) {
        const splits = ideographic.test(segment)
        const fits = this.width((words.at(-1) ?? "") + segment, style) <= width
        const joins = open && fits && (closing.test(segment) || !(splits || ideographic.test(words.at(-1) ?? "")))
        if (joins) words.push(`${words.pop() ?? ""}${segment}`)
        else words.push(segment)
        open = true
      }
    }
    return words
  }

  private pieceWidth(piece: Piece, style: Style): number {
    return this.document.font(piece.font).fontSize(style.size).widthOfString(piece.text, features(piece))
  }

  /** The line's pieces from left to right. */
  private pieces(text: string, bold: boolean): ReadonlyArray<Piece> {
    if (!hasRightToLeft(text)) return this.fontPieces(text, false, bold)
    return visualRuns(levelsOf(text), 0, text.length).flatMap(({ end, rtl, start }) => {
      const part = text.slice(start, end)
      const pieces = this.fontPieces(rtl ? mirrored(part) : part, rtl, bold)
      return rtl ? [...pieces].reverse() : pieces
    })
  }

  private fontPieces(text: string, rtl: boolean, bold: boolean): ReadonlyArray<Piece> {
    if (!rtl && ascii.test(text)) return text === "" ? [] : [{ font: this.fonts.choose("a", bold).font, text, rtl }]
    const pieces: Array<{ font: string; text: string; rtl: boolean }> = []
    for (const { segment } of graphemes.segment(withoutMarks(text))) {
      const choice = this.fonts.choose(segment, bold)
      const last = pieces.at(-1)
      if (last !== undefined && last.font === choice.font) last.text += choice.text
      else pieces.push({ ...choice, rtl })
    }
    // The shaper turns Hebrew and Arabic itself; what has no direction of its own is turned here.
    return pieces.map((piece) =>
      rtl && !hasRightToLeft(piece.text) ? { ...piece, text: [...piece.text].reverse().join("") } : piece
    )
  }
}

/** Naming features makes pdfkit shape the whole stretch at once: word by word, right-to-left words would stand in the wrong order. */
const features = ({ rtl }: Piece): { readonly features?: Array<"kern"> } => (rtl ? { features: ["kern"] } : {})
