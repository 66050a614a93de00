import canonicalizeJson from "canonicalize"

/** RFC 8785: sorted keys, no blanks, numbers as ECMAScript writes them. Throws on what JSON cannot hold. */
export const canonicalJson = (value: unknown): string => {
  const text = canonicalizeJson(value)
  if (text === undefined) throw new TypeError("not a JSON value")
  return text
}
