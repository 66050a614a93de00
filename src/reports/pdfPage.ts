import type PDFDocument from "pdfkit"
import { type Mark, type Paint, type Point, type Scene } from "./scene.ts"
import { TextSetter } from "./TextSetter.ts"

export type Pdf = InstanceType<typeof PDFDocument>

/** A4 in points. */
export const page = { width: 595.28, height: 841.89, margin: 48, top: 52, bottom: 64 } as const
export const contentWidth = page.width - 2 * page.margin
const floor = page.height - page.bottom

export const colors: Readonly<Record<Paint, string>> & { readonly card: string; readonly remark: string } = {
  ink: "#16202c",
  muted: "#5c6875",
  grid: "#e3e7ec",
  axis: "#8a95a1",
  gain: "#12805c",
  loss: "#c2412d",
  total: "#16202c",
  s0: "#1f6fb4",
  s1: "#d98200",
  s2: "#0e8f73",
  s3: "#b5476f",
  s4: "#6b4fb3",
  s5: "#3f9fc9",
  s6: "#8a6d3b",
  s7: "#6d7f1f",
  card: "#f4f6f8",
  remark: "#d98200"
}

/** A document that is filled from top to bottom. `y` is where the next thing goes. */
export class PdfPage {
  readonly pdf: Pdf
  readonly text: TextSetter
  y: number = page.top

  constructor(pdf: Pdf) {
    this.pdf = pdf
    this.text = new TextSetter(pdf)
  }

  get left(): number {
    return page.margin
  }

  get right(): number {
    return page.width - page.margin
  }

  get room(): number {
    return floor - this.y
  }

  /** Starts a page when fewer than `height` points are left; true when it did. */
  need(height: number): boolean {
    if (height <= this.room || this.y === page.top) return false
    this.pdf.addPage()
    this.y = page.top
    return true
  }

  rule(y: number, color: string, width: number): void {
    this.pdf.moveTo(this.left, y).lineTo(this.right, y).lineWidth(width).strokeColor(color).stroke()
  }

  /** A paragraph; moves on below it. */
  paragraph(text: string, size: number, color: string, leading = 1.4): void {
    for (const line of this.text.wrap(text, { size, bold: false }, contentWidth)) {
      this.need(size * leading)
      this.text.line(line, { size, bold: false }, { x: this.left, y: this.y + size, color })
      this.y += size * leading
    }
  }

  /** Draws a scene with its left upper corner at (left, y) and moves on below it. */
  scene(scene: Scene): void {
    for (const mark of scene.marks) this.mark(mark, this.left, this.y, scene.fontSize)
    this.y += scene.height
  }

  private trace(points: ReadonlyArray<Point>, dx: number, dy: number): void {
    points.forEach(([x, y], index) => {
      if (index === 0) this.pdf.moveTo(x + dx, y + dy)
      else this.pdf.lineTo(x + dx, y + dy)
    })
  }

  private mark(mark: Mark, dx: number, dy: number, fontSize: number): void {
    const { pdf } = this
    const color = colors[mark.paint]
    switch (mark._tag) {
      case "Line":
        pdf.save().lineWidth(mark.width).strokeColor(color)
        if (mark.dashed === true) pdf.dash(4, { space: 4 })
        this.trace([mark.from, mark.to], dx, dy)
        pdf.stroke().restore()
        return
      case "Path":
        pdf.save().lineWidth(mark.width).lineJoin("round").strokeColor(color)
        this.trace(mark.points, dx, dy)
        pdf.stroke().restore()
        return
      case "Area":
        this.trace(mark.points, dx, dy)
        pdf.fillColor(color, mark.opacity).fill().fillOpacity(1)
        return
      case "Rect":
        pdf.roundedRect(mark.at[0] + dx, mark.at[1] + dy, mark.width, mark.height, Math.min(1.5, mark.width / 2))
        pdf.fillColor(color).fill()
        return
      case "Dot":
        pdf
          .circle(mark.at[0] + dx, mark.at[1] + dy, mark.radius)
          .fillColor(color, mark.opacity)
          .fill()
          .fillOpacity(1)
        return
      case "Text": {
        const align = mark.anchor === "start" ? "left" : mark.anchor === "end" ? "right" : "center"
        const place = { x: mark.at[0] + dx, y: mark.at[1] + dy, color, align } as const
        this.text.line(mark.text, { size: fontSize, bold: false }, place)
      }
    }
  }
}
