/** A string, or a number outside of strings. */
const tokenPattern = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g
/** An escape with a capital hex digit; pairs of backslashes before it are not its own. */
const capitalEscape = /(?<!\\)(?:\\\\)*\\u(?=[0-9a-fA-F]{4})[0-9a-f]{0,3}[A-F]/

/**
 * The first number or string of a JSON text that stands for the same value as another spelling would: `1E5` for `100000`,
 * a digit behind those that a double holds, capitals in an escape. A checksum over values cannot see such a change;
 * null when there is none. `text` must be valid JSON.
 */
export const unusualSpelling = (text: string): string | null => {
  for (const [token] of text.matchAll(tokenPattern)) {
    const unusual = token.startsWith(`"`)
      ? token.includes("\\u") && capitalEscape.test(token)
      : String(Number(token)) !== token
    if (unusual) return token
  }
  return null
}
