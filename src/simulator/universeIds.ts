import { nextU32, type Rng } from "../core/rng.ts"

/** `words` times eight hex digits. */
export const hex = (rng: Rng, words: number): string => {
  let text = ""
  for (let i = 0; i < words; i++) text += nextU32(rng).toString(16).padStart(8, "0")
  return text
}

/** ERC-1155 position ids have 77 or 78 digits. */
export const tokenId = (rng: Rng): string => {
  const top = (nextU32(rng) | 0x20000000) >>> 0
  return BigInt(`0x${top.toString(16).padStart(8, "0")}${hex(rng, 7)}`).toString()
}
