/**
 * The project's own random numbers: sfc32 (Chris Doty-Humphrey's "small fast counting" generator, 128 bits of state,
 * period at least 2^32), seeded through splitmix32, and a counter-based 32-bit mixer for noise that must not depend
 * on the order of the questions. Effect's Random serves jitter only: its sequences differ between Effect versions.
 */
export interface Rng {
  a: number
  b: number
  c: number
  /** The counter word. */
  d: number
}

/** Four unsigned 32-bit words; what a run's manifest or an engine's state keeps. */
export type RngState = readonly [number, number, number, number]

/** One step of splitmix32's output function: every bit of the input moves every bit of the result. */
const avalanche = (value: number): number => {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad)
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97)
  return (h ^ (h >>> 15)) >>> 0
}

/** Text to a 32-bit seed (FNV-1a over UTF-16 units, then mixed), so that seeds may be names. */
export const hashText = (text: string): number => {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return avalanche(h)
}

/** Uniform 32 bits that depend on the arguments only: the same question has the same answer, whenever it is asked. */
export const mix32 = (seed: number, a: number, b: number, c = 0): number => {
  let h = avalanche(seed + 0x9e3779b9)
  h = avalanche((h ^ a) + 0x9e3779b9)
  h = avalanche((h ^ b) + 0x9e3779b9)
  return avalanche((h ^ c) + 0x9e3779b9)
}

/** 32 random bits to a number in [0, 1). */
export const unit = (bits: number): number => bits / 4_294_967_296

/**
 * Nearly normal with mean 0 and deviation 1, out of 32 bits and another mix of them: the sum of four uniforms, which
 * needs no transcendental function (their last digit differs between engines) and is bounded at +-3.47.
 */
export const normalFrom = (bits: number): number => {
  const more = avalanche(bits + 0x6d2b79f5)
  const sum = (bits & 0xffff) + (bits >>> 16) + (more & 0xffff) + (more >>> 16)
  return (sum / 65_536 - 2 + 2 / 65_536) * 1.7320508075688772
}

/** The next 32 bits; moves the state. */
export const nextU32 = (rng: Rng): number => {
  const t = (((rng.a + rng.b) | 0) + rng.d) | 0
  rng.d = (rng.d + 1) | 0
  rng.a = rng.b ^ (rng.b >>> 9)
  rng.b = (rng.c + (rng.c << 3)) | 0
  rng.c = ((rng.c << 21) | (rng.c >>> 11)) + t
  rng.c |= 0
  return t >>> 0
}

/** A generator whose whole future is `seed`: an integer or a name. */
export const makeRng = (seed: number | string): Rng => {
  const start = typeof seed === "number" ? seed : hashText(seed)
  // Both halves of a seed above 2^32 count.
  const high = Math.floor(start / 4_294_967_296) | 0
  const word = (n: number): number =>
    avalanche((start | 0) + Math.imul(n, 0x9e3779b9) + Math.imul(high, 0x85ebca6b)) | 0
  const rng: Rng = { a: word(1), b: word(2), c: word(3), d: 1 }
  for (let i = 0; i < 12; i++) nextU32(rng)
  return rng
}

/** Uniform in [0, 1) with 53 bits. */
export const nextFloat = (rng: Rng): number => {
  const high = nextU32(rng) >>> 5
  const low = nextU32(rng) >>> 6
  return (high * 67_108_864 + low) / 9_007_199_254_740_992
}

/** Uniform whole number in [0, below); `below` is at most 2^32. */
export const nextInt = (rng: Rng, below: number): number => Math.floor(nextFloat(rng) * below)

/** Nearly normal, mean 0 and deviation 1; see `normalFrom`. */
export const nextNormal = (rng: Rng): number => normalFrom(nextU32(rng))

/** One element; `items` must not be empty. */
export const pick = <A>(rng: Rng, items: readonly [A, ...ReadonlyArray<A>]): A =>
  items[nextInt(rng, items.length)] ?? items[0]

/** The state, to store. */
export const saveRng = (rng: Rng): RngState => [rng.a >>> 0, rng.b >>> 0, rng.c >>> 0, rng.d >>> 0]

/** A generator that goes on from a stored state. */
export const restoreRng = (state: RngState): Rng => ({
  a: state[0] | 0,
  b: state[1] | 0,
  c: state[2] | 0,
  d: state[3] | 0
})
