import * as Cause from "effect/Cause"

/** What a Promise of this library rejects with: the one line that the command line would print. */
export class MonomarketError extends Error {
  override readonly name = "MonomarketError"
  /** Kind of the error: InputError, StoreError, StrategyError, ArtifactError, ..., or Interrupted. */
  readonly code: string
  /** The option, key, field or place in a file that is to blame; null where there is none. */
  readonly field: string | null

  constructor(code: string, message: string, field: string | null, cause: unknown) {
    super(message, { cause })
    this.code = code
    this.field = field
  }
}

/** The operations name options of the command line; a program knows them by other names: `--strategies`, `marketLimit`. */
const withoutDashes = (field: string): string =>
  field.replace(/^--/, "").replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

const fieldOf = (error: object): string | null => {
  if ("field" in error && typeof error.field === "string") {
    return error.field.startsWith("--") ? withoutDashes(error.field) : error.field
  }
  return "at" in error && typeof error.at === "string" && error.at !== "" ? error.at : null
}

/** The Error for a failed program. What is a bug of the library stays the Error that it is. */
export const errorOf = (cause: Cause.Cause<unknown>): Error => {
  if (Cause.isInterruptedOnly(cause)) {
    return new MonomarketError("Interrupted", "interrupted before it was done", null, cause)
  }
  const error = Cause.squash(cause)
  if (!(error instanceof Error)) return new Error(String(error), { cause: error })
  if (!("_tag" in error) || typeof error._tag !== "string") return error
  const message = error.message.replace(/^--[a-z-]+(?=: )/, withoutDashes)
  return new MonomarketError(error._tag, message, fieldOf(error), error)
}
