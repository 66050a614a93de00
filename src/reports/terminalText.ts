import stringWidth from "string-width"

/**
 * Characters that could move the cursor, recolour the screen, ring, or reorder what follows: C0 and C1 controls, DEL,
 * line separators and bidirectional overrides. Data that holds them is shown with the character spelt out.
 */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

const spelt = (character: string): string => {
  if (character === "\n") return "\\n"
  if (character === "\t") return "\\t"
  if (character === "\r") return "\\r"
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`
}

/** Data made safe to print on a terminal, on one line. */
export const escapeControl = (text: string): string => text.replace(unsafe, spelt)

/** JSON made safe to print on a terminal; it still parses to the same value. Newlines between tokens are kept. */
export const escapeJson = (json: string): string =>
  json.replace(unsafe, (character) =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/** Columns that `text` takes on a terminal: 2 for CJK and emoji, 0 for combining marks. */
export const displayWidth = (text: string): number => (isAscii(text) ? text.length : stringWidth(text))

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" })

/** `text` in at most `width` columns; what does not fit ends in an ellipsis and no character is cut in two. */
export const truncate = (text: string, width: number): string => {
  if (displayWidth(text) <= width) return text
  if (width <= 0) return ""
  let kept = ""
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const next = used + displayWidth(segment)
    if (next > width - 1) break
    kept += segment
    used = next
  }
  return `${kept}…`
}

export type Align = "left" | "right"

/** `text` padded to exactly `width` columns, unless it is wider. */
export const pad = (text: string, width: number, align: Align): string => {
  const blanks = " ".repeat(Math.max(0, width - displayWidth(text)))
  return align === "right" ? blanks + text : text + blanks
}
