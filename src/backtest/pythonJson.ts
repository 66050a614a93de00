/** Strings, punctuation, and everything else: numbers and words. Blanks lie between. */
const tokenPattern = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g

/** Python sorts by code point, JavaScript by UTF-16 unit: they differ where astral characters meet U+E000 to U+FFFF. */
export const byCodePoint = (a: string, b: string): number => {
  const [left, right] = [[...a], [...b]]
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

class Reader {
  private place = 0
  private readonly tokens: ReadonlyArray<string>

  constructor(text: string) {
    this.tokens = text.match(tokenPattern) ?? []
  }

  value(omit: string | null): string {
    const token = this.next()
    if (token === "{") return this.object(omit)
    if (token === "[") return this.array()
    return token.startsWith(`"`) ? this.string(token) : token
  }

  private object(omit: string | null): string {
    const fields = new Map<string, string>()
    while (this.tokens[this.place] !== "}") {
      const name: unknown = JSON.parse(this.next())
      this.next()
      const value = this.value(null)
      if (typeof name === "string" && name !== omit) fields.set(name, value)
      if (this.tokens[this.place] === ",") this.place += 1
    }
    this.place += 1
    const sorted = [...fields].sort(([a], [b]) => byCodePoint(a, b))
    return `{${sorted.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`
  }

  private array(): string {
    const items: Array<string> = []
    while (this.tokens[this.place] !== "]") {
      items.push(this.value(null))
      if (this.tokens[this.place] === ",") this.place += 1
    }
    this.place += 1
    return `[${items.join(",")}]`
  }

  private string(token: string): string {
    return JSON.stringify(JSON.parse(token))
  }

  private next(): string {
    const token = this.tokens[this.place] ?? ""
    this.place += 1
    return token
  }
}

/**
 * What Python's `json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)` makes of a JSON text that
 * Python wrote, without the top-level field `omit`: numbers stay as they are written (`5.0`, `1e-06`), which a parsed
 * value no longer knows. `text` must be valid JSON.
 */
export const pythonCanonicalJson = (text: string, omit: string | null): string => new Reader(text).value(omit)
