import { type Fact } from "../../domain/Fact.ts"

/** What is stored in one piece: a package with its decision, its orders and its end, or one fact that belongs to none. */
interface Piece {
  readonly facts: Array<Fact>
  whole: boolean
}

const runOf = (fact: Fact): number | null =>
  fact.kind === "decision" || fact.kind === "package" || fact.kind === "order" ? fact.run : null

/**
 * Holds back what the simulated venue did for a package until the package has ended. A process that dies between two
 * legs then leaves nothing of it: its signals are still new, and of two processes that carry out the same signal one
 * finds it taken before any leg is stored. Pieces keep the order in which they began: a sale was planned on what was
 * held then, so it never comes before the purchase that it sells.
 */
export class WholePackages {
  private pieces: Array<Piece> = []
  private readonly open = new Map<number, Piece>()

  /** Whether facts are still held back. */
  get holds(): boolean {
    return this.pieces.length > 0
  }

  /** Takes facts in, in order, and gives the pieces that can be stored now. */
  take(facts: ReadonlyArray<Fact>): ReadonlyArray<ReadonlyArray<Fact>> {
    for (const fact of facts) this.add(fact)
    const until = this.pieces.findIndex(({ whole }) => !whole)
    const ready = until === -1 ? this.pieces : this.pieces.slice(0, until)
    this.pieces = until === -1 ? [] : this.pieces.slice(until)
    return ready.map((piece) => piece.facts)
  }

  private add(fact: Fact): void {
    const run = runOf(fact)
    const begun = run === null ? undefined : this.open.get(run)
    if (begun !== undefined) {
      begun.facts.push(fact)
      if (fact.kind !== "package" || run === null) return
      begun.whole = true
      this.open.delete(run)
      return
    }
    const piece: Piece = { facts: [fact], whole: fact.kind !== "decision" || fact.refusal !== null }
    this.pieces.push(piece)
    if (!piece.whole && run !== null) this.open.set(run, piece)
  }
}
