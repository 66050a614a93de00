import { type Hover, type Mark, type Point, roughWidth, type Scene } from "./scene.ts"

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/** Text made safe for HTML and SVG, in elements and in attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? "")

/** Two decimals are finer than a pixel, and shorter files. */
const n = (value: number): string => String(Math.round(value * 100) / 100)

const path = (points: ReadonlyArray<Point>): string =>
  points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${n(x)} ${n(y)}`).join("")

const markSvg = (mark: Mark): string => {
  switch (mark._tag) {
    case "Line": {
      const dashes = mark.dashed === true ? ' stroke-dasharray="4 4"' : ""
      return `<line class="l ${mark.paint}" x1="${n(mark.from[0])}" y1="${n(mark.from[1])}" x2="${n(mark.to[0])}" y2="${n(mark.to[1])}" stroke-width="${n(mark.width)}"${dashes}/>`
    }
    case "Path":
      return `<path class="l ${mark.paint}" d="${path(mark.points)}" stroke-width="${n(mark.width)}" stroke-linejoin="round"/>`
    case "Area":
      return `<path class="f ${mark.paint}" d="${path(mark.points)}Z" fill-opacity="${n(mark.opacity)}"/>`
    case "Rect":
      return `<rect class="f ${mark.paint}" x="${n(mark.at[0])}" y="${n(mark.at[1])}" width="${n(mark.width)}" height="${n(mark.height)}" rx="1.5"/>`
    case "Dot":
      return `<circle class="f ${mark.paint}" cx="${n(mark.at[0])}" cy="${n(mark.at[1])}" r="${n(mark.radius)}" fill-opacity="${n(mark.opacity)}"/>`
    case "Text":
      return `<text class="f ${mark.paint}" x="${n(mark.at[0])}" y="${n(mark.at[1])}" text-anchor="${mark.anchor}">${escapeHtml(mark.text)}</text>`
  }
}

/** A box beside the pointed place, kept inside the scene. */
const tipSvg = (hover: Hover, { fontSize, height, width }: Scene): string => {
  const pitch = fontSize * 1.45
  const widest = Math.max(...[hover.title, ...hover.lines.map(({ text }) => text)].map((t) => roughWidth(t, fontSize)))
  const boxWidth = widest + fontSize * 2.4
  const boxHeight = pitch * (hover.lines.length + 1) + fontSize * 0.7
  const middle = hover.at[0] + hover.width / 2
  const left = middle + boxWidth + 10 < width ? middle + 10 : Math.max(0, middle - boxWidth - 10)
  const top = Math.max(0, Math.min(hover.at[1] + 4, height - boxHeight))
  const lines = hover.lines.map(({ paint, text }, index) => {
    const y = top + pitch * (index + 2)
    return `<circle class="f ${paint}" cx="${n(left + fontSize)}" cy="${n(y - fontSize * 0.33)}" r="3"/><text class="f ink" x="${n(left + fontSize * 1.7)}" y="${n(y)}">${escapeHtml(text)}</text>`
  })
  return `<rect class="box" x="${n(left)}" y="${n(top)}" width="${n(boxWidth)}" height="${n(boxHeight)}" rx="4"/><text class="f muted" x="${n(left + fontSize * 0.7)}" y="${n(top + pitch)}">${escapeHtml(hover.title)}</text>${lines.join("")}`
}

const hoverSvg = (hover: Hover, scene: Scene): string =>
  `<g class="h"><rect class="hit" x="${n(hover.at[0])}" y="${n(hover.at[1])}" width="${n(hover.width)}" height="${n(hover.height)}"/><g class="tip">${hover.marks.map(markSvg).join("")}${tipSvg(hover, scene)}</g></g>`

/** A scene as inline SVG; classes carry the colours, and a hovered area shows its tip without any script. */
export const sceneSvg = (scene: Scene, description: string): string =>
  `<svg viewBox="0 0 ${n(scene.width)} ${n(scene.height)}" role="img" aria-label="${escapeHtml(description)}" font-size="${n(scene.fontSize)}">${scene.marks.map(markSvg).join("")}${scene.hovers.map((hover) => hoverSvg(hover, scene)).join("")}</svg>`
