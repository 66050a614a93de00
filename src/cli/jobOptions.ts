import * as Options from "@effect/cli/Options"
import { number, parsed } from "./options.ts"

/** The path of a folder. */
export const folder = (name: string, description: string): Options.Options<string> =>
  parsed(name, "folder", description, (text) =>
    text.trim() === "" ? { problem: "must be the path of a folder" } : { value: text }
  )

/** A whole number with a default, which help states. */
export const whole = (
  name: string,
  description: string,
  fallback: number,
  min: number,
  max: number
): Options.Options<number> =>
  number(name, "n", `${description} (default ${fallback})`, { min, max, whole: true }).pipe(
    Options.withDefault(fallback)
  )
