const BITS = 1_024
/** So many runs of ids are kept, 128 bytes each: ids of a database lie close together. */
const MAX_RUNS = 1 << 18

/** How many different ids there were, in a bit for each: a set would grow with the window. */
export class IdSet {
  /** null: there were ids in too many places to count them. */
  size: number | null = 0
  private readonly runs = new Map<number, Uint8Array>()

  add(id: number): void {
    if (this.size === null) return
    const key = Math.floor(id / BITS)
    let run = this.runs.get(key)
    if (run === undefined) {
      if (this.runs.size === MAX_RUNS || !Number.isSafeInteger(id)) return void (this.size = null)
      this.runs.set(key, (run = new Uint8Array(BITS / 8)))
    }
    const bit = id - key * BITS
    const byte = run[bit >> 3] ?? 0
    const mask = 1 << (bit & 7)
    if ((byte & mask) !== 0) return
    run[bit >> 3] = byte | mask
    this.size += 1
  }
}
