/** A role that each medium gives a colour of its own; s0 to s7 tell strategies apart. */
export type Paint =
  "ink" | "muted" | "grid" | "axis" | "gain" | "loss" | "total" | "s0" | "s1" | "s2" | "s3" | "s4" | "s5" | "s6" | "s7"

export type Point = readonly [x: number, y: number]

/** What charts are drawn with; SVG and PDF draw the same marks. Units are points of the scene. */
export type Mark =
  | {
      readonly _tag: "Line"
      readonly from: Point
      readonly to: Point
      readonly paint: Paint
      readonly width: number
      readonly dashed?: boolean
    }
  | { readonly _tag: "Path"; readonly points: ReadonlyArray<Point>; readonly paint: Paint; readonly width: number }
  | { readonly _tag: "Area"; readonly points: ReadonlyArray<Point>; readonly paint: Paint; readonly opacity: number }
  | {
      readonly _tag: "Rect"
      readonly at: Point
      readonly width: number
      readonly height: number
      readonly paint: Paint
    }
  | {
      readonly _tag: "Dot"
      readonly at: Point
      readonly radius: number
      readonly paint: Paint
      readonly opacity: number
    }
  | {
      readonly _tag: "Text"
      /** Of the baseline. */
      readonly at: Point
      readonly text: string
      readonly paint: Paint
      readonly anchor: "start" | "middle" | "end"
    }

/** What a pointer over an area shows; paper leaves it out. */
export interface Hover {
  readonly at: Point
  readonly width: number
  readonly height: number
  readonly marks: ReadonlyArray<Mark>
  readonly title: string
  readonly lines: ReadonlyArray<{ readonly text: string; readonly paint: Paint }>
}

export interface LegendEntry {
  readonly name: string
  readonly paint: Paint
}

export interface Scene {
  readonly width: number
  readonly height: number
  readonly fontSize: number
  readonly marks: ReadonlyArray<Mark>
  readonly hovers: ReadonlyArray<Hover>
  readonly legend: ReadonlyArray<LegendEntry>
}

export interface SceneSize {
  readonly width: number
  readonly height: number
  readonly fontSize: number
}

const palette = ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"] as const

/** Colour of the nth strategy; they repeat after eight. */
export const strategyPaint = (index: number): Paint => palette[index % palette.length] ?? "s0"

/** Width of figures and latin letters, near enough for axis labels. */
export const roughWidth = (text: string, fontSize: number): number => text.length * fontSize * 0.56

/** Names in charts are short; a foreign artifact's may not be. */
export const shortName = (name: string): string => {
  const letters = [...name]
  return letters.length <= 18 ? name : `${letters.slice(0, 17).join("")}…`
}
