import { type EpochMicros } from "../domain/time.ts"

/** A fiber that waits for a moment. `place` is its index in the heap; -1 once it is gone. */
export interface Sleeper {
  readonly dueUs: EpochMicros
  /** Order of arrival: of two that are due together, the first to come wakes first. */
  readonly seq: number
  readonly wake: () => void
  place: number
}

const before = (a: Sleeper, b: Sleeper): boolean => a.dueUs < b.dueUs || (a.dueUs === b.dueUs && a.seq < b.seq)

/** A binary heap of sleepers, the next to wake on top; one that gives up is taken out at once. */
export class Sleepers {
  private readonly heap: Array<Sleeper> = []
  private arrivals = 0

  get size(): number {
    return this.heap.length
  }

  add(dueUs: EpochMicros, wake: () => void): Sleeper {
    const sleeper: Sleeper = { dueUs, seq: this.arrivals, wake, place: this.heap.length }
    this.arrivals += 1
    this.heap.push(sleeper)
    this.rise(sleeper)
    return sleeper
  }

  remove(sleeper: Sleeper): void {
    const { place } = sleeper
    if (place < 0) return
    const last = this.heap.pop()
    sleeper.place = -1
    if (last === undefined || last === sleeper) return
    this.put(last, place)
    this.rise(last)
    this.sink(last)
  }

  /** Takes out the next to wake. */
  take(): Sleeper | undefined {
    const [first] = this.heap
    if (first !== undefined) this.remove(first)
    return first
  }

  private put(sleeper: Sleeper, place: number): void {
    this.heap[place] = sleeper
    sleeper.place = place
  }

  private rise(sleeper: Sleeper): void {
    while (sleeper.place > 0) {
      const parent = this.heap[(sleeper.place - 1) >> 1]
      if (parent === undefined || !before(sleeper, parent)) return
      this.swap(sleeper, parent)
    }
  }

  private sink(sleeper: Sleeper): void {
    for (;;) {
      const left = this.heap[2 * sleeper.place + 1]
      const right = this.heap[2 * sleeper.place + 2]
      const child = left !== undefined && right !== undefined && before(right, left) ? right : left
      if (child === undefined || !before(child, sleeper)) return
      this.swap(child, sleeper)
    }
  }

  private swap(a: Sleeper, b: Sleeper): void {
    const { place } = a
    this.put(a, b.place)
    this.put(b, place)
  }
}
