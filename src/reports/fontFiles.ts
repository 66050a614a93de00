/** A font file of an npm package; the build copies it to dist/fonts/, so that no package is needed at run time. */
export interface FontFile {
  readonly package: string
  readonly file: string
}

const noto = (family: string, subset: string, weight: 400 | 700): FontFile => ({
  package: `@fontsource/${family}`,
  file: `${family}-${subset}-${weight}-normal.woff`
})

const western = ["latin", "latin-ext", "cyrillic", "cyrillic-ext", "greek", "greek-ext", "vietnamese"]

/** In the order in which a character is looked for. Noto fonts, SIL Open Font License 1.1. */
export const regularFonts: ReadonlyArray<FontFile> = [
  ...western.map((subset) => noto("noto-sans", subset, 400)),
  noto("noto-sans-sc", "chinese-simplified", 400),
  noto("noto-sans-kr", "korean", 400),
  noto("noto-sans-hebrew", "hebrew", 400),
  noto("noto-sans-arabic", "arabic", 400),
  noto("noto-sans-thai", "thai", 400),
  noto("noto-sans", "devanagari", 400),
  noto("noto-emoji", "emoji", 400),
  noto("noto-sans-symbols-2", "symbols", 400),
  noto("noto-sans-math", "latin", 400)
]

/** What bold text is set in; other scripts stay regular. */
export const boldFonts: ReadonlyArray<FontFile> = western.map((subset) => noto("noto-sans", subset, 700))

/** Has emoji in every place where a letter font has a plain symbol. */
export const emojiFont: FontFile = noto("noto-emoji", "emoji", 400)
