import type PDFDocument from "pdfkit"
import { boldFonts, emojiFont, type FontFile, regularFonts } from "./fontFiles.ts"
import { loadFont } from "./loadFont.ts"

/** What is asked of pdfkit's document; its fonts live in it. */
export type FontDocument = Pick<
  InstanceType<typeof PDFDocument>,
  "registerFont" | "font" | "fontSize" | "widthOfString"
>

export interface Style {
  readonly size: number
  readonly bold: boolean
}

/** Characters that say how others look and need no glyph of their own: joiners and variation selectors. */
const invisible = /[\u200b-\u200d\u2060\ufe00-\ufe0f]/u
const emojiLike = /\p{Emoji_Presentation}|\ufe0f/u
const REPLACEMENT = "\ufffd"

interface Face {
  readonly name: string
  readonly has: (codePoint: number) => boolean
}

const isGlyphSource = (value: unknown): value is { readonly hasGlyphForCodePoint: (codePoint: number) => boolean } =>
  typeof value === "object" && value !== null && "hasGlyphForCodePoint" in value

/** The fonts of one document, each loaded when a character first needs it. */
export class FontSet {
  private readonly document: FontDocument
  private readonly faces = new Map<string, Face>()
  private readonly chosen = new Map<string, { readonly font: string; readonly text: string }>()

  constructor(document: FontDocument) {
    this.document = document
  }

  /** The font that shows a whole grapheme, and the text to show: a replacement character where no font has it. */
  choose(grapheme: string, bold: boolean): { readonly font: string; readonly text: string } {
    const key = bold ? `b${grapheme}` : grapheme
    const known = this.chosen.get(key)
    if (known !== undefined) return known
    const choice = this.search(grapheme, bold)
    this.chosen.set(key, choice)
    return choice
  }

  private search(grapheme: string, bold: boolean): { readonly font: string; readonly text: string } {
    const points = [...grapheme].filter((c) => !invisible.test(c)).map((c) => c.codePointAt(0) ?? 0)
    const order = bold ? [...boldFonts, ...regularFonts] : regularFonts
    const candidates = emojiLike.test(grapheme) ? [emojiFont, ...order] : order
    for (const file of candidates) {
      const face = this.face(file)
      if (points.every(face.has)) return { font: face.name, text: grapheme }
    }
    // A letter with a mark that no font has is still better than nothing.
    const [first = ""] = grapheme
    return first === grapheme || first === ""
      ? { font: this.face(bold ? firstOf(boldFonts) : firstOf(regularFonts)).name, text: REPLACEMENT }
      : this.search(first, bold)
  }

  private face(file: FontFile): Face {
    const known = this.faces.get(file.file)
    if (known !== undefined) return known
    this.document.registerFont(file.file, loadFont(file))
    this.document.font(file.file)
    const opened = openedFont(this.document)
    const face: Face = { name: file.file, has: (codePoint) => opened.hasGlyphForCodePoint(codePoint) }
    this.faces.set(file.file, face)
    return face
  }
}

const firstOf = (files: ReadonlyArray<FontFile>): FontFile => files[0] ?? emojiFont

/** The fontkit font behind pdfkit's current one, which pdfkit's types leave out. */
const openedFont = (document: object): { readonly hasGlyphForCodePoint: (codePoint: number) => boolean } => {
  const current: unknown = Reflect.get(document, "_font")
  const opened: unknown = typeof current === "object" && current !== null ? Reflect.get(current, "font") : undefined
  if (!isGlyphSource(opened)) throw new TypeError("pdfkit: the current font has no glyph table")
  return opened
}
